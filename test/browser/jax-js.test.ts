/**
 * jax-js and this library on jax-js's device. jax-js hands out buffers but takes none, so arrays for it go through the page's
 * memory. The guide quotes these lines.
 */
import { defaultDevice, getWebGPUDevice, init, numpy } from '@jax-js/jax';
import { expect, test } from 'vitest';
import { multiply, openGpu } from '../../src/index';
import { valuesOf } from '../support/scale';

test("a jax-js array is wrapped, and is jax-js's again when the last command that uses it is submitted", async () => {
  expect(await init('webgpu')).toContain('webgpu');
  defaultDevice('webgpu');
  const errors: Error[] = [];
  const gpu = await openGpu({ device: getWebGPUDevice(), onError: (error) => errors.push(error) });
  for (let i = 0; i < 20; i++) {
    const array = numpy.array([1, 2, 3, 4]).mul(i + 1);
    // `gpuBuffer` computes the lazy array, and `ref` keeps the array alive.
    const x = gpu.wrap(await array.ref.gpuBuffer(), array.shape, { keepAlive: array });
    using y = multiply(x, 2);
    x.dispose();
    expect(array.refCount).toBe(1);
    gpu.submit();
    expect(array.refCount).toBe(0);
    expect(await valuesOf(y)).toEqual([2, 4, 6, 8].map((value) => value * (i + 1)));
  }
  expect(errors).toEqual([]);
  gpu.destroy();
});
