/**
 * Options of pools that ONNX, PyTorch and WebNN have and TensorFlow lacks: output sizes that are rounded up, and padding that
 * counts.
 */
import { describe, expect, test } from 'vitest';
import { averagePool2d, globalMaxPool, maxPool2d, type AveragePool2dOptions, type Tensor } from '../../src/index';
import { extremeReference, mean, poolReference, type PoolGeometry } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { EPSILON } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

const pair = (n: number | readonly [number, number]): readonly [number, number] => (typeof n === 'number' ? [n, n] : n);

function geometryOf(options: AveragePool2dOptions): PoolGeometry {
  const { windowSize, strides = windowSize, dilations = 1, padding = 0, dataFormat = 'NHWC', ...flags } = options;
  const own = typeof padding === 'number' ? ([pair(padding), pair(padding)] as const) : (padding as 'same');
  return {
    window: pair(windowSize),
    strides: pair(strides),
    dilations: pair(dilations),
    padding: own,
    dataFormat,
    ...flags,
  };
}

describe('maxPool2d and averagePool2d, by all combinations of both options', () => {
  test.for<readonly [string, readonly number[], AveragePool2dOptions, readonly number[]]>([
    ['a last window of half the size', [1, 5, 7, 4], { windowSize: 2 }, [1, 3, 4, 4]],
    ['padding that counts for the last window', [2, 6, 7, 3], { windowSize: 3, strides: 2, padding: 1 }, [2, 4, 4, 3]],
    [
      'a window that would begin in the padding behind',
      [1, 4, 4, 1],
      { windowSize: 2, strides: 2, padding: 1 },
      [1, 3, 3, 1],
    ],
    ['strides longer than the window', [1, 9, 8, 4], { windowSize: 2, strides: [4, 5] }, [1, 3, 2, 4]],
    [
      'lopsided padding',
      [1, 5, 6, 2],
      {
        windowSize: 3,
        strides: 2,
        padding: [
          [0, 1],
          [1, 0],
        ],
      },
      [1, 3, 3, 2],
    ],
    ['dilations', [1, 10, 9, 4], { windowSize: 2, strides: 3, dilations: [2, 3], padding: 1 }, [1, 4, 4, 4]],
    ['same', [1, 7, 5, 3], { windowSize: 3, strides: 2, padding: 'same' }, [1, 4, 3, 3]],
    ['NCHW', [2, 3, 6, 7], { windowSize: 3, strides: 2, padding: 1, dataFormat: 'NCHW' }, [2, 3, 4, 4]],
    ['a window larger than what is padded', [1, 2, 3, 1], { windowSize: 3, strides: 2 }, [1, 1, 1, 1]],
  ])('%s', async ([, shape, options, out]) => {
    // All numbers are negative, so a padding of zeros would be the largest.
    const array = { shape, values: randomArray(shape).values.map((v) => Math.fround(v - 2)) };
    using x = upload(array);
    for (const ceilMode of shape[1] === 2 ? [true] : [true, false]) {
      const own = { ...options, ceilMode };
      const largest = poolReference(array, geometryOf(own), (values) => Math.max(...values));
      if (ceilMode) expect(largest.shape).toEqual(out); // oxlint-disable-line vitest/no-conditional-expect
      await expectTensor(maxPool2d(x, own), largest);
      for (const countIncludePad of [false, true]) {
        const counted = { ...own, countIncludePad };
        const expected = poolReference(array, geometryOf(counted), mean);
        await expectTensor(averagePool2d(x, counted), expected, 3 * 16 * EPSILON);
      }
    }
  });

  test('in bands of rows, where padding counts above and below', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor(Float32Array.from(randomArray([1, 31, 8, 8]).values), [1, 31, 8, 8]);
      const call = (): Tensor =>
        averagePool2d(x, { windowSize: 4, strides: 3, padding: 2, ceilMode: true, countIncludePad: true });
      const whole = call();
      const { result, dispatches } = bindingAtMost(own, 3072, call);
      expect(dispatches.length).toBeGreaterThan(2);
      expect(await result.read()).toEqual(await whole.read());
    });
  });
});

test.each(['NHWC', 'NCHW'] as const)('globalMaxPool, %s', async (dataFormat) => {
  const array = randomArray([2, 3, 5, 4]);
  using x = upload(array);
  const axes = dataFormat === 'NHWC' ? [1, 2] : [2, 3];
  await expectTensor(globalMaxPool(x, { dataFormat }), extremeReference(array, axes, Math.max));
});

test('a wrong option is an error that says so', () => {
  using x = gpu().tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  expect(messageOf(() => maxPool2d(x, { windowSize: 2, ceilMode: 'ceil' as never }))).toBe(
    "maxPool2d: ceilMode is 'ceil'; it is true or false",
  );
  expect(messageOf(() => averagePool2d(x, { windowSize: 2, countIncludePad: 1 as never }))).toBe(
    'averagePool2d: countIncludePad is 1; it is true or false',
  );
  expect(messageOf(() => maxPool2d(x, { windowSize: 2, countIncludePad: true } as never))).toBe(
    'maxPool2d: there is no option countIncludePad; the options are windowSize, strides, padding, dilations, ceilMode, dataFormat',
  );
  using row = gpu().tensor([1, 2], [2]);
  expect(messageOf(() => globalMaxPool(row))).toBe(
    'globalMaxPool: x [2] has 1 axes but 4 are needed, [batch, height, width, channels] or NCHW; reshape x, or use reduceMax',
  );
});
