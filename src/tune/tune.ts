/**
 * Measures which kernel and tile is fastest on this device, for the calls of an app.
 *
 * @module
 */
import { check, checkKind, checkOptions, show } from '../conv/check';
import type { Question } from '../kernels/choice';
import type { Tile } from '../step';
import { openContext, type Gpu } from '../tensor/gpu';
import { checkProgress } from '../tensor/prepare';
import { checkStore, type TuningStore } from './cache';
import type { KernelReport } from './kernel-test';
import { measureAll } from './measure';
import type { Memory } from './memory';
import { atOnce } from './pace';
import { callsIn, questionsByWork } from './questions';
import type { Dropped } from './search';
import { session } from './session';
import { allowWinograd } from './winograd';

export interface TuneOptions {
  /** Called after each kernel that is tested, with its report, and after each problem. */
  readonly onProgress?: (done: number, total: number, step: TunedProblem | KernelReport) => void;
  /** Stops the tuning; the winners found so far are kept. */
  readonly signal?: AbortSignal;
  /**
   * How long the whole may take, including the test of kernels before they are measured; by default 2000 ms per problem and
   * 5000 ms per kernel that no `tune` or `selfTest` of this gpu has tested yet. The result names kernels and problems for which
   * there was no time (`finished`, and the outcome `'out of budget'`). It still waits for a run or two that the GPU has already.
   */
  readonly budgetMs?: number;
  /** The store that keeps winners between visits; by default IndexedDB where there is one; null for none. */
  readonly store?: TuningStore | null;
  /** Whether to measure again what is remembered, for example after an update of the driver. */
  readonly again?: boolean;
  /**
   * Whether dense 3x3 convolutions may be computed by Winograd's algorithm where that is measured to be faster. It is less exact
   * than other kernels: outputs are off by up to 484 c (c + 20) 2^-24 max|x| max|filter| for c input channels, where plain sums
   * have 81 c^2. And a NaN or an infinity in the input makes outputs up to three pixels away NaN or infinite, not only those whose
   * filter reaches it. So it is not tried unless this is true. It then stays allowed on this gpu, as it does when winners that were
   * measured with it are loaded or imported, until a `tune` with false.
   */
  readonly winograd?: boolean;
}

/** The names of TuneOptions. */
const TUNE_OPTIONS = ['onProgress', 'signal', 'budgetMs', 'store', 'again', 'winograd'];

/** The result of `tune` for one problem. */
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
  /** How many times as fast as the default that is, if it was measured now. */
  readonly speedup: number;
  /** How many kernels and tiles were compared. */
  readonly candidates: number;
  readonly dropped: readonly Dropped[];
  /** The fraction of a program's time that the dispatches with this problem take; only where a program is tuned. */
  readonly share?: number;
  readonly error?: Error;
}

/** The result of `tune`. */
export interface TuneResult {
  /** The different problems, in the order of their work; the steps of a separable convolution come before it. */
  readonly problems: readonly TunedProblem[];
  /** Variants that do not compile, do not compute what the default computes, or hang the GPU; they never win. */
  readonly dropped: readonly Dropped[];
  /**
   * The kernels that were tested before they were measured; those with failures are not used on this device. Kernels for which
   * the budget was too short are listed, too, but not `finished`; the problems that need them are `'out of budget'`.
   */
  readonly selfTest: readonly KernelReport[];
  /** What went wrong in the store, if anything; tuning goes on without it. */
  readonly storeError?: Error;
}

/**
 * Measures which kernel and tile is fastest on this device for each convolution in `fn`, and for a separable one whether one
 * dispatch or two are faster. From then on every call of the same convolution uses that. `fn` is not run: its calls are only
 * looked at, as in `prepare`. What was measured before, on this device and with this version of the browser, is not measured
 * again.
 *
 * A candidate is timed only if it computes what the default computes. It replaces the default only if it is faster by 5 % and by
 * more than the rounds of the measurement are apart. A candidate that hangs the GPU is named, in the report or in the error about
 * the loss of the device. It is not tried again on this device, nor on later visits if there is a store.
 *
 * @throws (rejects) if there is no such option, if the device is lost, or with the signal's reason when it is aborted
 * @example
 * ```ts
 * const { problems } = await tune(gpu, () => model(x), { onProgress: (done, total) => bar.set(done / total) });
 * for (const { problem, kernel, tile, why } of problems) console.log(problem, kernel, tile, why);
 * await prepare(gpu, () => model(x));
 * ```
 * @see {@link Program.tune} for a compiled program, {@link loadTuning} to use on later visits what was measured,
 *   {@link exportTuning} to ship it
 */
export async function tune(gpu: Gpu, fn: () => unknown, options: TuneOptions = {}): Promise<TuneResult> {
  const context = openContext('tune', gpu);
  checkKind('tune', 'fn', fn, 'function');
  checkTuneOptions('tune', options);
  const calls = callsIn(context, fn);
  return tuneAll(gpu, (memory) => questionsByWork(context, memory, calls), options);
}

/** @throws if there is no such option, or the signal is aborted already */
export function checkTuneOptions(op: string, options: TuneOptions): void {
  checkOptions(op, options, TUNE_OPTIONS);
  const { budgetMs, signal, store, again, winograd } = options;
  checkProgress(op, options);
  if (store !== undefined && store !== null) checkStore(op, store);
  if (again !== undefined) checkKind(op, 'again', again, 'boolean');
  if (winograd !== undefined) checkKind(op, 'winograd', winograd, 'boolean');
  signal?.throwIfAborted();
  check(
    budgetMs === undefined || (typeof budgetMs === 'number' && budgetMs > 0),
    () => `${op}: budgetMs is ${show(budgetMs)}; give the milliseconds that measuring may take, more than 0`,
  );
}

/** @internal The same as `tune` for questions that are known. */
export async function tuneQuestions(
  gpu: Gpu,
  questions: readonly Question[],
  options: TuneOptions,
  patienceMs?: number,
): Promise<TuneResult> {
  return tuneAll(gpu, () => questions, options, patienceMs);
}

async function tuneAll(
  gpu: Gpu,
  questionsFor: (memory: Memory) => readonly Question[],
  options: TuneOptions,
  patienceMs?: number,
): Promise<TuneResult> {
  const { context } = gpu;
  const { result, storeError } = await session('tune', context, options.store, async (memory) => {
    await allowWinograd(memory, options.winograd);
    return measureAll({ context, memory, pace: atOnce(patienceMs), greedy: false }, questionsFor(memory), options);
  });
  return { ...result, storeError };
}
