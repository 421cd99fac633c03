/**
 * Support for tests of float16: in both storage formats, with numbers that are halves, into buffers full of other numbers.
 */
import { describe, expect, inject } from 'vitest';
import type { Gpu, GpuOptions, Tensor } from '../../src/index';
import type { NdArray } from './array-reference';
import { expectTensor, randomArray } from './arrays';
import { asHalves, halfBound } from './close';
import { deviceWithout, useGpu } from './gpu';

// test/browser/adapter.test.ts checks which browser must have which feature.
export const hasHalves: boolean = inject('features').includes('shader-f16');

/**
 * Runs tests on a gpu without shader-f16, and on one with it where there is one.
 *
 * @param tests gets the gpu, and a function that returns the options to open another gpu of the same format
 */
export function inBothFormats(tests: (gpu: () => Gpu, options: () => Promise<GpuOptions>) => void): void {
  describe('packed in words', () => {
    tests(useGpu('shader-f16'), async () => ({ device: await deviceWithout('shader-f16') }));
  });
  describe.for(hasHalves ? ['with shader-f16'] : [])('%s', () => {
    tests(useGpu(), async () => ({}));
  });
}

/** Seeded halves; none is so small that WGSL may read it as zero. */
export function randomHalves(shape: readonly number[], seed = 1): NdArray {
  const { values } = randomArray(shape, seed);
  return { shape, values: Float64Array.from(asHalves(values), (v) => (Math.abs(v) < 2 ** -14 ? 0.5 : v)) };
}

/** Uploads arrays to the file's gpu, as halves. */
export function uploadsHalves(gpu: () => Gpu): (array: NdArray) => Tensor {
  return ({ shape, values }) => gpu().tensor(values, shape, { dtype: 'f16' });
}

/**
 * Makes a call twice, into buffers full of other numbers, and compares the results.
 *
 * @param bound the error bound of the float32 arithmetic, to which the error of storing is added; without it the result must
 * be exact
 */
export function expectingHalves(
  gpu: () => Gpu,
): (call: () => Tensor, expected: NdArray, bound?: Float64Array | number) => Promise<void> {
  return async (call, expected, bound) => {
    const { shape, values } = expected;
    // These are more buffers than the two calls need.
    const others = Array.from({ length: 10 }, (_, i) => {
      const numbers = values.map(() => (i % 2 === 0 ? NaN : -1));
      return gpu().tensor(numbers, shape, { dtype: 'f16' });
    });
    const buffers = new Set(others.map(({ bufferBeforeSubmit }) => bufferBeforeSubmit));
    for (const other of others) other.dispose();
    const outputs = [call(), call()];
    for (const { dtype, bufferBeforeSubmit: buffer } of outputs) {
      expect(dtype).toBe('f16');
      expect(buffers.has(buffer)).toBe(true);
    }
    const own = typeof bound === 'number' ? Float64Array.from(values, () => bound) : bound;
    const allowed = own && halfBound(own, values);
    await Promise.all(outputs.map((output) => expectTensor(output, expected, allowed)));
  };
}
