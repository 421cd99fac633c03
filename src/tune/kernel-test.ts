/**
 * Tests whether kernels compute right on this device: it compares small nasty problems with the float64 reference.
 *
 * @module
 */
import { openBench } from '../gpu/bench';
import type { Way } from '../kernels/chain';
import type { Question } from '../kernels/choice';
import { decode } from '../kernels/dtype';
import type { Epilogue } from '../kernels/epilogue';
import { canRun } from '../kernels/kernel';
import type { Operation } from '../kernels/operation';
import { planBy, type Plan } from '../kernels/plan';
import type { Tile } from '../step';
import { OUT_OF_TIME } from './budget';
import { candidateId, kernelId, knobsOf } from './key';
import { compileAll, isCompiled, type Lab } from './lab';
import { distrust, trust, type Trying } from './memory';
import { valuesOf, type Dropped } from './search';
import { difference, tried, type Trial } from './trial';
import { trialOf } from './trials';
import { comeBack, Hang, watched } from './watch';

/** A kernel's self-test. */
export interface KernelReport {
  readonly kernel: string;
  /** How many variants and problems were tried. */
  readonly checked: number;
  /** Whether there was time for all of them; if not, the kernel is not measured, and the next `tune` tests it anew. */
  readonly finished: boolean;
  /** The checks that went wrong; if there are any, the kernel is not used on this device. */
  readonly failures: readonly Dropped[];
}

/** A kernel to test, and the operation whose problems it is tested on. */
export interface Suspect {
  readonly operation: Operation<unknown>;
  readonly kernel: Way<unknown>;
}

interface Check {
  readonly kernel: Way<unknown>;
  readonly tile: Tile;
  readonly plan: Plan;
}

/** The checks of a kernel on one problem. */
interface Checks {
  readonly question: Question;
  readonly checks: readonly Check[];
}

/** The epilogue of the test, which shows whether a kernel knows the channel and the place of each output. */
const EPILOGUE: Epilogue = [{ kind: 'bias' }, { kind: 'residual' }];

/** The suspects to test, each kernel once. A chain is not tested itself: its parts are, as kernels of other operations. */
export function testable(suspects: readonly Suspect[]): readonly Suspect[] {
  const known = new Map<string, Suspect>();
  for (const suspect of suspects) {
    const { operation, kernel } = suspect;
    if (trialOf(operation) !== undefined && !('plan' in kernel)) known.set(kernelId(kernel), suspect);
  }
  return [...known.values()];
}

/**
 * Tests kernels one after the other: all tiles on the first problem that a kernel supports, the default tile on the others. A
 * kernel that fails is left out of the choice from now on; a kernel that passes is trusted again. Kernels for which there is no
 * time are reported, too.
 *
 * @param onTested is called with each report
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
    await budget.pace.rest();
    budget.signal?.throwIfAborted();
    const report = await testOne(op, lab, suspect);
    // On a lost device every result is wrong, so do not judge it.
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
  const { budget, memory } = lab;
  const trial = trialOf(operation)!;
  const wasBroken = memory.broken.has(kernelId(kernel));
  const failures: Dropped[] = [];
  let checked = 0;
  const reportOf = (finished: boolean): KernelReport => ({ kernel: kernel.name, checked, finished, failures });
  if (budget.expired()) return reportOf(false);
  const all = checksOf(op, lab, trial, { operation, kernel });
  try {
    await budget.within(compileAll(lab, all.flatMap(({ checks }) => checks.map(({ plan }) => plan)))); // prettier-ignore
  } catch (error) {
    if (error === OUT_OF_TIME) return reportOf(false);
    throw error;
  }
  // Do not call a program wrong that the compiler has not finished.
  if (!all.every(({ checks }) => checks.every(({ plan }) => isCompiled(lab, plan)))) return reportOf(false);
  for (const { question, checks } of all) {
    budget.signal?.throwIfAborted();
    if (budget.expired()) return reportOf(false);
    for (const [{ tile }, reason] of await outcomes(op, lab, trial, question, checks)) {
      checked++;
      const problem = operation.summary(question.problem);
      if (reason !== undefined) failures.push({ kernel: kernel.name, tile, problem, reason });
    }
    // Do not run a kernel again that has hung.
    if (!wasBroken && memory.broken.has(kernelId(kernel))) break;
  }
  return reportOf(true);
}

function checksOf(op: string, lab: Lab, trial: Trial<unknown>, { operation, kernel }: Suspect): Checks[] {
  const { context, memory } = lab;
  const { plans, target } = context;
  const all: Checks[] = [];
  for (const problem of trial.problems(op)) {
    if (!canRun(kernel, problem, target)) continue;
    const question: Question = { operation, kernels: operation.kernels, problem, epilogue: EPILOGUE };
    const { request } = tried(op, trial, question);
    const tiles = kernel.tiles(problem, target).filter((tile) => !memory.hung.has(candidateId({ kernel, tile })));
    const wanted = all.length === 0 ? tiles : tiles.slice(0, 1);
    const checks = wanted.map((tile) => ({
      kernel,
      tile,
      plan: planBy(request, [{ problem }], { kernel, tile, why: '' }, target, plans.of),
    }));
    all.push({ question, checks });
  }
  return all;
}

/** For each check what is wrong with it, if anything. */
async function outcomes(
  op: string,
  { context, pipelines, memory, budget }: Lab,
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
      await budget.pace.rest();
      const running = watched(context.life, memory, budget, tryingOf(check, question), bench.run(check.plan));
      const wrong = await running.then(
        (actual) => difference(decode(actual, request.output), expected, unit),
        (error: Error) => error,
      );
      budget.signal?.throwIfAborted();
      found.push([check, wrong instanceof Error ? wrong.message : wrong]);
      if (!(wrong instanceof Hang)) continue;
      await comeBack(op, context, budget, `${check.kernel.name} ${wrong.message}`);
      break;
    }
  } finally {
    bench.destroy();
  }
  return found;
}

/** A kernel that hangs at a small problem is not used at all. */
function tryingOf({ kernel, tile }: Check, { operation, problem }: Question): Trying {
  const what = `${kernel.name} ${knobsOf(tile)} of ${operation.summary(problem)}`;
  return { what, list: 'broken', id: kernelId(kernel) };
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
