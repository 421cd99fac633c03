/**
 * The kernels that no rule takes: the tuner measures whether one of them is faster on a device, and the self-test checks them.
 *
 * @module
 */
import { addKernels } from './late';
import { pointwiseShared } from './pointwise-shared';
import { pointwiseSubgroup } from './pointwise-subgroup';

/** Gives these kernels to their operations; see `addKernelsForCpu`. */
export function addKernelsForTuner(): void {
  addKernels('pointwise', [pointwiseShared, pointwiseSubgroup]);
  addKernels('conv2d', [pointwiseShared, pointwiseSubgroup]);
}
