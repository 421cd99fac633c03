/**
 * Kernels that need a feature of the device. Where it is missing the library must leave them out, and the tests hold it to
 * that; where a browser must have it is for test/browser/adapter.test.ts to say.
 */
import type { Kernel } from '../../src/kernels/kernel';

/** Whether the device lacks what the kernel needs. Not asked of `canRun`, which is what is tested. */
export function lacksFeature({ feature }: Pick<Kernel, 'feature'>, device: GPUDevice): boolean {
  return feature !== undefined && !device.features.has(feature);
}
