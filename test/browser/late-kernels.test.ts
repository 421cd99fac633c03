/**
 * Kernels that only some devices want. openGpu loads them before it returns. A gpu that nobody awaited gets them a moment
 * later.
 */
import { expect, test } from 'vitest';
// The index would import the tuner, which imports all kernels.
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d';
import { explain } from '../../src/ops/explain';
import { Gpu, openGpu } from '../../src/tensor/gpu';

/** The kernel that computes a layer for which CPU adapters want strips. */
function kernelOf(gpu: Gpu): string {
  using x = gpu.tensor(new Float32Array(8 * 8 * 4), [1, 8, 8, 4]);
  using filter = gpu.tensor(new Float32Array(3 * 3 * 4), [3, 3, 4, 1]);
  using y = depthwiseConv2d(x, filter, { padding: 'same' });
  return explain(y).steps[0].kernel;
}

test('a CPU adapter gets its kernels, at once by openGpu', async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const early = new Gpu(device, { device });
  const wanted = early.isFallback ? 'depthwise/strip' : 'depthwise/tile';

  expect(kernelOf(early)).toBe('depthwise/tile');
  await expect.poll(() => kernelOf(early)).toBe(wanted);
  const gpu = await openGpu();
  expect(kernelOf(gpu)).toBe(wanted);

  await Promise.all([early.finished(), gpu.finished()]);
  gpu.destroy();
  device.destroy();
});
