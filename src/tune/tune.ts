/**
 * Measuring which kernel and tile is fastest on this device, for the calls of an app.
 *
 * @module
 */
import { check, checkKind, checkOptions, show } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { createPipelines, type Pipelines } from '../gpu/pipelines';
import type { Choice, Question } from '../kernels/choice';
import type { Tile } from '../step';
import { openContext, type Gpu } from '../tensor/gpu';
import { checkProgress } from '../tensor/prepare';
import { budgetUntil, OUT_OF_TIME, type Budget } from './budget';
import { checkStore, loadTuning, saveTuning, type TuningStore } from './cache';
import { indexedDbStore } from './indexed-db';
import { testable, testKernels, type KernelReport } from './kernel-test';
import { kernelId, questionKey } from './key';
import { byRuleOf, exclusively, idsOf, recall, remember, type Memory } from './memory';
import { questionsAsked, untested } from './questions';
import { search, type Dropped } from './search';
import { trialOf } from './trials';

export interface TuneOptions {
  /** Called after each kernel that is tested, with its report, and after each problem. */
  readonly onProgress?: (done: number, total: number, step: TunedProblem | KernelReport) => void;
  /** Stops the tuning; the winners found so far are kept. */
  readonly signal?: AbortSignal;
  /**
   * How long all of it may take, the test of the kernels before they are measured included; by default 2000 ms per problem and
   * 5000 ms per kernel that no `tune` or `selfTest` of this gpu has tested yet. A kernel and a problem that there is no time
   * for are said (`finished`, and the outcome `'out of budget'`). What is on the GPU already is waited for: a run or two.
   */
  readonly budgetMs?: number;
  /** Where winners are kept between visits; by default IndexedDB where there is one, and null keeps none. */
  readonly store?: TuningStore | null;
  /** Whether to measure also what is remembered: after an update of the driver, say. */
  readonly again?: boolean;
}

/** The names of TuneOptions. */
const TUNE_OPTIONS = ['onProgress', 'signal', 'budgetMs', 'store', 'again'];

/** What `tune` found for one problem. */
export interface TunedProblem {
  /** In one line: `1x56x56x128->128 k3x3`. */
  readonly problem: string;
  /**
   * `'measured'` now, `'remembered'` from before, `'out of budget'` (the default stays, and the next `tune` tries again),
   * or `'failed'` for the reason in `error`.
   */
  readonly outcome: 'measured' | 'remembered' | 'out of budget' | 'failed';
  /** The kernel and tile that the problem gets from now on, and why, as `explain` says it. */
  readonly kernel: string;
  readonly tile: Tile;
  readonly why: string;
  /** How often as fast as the default that is, if it was measured now. */
  readonly speedup: number;
  /** How many kernels and tiles were compared. */
  readonly candidates: number;
  readonly dropped: readonly Dropped[];
  readonly error?: Error;
}

/** What `tune` found. */
export interface TuneResult {
  /** The different problems, in the order of their work; the steps of a separable convolution come before it. */
  readonly problems: readonly TunedProblem[];
  /** Variants that do not compile or do not compute what the default computes; they never win. */
  readonly dropped: readonly Dropped[];
  /**
   * The kernels that were tested before they were measured; those with failures are not used on this device. Those that the
   * budget did not reach are there, too, not `finished`; the problems that ask for them are `'out of budget'`.
   */
  readonly selfTest: readonly KernelReport[];
  /** What went wrong in the store, if anything; tuning goes on without it. */
  readonly storeError?: Error;
}

/** Time for a problem unless the app says otherwise: most of it goes into compiling the candidates. */
const MS_PER_PROBLEM = 2000;

/** Time for the test of a kernel, likewise; a fast machine takes a tenth, and leaves the rest to the problems. */
const MS_PER_KERNEL = 5000;

/**
 * Measures which kernel and tile is fastest on this device for each convolution in `fn`, and for a separable one whether it
 * should be one dispatch or two, and uses that from then on, wherever the same is called. `fn` is not run: its calls are only
 * looked at, as in `prepare`. What was measured before, on this device and with this version of the browser, is not measured
 * again.
 *
 * A candidate must compute what the default computes before it is timed, and be 5 % faster to replace it.
 *
 * @throws (rejects) if there is no such option, if the device is lost, or with the signal's reason when it is aborted
 * @example
 * ```ts
 * const { problems } = await tune(gpu, () => model(x), { onProgress: (done, total) => bar.set(done / total) });
 * for (const { problem, kernel, tile, why } of problems) console.log(problem, kernel, tile, why);
 * await prepare(gpu, () => model(x));
 * ```
 * @see {@link loadTuning} to use on later visits what was measured, {@link exportTuning} to ship it
 */
export async function tune(gpu: Gpu, fn: () => unknown, options: TuneOptions = {}): Promise<TuneResult> {
  const context = openContext('tune', gpu);
  checkKind('tune', 'fn', fn, 'function');
  checkOptions('tune', options, TUNE_OPTIONS);
  const { budgetMs, signal } = options;
  checkProgress('tune', options);
  if (options.store !== undefined && options.store !== null) checkStore('tune', options.store);
  if (options.again !== undefined) checkKind('tune', 'again', options.again, 'boolean');
  signal?.throwIfAborted();
  check(
    budgetMs === undefined || (typeof budgetMs === 'number' && budgetMs > 0),
    () => `tune: budgetMs is ${show(budgetMs)}; give the milliseconds that measuring may take, more than 0`,
  );
  const questions = questionsAsked(context, fn);
  return tuneQuestions(gpu, questions, options);
}

/** @internal The same for questions that are known. */
export async function tuneQuestions(
  gpu: Gpu,
  questions: readonly Question[],
  { onProgress, signal, budgetMs, store = defaultStore(), again = false }: TuneOptions,
): Promise<TuneResult> {
  const { context } = gpu;
  return exclusively('tune', context, async (memory) => {
    const loaded = store === null ? undefined : await loadTuning(gpu, store);
    const pipelines = createPipelines(context.device);
    const open = questions.filter((question) => again || recall(memory, question, context.target) === undefined);
    const problems: TunedProblem[] = [];
    const reports = new Map<string, KernelReport>();
    const suspects = testable(untested(memory, open, context));
    const total = suspects.length + questions.length;
    const told = (step: TunedProblem | KernelReport): void => onProgress?.(reports.size + problems.length, total, step);
    let left = budgetMs ?? MS_PER_PROBLEM * open.length + MS_PER_KERNEL * suspects.length;
    let waiting = open.length;
    /** Whether all kernels of a question are tested, once those are that are not yet. */
    const isTested = async (question: Question, until: number): Promise<boolean> => {
      const lab = { context, pipelines, memory, budget: budgetUntil(until, signal) };
      for (const suspect of testable(untested(memory, [question], context))) {
        // There was no time for it.
        if (reports.has(kernelId(suspect.kernel))) continue;
        await testKernels('tune', lab, [suspect], (report) => {
          reports.set(kernelId(suspect.kernel), report);
          told(report);
        });
      }
      return testable(untested(memory, [question], context)).length === 0;
    };
    const tuneInTime = async (question: Question): Promise<TunedProblem> => {
      const start = performance.now();
      const end = start + left;
      let tuned = tunedProblem(context, memory, question, { outcome: 'out of budget' });
      if (await isTested(question, end)) {
        const now = performance.now();
        // What one problem does not need is left to the others.
        tuned = await tuneOne(context, pipelines, memory, question, budgetUntil(now + (end - now) / waiting, signal));
      }
      waiting--;
      left -= performance.now() - start;
      return tuned;
    };
    let saveError: Error | undefined;
    try {
      for (const question of questions) {
        const tuned = open.includes(question)
          ? await tuneInTime(question)
          : tunedProblem(context, memory, question, { outcome: 'remembered' });
        problems.push(tuned);
        told(tuned);
      }
    } finally {
      if (store !== null && open.length > 0) saveError = await saveTuning(gpu, store);
    }
    const dropped = problems.flatMap((tuned) => tuned.dropped);
    return { problems, dropped, selfTest: [...reports.values()], storeError: loaded?.storeError ?? saveError };
  });
}

async function tuneOne(
  context: GpuContext,
  pipelines: Pipelines,
  memory: Memory,
  question: Question,
  budget: Budget,
): Promise<TunedProblem> {
  if (budget.expired()) return tunedProblem(context, memory, question, { outcome: 'out of budget' });
  try {
    const trial = trialOf(question.operation);
    if (trial === undefined) throw new Error(`tune: there is nothing to try ${question.operation.name} with`);
    const found = await search(context, pipelines, memory, trial, question, budget);
    const { kernel, tile, speedup, finished, candidates, dropped } = found;
    if (finished) {
      remember(memory, {
        problem: questionKey(question),
        kernels: idsOf(question),
        kernel: kernel.name,
        tile,
        speedup,
        measured: new Date().toISOString().slice(0, 10),
      });
    }
    const outcome = finished ? 'measured' : 'out of budget';
    return tunedProblem(context, memory, question, { outcome, speedup, candidates, dropped });
  } catch (cause) {
    budget.signal?.throwIfAborted();
    context.life.check('tune');
    if (cause === OUT_OF_TIME) return tunedProblem(context, memory, question, { outcome: 'out of budget' });
    return tunedProblem(context, memory, question, { outcome: 'failed', error: cause as Error });
  }
}

function tunedProblem(
  context: GpuContext,
  memory: Memory,
  question: Question,
  said: Pick<TunedProblem, 'outcome'> & Partial<TunedProblem>,
): TunedProblem {
  const { kernel, tile, why } = chosenBy(memory, question, context);
  return {
    problem: question.operation.summary(question.problem),
    kernel: kernel.name,
    tile,
    why,
    speedup: 1,
    candidates: 0,
    dropped: [],
    ...said,
  };
}

function chosenBy(memory: Memory, question: Question, { target }: GpuContext): Choice {
  return recall(memory, question, target) ?? byRuleOf(memory, question, target);
}

function defaultStore(): TuningStore | null {
  return 'indexedDB' in globalThis ? indexedDbStore() : null;
}
