/**
 * Tests for the operation of a call, by which the passes tell calls apart.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Call } from '../gpu/call';
import { CONVOLUTION } from '../kernels/convolutions';
import type { Operation } from '../kernels/operation';
import { RESIZE, type ResizeProblem } from '../kernels/resize';

/** Whether a call is of this operation. */
export function isOf<P>(operation: Operation<P>, call: Call | undefined): call is Call<P> {
  return call?.operation === operation;
}

/** Whether a call is a convolution, whichever kernels it may use. */
export function isConv(call: Call | undefined): call is Call<ConvProblem> {
  return call?.operation.kind === CONVOLUTION;
}

/** Whether a call resizes images, whichever kernel it may use. */
export function isResize(call: Call | undefined): call is Call<ResizeProblem> {
  return call?.operation.kind === RESIZE;
}

/** Whether a convolution is depthwise. */
export function isDepthwise({ filterForm, groups, inChannels }: ConvProblem): boolean {
  return filterForm === 'depthwise' && groups === inChannels;
}
