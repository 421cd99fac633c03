/**
 * The default rule on CPU adapters. Where halves are packed in words, loading a single half is slow, and storing one is
 * slower.
 */
import { expect, test } from 'vitest';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { byRule } from '../../src/kernels/choice';
import { conv2d, depthwise, grouped, pointwise } from '../../src/kernels/convolutions';
import { addKernelsForCpu } from '../../src/kernels/for-cpu';
import type { Halves } from '../../src/kernels/half';
import type { Target } from '../../src/kernels/kernel';
import type { Operation } from '../../src/kernels/operation';
import { AMD, SWIFTSHADER, targetFor } from '../support/target';

addKernelsForCpu();

const cpu = (...features: string[]): Target => targetFor(SWIFTSHADER, ...features);
const halves: Halves = { stored: new Set(['x', 'weights', 'output']), sums: false };

const layer = depthwiseProblem('test', [1, 28, 28, 64], [3, 3, 64, 1], { padding: 'same' });
const odd = depthwiseProblem('test', [1, 28, 28, 63], [3, 3, 63, 1], { padding: 'same' });
const mix = pointwiseProblem('test', [1, 28, 28, 64], [64, 64]);

const rule = (operation: Operation<ConvProblem>, problem: ConvProblem, target: Target, half?: Halves): string =>
  byRule({ operation, kernels: operation.kernels, problem, epilogue: [], halves: half }, target).kernel.name;

test('a CPU adapter takes single lanes, but vectors of packed halves', () => {
  expect(rule(depthwise, layer, cpu())).toBe('depthwise/strip');
  expect(rule(depthwise, layer, cpu(), halves)).toBe('depthwise/tile');
  expect(rule(pointwise, mix, cpu('subgroups'))).toBe('pointwise/quad');
  expect(rule(pointwise, mix, cpu('subgroups'), halves)).toBe('pointwise/tile');
});

test('a CPU adapter takes quads for a dense convolution that is worth them', () => {
  const dense = (size: number, channels: number, outputs: number): ConvProblem =>
    conv2dProblem('test', [1, size, size, channels], [3, 3, channels, outputs], { padding: 'same' });
  expect(rule(conv2d, dense(28, 16, 16), cpu('subgroups'))).toBe('conv2d/quad');
  expect(rule(conv2d, dense(28, 16, 16), targetFor(AMD, 'subgroups'))).toBe('conv2d/split');
  expect(rule(conv2d, dense(28, 16, 16), cpu('subgroups'), halves)).toBe('conv2d/tile');
  for (const few of [dense(28, 3, 16), dense(28, 16, 4), dense(3, 16, 16)])
    expect(rule(conv2d, few, cpu('subgroups'))).toBe('conv2d/tile');
  // These filters cover separate patches of an image, so no two outputs share a pixel.
  const patches = conv2dProblem('test', [1, 32, 32, 3], [4, 4, 3, 16], { strides: 4 });
  expect(rule(conv2d, patches, cpu('subgroups'))).toBe('conv2d/quad');
});

test('a CPU adapter takes quads for wide groups, and for any that take no neighbours', () => {
  const groups = (filter: number, members: number, outputs: number): ConvProblem =>
    groupedProblem('test', [1, 14, 14, 4 * members], [filter, filter, members, 4 * outputs], { groups: 4 });
  for (const wide of [groups(3, 16, 16), groups(1, 6, 4)]) {
    expect(rule(grouped, wide, cpu('subgroups'))).toBe('grouped/quad');
    expect(rule(grouped, wide, cpu('subgroups'), halves)).toBe('grouped/direct');
    expect(rule(grouped, wide, targetFor(AMD, 'subgroups'))).not.toBe('grouped/quad');
  }
  expect(rule(grouped, groups(3, 8, 8), cpu('subgroups'))).toBe('grouped/direct');
});

test('a CPU adapter takes single lanes of halves with shader-f16, or if the channels do not fill vectors', () => {
  expect(rule(depthwise, layer, cpu('shader-f16'), halves)).toBe('depthwise/strip');
  expect(rule(depthwise, odd, cpu(), halves)).toBe('depthwise/strip');
});
