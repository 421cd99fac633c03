/**
 * The meaning of a convolution: sizes and padding, channels and groups, the errors for wrong arguments, and the reference
 * itself.
 */
import { describe, expect, test } from 'vitest';
import { checkShape, show } from '../../src/conv/check';
import { conv2dProblem, depthwiseProblem, groupedProblem, pointwiseProblem, summary } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import { messageOf } from '../support/message';

/** A depthwise problem with one channel, for tests in which only sizes matter. */
const sized = (size: [number, number], filter: [number, number], options: ConvGeometry = {}) =>
  depthwiseProblem('op', [1, ...size, 1], [...filter, 1, 1], options);

describe('output sizes are those of TensorFlow', () => {
  /** The rules and the terms of the tf.nn.convolution documentation. */
  const tensorflow = {
    same: (size: number, filter: number, stride: number, rate: number) => {
      const spread = (filter - 1) * rate + 1;
      const remainder = size % stride;
      const total = Math.max(remainder === 0 ? spread - stride : spread - remainder, 0);
      return { out: Math.ceil(size / stride), before: Math.floor(total / 2) };
    },
    valid: (size: number, filter: number, stride: number, rate: number) => ({
      out: Math.ceil((size - (filter - 1) * rate) / stride),
      before: 0,
    }),
  };

  for (const padding of ['same', 'valid'] as const) {
    test(`'${padding}': every size to 9, filter to 5, stride to 4, dilation to 3`, () => {
      for (let size = 1; size <= 9; size++) {
        for (let filter = 1; filter <= 5; filter++) {
          for (let stride = 1; stride <= 4; stride++) {
            for (let rate = 1; rate <= 3; rate++) {
              const { out, before } = tensorflow[padding](size, filter, stride, rate);
              if (out < 1) continue;
              const p = sized([size, 7], [filter, 1], { strides: [stride, 1], dilations: [rate, 1], padding });
              const what = `size ${size}, filter ${filter}, stride ${stride}, dilation ${rate}`;
              expect({ out: p.outHeight, before: p.padTop }, what).toEqual({ out, before });
              expect({ out: p.outWidth, before: p.padLeft }, 'the other axis').toEqual({ out: 7, before: 0 });
            }
          }
        }
      }
    });
  }

  test("'same' puts the odd zero at the bottom and right, also for an even filter", () => {
    expect(sized([5, 5], [2, 4], { padding: 'same' })).toMatchObject({
      padTop: 0,
      padLeft: 1,
      outHeight: 5,
      outWidth: 5,
    });
    expect(sized([6, 6], [3, 3], { padding: 'same', strides: 2 })).toMatchObject({
      padTop: 0,
      padLeft: 0,
      outHeight: 3,
    });
    expect(sized([7, 7], [3, 3], { padding: 'same', strides: 2 })).toMatchObject({
      padTop: 1,
      padLeft: 1,
      outHeight: 4,
    });
  });

  test("'same' never pads where the stride skips pixels", () => {
    expect(sized([9, 9], [2, 2], { padding: 'same', strides: 4 })).toMatchObject({
      padTop: 0,
      padLeft: 0,
      outHeight: 3,
    });
  });

  test("TensorFlow's capitals mean the same", () => {
    expect(sized([6, 6], [3, 3], { padding: 'SAME' })).toEqual(sized([6, 6], [3, 3], { padding: 'same' }));
    expect(sized([6, 6], [3, 3], { padding: 'VALID' })).toEqual(sized([6, 6], [3, 3]));
  });

  test('explicit padding counts per side', () => {
    const padding = [[2, 0], [1, 3]] as const; // prettier-ignore
    expect(sized([5, 6], [3, 3], { padding })).toMatchObject({ padTop: 2, padLeft: 1, outHeight: 5, outWidth: 8 });
    expect(sized([5, 6], [3, 3], { padding: 2 })).toMatchObject({ padTop: 2, padLeft: 2, outHeight: 7, outWidth: 8 });
    expect(sized([5, 6], [3, 3], { padding: 0 })).toMatchObject({ padTop: 0, padLeft: 0, outHeight: 3, outWidth: 4 });
  });

  test('a filter that just fits gives one output, whatever the stride', () => {
    expect(sized([5, 3], [3, 3], { dilations: [2, 1], strides: 100 })).toMatchObject({ outHeight: 1, outWidth: 1 });
  });

  test('rate is dilations', () => {
    expect(sized([9, 9], [3, 3], { rate: [2, 3] })).toEqual(sized([9, 9], [3, 3], { dilations: [2, 3] }));
  });

  test('the dilation of one tap and the stride of one output make no difference, however large', () => {
    const p = sized([4, 9], [1, 9], { strides: [2, 2 ** 31 - 1], dilations: [2 ** 53 - 1, 1] });
    expect(p).toEqual(sized([4, 9], [1, 9], { strides: [2, 1] }));
  });
});

describe('the channels of a problem', () => {
  test('depthwise: one group per input channel, multiplier times as many outputs', () => {
    const p = depthwiseProblem('op', [2, 4, 5, 3], [3, 3, 3, 2]);
    expect(p).toMatchObject({ groups: 3, outChannels: 6, filterForm: 'depthwise' });
    expect(outputShape(p)).toEqual([2, 2, 3, 6]);
  });

  test('NCHW moves the axes of input and output, not of the filter', () => {
    const p = depthwiseProblem('op', [2, 3, 4, 5], [3, 3, 3, 2], { dataFormat: 'NCHW' });
    expect(p).toMatchObject({ batch: 2, inChannels: 3, inHeight: 4, inWidth: 5 });
    expect(outputShape(p)).toEqual([2, 6, 2, 3]);
  });

  test('a pointwise filter of rank 2 is one of rank 4', () => {
    const p = pointwiseProblem('op', [1, 4, 4, 3], [3, 8]);
    expect(p).toEqual(pointwiseProblem('op', [1, 4, 4, 3], [1, 1, 3, 8]));
    expect(p).toMatchObject({ groups: 1, outChannels: 8, filterHeight: 1, filterWidth: 1 });
  });

  test("grouped: the filter's third axis says which form it has", () => {
    const grouped = groupedProblem('op', [1, 4, 4, 6], [3, 3, 2, 9], { groups: 3 });
    expect(grouped).toMatchObject({ filterForm: 'grouped', outChannels: 9, grouping: 'contiguous' });
    const depthwise = groupedProblem('op', [1, 4, 4, 6], [3, 3, 6, 2], { groups: 3, grouping: 'strided' });
    expect(depthwise).toMatchObject({ filterForm: 'depthwise', outChannels: 6, grouping: 'strided' });
  });

  test('a summary has what differs from the ordinary', () => {
    expect(summary(sized([5, 6], [3, 2]))).toMatchInlineSnapshot(`"1x5x6x1->1 k3x2"`);
    const p = groupedProblem('op', [1, 8, 9, 9], [3, 3, 2, 4], {
      groups: 4,
      strides: 2,
      dilations: [1, 2],
      dataFormat: 'NCHW',
    });
    expect(summary(p)).toMatchInlineSnapshot(`"1x9x9x8->4 k3x3 s2x2 d1x2 g4 NCHW"`);
  });
});

describe('a message names function, argument, both numbers and the remedy', () => {
  const x = [1, 8, 8, 4];
  const filter = [3, 3, 4, 1];
  const depthwise = (options: object) => messageOf(() => depthwiseProblem('depthwiseConv2d', x, filter, options));

  test('wrong rank', () => {
    expect(messageOf(() => depthwiseProblem('depthwiseConv2d', [8, 8, 4], filter))).toMatchInlineSnapshot(
      `"depthwiseConv2d: the input has rank 3 ([8, 8, 4]) but NHWC needs rank 4; reshape it, for one image to [1, height, width, channels]"`,
    );
    expect(
      messageOf(() => depthwiseProblem('depthwiseConv2d', [4, 8, 8], filter, { dataFormat: 'NCHW' })),
    ).toMatchInlineSnapshot(
      `"depthwiseConv2d: the input has rank 3 ([4, 8, 8]) but NCHW needs rank 4; reshape it, for one image to [1, channels, height, width]"`,
    );
    expect(messageOf(() => depthwiseProblem('depthwiseConv2d', x, [3, 3, 4]))).toMatchInlineSnapshot(
      `"depthwiseConv2d: the filter has rank 3 ([3, 3, 4]) but needs rank 4: [height, width, channels, multiplier]"`,
    );
    expect(messageOf(() => conv2dProblem('conv2d', x, [3, 3, 4]))).toMatchInlineSnapshot(
      `"conv2d: the filter has rank 3 ([3, 3, 4]) but needs rank 4: [height, width, in / groups, out]"`,
    );
    expect(messageOf(() => pointwiseProblem('pointwiseConv2d', x, [4]))).toMatchInlineSnapshot(
      `"pointwiseConv2d: the filter has rank 1 ([4]) but needs rank 4: [1, 1, in, out] or [in, out]"`,
    );
  });

  test('sizes that are none', () => {
    expect(messageOf(() => depthwiseProblem('depthwiseConv2d', [1, NaN, 8, 4], filter))).toMatchInlineSnapshot(
      `"depthwiseConv2d: the input [1, NaN, 8, 4] has size NaN on axis 1; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(messageOf(() => depthwiseProblem('depthwiseConv2d', [1, 8, 8, 0], [3, 3, 0, 1]))).toMatchInlineSnapshot(
      `"depthwiseConv2d: the input [1, 8, 8, 0] has size 0 on axis 3; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(messageOf(() => conv2dProblem('conv2d', x, [3, 3, 4, NaN]))).toMatchInlineSnapshot(
      `"conv2d: the filter [3, 3, 4, NaN] has size NaN on axis 3; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(messageOf(() => conv2dProblem('conv2d', x, [3, 0, 4, 2]))).toMatchInlineSnapshot(
      `"conv2d: the filter [3, 0, 4, 2] has size 0 on axis 1; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(messageOf(() => checkShape('gpu.tensor: shape', 'abc' as never))).toMatchInlineSnapshot(
      `"gpu.tensor: shape is 'abc' but must be an array of sizes, such as [1, 224, 224, 3]"`,
    );
    expect(messageOf(() => checkShape('gpu.tensor: shape', [2, 1.5]))).toMatchInlineSnapshot(
      `"gpu.tensor: shape [2, 1.5] has size 1.5 on axis 1; every size must be a whole number of at least 1: no tensor is empty"`,
    );
  });

  test('channels that do not match', () => {
    expect(messageOf(() => depthwiseProblem('depthwiseConv2d', x, [3, 3, 8, 1]))).toMatchInlineSnapshot(
      `"depthwiseConv2d: filter [3, 3, 8, 1] is for 8 channels but the input [1, 8, 8, 4] (NHWC) has 4; give one filter per input channel as [height, width, 4, multiplier], or use conv2d or groupedConv2d to mix channels"`,
    );
    expect(messageOf(() => conv2dProblem('conv2d', x, [3, 3, 8, 16]))).toMatchInlineSnapshot(
      `"conv2d: filter [3, 3, 8, 16] takes 8 input channels but the input [1, 8, 8, 4] has 4 in 1 group of 4; give [height, width, 4, out]"`,
    );
    expect(messageOf(() => pointwiseProblem('pointwiseConv2d', x, [3, 3, 4, 16]))).toMatchInlineSnapshot(
      `"pointwiseConv2d: filter [3, 3, 4, 16] is 3x3 but a pointwise filter is 1x1; use conv2d for larger filters"`,
    );
    expect(messageOf(() => groupedProblem('groupedConv2d', x, [3, 3, 3, 4], { groups: 2 }))).toMatchInlineSnapshot(
      `"groupedConv2d: filter [3, 3, 3, 4] takes 3 input channels but the input [1, 8, 8, 4] has 4 in 2 groups of 2; give [height, width, 2, out] or the depthwise form [height, width, 4, out / 2]"`,
    );
  });

  test('a filter of conv2d in depthwise form, which only groupedConv2d takes', () => {
    const message = messageOf(() => conv2dProblem('conv2d', [1, 8, 8, 6], [3, 3, 6, 4], { groups: 2 }));
    for (const words of ['conv2d: ', '[3, 3, 6, 4]', '6', '3', '[3, 3, 3, out]', 'groupedConv2d']) {
      expect(message).toContain(words);
    }
    // With as many groups as channels, both forms of the filter have the same elements in the same order.
    const sameGroups = messageOf(() => conv2dProblem('conv2d', [1, 8, 8, 6], [3, 3, 6, 2], { groups: 6 }));
    for (const words of ['conv2d: ', '[3, 3, 6, 2]', '6', '1', '[3, 3, 1, out]', 'groupedConv2d']) {
      expect(sameGroups).toContain(words);
    }
    // With one group, both forms are the same.
    expect(conv2dProblem('conv2d', [1, 8, 8, 6], [3, 3, 6, 4], { groups: 1 }).outChannels).toBe(4);
    expect(conv2dProblem('conv2d', [1, 8, 8, 6], [3, 3, 1, 12], { groups: 6 }).outChannels).toBe(12);
  });

  test('groups that do not divide, or are none', () => {
    const grouped = (options: object, filterShape = [3, 3, 2, 4]) =>
      messageOf(() => groupedProblem('groupedConv2d', x, filterShape, options as { groups: number }));
    expect(grouped({ groups: 3 })).toMatchInlineSnapshot(
      `"groupedConv2d: groups 3 does not divide the input's 4 channels; choose a divisor of 4"`,
    );
    expect(grouped({ groups: 2 }, [3, 3, 2, 5])).toMatchInlineSnapshot(
      `"groupedConv2d: groups 2 does not divide the filter's 5 output channels; choose a multiple of 2"`,
    );
    expect(grouped({ groups: 0 })).toMatchInlineSnapshot(
      `"groupedConv2d: groups is 0 but must be a whole number of at least 1; the input has 4 channels"`,
    );
    expect(grouped({ groups: 1.5 })).toMatchInlineSnapshot(
      `"groupedConv2d: groups is 1.5 but must be a whole number of at least 1; the input has 4 channels"`,
    );
    expect(grouped({})).toMatchInlineSnapshot(
      `"groupedConv2d: groups is undefined but must be a whole number of at least 1; the input has 4 channels"`,
    );
    expect(grouped({ groups: 2, grouping: 'interleaved' })).toMatchInlineSnapshot(
      `"groupedConv2d: grouping is 'interleaved'; it is 'contiguous' (group g holds neighbouring channels) or 'strided' (g, g + groups, ...)"`,
    );
  });

  test('strides and dilations that are none', () => {
    expect(depthwise({ strides: 0 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is 0 but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: [1, -2] })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is [1, -2] but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: [1, 1, 1] })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is [1, 1, 1] but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: 1.5 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is 1.5 but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: NaN })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is NaN but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: '2' })).toMatchInlineSnapshot(
      `"depthwiseConv2d: strides is '2' but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ strides: Array(2), padding: 'same' })).toContain('strides is [undefined, undefined] but');
    expect(depthwise({ padding: Array(2) })).toContain('padding is [undefined, undefined]; it is');
    expect(depthwise({ padding: [[1, 1], Array(2)] })).toContain('padding is [[1, 1], [undefined, undefined]]; it is');
    expect(depthwise({ dilations: [0, 1] })).toMatchInlineSnapshot(
      `"depthwiseConv2d: dilations is [0, 1] but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ rate: -1 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: rate is -1 but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(depthwise({ rate: 2, dilations: [2, 2] })).toMatchInlineSnapshot(
      `"depthwiseConv2d: rate 2 and dilations [2, 2] are two names of one option; give one"`,
    );
  });

  test('unknown words', () => {
    expect(depthwise({ padding: 'full' })).toMatchInlineSnapshot(
      `"depthwiseConv2d: padding is 'full'; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(depthwise({ padding: -1 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: padding is -1; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(depthwise({ padding: 0.5 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: padding is 0.5; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(depthwise({ padding: NaN })).toMatchInlineSnapshot(
      `"depthwiseConv2d: padding is NaN; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(depthwise({ padding: [1, 1] })).toMatchInlineSnapshot(
      `"depthwiseConv2d: padding is [1, 1]; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(depthwise({ padding: [[1, 1], [1, -1]] })).toMatchInlineSnapshot(`"depthwiseConv2d: padding is [[1, 1], [1, -1]]; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`); // prettier-ignore
    expect(depthwise({ dataFormat: 'nhwc' })).toMatchInlineSnapshot(
      `"depthwiseConv2d: dataFormat is 'nhwc'; it is 'NHWC' or 'NCHW'"`,
    );
  });

  test('an output without pixels', () => {
    expect(messageOf(() => sized([2, 8], [3, 3]))).toMatchInlineSnapshot(
      `"op: the output would be empty: along height 3 taps (dilation 1) span 3 but the padded input only 2; use padding 'same', fewer taps or a larger input"`,
    );
    expect(messageOf(() => sized([8, 8], [3, 3], { dilations: [1, 4] }))).toMatchInlineSnapshot(
      `"op: the output would be empty: along width 3 taps (dilation 4) span 9 but the padded input only 8; use padding 'same', fewer taps or a larger input"`,
    );
    expect(messageOf(() => sized([1, 1], [4, 4], { padding: 1 }))).toMatchInlineSnapshot(
      `"op: the output would be empty: along height 4 taps (dilation 1) span 4 but the padded input only 3; use padding 'same', fewer taps or a larger input"`,
    );
  });

  test('sizes that the shaders cannot count', () => {
    expect(depthwise({ strides: 2 ** 32 })).toMatchInlineSnapshot(
      `"depthwiseConv2d: along height strides, dilations and padding reach over 4294967296 pixels but the most is 2147483647; choose smaller ones"`,
    );
    expect(depthwise({ dilations: 2 ** 31, padding: 'same' })).toMatchInlineSnapshot(
      `"depthwiseConv2d: along height strides, dilations and padding reach over 4294967304 pixels but the most is 2147483647; choose smaller ones"`,
    );
    expect(depthwise({ padding: [[2 ** 32, 0], [0, 0]], strides: 2 ** 30 })).toMatchInlineSnapshot(`"depthwiseConv2d: along height strides, dilations and padding reach over 4294967304 pixels but the most is 2147483647; choose smaller ones"`); // prettier-ignore
  });

  test('a value is shown as its owner would write it', () => {
    expect(show([NaN, 'a', [undefined, null]])).toBe("[NaN, 'a', [undefined, null]]");
    expect(show([Symbol('s'), 3n, {}])).toBe('[Symbol(s), 3n, [object Object]]');
  });

  test('whatever the value is, it is shown in brief', () => {
    const self: unknown[] = [1];
    self.push(self);
    expect(show(self)).toBe('[1, [1, [1, [...]]]]');
    expect(show(Array(1e6).fill(1))).toBe('[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]');
    expect(show('a'.repeat(100))).toBe(`'${'a'.repeat(60)}...'`);
    expect(show([Object.create(null)])).toBe('[an object without words]');
    expect(messageOf(() => checkShape('gpu.tensor: shape', [Symbol('s')] as never))).toContain('size Symbol(s)');
  });
});

describe('the reference', () => {
  const column = (...values: number[]) => values;

  test('correlates: the filter is not flipped', () => {
    const p = sized([1, 4], [1, 2]);
    expect([...convReference(p, [1, 2, 3, 4], [10, 1])]).toEqual([12, 23, 34]);
  });

  test('pads with zeros, the odd one at the end', () => {
    const p = sized([1, 3], [1, 2], { padding: 'same' });
    expect([...convReference(p, [1, 2, 3], [10, 1])]).toEqual([12, 23, 30]);
  });

  test('steps by the stride and spreads by the dilation', () => {
    const p = sized([7, 1], [2, 1], { strides: [2, 1], dilations: [3, 1] });
    expect([...convReference(p, column(1, 2, 3, 4, 5, 6, 7), [10, 1])]).toEqual([14, 36]);
  });

  test('pads lopsided', () => {
    const p = sized([2, 2], [2, 2], { padding: [[1, 0], [0, 1]] }); // prettier-ignore
    expect([...convReference(p, [1, 2, 3, 4], [1000, 100, 10, 1])]).toEqual([12, 20, 1234, 2040]);
  });

  test('depthwise: output channel c * multiplier + q is channel c by filter q', () => {
    const p = depthwiseProblem('op', [1, 1, 1, 2], [1, 1, 2, 3]);
    expect([...convReference(p, [2, 3], [1, 10, 100, 1000, 10000, 100000])]).toEqual([2, 20, 200, 3000, 30000, 300000]);
  });

  test('pointwise: rows of the filter are input channels', () => {
    const p = pointwiseProblem('op', [1, 1, 2, 2], [2, 3]);
    expect([...convReference(p, [1, 2, 3, 4], [1, 10, 100, 2, 20, 200])]).toEqual([5, 50, 500, 11, 110, 1100]);
  });

  test('contiguous and strided groups hold other channels', () => {
    const x = [1, 10, 100, 1000];
    const ones = [1, 1, 1, 1];
    const sums = (grouping: 'contiguous' | 'strided', filter: number[]) => [
      ...convReference(groupedProblem('op', [1, 1, 1, 4], filter, { groups: 2, grouping }), x, ones),
    ];
    expect(sums('contiguous', [1, 1, 2, 2])).toEqual([11, 1100]);
    expect(sums('strided', [1, 1, 2, 2])).toEqual([101, 1010]);
    expect(sums('strided', [1, 1, 4, 1])).toEqual([101, 1010]);
  });

  test('the depthwise form reads the row of the input channel', () => {
    const p = groupedProblem('op', [1, 1, 1, 4], [1, 1, 4, 1], { groups: 2, grouping: 'strided' });
    expect([...convReference(p, [1, 1, 1, 1], [1, 10, 100, 1000])]).toEqual([101, 1010]);
  });

  test('NCHW computes the same as NHWC', () => {
    const nhwc = depthwiseProblem('op', [1, 2, 2, 2], [2, 1, 2, 1], {});
    const nchw = depthwiseProblem('op', [1, 2, 2, 2], [2, 1, 2, 1], { dataFormat: 'NCHW' });
    // The pixels [y, x] of channel 0 are 1 2 / 3 4, those of channel 1 are 5 6 / 7 8. The filter's rows are 1, 10 for channel
    // 0 and 100, 1000 for channel 1.
    const filter = [1, 100, 10, 1000];
    expect([...convReference(nhwc, [1, 5, 2, 6, 3, 7, 4, 8], filter)]).toEqual([31, 7500, 42, 8600]);
    expect([...convReference(nchw, [1, 2, 3, 4, 5, 6, 7, 8], filter)]).toEqual([31, 42, 7500, 8600]);
  });
});
