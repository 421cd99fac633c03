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
import { OUT_OF_TIME, type Budget } from './budget';
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
  /** Whether there was time for all of them; if not, the kernel is not measured, and the next `tune` tests it anew. */
  readonly finished: boolean;
  /** Those that went wrong; if there are any, the kernel is not used on this device. */
  readonly failures: readonly Dropped[];
}

/** A kernel to be tested, and an operation whose problems it is asked for. */
export interface Suspect {
  readonly operation: Operation<unknown>;
  readonly kernel: Way<unknown>;
}

interface Check {
  readonly tile: Tile;
  readonly plan: Plan;
}

/** The checks of a kernel on one problem. */
interface Checks {
  readonly question: Question;
  readonly checks: readonly Check[];
}

/** Sees to it that a kernel knows which channel and which output it is at. */
const EPILOGUE: Epilogue = [{ kind: 'bias' }, { kind: 'residual' }];

/** What a test works with. */
interface Lab {
  readonly context: GpuContext;
  /** A cache of the caller's. */
  readonly pipelines: Pipelines;
  readonly memory: Memory;
  readonly budget: Budget;
}

/** Those suspects that are tested: each kernel once. Of a chain its parts are, which are kernels of other operations. */
export function testable(suspects: readonly Suspect[]): readonly Suspect[] {
  const known = new Map<string, Suspect>();
  for (const suspect of suspects) {
    const { operation, kernel } = suspect;
    if (trialOf(operation) !== undefined && !('plan' in kernel)) known.set(kernelId(kernel), suspect);
  }
  return [...known.values()];
}

/**
 * Tests kernels one after the other, and leaves those that fail out of the choice from now on: all tiles on the first problem
 * that a kernel supports, the default tile on the others. One that passes is trusted again. Those that there is no time for are
 * told, too.
 *
 * @param onTested told of each
 */
export async function testKernels(
  op: string,
  lab: Lab,
  suspects: readonly Suspect[],
  onTested: (report: KernelReport) => void = () => {},
): Promise<KernelReport[]> {
  const { context, memory, budget } = lab;
  const reports: KernelReport[] = [];
  for (const suspect of testable(suspects)) {
    budget.signal?.throwIfAborted();
    const report = await testOne(op, lab, suspect);
    // Of a lost device everything is wrong.
    context.life.check(op);
    const id = kernelId(suspect.kernel);
    if (report.failures.length > 0) distrust(memory, id);
    else if (report.finished) trust(memory, id);
    if (report.finished) memory.tested.add(id);
    reports.push(report);
    onTested(report);
  }
  return reports;
}

async function testOne(op: string, lab: Lab, { operation, kernel }: Suspect): Promise<KernelReport> {
  const { context, pipelines, budget } = lab;
  const trial = trialOf(operation)!;
  const failures: Dropped[] = [];
  let checked = 0;
  const reportOf = (finished: boolean): KernelReport => ({ kernel: kernel.name, checked, finished, failures });
  if (budget.expired()) return reportOf(false);
  const all = checksOf(op, context, trial, { operation, kernel });
  try {
    await budget.within(compileAll(pipelines, all.flatMap(({ checks }) => checks.map(({ plan }) => plan)))); // prettier-ignore
  } catch (error) {
    if (error === OUT_OF_TIME) return reportOf(false);
    throw error;
  }
  for (const { question, checks } of all) {
    budget.signal?.throwIfAborted();
    if (budget.expired()) return reportOf(false);
    for (const [{ tile }, reason] of await outcomes(op, context, pipelines, trial, question, checks)) {
      checked++;
      const problem = operation.summary(question.problem);
      if (reason !== undefined) failures.push({ kernel: kernel.name, tile, problem, reason });
    }
  }
  return reportOf(true);
}

function checksOf(op: string, context: GpuContext, trial: Trial<unknown>, { operation, kernel }: Suspect): Checks[] {
  const { plans, target } = context;
  const all: Checks[] = [];
  for (const problem of trial.problems(op)) {
    if (!canRun(kernel, problem, target)) continue;
    const question: Question = { operation, kernels: operation.kernels, problem, epilogue: EPILOGUE };
    const { request } = tried(op, trial, question);
    const tiles = kernel.tiles(problem, target);
    const wanted = all.length === 0 ? tiles : tiles.slice(0, 1);
    const checks = wanted.map((tile) => ({
      tile,
      plan: planBy(request, [{ problem }], { kernel, tile, why: '' }, target, plans.of),
    }));
    all.push({ question, checks });
  }
  return all;
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
