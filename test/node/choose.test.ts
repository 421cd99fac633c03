/** The default rule where halves are packed in words: one of them alone is slow to load, and slower to store. */
import { expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { byRule } from '../../src/kernels/choice';
import { depthwise, pointwise } from '../../src/kernels/convolutions';
import { addKernelsForCpu } from '../../src/kernels/for-cpu';
import type { Halves } from '../../src/kernels/half';
import type { Target } from '../../src/kernels/kernel';
import type { Operation } from '../../src/kernels/operation';
import { SWIFTSHADER, targetFor } from '../support/target';

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

test('it takes single lanes of halves where they are not packed, or no vectors are to be had', () => {
  expect(rule(depthwise, layer, cpu('shader-f16'), halves)).toBe('depthwise/strip');
  expect(rule(depthwise, odd, cpu(), halves)).toBe('depthwise/strip');
});
