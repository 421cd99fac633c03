/**
 * Convolutions of images larger than a binding, by every kernel: all bands of rows together give the same bits as the whole.
 */
import { describe, expect, inject, test } from 'vitest';
import type { Grouping } from '../../src/conv/layout';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import { explain, type DType, type Tensor } from '../../src/index';
import { convPieces } from '../../src/kernels/conv-pieces';
import { depthwiseRows } from '../../src/kernels/depthwise-rows';
import type { Kernel } from '../../src/kernels/kernel';
import { convolve } from '../../src/ops/convolve';
import { allKernels } from '../../src/tune/self-test';
import { useGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import type { NamedProblem } from '../support/problems';
import { convolutionBy } from '../support/question';
import { randomValues } from '../support/random';
import { SWIFTSHADER, targetFor } from '../support/target';

const gpu = useGpu();
const cpu = targetFor(SWIFTSHADER);

function random(shape: readonly number[], seed = 1, dtype: DType = 'f32'): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return gpu().tensor(randomValues(size, seed), shape, { dtype });
}

const lopsided = [[3, 0], [0, 3]] as const; // prettier-ignore

/**
 * These images are high enough for several bands. In some of them, a band can begin only at every fourth, eighth or sixteenth
 * row, and the last band has fewer rows.
 */
const problems: readonly NamedProblem[] = [
  depthwise('depthwise', [1, 40, 16, 4], [3, 3, 1], { padding: 'same' }),
  depthwise('two images', [2, 24, 16, 4], [3, 3, 1], { padding: 'same' }),
  depthwise('stride 2, lopsided padding', [1, 141, 29, 4], [3, 3, 1], { strides: 2, padding: lopsided }),
  depthwise('dilation 3', [1, 62, 22, 4], [3, 3, 1], { dilations: 3, padding: lopsided }),
  depthwise('stride 2, dilation 3', [1, 48, 16, 4], [3, 3, 1], { strides: [2, 1], dilations: 3, padding: 'same' }),
  depthwise('stride larger than the filter', [1, 47, 16, 4], [2, 3, 1], { strides: [5, 1], padding: 'same' }),
  depthwise('five channels', [1, 33, 16, 5], [3, 3, 1], { padding: 'same' }),
  depthwise('multiplier 2', [1, 25, 16, 4], [3, 3, 2], { padding: 'same' }),
  depthwise('5x5', [1, 40, 24, 4], [5, 5, 1], { padding: 'same' }),
  depthwise('a filter of 11x9', [1, 60, 16, 4], [11, 9, 1], { padding: 'same' }),
  depthwise('padding of whole bands', [1, 7, 16, 4], [2, 3, 1], { padding: [[9, 8], [1, 1]] }), // prettier-ignore
  dense('dense', [1, 24, 16, 4], [3, 3, 4, 8], { padding: 'same' }),
  dense('a stem: stride 2, 3 to 8 channels', [1, 33, 32, 3], [3, 3, 3, 8], { strides: 2, padding: 'same' }),
  pointwise('pointwise', [1, 30, 16, 4], 8),
  pointwise('pointwise of two images, stride 2', [2, 63, 32, 4], 8, { strides: 2 }),
  pointwise('pointwise in steps of four rows', [1, 30, 12, 4], 8),
  pointwise('pointwise, blocks of channels, stride 2', [2, 31, 16, 16], 8, { strides: 2 }),
  pointwise('pointwise, padded on all sides', [1, 30, 14, 4], 8, { padding: 1 }),
  grouped('contiguous groups', [1, 24, 16, 8], [3, 3, 4, 8], 'contiguous'),
  dense('dense, eight channels', [1, 24, 16, 8], [3, 3, 8, 8], { padding: 'same' }),
  grouped('contiguous groups of eight', [1, 24, 16, 16], [2, 3, 8, 8], 'contiguous'),
  grouped('strided groups', [1, 24, 16, 6], [3, 3, 3, 4], 'strided'),
  grouped('strided groups, depthwise form', [1, 24, 16, 8], [3, 3, 8, 4], 'strided'),
];

function depthwise(name: string, x: number[], [kh, kw, m]: number[], options: ConvGeometry): NamedProblem {
  return { name, problem: depthwiseProblem('depthwiseConv2d', x, [kh, kw, x[3], m], options) };
}

function dense(name: string, x: number[], filter: number[], options: ConvGeometry): NamedProblem {
  return { name, problem: conv2dProblem('conv2d', x, filter, options) };
}

function pointwise(name: string, x: number[], out: number, options: ConvGeometry = {}): NamedProblem {
  return { name, problem: pointwiseProblem('pointwiseConv2d', x, [x[3], out], options) };
}

function grouped(name: string, x: number[], filter: number[], grouping: Grouping): NamedProblem {
  return { name, problem: groupedProblem('groupedConv2d', x, filter, { groups: 2, grouping, padding: 'same' }) };
}

const inputShape = (p: ConvProblem): number[] => [p.batch, p.inHeight, p.inWidth, p.inChannels];
const filterSize = (p: ConvProblem): number =>
  ((p.filterHeight * p.filterWidth * p.inChannels) / p.groups) * p.outChannels;

/** The smallest limit, in steps of the alignment, at which the problem has bands and its filter fits into a binding. */
function smallestLimit(p: ConvProblem, dtype: DType): number {
  const x = { shape: inputShape(p), dtype };
  const output = { shape: outputShape(p), dtype };
  const limit = filterSize(p) * 4;
  for (let bytes = Math.ceil(limit / 256) * 256; ; bytes += 256) {
    const limits = { ...gpu().context.target.limits, maxStorageBufferBindingSize: bytes };
    if (convPieces({ problem: p, epilogue: [], inputs: { x }, outputs: { output } }, limits).length > 0) return bytes;
  }
}

const kernels: readonly (readonly [label: string, kernel: Kernel])[] = [
  ...allKernels
    .filter(({ feature }) => feature === undefined || inject('features').includes(feature))
    .map((kernel) => [kernel.name, kernel] as const),
  // The rule shares no rows on a CPU adapter.
  [
    'depthwise/rows, four invocations share a strip',
    { ...depthwiseRows, tiles: (p) => [{ ...depthwiseRows.tiles(p, cpu)[0], SPLITS: 4 }] },
  ],
];

describe.for(['f32', 'f16'] as const)('bands of images in %s', (dtype) => {
  // A kernel runs only on devices with its feature. kernels.test.ts checks that it is left out elsewhere.
  for (const [label, kernel] of kernels) {
    const cases = problems.filter(({ problem }) => kernel.supports(problem));
    expect(cases, label).not.toHaveLength(0);
    test.for(cases)(`${label}: $name`, async ({ problem }) => {
      using x = random(inputShape(problem), 1, dtype);
      using filter = random([filterSize(problem)], 2);
      using bias = random([problem.outChannels], 3);
      using residual = random(outputShape(problem), 4, dtype);
      const options = { bias, residual, activation: 'relu', residualOrder: 'after-activation' } as const;
      const operation = convolutionBy(label, [{ ...kernel, suits: () => true }]);
      const call = (): Tensor => convolve(operation, problem, x, filter, options);
      using whole = call();
      const { result, dispatches } = bindingAtMost(gpu(), smallestLimit(problem, dtype), call);
      using bands = result;
      expect(dispatches.length).toBeGreaterThan(problem.batch);
      expect(explain(bands).why).toContain(`; in ${dispatches.length} parts`);
      expect(new Set(dispatches.map(({ step }) => step.kernel))).toEqual(new Set([kernel.name]));
      expect(await bands.read()).toEqual(await whole.read());
    });
  }
});
