/**
 * The operations after the sum, fused into every convolution kernel: bias, batch norm, residual in both orders, and
 * activations with and without slopes. This file repeats their formulas in float64.
 */
import { describe, expect, test } from 'vitest';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import { depthwiseConv2d, explain, type Tensor } from '../../src/index';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { pointwiseQuad } from '../../src/kernels/conv2d-quad';
import { depthwiseRows } from '../../src/kernels/depthwise-rows';
import { depthwiseStrip } from '../../src/kernels/depthwise-strip';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { conv2dTile, fusedReshapeSum, groupedDirect } from '../../src/kernels/grouped';
import type { Kernel } from '../../src/kernels/kernel';
import { pointwiseTile } from '../../src/kernels/pointwise';
import { pointwiseSplit } from '../../src/kernels/pointwise-split';
import { convolve, type ConvOptions } from '../../src/ops/convolve';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { lacksFeature } from '../support/lacks-feature';
import { convolutionBy } from '../support/question';
import { randomValues } from '../support/random';

const gpu = useGpu();

const same = { padding: 'same' } as const;
const kernels: readonly (readonly [Kernel, ConvProblem])[] = [
  [conv2dGeneral, depthwiseProblem('depthwiseConv2d', [2, 5, 4, 6], [3, 3, 6, 2], same)],
  [conv2dGeneral, depthwiseProblem('depthwiseConv2d', [2, 6, 5, 4], [3, 3, 6, 1], { ...same, dataFormat: 'NCHW' })],
  [depthwiseTile, depthwiseProblem('depthwiseConv2d', [2, 5, 3, 8], [3, 3, 8, 1], same)],
  [depthwiseTile, depthwiseProblem('depthwiseConv2d', [2, 3, 5, 4], [3, 3, 3, 2], { ...same, dataFormat: 'NCHW' })],
  [depthwiseStrip, depthwiseProblem('depthwiseConv2d', [2, 9, 5, 4], [3, 3, 4, 2], same)],
  [depthwiseRows, depthwiseProblem('depthwiseConv2d', [1, 5, 4, 4], [3, 9, 4, 2], same)],
  [pointwiseTile, pointwiseProblem('pointwiseConv2d', [2, 5, 3, 8], [8, 12], same)],
  [pointwiseSplit, pointwiseProblem('pointwiseConv2d', [2, 5, 3, 8], [8, 12], same)],
  [pointwiseQuad, pointwiseProblem('pointwiseConv2d', [2, 5, 3, 8], [8, 13], same)],
  [conv2dGeneral, conv2dProblem('conv2d', [2, 5, 4, 3], [3, 3, 3, 5], same)],
  [conv2dGeneral, conv2dProblem('conv2d', [2, 3, 5, 4], [3, 3, 3, 5], { ...same, dataFormat: 'NCHW' })],
  [conv2dTile, conv2dProblem('conv2d', [2, 5, 3, 3], [2, 2, 3, 8], same)],
  [conv2dTile, conv2dProblem('conv2d', [2, 3, 5, 3], [2, 2, 3, 8], { ...same, dataFormat: 'NCHW' })],
  [groupedDirect, groupedProblem('groupedConv2d', [2, 5, 3, 10], [2, 2, 5, 10], { ...same, groups: 2 })],
  [
    fusedReshapeSum,
    groupedProblem('groupedConv2d', [2, 5, 3, 8], [2, 2, 8, 4], { ...same, groups: 2, grouping: 'strided' }),
  ],
];

/** The options of a case, made from tensors, and the formula for their result. */
interface Case {
  readonly name: string;
  readonly options: (t: Tensors) => ConvOptions;
  readonly formula: (v: number, n: Numbers) => number;
  /** Default 1. It is 2 if the batch norm must be folded first, because the device has too few bindings. */
  readonly dispatches?: number;
}

type Names = 'bias' | 'mean' | 'variance' | 'scale' | 'offset' | 'alpha' | 'residual';
type Tensors = Readonly<Record<Names, Tensor>>;
type Numbers = Readonly<Record<Names, number>>;

const norm = (v: number, n: Numbers): number => ((v - n.mean) / Math.sqrt(n.variance + 1e-3)) * n.scale + n.offset;
const relu = (v: number): number => Math.max(v, 0);

const cases: readonly Case[] = [
  {
    name: 'bias, then relu6',
    options: ({ bias }) => ({ bias, activation: 'relu6' }),
    formula: (v, n) => Math.min(relu(v + n.bias), 6),
  },
  {
    name: 'bias, batch norm, residual, then relu',
    options: ({ bias, mean, variance, scale, offset, residual }) => ({
      bias,
      batchNorm: { mean, variance, scale, offset },
      residual,
      activation: 'relu',
    }),
    formula: (v, n) => relu(norm(v + n.bias, n) + n.residual),
    dispatches: 2,
  },
  {
    name: 'batch norm without scale and offset, silu, then residual',
    options: ({ mean, variance, residual }) => ({
      batchNorm: { mean, variance, epsilon: 0.01 },
      residual,
      residualOrder: 'after-activation',
      activation: 'silu',
    }),
    formula: (v, n) => {
      const normed = (v - n.mean) / Math.sqrt(n.variance + 0.01);
      return normed / (1 + Math.exp(-normed)) + n.residual;
    },
  },
  {
    name: 'batch norm and prelu',
    options: ({ mean, variance, scale, offset, alpha }) => ({
      batchNorm: { mean, variance, scale, offset },
      activation: { name: 'prelu', alpha },
    }),
    formula: (v, n) => {
      const normed = norm(v, n);
      return normed > 0 ? normed : normed * n.alpha;
    },
  },
  {
    name: 'prelu with a slope per channel',
    options: ({ alpha }) => ({ activation: { name: 'prelu', alpha } }),
    formula: (v, n) => (v > 0 ? v : v * n.alpha),
  },
];

for (const [kernel, problem] of kernels) {
  describe(`${kernel.name} ${problem.dataFormat}`, () => {
    for (const { name, dispatches = 1, options, formula } of cases) {
      test(name, async () => {
        const shape = outputShape(problem);
        const size = shape.reduce((a, b) => a * b, 1);
        const channels = problem.outChannels;
        const terms = problem.filterHeight * problem.filterWidth * (problem.inChannels / problem.groups);
        const x = randomValues(problem.batch * problem.inHeight * problem.inWidth * problem.inChannels, 1);
        const filter = randomValues(terms * channels, 2);
        const numbers: Record<Names, Float32Array> = {
          bias: randomValues(channels, 3),
          mean: randomValues(channels, 4),
          variance: randomValues(channels, 5).map((v) => 1 + v * 0.5),
          scale: randomValues(channels, 6),
          offset: randomValues(channels, 7),
          alpha: randomValues(channels, 8),
          residual: randomValues(size, 9),
        };
        const tensors = Object.fromEntries(
          Object.entries(numbers).map(([key, values]) => [
            key,
            gpu().tensor(values, key === 'residual' ? shape : [channels]),
          ]),
        ) as Tensors;
        using input = gpu().tensor(x, [x.length]);
        using weights = gpu().tensor(filter, [filter.length]);
        const { recorded } = gpu().context.queue;
        const operation = convolutionBy(kernel.name, [{ ...kernel, suits: () => true }, conv2dGeneral]);
        using output = convolve(operation, problem, input, weights, options(tensors));
        expect(gpu().context.queue.recorded - recorded).toBe(dispatches);
        const serves = lacksFeature(kernel, gpu().device) ? conv2dGeneral : kernel;
        expect(explain(output).steps.at(-1)?.kernel).toBe(serves.name);
        const inner = problem.dataFormat === 'NHWC' ? 1 : problem.outHeight * problem.outWidth;
        const expected = convReference(problem, x, filter).map((v, i) => {
          const at = (key: Names): number => numbers[key][key === 'residual' ? i : Math.floor(i / inner) % channels];
          return formula(v, Object.fromEntries(Object.keys(numbers).map((key) => [key, at(key as Names)])) as Numbers);
        });
        // A batch norm here multiplies by at most 1 / sqrt(0.5), and each stage rounds once more.
        const bound = sumBound(
          terms + 8,
          convReference(problem, x.map(Math.abs), filter.map(Math.abs)).map((m) => m + 4),
          2,
        );
        expectClose(await output.read(), expected, shape, bound);
        for (const tensor of Object.values(tensors)) tensor.dispose();
      });
    }
  });
}

describe('what belongs to a channel', () => {
  test('may have axes of size 1 in front', async () => {
    const tensor = (shape: readonly number[], seed: number): Tensor =>
      gpu().tensor(randomValues(shape.reduce((a, b) => a * b, 1), seed), shape); // prettier-ignore
    using x = tensor([1, 4, 4, 6], 1);
    using filter = tensor([3, 3, 6, 1], 2);
    const call = async (shape: readonly number[]): Promise<unknown> => {
      using bias = tensor(shape, 3);
      using alpha = tensor(shape, 4);
      using y = depthwiseConv2d(x, filter, { bias, activation: { name: 'prelu', alpha } });
      return await y.read();
    };
    expect(await call([1, 1, 6])).toEqual(await call([6]));
    expect(await call([1, 6])).toEqual(await call([6]));
  });

  test('has no other axes', () => {
    using x = gpu().tensor(new Float32Array(96), [1, 4, 4, 6]);
    using filter = gpu().tensor(new Float32Array(54), [3, 3, 6, 1]);
    using full = gpu().tensor(new Float32Array(24), [2, 2, 6]);
    using last = gpu().tensor(new Float32Array(6), [6, 1, 1]);
    const alpha = (slopes: Tensor) => () =>
      depthwiseConv2d(x, filter, { activation: { name: 'prelu', alpha: slopes } });
    expect(alpha(full)).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwiseConv2d: activation.alpha is [2, 2, 6] but there are 6 channels; give [6]]`,
    );
    expect(alpha(last)).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwiseConv2d: activation.alpha is [6, 1, 1] but there are 6 channels; give [6]]`,
    );
    expect(() => depthwiseConv2d(x, filter, { bias: full })).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwiseConv2d: bias is [2, 2, 6] but there are 6 channels; give [6]]`,
    );
  });
});
