/**
 * The meaning of a transposed convolution: sizes and padding, channels and groups, and the errors for wrong arguments. The
 * reference itself is compared with numbers worked out by hand, with the identity of the gradient, and with TensorFlow.js.
 */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { conv2dProblem, depthwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { transposeProblem, type TransposeGeometry, type TransposeProblem } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { outputShape } from '../../src/conv/window';
import { messageOf } from '../support/message';
import { randomValues } from '../support/random';
import { transposeProblems } from '../support/transpose-problems';

/** A problem with one channel, for tests in which only sizes matter. */
const sized = (size: [number, number], filter: [number, number], options: TransposeGeometry = {}): TransposeProblem =>
  transposeProblem('op', [1, ...size, 1], [...filter, 1, 1], options);

describe('output sizes', () => {
  /** The rules and the terms of Keras's Conv2DTranspose. */
  const keras = {
    same: (size: number, _kernel: number, stride: number) => size * stride,
    valid: (size: number, kernel: number, stride: number) => size * stride + Math.max(kernel - stride, 0),
  };

  for (const padding of ['same', 'valid'] as const) {
    test(`'${padding}': those of Keras, from which the forward convolution comes back to the input`, () => {
      for (let size = 1; size <= 6; size++) {
        for (let taps = 1; taps <= 5; taps++) {
          for (let stride = 1; stride <= 4; stride++) {
            for (let rate = 1; rate <= 3; rate++) {
              const what = `size ${size}, taps ${taps}, stride ${stride}, dilation ${rate}`;
              const options = { strides: [stride, 1], dilations: [rate, 1], padding } as const;
              const p = sized([size, 3], [taps, 1], options);
              expect(p.outHeight, what).toBe(keras[padding](size, (taps - 1) * rate + 1, stride));
              const forward = conv2dProblem('op', [1, p.outHeight, p.outWidth, 1], [taps, 1, 1, 1], options);
              expect(forward.outHeight, what).toBe(size);
              expect(p.padTop, what).toBe(forward.padTop);
              expect(p.outWidth, 'the other axis').toBe(3);
            }
          }
        }
      }
    });
  }

  test('explicit padding takes away, outputPadding adds at the end', () => {
    const padding = [[1, 0], [0, 2]] as const; // prettier-ignore
    expect(sized([4, 5], [3, 3], { strides: 2, padding })).toMatchObject({
      outHeight: 8,
      outWidth: 9,
      padTop: 1,
      padLeft: 0,
    });
    expect(sized([4, 5], [3, 3], { strides: 2, padding, outputPadding: [1, 0] })).toMatchObject({
      outHeight: 9,
      outWidth: 9,
      padTop: 1,
    });
    expect(sized([4, 5], [3, 3], { dilations: 3, padding: 0, outputPadding: 2 }).outHeight).toBe(12);
  });

  test('outputShape chooses among the sizes that the forward convolution takes to the input', () => {
    const options = { strides: 3, padding: 'same' } as const;
    for (const [height, padTop] of [
      [10, 1],
      [11, 0],
      [12, 0],
    ]) {
      const p = sized([4, 1], [3, 1], { ...options, outputShape: [height, 1] });
      expect(p).toMatchObject({ outHeight: height, outWidth: 1, padTop });
    }
    expect(sized([4, 4], [3, 3], { strides: 2, padding: 1, outputShape: [8, 7] })).toMatchObject({
      outHeight: 8,
      outWidth: 7,
    });
    expect(sized([2, 3], [2, 2], { strides: 4, outputShape: [9, 13] })).toMatchObject({ outHeight: 9, outWidth: 13 });
  });

  test("outputShape has all four sizes in the data format's order, or two", () => {
    const four = { strides: 2, padding: 'same', outputShape: [2, 7, 10, 6] } as const;
    expect(outputShape(transposeProblem('op', [2, 4, 5, 3], [3, 3, 6, 3], four))).toEqual([2, 7, 10, 6]);
    const planes = { ...four, outputShape: [2, 6, 7, 10], dataFormat: 'NCHW' } as const;
    expect(outputShape(transposeProblem('op', [2, 3, 4, 5], [3, 3, 6, 3], planes))).toEqual([2, 6, 7, 10]);
  });

  test("rate is dilations, and TensorFlow's capitals mean the same", () => {
    expect(sized([4, 4], [3, 3], { rate: [2, 3] })).toEqual(sized([4, 4], [3, 3], { dilations: [2, 3] }));
    expect(sized([4, 4], [3, 3], { padding: 'SAME' })).toEqual(sized([4, 4], [3, 3], { padding: 'same' }));
    expect(sized([4, 4], [3, 3], { padding: 'VALID' })).toEqual(sized([4, 4], [3, 3]));
  });

  test('the stride of one input and the dilation of one tap make no difference but to the size', () => {
    expect(sized([1, 4], [3, 1], { strides: [5, 2], dilations: [1, 9] })).toMatchObject({
      outHeight: 5,
      strideHeight: 1,
      outWidth: 8,
      strideWidth: 2,
      dilationWidth: 1,
    });
  });
});

describe('the channels of a problem', () => {
  test('the filter is [height, width, out, in]', () => {
    const p = transposeProblem('op', [2, 4, 5, 3], [3, 3, 7, 3]);
    expect(p).toMatchObject({ inChannels: 3, outChannels: 7, groups: 1, filterForm: 'grouped' });
  });

  test('groups: the third size is the outputs of one', () => {
    const p = transposeProblem('op', [1, 4, 5, 6], [3, 3, 2, 6], { groups: 3 });
    expect(p).toMatchObject({ outChannels: 6, groups: 3, filterForm: 'grouped' });
  });

  test('a group per channel: also the depthwise form, unless the filter fits both', () => {
    const form = (third: number, fourth: number) =>
      transposeProblem('op', [1, 4, 5, 4], [3, 3, third, fourth], { groups: 4 });
    expect(form(1, 4)).toMatchObject({ outChannels: 4, filterForm: 'grouped' });
    expect(form(4, 1)).toMatchObject({ outChannels: 4, filterForm: 'depthwise' });
    expect(form(4, 2)).toMatchObject({ outChannels: 8, filterForm: 'depthwise' });
    expect(form(4, 4)).toMatchObject({ outChannels: 16, filterForm: 'grouped' });
  });
});

describe('what is refused', () => {
  const message = (
    options: TransposeGeometry,
    x: readonly number[] = [1, 4, 5, 6],
    filter: readonly number[] = [3, 3, 8, 6],
  ): string => messageOf(() => transposeProblem('conv2dTranspose', x, filter, options));

  test.for<[string, string, () => string]>([
    ['an input of rank 3', 'conv2dTranspose: the input has rank 3', () => message({}, [4, 5, 6])],
    [
      'a filter of rank 2',
      'the filter has rank 2 ([6, 8]) but needs rank 4: [height, width, out / groups, in]',
      () => message({}, undefined, [6, 8]),
    ],
    [
      'a filter for other channels',
      'conv2dTranspose: filter [3, 3, 6, 8] takes 8 input channels but the input [1, 4, 5, 6] has 6; give [height, width, out, 6]',
      () => message({}, undefined, [3, 3, 6, 8]),
    ],
    [
      'a filter for other groups',
      'filter [3, 3, 5, 1] takes 1 input channels but the input [1, 4, 5, 6] has 6; give [height, width, out / 6, 6] or the depthwise form [height, width, 6, multiplier]',
      () => message({ groups: 6 }, undefined, [3, 3, 5, 1]),
    ],
    [
      'groups that do not divide',
      "groups 4 does not divide the input's 6 channels; choose a divisor of 6",
      () => message({ groups: 4 }),
    ],
    [
      'groups that are no number',
      'groups is 1.5 but must be a whole number of at least 1; the input has 6 channels',
      () => message({ groups: 1.5 }),
    ],
    ['strides of 0', 'strides is 0 but must be a whole number of at least 1', () => message({ strides: 0 })],
    [
      'both names of dilations',
      'rate 2 and dilations 3 are two names of one option; give one',
      () => message({ rate: 2, dilations: 3 }),
    ],
    [
      'padding that is none',
      "padding is 'some'; it is 'same', 'valid', a whole number",
      () => message({ padding: 'some' as 'same' }),
    ],
    [
      'padding that takes all',
      'the output would be empty: along height the taps reach 6 but padding 3 + 3 takes as much away; use less padding, more taps or a larger input',
      () => message({ padding: 3 }),
    ],
    [
      'an outputShape of three sizes',
      'outputShape is [8, 10, 8] but must be [height, width] or all four sizes',
      () => message({ outputShape: [8, 10, 8] }),
    ],
    [
      'an outputShape of no numbers',
      'outputShape is [8, NaN] but must be [height, width] or all four sizes',
      () => message({ outputShape: [8, Number.NaN] }),
    ],
    [
      'another batch',
      'outputShape [2, 8, 10, 8] has a batch of 2 but the input has 1; give 1',
      () => message({ strides: 2, padding: 'same', outputShape: [2, 8, 10, 8] }),
    ],
    [
      'other channels',
      'outputShape [1, 8, 10, 6] (NHWC) has 6 channels but the filter gives 8; give 8, or a filter for 6',
      () => message({ strides: 2, padding: 'same', outputShape: [1, 8, 10, 6] }),
    ],
    [
      'a height that is not convolved to the input',
      "outputShape has height 9, which a convolution of 3 taps (stride 2, dilation 1, padding 'same') takes to 5, but the input has 4; choose 7 to 8",
      () => message({ strides: 2, padding: 'same', outputShape: [9, 10] }),
    ],
    [
      'a width that is not convolved to the input',
      "outputShape has width 10, which a convolution of 3 taps (stride 2, dilation 1, padding 'valid') takes to 4, but the input has 5; choose 11 to 12",
      () => message({ strides: 2, outputShape: [9, 10] }),
    ],
    [
      'an outputShape smaller than the taps',
      'outputShape has height 1, which a convolution of 3 taps (stride 1, dilation 1, padding 0) takes to 0, but the input has 4; choose 6',
      () => message({ padding: 0, outputShape: [1, 7] }),
    ],
    [
      'two sizes',
      'outputShape [8, 10] and outputPadding 1 both say how large the output is; give one',
      () => message({ outputShape: [8, 10], outputPadding: 1 }),
    ],
    [
      'an outputPadding of the stride',
      'outputPadding is 2 along width but must be less than the stride 2 or the dilation 1',
      () => message({ strides: [3, 2], padding: 1, outputPadding: 2 }),
    ],
    [
      'an outputPadding below 0',
      'outputPadding is [0, -1] but must be a whole number of at least 0, or [height, width] of such',
      () => message({ padding: 1, outputPadding: [0, -1] }),
    ],
    [
      'an outputPadding by rule',
      "outputPadding 1 adds to explicit padding but padding is 'same'; give numbers as padding, or the size itself as outputShape",
      () => message({ strides: 2, padding: 'same', outputPadding: 1 }),
    ],
    [
      'what no shader can count',
      'along width strides, dilations and padding reach over',
      () => message({ strides: [1, 2 ** 30] }),
    ],
    ['no data format', "dataFormat is 'CHWN'; it is 'NHWC' or 'NCHW'", () => message({ dataFormat: 'CHWN' as 'NCHW' })],
  ])('%s', ([, words, said]) => {
    expect(said()).toContain(words);
  });
});

describe('the reference', () => {
  test('numbers worked out by hand: stride 2, three taps', () => {
    const p = sized([1, 3], [1, 3], { strides: [1, 2] });
    // The inputs 1, 2 and 3 lie at 0, 2 and 4, and each is multiplied by 10, 20 and 30.
    expect([...transposeReference(p, [1, 2, 3], [10, 20, 30])]).toEqual([10, 20, 50, 40, 90, 60, 90]);
    const same = sized([1, 3], [1, 3], { strides: [1, 2], padding: 'same' });
    expect([...transposeReference(same, [1, 2, 3], [10, 20, 30])]).toEqual([10, 20, 50, 40, 90, 60]);
  });

  test('numbers worked out by hand: gaps, and channels [out, in]', () => {
    const p = transposeProblem('op', [1, 1, 2, 2], [1, 1, 3, 2], { strides: [1, 2] });
    // The two pixels are (1, 2) and (3, 4). Row o of the filter holds the weights from both inputs to output o.
    expect([...transposeReference(p, [1, 2, 3, 4], [1, 0, 0, 1, 10, 100])]).toEqual([
      1, 2, 210, 0, 0, 0, 3, 4, 430, 0, 0, 0,
    ]);
  });

  /** The convolution whose gradient a problem is. */
  function forwardOf(p: TransposeProblem): ConvProblem {
    return {
      ...p,
      grouping: 'contiguous',
      inHeight: p.outHeight,
      inWidth: p.outWidth,
      inChannels: p.outChannels,
      outHeight: p.inHeight,
      outWidth: p.inWidth,
      outChannels: p.inChannels,
      filterForm: 'grouped',
    };
  }

  function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
    return Array.from(a, (v, i) => v * b[i]).reduce((sum, v) => sum + v, 0);
  }

  test.for(transposeProblems.filter(({ problem }) => problem.outHeight < 1000))(
    'is the transpose of the forward convolution: $name',
    ({ problem: p }) => {
      const forward = forwardOf(p);
      const a = randomValues(p.batch * p.outHeight * p.outWidth * p.outChannels, 1);
      const b = randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 2);
      const filter = randomValues(p.filterHeight * p.filterWidth * (p.outChannels / p.groups) * p.inChannels, 3);
      // The forward convolution has [taps, member, out]; the depthwise form is [taps, out, member].
      const [rows, columns] = [p.outChannels / p.groups, p.inChannels];
      const asGrouped = filter.map((_, i) => {
        const [tap, member, c] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
        return filter[p.filterForm === 'grouped' ? i : (tap * columns + c) * rows + member];
      });
      const left = dot(convReference(forward, a, asGrouped), b);
      const right = dot(a, transposeReference(p, b, filter));
      expect(left).not.toBe(0);
      expect(right).toBeCloseTo(left, 10);
    },
  );

  test('the depthwise form is the transpose of depthwiseConv2d', () => {
    const p = transposeProblem('op', [1, 3, 4, 3], [3, 2, 3, 1], { strides: 2, padding: 'same', groups: 3 });
    const forward = depthwiseProblem('op', outputShape(p), [3, 2, 3, 1], { strides: 2, padding: 'same' });
    const [a, b, filter] = [6 * 8 * 3, 3 * 4 * 3, 18].map((size, seed) => randomValues(size, seed));
    expect(dot(a, transposeReference(p, b, filter))).toBeCloseTo(dot(convReference(forward, a, filter), b), 10);
  });

  test.for<[number, number, 'same' | 'valid']>([
    [2, 3, 'same'],
    [2, 4, 'same'],
    [2, 2, 'valid'],
    [3, 2, 'valid'],
    [1, 3, 'same'],
    [3, 5, 'valid'],
  ])('is what TensorFlow.js computes: stride %d, %d taps, %s', async ([stride, taps, padding]) => {
    // Importing its version registers the backend.
    expect(await tf.setBackend('cpu'), version_cpu).toBe(true);
    const p = transposeProblem('op', [2, 4, 3, 3], [taps, taps, 5, 3], { strides: stride, padding });
    const x = randomValues(2 * 4 * 3 * 3, 1);
    const filter = randomValues(taps * taps * 5 * 3, 2);
    const shape = outputShape(p) as [number, number, number, number];
    const result = tf.conv2dTranspose(
      tf.tensor4d(x, [2, 4, 3, 3]),
      tf.tensor4d(filter, [taps, taps, 5, 3]),
      shape,
      stride,
      padding,
    );
    const actual = transposeReference(p, x, filter);
    const expected = await result.data();
    expect(expected).toHaveLength(actual.length);
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4);
  });
});
