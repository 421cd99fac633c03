/** Which calls have a stand-in: those for which it is there sooner than the chosen program, and that chose by rule. */
import { expect, test } from 'vitest';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { byRule } from '../../src/kernels/choice';
import { conv2d, depthwise, grouped, groupedByDirect, pointwise } from '../../src/kernels/convolutions';
import { addKernelsForCpu } from '../../src/kernels/for-cpu';
import type { Halves } from '../../src/kernels/half';
import { targetWith, type Target } from '../../src/kernels/kernel';
import type { Operation } from '../../src/kernels/operation';
import { substituteFor } from '../../src/kernels/stand-in';
import { AMD, SWIFTSHADER, targetFor } from '../support/target';

addKernelsForCpu();

const cpu: Target = { ...targetFor(SWIFTSHADER, 'subgroups'), quickStart: true };
const amd: Target = { ...targetFor(AMD), quickStart: true };

/** The program that stands in for the one that the rule chooses, if one does. */
function standIn(
  operation: Operation<ConvProblem>,
  problem: ConvProblem,
  target: Target,
  { halves, isCompiled = false }: { readonly halves?: Halves; readonly isCompiled?: boolean } = {},
): string {
  const choice = byRule({ operation, kernels: operation.kernels, problem, epilogue: [], halves }, target);
  const own = targetWith(halves, target);
  if (!('step' in choice.kernel)) return 'none';
  const step = choice.kernel.step(problem, choice.tile, [], own);
  const other =
    choice.standIn && substituteFor(step, choice.standIn, problem, [], own, operation.multiplyAdds!(problem));
  return other?.isSooner(isCompiled) === true ? other.step.program : 'none';
}

const dw = (size: number, filter = 3, channels = 32): ConvProblem =>
  depthwiseProblem('test', [1, size, size, channels], [filter, filter, channels, 1], { padding: 'same' });
const groups = groupedProblem('test', [1, 14, 14, 64], [3, 3, 16, 64], { groups: 4, padding: 'same' });
const dense = (size: number, channels: number): ConvProblem =>
  conv2dProblem('test', [1, size, size, channels], [3, 3, channels, channels], { padding: 'same' });

test('on a CPU adapter, short programs that serve all shapes', () => {
  expect(standIn(depthwise, dw(14), cpu)).toBe('depthwise/quick');
  expect(standIn(depthwise, dw(14, 7), cpu)).toBe('depthwise/quick');
  for (const one of [standIn(grouped, groups, cpu), standIn(conv2d, dense(14, 32), cpu)])
    expect(one).toBe('conv2d/quick 4x2');
  expect(standIn(pointwise, pointwiseProblem('test', [1, 14, 14, 64], [64, 64]), cpu)).toBe('conv2d/quick 4x2');
  const planes = conv2dProblem('test', [1, 16, 14, 14], [3, 3, 16, 16], { dataFormat: 'NCHW' });
  expect(standIn(conv2d, planes, cpu)).toBe('conv2d/general');
});

test('a program that is as long, but only if it is compiled already', () => {
  const vector = pointwiseProblem('test', [1, 1, 1, 6], [6, 144]);
  expect(standIn(pointwise, vector, cpu)).toBe('none');
  expect(standIn(pointwise, vector, cpu, { isCompiled: true })).toBe('conv2d/quick 4x2');
  expect(standIn(depthwise, dw(448), cpu, { isCompiled: true })).toBe('none');
});

test('on a GPU, kernels that every app has', () => {
  expect(standIn(depthwise, dw(56), amd)).toBe('depthwise/rows 4x3x4');
  expect(standIn(grouped, groups, amd)).toBe('conv2d/general');
});

test('none where the problem takes the stand-in longer than the chosen program takes to be compiled', () => {
  expect(standIn(depthwise, dw(224), cpu)).toBe('none');
  expect(standIn(conv2d, dense(112, 64), cpu)).toBe('none');
  expect(standIn(conv2d, dense(448, 256), amd)).toBe('none');
});

test('none for a method by name, packed halves, or where the app wants none', () => {
  expect(standIn(groupedByDirect, groups, cpu)).toBe('none');
  expect(standIn(depthwise, dw(14), { ...cpu, quickStart: false })).toBe('none');
  const halves: Halves = { stored: new Set(['x', 'weights', 'output']), sums: false };
  expect(standIn(depthwise, dw(14), cpu, { halves })).toBe('none');
});
