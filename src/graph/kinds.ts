/**
 * Which operation a call is of: what the passes tell calls apart by.
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

/** Whether a call is a convolution, by whatever kernels. */
export function isConv(call: Call | undefined): call is Call<ConvProblem> {
  return call?.operation.kind === CONVOLUTION;
}

/** Whether a call resizes images, by whatever kernel. */
export function isResize(call: Call | undefined): call is Call<ResizeProblem> {
  return call?.operation.kind === RESIZE;
}

/** Whether a convolution is depthwise. */
export function isDepthwise({ filterForm, groups, inChannels }: ConvProblem): boolean {
  return filterForm === 'depthwise' && groups === inChannels;
}
