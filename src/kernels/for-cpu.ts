/**
 * The kernels that the default rule takes on CPU adapters only. `openGpu` loads them where it finds one; the tuner, which may
 * find one of them faster on a GPU, too, carries them.
 *
 * @module
 */
import { conv2dQuad, groupedQuad, pointwiseQuad } from './conv2d-quad';
import { depthwiseStrip } from './depthwise-strip';
import { addKernels } from './late';

/** Gives them to their operations. A function, since bundlers drop a module that is imported for its effect alone. */
export function addKernelsForCpu(): void {
  addKernels('depthwise', [depthwiseStrip]);
  addKernels('pointwise', [pointwiseQuad, conv2dQuad]);
  addKernels('conv2d', [pointwiseQuad, conv2dQuad, groupedQuad]);
  addKernels('grouped', [groupedQuad]);
}
