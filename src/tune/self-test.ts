/**
 * The self-test that an app can ask for.
 *
 * @module
 */
import { createPipelines } from '../gpu/pipelines';
import { conv2dGeneral } from '../kernels/conv2d';
import { depthwiseRows } from '../kernels/depthwise-rows';
import { depthwiseStrip } from '../kernels/depthwise-strip';
import { depthwiseTile } from '../kernels/depthwise-tile';
import { conv2dTile, fusedReshapeSum, groupedDirect } from '../kernels/grouped';
import type { Kernel } from '../kernels/kernel';
import { pointwiseTile } from '../kernels/pointwise';
import { pointwiseQuad } from '../kernels/pointwise-quad';
import { pointwiseSplit } from '../kernels/pointwise-split';
import type { Gpu } from '../tensor/gpu';
import { testKernels, type KernelReport } from './kernel-test';
import { exclusively } from './memory';

/** Every convolution kernel; a test holds this list to those of the ops. */
export const allKernels: readonly Kernel[] = [
  depthwiseStrip,
  depthwiseTile,
  depthwiseRows,
  pointwiseQuad,
  pointwiseSplit,
  pointwiseTile,
  conv2dTile,
  groupedDirect,
  fusedReshapeSum,
  conv2dGeneral,
];

/** What a self-test found. */
export interface SelfTest {
  /** Whether every kernel computes right. */
  readonly passed: boolean;
  readonly kernels: readonly KernelReport[];
}

/**
 * Runs every convolution kernel on small nasty problems and compares with plain float64 loops. A kernel that miscomputes
 * on this device, as a driver's compiler may make it, is not used any more by this gpu, as far as another serves the
 * problem; `explain` then says so. `tune` does this by itself for the kernels that it measures.
 *
 * @throws (rejects) if the device is lost
 * @example
 * ```ts
 * const { passed, kernels } = await selfTest(gpu);
 * if (!passed) report(gpu.device.adapterInfo, kernels.filter(({ failures }) => failures.length > 0));
 * ```
 * @see https://github.com/gpuweb/gpuweb/wiki/Implementation-Status
 */
export async function selfTest(gpu: Gpu): Promise<SelfTest> {
  const { context } = gpu;
  context.life.check('selfTest');
  return exclusively('selfTest', context, async (memory) => {
    const kernels = await testKernels('selfTest', context, createPipelines(context.device), memory, allKernels);
    return { passed: kernels.every(({ failures }) => failures.length === 0), kernels };
  });
}
