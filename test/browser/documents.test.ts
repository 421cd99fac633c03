/**
 * The systems S1 and S4 to S6 of the source documents, with the documents' own numbers: single convolutions. They are the
 * purpose of this library. documents-groups.test.ts has S2, S3, S8 and S9, and documents-networks.test.ts has S7 and S10.
 */
import { describe, expect, test } from 'vitest';
import type { Padding } from '../../src/conv/padding';
import { conv2dProblem, depthwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import { conv2d, depthwiseConv2d, parameterCount, pointwiseConv2d, separableConv2d } from '../../src/index';
import { expectClose } from '../support/close';
import { randoms } from '../support/documents';
import { useGpu } from '../support/gpu';

const gpu = useGpu();
const random = randoms(gpu);

describe('S1: tf.nn.depthwise_conv2d and its channel multiplier', () => {
  for (const multiplier of [1, 2]) {
    test(`x (2,3,3,4), filter (3,3,4,${multiplier}), SAME gives (2,3,3,${4 * multiplier}); channel c*m + q is channel c with filter q`, async () => {
      using x = random([2, 3, 3, 4], 1);
      using filter = random([3, 3, 4, multiplier], 2);
      using y = depthwiseConv2d(x.tensor, filter.tensor, { padding: 'same' });
      expect(y.shape).toEqual([2, 3, 3, 4 * multiplier]);
      const values = await y.read();
      const single = (source: Float32Array, channels: number, at: number): Float32Array =>
        source.filter((_, i) => i % channels === at);
      for (let c = 0; c < 4; c++) {
        for (let q = 0; q < multiplier; q++) {
          const plane = single(x.values, 4, c);
          const taps = single(filter.values, 4 * multiplier, c * multiplier + q);
          const p = conv2dProblem('conv2d', [2, 3, 3, 1], [3, 3, 1, 1], { padding: 'same' });
          expectClose(
            single(values, 4 * multiplier, c * multiplier + q),
            convReference(p, plane, taps),
            [2, 3, 3, 1],
            4e-6,
          );
        }
      }
    });
  }
});

describe('S4: standard, depthwise, pointwise and separable, and their parameters', () => {
  test('5x5x3 to 4 channels by 3x3: 108, 27, 12 and 39 weights', () => {
    expect(parameterCount({ filterSize: 3, inChannels: 3, outChannels: 4 })).toEqual({
      standard: 108,
      depthwise: 27,
      pointwise: 12,
      separable: 39,
    });
  });

  test('SAME keeps 5x5 and VALID gives 3x3; separable is depthwise then pointwise', async () => {
    using x = random([1, 5, 5, 3], 7);
    using standard = random([3, 3, 3, 4], 8);
    using depthwise = random([3, 3, 3, 1], 9);
    using pointwise = random([1, 1, 3, 4], 10);
    expect([standard, depthwise, pointwise].map(({ tensor }) => tensor.size)).toEqual([108, 27, 12]);
    for (const [padding, size] of [
      ['same', 5],
      ['valid', 3],
    ] as const) {
      using whole = conv2d(x.tensor, standard.tensor, { padding });
      using planes = depthwiseConv2d(x.tensor, depthwise.tensor, { padding });
      using mixed = pointwiseConv2d(planes, pointwise.tensor);
      using separable = separableConv2d(x.tensor, depthwise.tensor, pointwise.tensor, { padding });
      expect(whole.shape).toEqual([1, size, size, 4]);
      expect(planes.shape).toEqual([1, size, size, 3]);
      expect(separable.shape).toEqual([1, size, size, 4]);
      expectClose(await separable.read(), await mixed.read(), separable.shape, 0);
    }
  });
});

describe('S5: the worked example, img 4x4x2 and filter (3,3,2,2)', () => {
  // Every row of channel 0 is 1, 2, 3, 4, and channel 1 is all ones. Each tap has the weights c0q0 = 0, c0q1 = 2, c1q0 = 1
  // and c1q1 = 3.
  const image = Array.from({ length: 16 }, (_, i) => [(i % 4) + 1, 1]).flat();
  const taps = Array.from({ length: 9 }, () => [0, 2, 1, 3]).flat();

  test('depthwise, rate 1, VALID gives [[[[0,36,9,27],[0,54,9,27]],[[0,36,9,27],[0,54,9,27]]]]', async () => {
    using img = gpu().tensor(image, [1, 4, 4, 2]);
    using filter = gpu().tensor(taps, [3, 3, 2, 2]);
    using y = depthwiseConv2d(img, filter, { strides: [1, 1], rate: [1, 1], padding: 'VALID' });
    expect(y.shape).toEqual([1, 2, 2, 4]);
    expect([...(await y.read())]).toEqual([0, 36, 9, 27, 0, 54, 9, 27, 0, 36, 9, 27, 0, 54, 9, 27]);
  });

  test('the ordinary convolution of the same filter adds the channels: 9 and 63, 9 and 81', async () => {
    using img = gpu().tensor(image, [1, 4, 4, 2]);
    using filter = gpu().tensor(taps, [3, 3, 2, 2]);
    using y = conv2d(img, filter, { strides: [1, 1], padding: 'VALID' });
    expect([...(await y.read())]).toEqual([9, 63, 9, 81, 9, 63, 9, 81]);
  });
});

describe('S6: strides, padding, rate and data format, in all combinations', () => {
  const paddings: readonly Padding[] = [
    'SAME',
    'VALID',
    2,
    [
      [1, 0],
      [0, 3],
    ],
  ];
  for (const dataFormat of ['NHWC', 'NCHW'] as const) {
    for (const padding of paddings) {
      test(`${dataFormat}, padding ${JSON.stringify(padding)}: strides 1, 2 and [2, 1] with rate 1, 2 and [1, 3]`, async () => {
        const shape = dataFormat === 'NHWC' ? [1, 8, 9, 4] : [1, 4, 8, 9];
        using x = random(shape, 11);
        using filter = random([3, 3, 4, 2], 12);
        for (const strides of [1, 2, [2, 1]] as const) {
          for (const rate of [1, 2, [1, 3]] as const) {
            const geometry: ConvGeometry = { strides, rate, padding, dataFormat };
            using y = depthwiseConv2d(x.tensor, filter.tensor, geometry);
            const p = depthwiseProblem('depthwiseConv2d', shape, [3, 3, 4, 2], geometry);
            expectClose(await y.read(), convReference(p, x.values, filter.values), outputShape(p), 4e-6);
          }
        }
      });
    }
  }
});
