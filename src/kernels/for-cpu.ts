/**
 * The kernels that the default rule takes on CPU adapters only. `openGpu` loads them where it finds such an adapter; the
 * tuner also carries them, because one of them may be faster on a GPU.
 *
 * @module
 */
import { conv2dQuad, conv2dQuick, groupedQuad, pointwiseQuad } from './conv2d-quad';
import { depthwiseQuick } from './depthwise-quick';
import { depthwiseStrip } from './depthwise-strip';
import { addKernels } from './late';

/**
 * Gives these kernels to their operations. It is a function, because bundlers drop a module that is imported for its effect
 * alone.
 */
export function addKernelsForCpu(): void {
  addKernels('depthwise', [depthwiseStrip, depthwiseQuick]);
  addKernels('pointwise', [pointwiseQuad, conv2dQuad, conv2dQuick]);
  addKernels('conv2d', [pointwiseQuad, conv2dQuad, groupedQuad, conv2dQuick]);
  addKernels('grouped', [groupedQuad, conv2dQuick]);
}
