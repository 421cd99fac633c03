/**
 * Compiles programs ahead of the first call.
 *
 * @module
 */
import { checkKind, checkOptions, checkSignal } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { stepsOf } from '../gpu/lower';
import type { Program } from '../gpu/pipelines';
import { capture, release, REHEARSAL } from '../gpu/tape';
import { openContext, type Gpu } from './gpu';

/** Options of {@link prepare}. */
export interface PrepareOptions {
  /** Called after each compiled program. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops waiting; programs under way still finish in the background. */
  readonly signal?: AbortSignal;
}

/**
 * Compiles every program that the calls in `fn` need, in parallel, without running or allocating anything. Warm up
 * behind a progress bar; the first real call then starts at once.
 *
 * @param fn makes the calls before it returns; its tensors can be used by calls inside it only
 * @throws (rejects) if there is no such option, if `fn` throws or is asynchronous, if a program does not compile, or with the
 *   signal's reason when it is aborted
 * @example
 * ```ts
 * await prepare(gpu, () => model(x), { onProgress: (done, total) => bar.set(done / total) });
 * ```
 * @see https://www.w3.org/TR/webgpu/#dom-gpudevice-createcomputepipelineasync
 */
export async function prepare(gpu: Gpu, fn: () => unknown, options: PrepareOptions = {}): Promise<void> {
  const context = openContext('prepare', gpu);
  checkKind('prepare', 'fn', fn, 'function');
  checkOptions('prepare', options, ['onProgress', 'signal']);
  checkProgress('prepare', options);
  options.signal?.throwIfAborted();
  const captured = capture(context, 'prepare', fn, REHEARSAL);
  release(context, captured);
  const programs = [...captured.programs, ...stepsOf(captured.calls, context.plans)];
  await compileSteps('prepare', context, programs, options);
}

/** Throws unless `onProgress` is a function and `signal` is one that can be aborted. */
export function checkProgress(op: string, options: { readonly onProgress?: unknown; readonly signal?: unknown }): void {
  if (options.onProgress !== undefined) checkKind(op, 'onProgress', options.onProgress, 'function');
  checkSignal(op, options.signal);
}

/** Compiles the programs of steps, each once and side by side. */
export async function compileSteps(
  op: string,
  context: GpuContext,
  steps: readonly Program[],
  { onProgress, signal }: PrepareOptions,
): Promise<void> {
  const programs = new Map(steps.map((step) => [step.wgsl, step]));
  let done = 0;
  const compiling = [...programs.values()].map(async (step) => {
    await context.pipelines.compile(step);
    if (signal?.aborted !== true) onProgress?.(++done, programs.size);
  });
  await untilAborted(context.life.during(op, Promise.all(compiling)), signal);
}

/** Settles as `work` does, or rejects as soon as the signal is aborted. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    // The signal may have been aborted while the work was begun.
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    // Remove the listener: a signal may outlive many calls, for example one that lives as long as the page.
    signal.removeEventListener('abort', abort);
  }
}
