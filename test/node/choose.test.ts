/** The default rule where halves are packed in words: one of them alone is slow to load, and slower to store. */
import { expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem, type ConvProblem } from '../../src/conv/problem';
import type { Halves } from '../../src/kernels/half';
import type { Kernel, Target } from '../../src/kernels/kernel';
import { depthwiseKernels } from '../../src/ops/depthwise-conv2d';
import { pointwiseKernels } from '../../src/ops/pointwise-conv2d';
import { byRule } from '../../src/tune/choose';

const limits = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 30,
  maxComputeWorkgroupsPerDimension: 65535,
};
const cpu = (...features: string[]): Target => ({ limits, cpu: true, features: new Set(features) });
const halves: Halves = { stored: new Set(['x', 'weights', 'output']), sums: false };

const depthwise = depthwiseProblem('test', [1, 28, 28, 64], [3, 3, 64, 1], { padding: 'same' });
const odd = depthwiseProblem('test', [1, 28, 28, 63], [3, 3, 63, 1], { padding: 'same' });
const pointwise = pointwiseProblem('test', [1, 28, 28, 64], [64, 64]);

const rule = (kernels: readonly Kernel[], problem: ConvProblem, target: Target, half?: Halves): string =>
  byRule({ kernels, problem, epilogue: [], halves: half }, target).kernel.name;

test('a CPU adapter takes single lanes, but vectors of packed halves', () => {
  expect(rule(depthwiseKernels, depthwise, cpu())).toBe('depthwise/strip');
  expect(rule(depthwiseKernels, depthwise, cpu(), halves)).toBe('depthwise/tile');
  expect(rule(pointwiseKernels, pointwise, cpu('subgroups'))).toBe('pointwise/quad');
  expect(rule(pointwiseKernels, pointwise, cpu('subgroups'), halves)).toBe('pointwise/tile');
});

test('it takes single lanes of halves where they are not packed, or no vectors are to be had', () => {
  expect(rule(depthwiseKernels, depthwise, cpu('shader-f16'), halves)).toBe('depthwise/strip');
  expect(rule(depthwiseKernels, odd, cpu(), halves)).toBe('depthwise/strip');
});
