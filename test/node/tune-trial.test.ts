import { describe, expect, test } from 'vitest';
import { conv2dProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { difference, trialOf } from '../../src/tune/trial';

const problem = conv2dProblem('test', [1, 6, 5, 64], [3, 3, 64, 8], { padding: 'same' });

describe('a trial', () => {
  test('has sums that float32 holds exactly, in any order', () => {
    const { operands, unit } = trialOf(problem, []);
    const sums = convReference(problem, operands.x, operands.weights);
    const magnitudes = convReference(problem, operands.x.map(Math.abs), operands.weights.map(Math.abs));
    expect(sums.every((sum) => Number.isInteger(sum / unit))).toBe(true);
    expect(magnitudes.every((sum) => sum / unit < 2 ** 24)).toBe(true);
  });

  test('has sums about 1, where no activation is flat', () => {
    const { operands } = trialOf(problem, []);
    const sums = convReference(problem, operands.x, operands.weights);
    const mean = Math.sqrt(sums.reduce((all, sum) => all + sum * sum, 0) / sums.length);
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(2);
  });

  test('finds a single wrong term in a sum of thousands', () => {
    const long = conv2dProblem('test', [1, 5, 5, 512], [5, 5, 512, 1], {});
    const { operands, unit } = trialOf(long, []);
    const right = convReference(long, operands.x, operands.weights);
    const x = operands.x.with(777, -operands.x[777]);
    expect(difference(convReference(long, x, operands.weights), right, unit)).toContain('output 0 of 1');
    expect(difference(right, right, unit)).toBeUndefined();
  });

  test('has every operand of the epilogue, in its size', () => {
    const { operands } = trialOf(problem, [
      { kind: 'affine' },
      { kind: 'residual' },
      { kind: 'activation', code: { name: 'prelu', body: '' } },
    ]);
    expect(Object.entries(operands).map(([name, values]) => [name, values.length])).toEqual([
      ['x', 6 * 5 * 64],
      ['weights', 9 * 64 * 8],
      ['affine', 16],
      ['residual', 6 * 5 * 8],
      ['alpha', 8],
    ]);
    expect(operands.affine.subarray(0, 8).every((gain) => gain > 0)).toBe(true);
    expect(Object.values(operands).every((values) => values.every((value) => value !== 0))).toBe(true);
  });
});

describe('outputs differ', () => {
  test.for([
    ['NaN', [Number.NaN, 2]],
    ['infinity', [1, Number.POSITIVE_INFINITY]],
    ['one that is missing', [1]],
    ['more than half a unit', [1, 1.8]],
  ] as const)('by %s', ([, actual]) => {
    expect(difference(actual, [1, 2], 0.25)).toMatch(/^output [01] of 2 is .* instead of [12]$/);
  });

  test('not by the last digits of an activation', () => {
    expect(difference([1.000001, 2], [1, 2], 0.25)).toBeUndefined();
  });
});
