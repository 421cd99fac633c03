/**
 * Records calls into an encoder of the app's.
 *
 * @module
 */
import { checkKind } from '../conv/check';
import { checkEncoder, encodeDispatch, passInto, type Dispatch } from '../gpu/encode';
import { follow } from '../gpu/follow';
import { lowered } from '../gpu/lower';
import { capture, release, TAKE } from '../gpu/tape';
import { openContext, type Gpu } from './gpu';
import { disposeAll } from './tensor';

/** Commands that were written into the app's encoder; see {@link record}. */
export interface Recording<T> {
  /** What the recorded function returned. */
  readonly result: T;
  /** Gives the scratch buffers back to the pool. Call it after you have submitted the encoder. */
  dispose(): void;
  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void;
}

/**
 * Writes the calls in `fn` into an encoder of the app's instead of queueing them. The app submits the encoder. Call `prepare`
 * first, or the programs compile synchronously. Work queued before is submitted before this returns.
 *
 * Some drivers fail at encoders of several hundred dispatches. The queue divides its commands among several encoders of one
 * submit (64 in each on Android, 256 elsewhere), but `record` cannot divide the app's encoder: record a long network into several
 * encoders, each with a `record` of its own, and submit them together.
 *
 * @param encoder of this device; no pass may be open in it
 * @param fn makes the calls before it returns
 * @returns what `fn` returned, and the scratch buffers, to be disposed after the submit
 * @throws if `fn` throws or is asynchronous, `encoder` is none, a program is known not to compile or the device is lost; nothing
 *   is written then, and nothing that `fn` made is left
 * @throws (rejects) `read` of the results, if the encoder was finished already: only the browser knows that, and reports it
 *   later, to `onError`, too
 * @example
 * ```ts
 * const encoder = gpu.device.createCommandEncoder();
 * const recording = record(gpu, encoder, () => depthwiseConv2d(x, filter));
 * gpu.device.queue.submit([encoder.finish()]);
 * recording.dispose();
 * ```
 * @see https://www.w3.org/TR/webgpu/#gpucommandencoder
 */
export function record<T>(gpu: Gpu, encoder: GPUCommandEncoder, fn: () => T): Recording<T> {
  const context = openContext('record', gpu);
  checkEncoder('record', encoder);
  checkKind('record', 'fn', fn, 'function');
  context.queue.submit();
  const captured = capture(context, 'record', fn, TAKE);
  const { result } = captured;
  let dispatches: readonly Dispatch[];
  let refused: Promise<Error | undefined>;
  try {
    dispatches = lowered(captured.calls, context.plans);
    const pipelines = dispatches.map(({ step }) => context.pipelines.compileNow(step));
    refused = passInto('record', context.device, encoder, (pass) => {
      for (const [i, dispatch] of dispatches.entries())
        encodeDispatch(context.bindGroups, pass, pipelines[i], dispatch);
    });
  } catch (error) {
    release(context, captured);
    disposeAll(result);
    throw error;
  }
  follow(context.queue, dispatches, refused);
  // A program compiled synchronously may turn out to be invalid, and the error of the app's submit would not name the line.
  void Promise.all(dispatches.map(({ step }) => context.pipelines.compile(step))).catch(context.onError);
  let isKept = true;
  const dispose = (): void => {
    if (isKept) release(context, captured);
    isKept = false;
  };
  return { result, dispose, [Symbol.dispose]: dispose };
}
