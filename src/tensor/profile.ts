/**
 * Shows where the GPU's time goes.
 *
 * @module
 */
import { checkKind } from '../conv/check';
import { lowered } from '../gpu/lower';
import { capture, release, TAKE } from '../gpu/tape';
import { timeDispatches, type StepTime } from '../gpu/timer';
import { openContext, type Gpu } from './gpu';
import { disposeAll } from './tensor';

/**
 * Runs the calls in `fn` once and times each dispatch on the GPU. The tensors that `fn` returns, alone, in a list
 * or in a record, are disposed.
 *
 * @param fn makes the calls before it returns
 * @returns one entry per dispatch, in order; milliseconds
 * @throws (rejects) if `fn` throws or is asynchronous, if a program does not compile or the device refuses the commands
 * @example
 * ```ts
 * for (const { kernel, ms } of await profile(gpu, () => separableConv2d(x, dw, pw))) console.log(kernel, ms);
 * ```
 * @see https://www.w3.org/TR/webgpu/#timestamp
 */
export async function profile(gpu: Gpu, fn: () => unknown): Promise<StepTime[]> {
  const context = openContext('profile', gpu);
  checkKind('profile', 'fn', fn, 'function');
  const captured = capture(context, 'profile', fn, TAKE);
  try {
    return await context.life.during('profile', timeDispatches(context, lowered(captured.calls, context.plans)));
  } finally {
    release(context, captured);
    disposeAll(captured.result);
  }
}
