/** Descriptions of devices in the form that kernels get, without a device. */
import type { Target } from '../../src/kernels/kernel';
import { profileOf, type AdapterInfo } from '../../src/kernels/profile';

/** RDNA, whose registers the model knows. The default rule is measured with it. */
export const AMD: AdapterInfo = { vendor: 'amd', architecture: 'rdna-2' };

export const SWIFTSHADER: AdapterInfo = { vendor: 'google', architecture: 'swiftshader' };

/** A device of this kind, with limits that no test reaches. */
export function targetFor(info: AdapterInfo, ...features: readonly string[]): Target {
  return {
    profile: profileOf(info),
    features: new Set(features),
    limits: {
      maxBufferSize: 2 ** 30,
      maxStorageBufferBindingSize: 2 ** 30,
      maxComputeWorkgroupsPerDimension: 65_535,
      maxComputeInvocationsPerWorkgroup: 256,
      minStorageBufferOffsetAlignment: 256,
    },
  };
}
