/**
 * Measuring which kernel and tile is fastest on this device, for the calls of an app.
 *
 * @module
 */
import { check, checkKind, checkOptions, show } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { createPipelines, type Pipelines } from '../gpu/pipelines';
import { capture, release, REHEARSAL } from '../gpu/tape';
import type { Choice, Question } from '../kernels/choice';
import { canRun } from '../kernels/kernel';
import { questionsOf } from '../kernels/plan';
import type { Tile } from '../step';
import { openContext, type Gpu } from '../tensor/gpu';
import { checkProgress } from '../tensor/prepare';
import { checkStore, loadTuning, saveTuning, type TuningStore } from './cache';
import { indexedDbStore } from './indexed-db';
import { testKernels, type KernelReport, type Suspect } from './kernel-test';
import { kernelId, questionKey } from './key';
import { byRuleOf, exclusively, idsOf, recall, remember, type Memory } from './memory';
import { search, type Budget, type Dropped } from './search';
import { trialOf } from './trials';

export interface TuneOptions {
  /** Called after each problem. */
  readonly onProgress?: (done: number, total: number, tuned: TunedProblem) => void;
  /** Stops the tuning; the winners found so far are kept. */
  readonly signal?: AbortSignal;
  /** How long all the measuring may take; by default 2000 ms per problem. The self-test before it comes on top. */
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
  /** The kernels that were tested before they were measured; those with failures are not used on this device. */
  readonly selfTest: readonly KernelReport[];
  /** What went wrong in the store, if anything; tuning goes on without it. */
  readonly storeError?: Error;
}

/** Time for a problem unless the app says otherwise: most of it goes into compiling the candidates. */
const MS_PER_PROBLEM = 2000;

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
    let saveError: Error | undefined;
    let selfTest: readonly KernelReport[] = [];
    try {
      selfTest = await testKernels('tune', context, pipelines, memory, untested(memory, open, context), signal);
      let left = budgetMs ?? MS_PER_PROBLEM * open.length;
      let waiting = open.length;
      for (const question of questions) {
        const start = performance.now();
        // What one problem does not need is left to the others.
        const end = start + left / Math.max(waiting, 1);
        const budget: Budget = { signal, expired: () => performance.now() >= end };
        const tuned = open.includes(question)
          ? await tuneOne(context, pipelines, memory, question, budget)
          : tunedProblem(context, memory, question, { outcome: 'remembered' });
        if (open.includes(question)) waiting--;
        left -= performance.now() - start;
        problems.push(tuned);
        onProgress?.(problems.length, questions.length, tuned);
      }
    } finally {
      if (store !== null && open.length > 0) saveError = await saveTuning(gpu, store);
    }
    const dropped = problems.flatMap((tuned) => tuned.dropped);
    return { problems, dropped, selfTest, storeError: loaded?.storeError ?? saveError };
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

/** The different questions that the calls ask: those with the most work first, but after those that their ways ask. */
function questionsAsked(context: GpuContext, fn: () => unknown): readonly Question[] {
  const asked = new Map<string, Asked>();
  const captured = capture(context, 'tune', fn, REHEARSAL);
  release(context, captured);
  for (const { call } of captured.calls) {
    const questions = questionsOf(call, context.target).filter(isOpen);
    for (const [i, question] of questions.entries()) {
      const { operation, problem } = question;
      const key = questionKey(question);
      const known = asked.get(key) ?? { question, work: 0, after: questions.slice(0, i).map(questionKey) };
      known.work += operation.multiplyAdds?.(problem) ?? 0;
      asked.set(key, known);
    }
  }
  const ordered = new Set<Question>();
  const add = ({ question, after }: Asked): void => {
    for (const key of after) add(asked.get(key)!);
    ordered.add(question);
  };
  for (const one of [...asked.values()].toSorted((a, b) => b.work - a.work)) add(one);
  return [...ordered];
}

/** A question, how much there is to do for it in all, and the keys of those that come before it. */
interface Asked {
  readonly question: Question;
  work: number;
  readonly after: readonly string[];
}

/** Whether there is something to choose, and numbers to try it with. */
function isOpen({ operation }: Question): boolean {
  return operation.kernels.length > 1 && trialOf(operation) !== undefined;
}

/** The kernels of the questions that no self-test has seen yet. */
function untested({ tested }: Memory, questions: readonly Question[], { target }: GpuContext): readonly Suspect[] {
  const suspects = questions.flatMap(({ operation, kernels, problem }) =>
    kernels.flatMap((kernel) => (canRun(kernel, problem, target) ? [{ operation, kernel }] : [])),
  );
  return suspects.filter(({ kernel }) => !tested.has(kernelId(kernel)));
}

function defaultStore(): TuningStore | null {
  return 'indexedDB' in globalThis ? indexedDbStore() : null;
}
