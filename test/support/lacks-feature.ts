/**
 * Kernels that need a feature of the device. If it is missing, the library must leave them out, and the tests check that.
 * test/browser/adapter.test.ts checks which browser must have it.
 */
import type { Kernel } from '../../src/kernels/kernel';

/** Whether the device lacks what the kernel needs. It does not ask `canRun`, which is under test. */
export function lacksFeature({ feature }: Pick<Kernel, 'feature'>, device: GPUDevice): boolean {
  return feature !== undefined && !device.features.has(feature);
}
