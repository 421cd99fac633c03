/**
 * The self-test that an app can ask for.
 *
 * @module
 */
import { createPipelines } from '../gpu/pipelines';
import type { Convolution } from '../kernels/convolutions';
import type { Kernel } from '../kernels/kernel';
import { openContext, type Gpu } from '../tensor/gpu';
import { budgetUntil } from './budget';
import { exclusively } from './device-memory';
import { testKernels, type KernelReport, type Suspect } from './kernel-test';
import { TRIALS } from './trials';
import { CONVOLUTIONS } from './trials/convolution';

/** Every convolution kernel. */
export const allKernels: readonly Kernel[] = /* @__PURE__ */ kernelsOf(CONVOLUTIONS);

function kernelsOf(operations: readonly Convolution[]): readonly Kernel[] {
  return [...new Set(operations.flatMap(({ kernels }) => kernels))];
}

/** Every kernel for which there are numbers to try it with. */
function allSuspects(): readonly Suspect[] {
  return [...TRIALS.values()].flatMap(({ operations }) =>
    operations.flatMap((operation) => operation.kernels.map((kernel) => ({ operation, kernel }))),
  );
}

/** The result of a self-test. */
export interface SelfTest {
  /** Whether every kernel computes right. */
  readonly passed: boolean;
  readonly kernels: readonly KernelReport[];
}

/**
 * Runs every kernel of convolutions, of transposed ones, and of pairs of a depthwise and a pointwise one on small nasty problems,
 * and compares the results with plain float64 loops. A driver's compiler may make a kernel miscompute on this device: this gpu
 * then no longer uses it, as far as another kernel serves the problem, and `explain` says so. `tune` does this by itself for the
 * kernels that it measures.
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
  const context = openContext('selfTest', gpu);
  return exclusively('selfTest', context, async (memory) => {
    const lab = { context, pipelines: createPipelines(context.device), memory, budget: budgetUntil(Infinity) };
    const kernels = await testKernels('selfTest', lab, allSuspects());
    return { passed: kernels.every(({ failures }) => failures.length === 0), kernels };
  });
}
