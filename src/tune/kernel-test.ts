/**
 * Whether kernels compute right on this device: small nasty problems against the float64 reference.
 *
 * @module
 */
import { openBench } from '../gpu/bench';
import type { GpuContext } from '../gpu/context';
import type { Pipelines } from '../gpu/pipelines';
import type { Way } from '../kernels/chain';
import type { Question } from '../kernels/choice';
import { decode } from '../kernels/dtype';
import type { Epilogue } from '../kernels/epilogue';
import { canRun } from '../kernels/kernel';
import type { Operation } from '../kernels/operation';
import { planBy, type Plan } from '../kernels/plan';
import type { Tile } from '../step';
import { untilAborted } from '../tensor/prepare';
import { kernelId } from './key';
import { distrust, trust, type Memory } from './memory';
import { compileAll, valuesOf, type Dropped } from './search';
import { difference, tried, type Trial } from './trial';
import { trialOf } from './trials';

/** A kernel's self-test. */
export interface KernelReport {
  readonly kernel: string;
  /** Variants and problems that were tried. */
  readonly checked: number;
  /** Those that went wrong; if there are any, the kernel is not used on this device. */
  readonly failures: readonly Dropped[];
}

/** A kernel to be tested, and an operation whose problems it is asked for. */
export interface Suspect {
  readonly operation: Operation<unknown>;
  readonly kernel: Way<unknown>;
}

interface Check {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  readonly plan: Plan;
}

/** What is made of a report while its kernel is tested. */
interface Report extends KernelReport {
  checked: number;
  readonly failures: Dropped[];
}

/** Sees to it that a kernel knows which channel and which output it is at. */
const EPILOGUE: Epilogue = [{ kind: 'bias' }, { kind: 'residual' }];

/**
 * Tests kernels, and leaves those that fail out of the choice from now on: all tiles on the first problem that a kernel
 * supports, the default tile on the others. One that passes is trusted again.
 *
 * @param pipelines a cache of the caller's
 * @param suspects each is tested once; of a chain its parts are tested instead, which are kernels of other operations
 */
export async function testKernels(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  memory: Memory,
  suspects: readonly Suspect[],
  signal?: AbortSignal,
): Promise<KernelReport[]> {
  const byTrial = new Map<Trial<unknown>, Map<string, Suspect>>();
  for (const suspect of suspects) {
    const trial = trialOf(suspect.operation);
    if (trial === undefined || 'plan' in suspect.kernel) continue;
    const known = byTrial.get(trial) ?? new Map<string, Suspect>();
    byTrial.set(trial, known.set(kernelId(suspect.kernel), suspect));
  }
  const reports: KernelReport[] = [];
  for (const [trial, of] of byTrial) {
    const tested = await testWith(op, context, pipelines, trial, [...of.values()], signal);
    for (const [{ kernel }, report] of tested) {
      memory.tested.add(kernelId(kernel));
      if (report.failures.length > 0) distrust(memory, kernelId(kernel));
      else trust(memory, kernelId(kernel));
      reports.push(report);
    }
  }
  return reports;
}

async function testWith(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  trial: Trial<unknown>,
  suspects: readonly Suspect[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Suspect, Report>> {
  const { plans, target } = context;
  const reports = new Map(
    suspects.map((suspect) => [suspect, { kernel: suspect.kernel.name, checked: 0, failures: [] as Dropped[] }]),
  );
  for (const problem of trial.problems(op)) {
    signal?.throwIfAborted();
    const [{ operation }] = suspects;
    const question: Question = { operation, kernels: operation.kernels, problem, epilogue: EPILOGUE };
    const { request } = tried(op, trial, question);
    const checks = suspects.flatMap(({ kernel }, i) => {
      if (!canRun(kernel, problem, target)) return [];
      const tiles = kernel.tiles(problem, target);
      const wanted = reports.get(suspects[i])?.checked === 0 ? tiles : tiles.slice(0, 1);
      return wanted.map((tile) => ({
        kernel,
        tile,
        plan: planBy(request, [{ problem }], { kernel, tile, why: '' }, target, plans.of),
      }));
    });
    if (checks.length === 0) continue;
    const programs = checks.map(({ plan }) => plan);
    await untilAborted(compileAll(pipelines, programs), signal);
    for (const [{ kernel, tile }, reason] of await outcomes(op, context, pipelines, trial, question, checks)) {
      const report = reports.get(suspects.find((suspect) => suspect.kernel === kernel)!)!;
      report.checked++;
      if (reason !== undefined)
        report.failures.push({ kernel: kernel.name, tile, problem: operation.summary(problem), reason });
    }
    // Of a lost device everything is wrong.
    context.life.check(op);
  }
  return reports;
}

/** What is wrong with each of the checks, if anything. */
async function outcomes(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  trial: Trial<unknown>,
  question: Question,
  checks: readonly Check[],
): Promise<(readonly [Check, string | undefined])[]> {
  const { request, numbers, unit } = tried(op, trial, question);
  const expected = referenceOf(trial, question, numbers);
  const bench = await openBench(context, pipelines, request, valuesOf(numbers, question));
  const found: (readonly [Check, string | undefined])[] = [];
  try {
    for (const check of checks) {
      const wrong = await bench.run(check.plan).then(
        (actual) => difference(decode(actual, request.output), expected, unit),
        (error: Error) => error.message,
      );
      found.push([check, wrong]);
    }
  } finally {
    bench.destroy();
  }
  return found;
}

function referenceOf(
  trial: Trial<unknown>,
  { operation, problem }: Question,
  numbers: Readonly<Record<string, Float32Array>>,
): Float64Array {
  const { bias, residual } = numbers;
  const { inner, channels } = operation.channels?.(problem) ?? { inner: 1, channels: 1 };
  return trial.reference(problem, numbers).map((sum, i) => sum + bias[Math.floor(i / inner) % channels] + residual[i]);
}
