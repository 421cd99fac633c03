/**
 * The systems S7 and S10 of the source documents: the ResNeXt block, and a network of separable blocks.
 */
import { describe, expect, test } from 'vitest';
import { conv2dProblem, depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import {
  activate,
  add,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  groupedToDepthwiseFilter,
  pointwiseConv2d,
  reduceSum,
  reshape,
  resnextBottleneck,
  separableBlock,
  softmax,
  type ConvWeights,
} from '../../src/index';
import { expectClose } from '../support/close';
import { randomNorm, randoms } from '../support/documents';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();
const random = randoms(gpu);

describe('S7: the ResNeXt block of figure 3c', () => {
  const [groups, width, out] = [4, 16, 24];

  for (const strides of [1, 2]) {
    test(`1x1, BN, ReLU, grouped 3x3 by depthwise + reshape + reduceSum, BN, ReLU, 1x1, BN, ReLU; strides ${strides}`, async () => {
      using x = random([1, 6, 6, 32], 20);
      using first = random([1, 1, 32, width], 21);
      using middle = random([3, 3, width / groups, width], 22);
      using last = random([1, 1, width, out], 23);
      const norms = [randomNorm(gpu(), width, 30), randomNorm(gpu(), width, 40), randomNorm(gpu(), out, 50)];

      // These are the lines of the document.
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
    /** The weights of a convolution and its batch norm, and the reference result with relu6. */
    const layer = (
      filter: readonly number[],
      channels: number,
    ): { weights: ConvWeights; values: Float32Array; norm: ReturnType<typeof randomNorm> } => {
      const fanIn = filter.reduce((a, b) => a * b, 1) / channels;
      const values = randomValues(fanIn * channels, seed++).map((v) => v / Math.sqrt(fanIn));
      const norm = keep(randomNorm(gpu(), channels, (seed += 10)));
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
