/**
 * The systems S2, S3, S8 and S9 of the source documents: groups of several channels. `groupedConv2d` gives the same as other
 * ops combined.
 */
import { describe, expect, test } from 'vitest';
import { groupedProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import {
  activate,
  add,
  concat,
  conv2d,
  depthwiseConv2d,
  groupedConv2d,
  reduceSum,
  reshape,
  split,
  type Tensor,
} from '../../src/index';
import { expectClose, sumBound } from '../support/close';
import { randoms } from '../support/documents';
import { useGpu } from '../support/gpu';

const gpu = useGpu();
const random = randoms(gpu);

describe('S2: several input channels per group by depthwise, split in two halves, add', () => {
  test('channel i is grouped with i + C/2: equals groupedConv2d with strided groups {g, g + G}', async () => {
    using x = random([1, 5, 4, 8], 3);
    using filter = random([3, 3, 8, 1], 4);
    using depthwise = depthwiseConv2d(x.tensor, filter.tensor, { padding: 'same' });
    const [low, high] = split(depthwise, 2, 3);
    using sums = add(low, high);
    using documents = activate(sums, 'relu');
    using ours = groupedConv2d(x.tensor, filter.tensor, {
      groups: 4,
      grouping: 'strided',
      padding: 'same',
      activation: 'relu',
    });
    expect(ours.shape).toEqual([1, 5, 4, 4]);
    expectClose(await ours.read(), await documents.read(), ours.shape, 1e-5);
    using wrong = groupedConv2d(x.tensor, filter.tensor, {
      groups: 4,
      grouping: 'contiguous',
      padding: 'same',
      activation: 'relu',
    });
    expect(await differs(wrong, documents)).toBe(true);
    low.dispose();
    high.dispose();
  });
});

describe('S3: large groups by split, independent conv2d, concat', () => {
  test('equals `groups: N`, and the strided grouping differs', async () => {
    using x = random([2, 4, 5, 12], 5);
    using filter = random([3, 3, 4, 6], 6);
    const inputs = split(x.tensor, 3, 3);
    const filters = split(filter.tensor, 3, 3);
    const outputs = inputs.map((input, g) => conv2d(input, filters[g], { padding: 'same' }));
    using documents = concat(outputs, 3);
    using ours = conv2d(x.tensor, filter.tensor, { groups: 3, padding: 'same' });
    expectClose(await ours.read(), await documents.read(), ours.shape, 1e-5);
    for (const method of ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      using y = groupedConv2d(x.tensor, filter.tensor, { groups: 3, padding: 'same', method });
      expectClose(await y.read(), await documents.read(), y.shape, 1e-5);
    }
    using wrong = groupedConv2d(x.tensor, filter.tensor, { groups: 3, grouping: 'strided', padding: 'same' });
    expect(await differs(wrong, documents)).toBe(true);
    for (const tensor of [...inputs, ...filters, ...outputs]) tensor.dispose();
  });
});

describe('S8: LayerCardinalConv', () => {
  test('depthwise, reshape [N,H,W,group,C], reduce_sum axis 3, + bias: strided groups', async () => {
    const [nin, card] = [12, 4];
    const group = nin / card;
    using x = random([2, 5, 4, nin], 70);
    using conv = random([3, 3, nin, group], 71);
    using bias = random([nin], 72);
    using depthwise = depthwiseConv2d(x.tensor, conv.tensor, { strides: 1, padding: 'SAME' });
    using apart = reshape(depthwise, [2, 5, 4, group, nin]);
    using sums = reduceSum(apart, 3);
    using document = add(sums, bias.tensor);

    const p = groupedProblem('groupedConv2d', [2, 5, 4, nin], [3, 3, nin, group], {
      groups: card,
      grouping: 'strided',
      padding: 'same',
    });
    const expected = convReference(p, x.values, conv.values).map((value, i) => value + bias.values[i % nin]);
    const bound = sumBound(9 * group, convReference(p, x.values.map(Math.abs), conv.values.map(Math.abs)));
    expectClose(await document.read(), expected, document.shape, bound);

    for (const method of ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      using ours = groupedConv2d(x.tensor, conv.tensor, {
        groups: card,
        grouping: 'strided',
        padding: 'same',
        bias: bias.tensor,
        method,
      });
      expectClose(await ours.read(), expected, ours.shape, bound);
    }
    using wrong = groupedConv2d(x.tensor, conv.tensor, { groups: card, padding: 'same', bias: bias.tensor });
    expect(await differs(wrong, document)).toBe(true);
  });

  test('output b sums the input channels (a*C + b) div group', async () => {
    const [nin, group] = [6, 3];
    using filter = gpu().tensor(
      Array.from({ length: nin * group }, () => 1),
      [1, 1, nin, group],
    );
    for (let channel = 0; channel < nin; channel++) {
      using x = gpu().tensor(
        Array.from({ length: nin }, (_, c) => Number(c === channel)),
        [1, 1, 1, nin],
      );
      using y = groupedConv2d(x, filter, { groups: nin / group, grouping: 'strided' });
      const expected = Array.from(
        { length: nin },
        (_, b) => [0, 1, 2].filter((a) => Math.floor((a * nin + b) / group) === channel).length,
      );
      expect([...(await y.read())]).toEqual(expected);
    }
  });
});

describe('S9: the numpy illustration, 8 channels, 2 groups, ones', () => {
  test('the right transform gives [6,6,6,6,22,22,22,22]; the wrong one [0,4,8,...,28]', async () => {
    using input = gpu().tensor([0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 8]);
    using ones = gpu().tensor(
      Array.from({ length: 32 }, () => 1),
      [1, 1, 8, 4],
    );
    using depthwise = depthwiseConv2d(input, ones);
    expect([...(await depthwise.read())]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].flatMap((v) => [v, v, v, v]));

    using apart = reshape(depthwise, [2, 4, 4]);
    using sums = reduceSum(apart, 1);
    using right = reshape(sums, [8]);
    expect([...(await right.read())]).toEqual([6, 6, 6, 6, 22, 22, 22, 22]);

    using flat = reshape(depthwise, [8, 4]);
    using wrong = reduceSum(flat, 1);
    expect([...(await wrong.read())]).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);

    for (const method of ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      using ours = groupedConv2d(input, ones, { groups: 2, method });
      expect([...(await ours.read())]).toEqual([6, 6, 6, 6, 22, 22, 22, 22]);
    }
  });
});

describe('a filter in either form', () => {
  const of = (form: string, x: readonly number[], groups: number, grouping: 'contiguous' | 'strided') => ({
    name: `${form} form, ${groups} ${grouping} groups of ${x[3]} channels`,
    filter: form === 'grouped' ? [3, 3, x[3] / groups, 2 * groups] : [3, 3, x[3], 2],
    x,
    options: { groups, grouping, padding: 'same' } as const,
  });
  test.for(
    ['grouped', 'depthwise'].flatMap((form) =>
      (['contiguous', 'strided'] as const).flatMap((grouping) =>
        [2, 3, 6].map((groups) => of(form, [1, 4, 5, 6], groups, grouping)),
      ),
    ),
  )('groupedConv2d is the reference: $name', async ({ x: shape, filter: filterShape, options }) => {
    using x = random(shape, 3);
    using filter = random(filterShape, 4);
    const problem = groupedProblem('groupedConv2d', shape, filterShape, options);
    const output = convReference(problem, x.values, filter.values);
    const magnitudes = convReference(problem, x.values.map(Math.abs), filter.values.map(Math.abs));
    for (const method of ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      using ours = groupedConv2d(x.tensor, filter.tensor, { ...options, method });
      expectClose(await ours.read(), output, ours.shape, sumBound(54 / options.groups, magnitudes));
    }
  });
});

/** Whether two tensors of the same shape clearly hold different numbers. */
async function differs(a: Tensor, b: Tensor): Promise<boolean> {
  const [left, right] = [await a.read(), await b.read()];
  return left.some((value, i) => Math.abs(value - right[i]) > 0.01);
}
