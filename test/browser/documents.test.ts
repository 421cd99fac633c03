/**
 * The systems of the source documents, S1 to S10, with the documents' own numbers: what this library is for.
 */
import { describe, expect, test } from 'vitest';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  outputShape,
  pointwiseProblem,
  type ConvGeometry,
  type Padding,
} from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import {
  activate,
  add,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  groupedConv2d,
  groupedToDepthwiseFilter,
  parameterCount,
  pointwiseConv2d,
  reduceSum,
  reshape,
  resnextBottleneck,
  separableBlock,
  separableConv2d,
  softmax,
  split,
  type BatchNorm,
  type ConvWeights,
  type Tensor,
} from '../../src/index';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();

/** Seeded numbers on the GPU, and beside it as they are. */
function random(
  shape: readonly number[],
  seed: number,
): { readonly tensor: Tensor; readonly values: Float32Array; [Symbol.dispose](): void } {
  const values = randomValues(
    shape.reduce((a, b) => a * b, 1),
    seed,
  );
  const tensor = gpu().tensor(values, shape);
  return { tensor, values, [Symbol.dispose]: () => tensor.dispose() };
}

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
  // Every row of channel 0 is 1, 2, 3, 4; channel 1 is all ones. Per tap: c0q0 = 0, c0q1 = 2, c1q0 = 1, c1q1 = 3.
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

/** A batch norm over `channels` with numbers of a trained network's size. */
function randomNorm(
  channels: number,
  seed: number,
): { readonly norm: BatchNorm; readonly apply: (v: number, c: number) => number; dispose(): void } {
  const mean = randomValues(channels, seed);
  const variance = randomValues(channels, seed + 1).map((v) => 1 + v * 0.5);
  const scale = randomValues(channels, seed + 2).map((v) => 1 + v * 0.25);
  const offset = randomValues(channels, seed + 3);
  const [m, v, s, o] = [mean, variance, scale, offset].map((values) => gpu().tensor(values, [channels]));
  return {
    norm: { mean: m, variance: v, scale: s, offset: o },
    apply: (value, c) => ((value - mean[c]) / Math.sqrt(variance[c] + 1e-3)) * scale[c] + offset[c],
    dispose: () => [m, v, s, o].forEach((tensor) => tensor.dispose()),
  };
}

describe('S7: the ResNeXt block of figure 3c', () => {
  const [groups, width, out] = [4, 16, 24];

  for (const strides of [1, 2]) {
    test(`1x1, BN, ReLU, grouped 3x3 by depthwise + reshape + reduceSum, BN, ReLU, 1x1, BN, ReLU; strides ${strides}`, async () => {
      using x = random([1, 6, 6, 32], 20);
      using first = random([1, 1, 32, width], 21);
      using middle = random([3, 3, width / groups, width], 22);
      using last = random([1, 1, width, out], 23);
      const norms = [randomNorm(width, 30), randomNorm(width, 40), randomNorm(out, 50)];

      // The document, line by line.
      using a = conv2d(x.tensor, first.tensor, { strides });
      using b = batchNorm(a, norms[0].norm);
      using c = activate(b, 'relu');
      using w = groupedToDepthwiseFilter(middle.tensor, { groups });
      using d = depthwiseConv2d(c, w, { padding: 'same' });
      using e = reshape(d, [...d.shape.slice(0, 3), groups, width / groups, width / groups]);
      using f = reduceSum(e, 4);
      using g = reshape(f, [...d.shape.slice(0, 3), width]);
      using h = batchNorm(g, norms[1].norm);
      using i = activate(h, 'relu');
      using j = conv2d(i, last.tensor);
      using k = batchNorm(j, norms[2].norm);
      using document = activate(k, 'relu');

      for (const method of ['direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
        using block = resnextBottleneck(
          x.tensor,
          {
            reduce: { filter: first.tensor, batchNorm: norms[0].norm },
            grouped: { filter: middle.tensor, batchNorm: norms[1].norm },
            expand: { filter: last.tensor, batchNorm: norms[2].norm },
          },
          { groups, method, strides, stridesAt: 'reduce' },
        );
        expect(block.shape).toEqual(document.shape);
        expectClose(await block.read(), await document.read(), block.shape, 1e-4);
      }
      norms.forEach((norm) => norm.dispose());
    });
  }

  test('with the shortcut of the paper: identity, and a projection where the shape changes', async () => {
    using x = random([1, 5, 5, out], 60);
    using first = random([out, width], 61);
    using middle = random([3, 3, width / groups, width], 62);
    using last = random([width, out], 63);
    using project = random([out, out], 64);
    const weights = {
      reduce: { filter: first.tensor },
      grouped: { filter: middle.tensor },
      expand: { filter: last.tensor },
    };
    using a = pointwiseConv2d(x.tensor, first.tensor, { activation: 'relu' });
    for (const strides of [1, 2]) {
      using b = conv2d(a, middle.tensor, { groups, strides, padding: 'same', activation: 'relu' });
      using c = pointwiseConv2d(b, last.tensor);
      using shortcut =
        strides === 1
          ? reshape(x.tensor, x.tensor.shape)
          : pointwiseConv2d(x.tensor, project.tensor, { strides, padding: 'same' });
      using sum = add(c, shortcut);
      using expected = activate(sum, 'relu');
      using block = resnextBottleneck(
        x.tensor,
        { ...weights, shortcut: strides === 1 ? 'identity' : { filter: project.tensor } },
        { groups, strides },
      );
      expectClose(await block.read(), await expected.read(), block.shape, 1e-4);
    }
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

describe('S10: MobileNet-style stacks of separable convolutions', () => {
  test('a whole network: stem, four separable blocks, pooling, classifier, softmax', async () => {
    const blocks = [
      [8, 16, 1],
      [16, 32, 2],
      [32, 32, 1],
      [32, 64, 2],
    ] as const;
    const kept: { dispose(): void }[] = [];
    const keep = <T extends { dispose(): void }>(value: T): T => (kept.push(value), value);
    let seed = 100;
    /** Weights of a convolution and its norm, and the reference of it with relu6. */
    const layer = (
      filter: readonly number[],
      channels: number,
    ): { weights: ConvWeights; values: Float32Array; norm: ReturnType<typeof randomNorm> } => {
      const fanIn = filter.reduce((a, b) => a * b, 1) / channels;
      const values = randomValues(fanIn * channels, seed++).map((v) => v / Math.sqrt(fanIn));
      const norm = keep(randomNorm(channels, (seed += 10)));
      return { weights: { filter: keep(gpu().tensor(values, filter)), batchNorm: norm.norm }, values, norm };
    };
    const relu6 = (values: Float64Array, channels: number, norm: ReturnType<typeof randomNorm>): Float64Array =>
      values.map((v, i) => Math.min(Math.max(norm.apply(v, i % channels), 0), 6));

    using photo = random([1, 24, 24, 3], 99);
    const stem = layer([3, 3, 3, 8], 8);
    let y = conv2d(photo.tensor, stem.weights.filter, {
      batchNorm: stem.norm.norm,
      strides: 2,
      padding: 'same',
      activation: 'relu6',
    });
    let p = conv2dProblem('stem', photo.tensor.shape, [3, 3, 3, 8], { strides: 2, padding: 'same' });
    let expected = relu6(convReference(p, photo.values, stem.values), 8, stem.norm);
    for (const [cin, cout, strides] of blocks) {
      const depthwise = layer([3, 3, cin, 1], cin);
      const pointwise = layer([cin, cout], cout);
      p = depthwiseProblem('block', y.shape, [3, 3, cin, 1], { strides, padding: 'same' });
      expected = relu6(convReference(p, expected, depthwise.values), cin, depthwise.norm);
      p = pointwiseProblem('block', outputShape(p), [cin, cout]);
      expected = relu6(convReference(p, expected, pointwise.values), cout, pointwise.norm);
      const next = separableBlock(y, { depthwise: depthwise.weights, pointwise: pointwise.weights }, { strides });
      y.dispose();
      y = next;
      expectClose(await y.read(), expected, y.shape, 2e-4);
    }
    using pooled = globalAveragePool(y);
    const classifier = layer([64, 10], 10);
    using logits = pointwiseConv2d(pooled, classifier.weights.filter);
    using probabilities = softmax(logits);
    const pixels = expected.length / 64;
    const means = Float64Array.from(
      { length: 64 },
      (_, c) => expected.filter((__, i) => i % 64 === c).reduce((a, b) => a + b, 0) / pixels,
    );
    const scores = convReference(pointwiseProblem('classifier', [1, 1, 1, 64], [64, 10]), means, classifier.values).map(
      Math.exp,
    );
    const total = scores.reduce((a, b) => a + b, 0);
    expect(probabilities.shape).toEqual([1, 1, 1, 10]);
    expectClose(
      await probabilities.read(),
      scores.map((v) => v / total),
      [10],
      1e-4,
    );
    y.dispose();
    for (const value of kept) value.dispose();
  });
});

/** Whether two tensors of one shape are clearly not the same numbers. */
async function differs(a: Tensor, b: Tensor): Promise<boolean> {
  const [left, right] = [await a.read(), await b.read()];
  return left.some((value, i) => Math.abs(value - right[i]) > 0.01);
}
