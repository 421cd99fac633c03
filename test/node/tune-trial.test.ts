import { describe, expect, test } from 'vitest';
import { conv2dProblem, depthwiseProblem, pointwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import { activationCode } from '../../src/kernels/activation';
import { conv2d } from '../../src/kernels/convolutions';
import type { Epilogue } from '../../src/kernels/epilogue';
import type { ConvPair } from '../../src/kernels/pair';
import { separable } from '../../src/kernels/separable';
import { difference, tried } from '../../src/tune/trial';
import { TRIALS } from '../../src/tune/trials';
import { convolutionTrial } from '../../src/tune/trials/convolution';
import { separableTrial } from '../../src/tune/trials/pair';

const problem = conv2dProblem('test', [1, 6, 5, 64], [3, 3, 64, 8], { padding: 'same' });

/** The random numbers that a trial makes for a convolution, and their unit. */
function trialOf(p: ConvProblem, epilogue: Epilogue) {
  const { numbers, unit } = tried('test', convolutionTrial, {
    operation: conv2d,
    kernels: conv2d.kernels,
    problem: p,
    epilogue,
  });
  return { operands: numbers, unit };
}

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

describe('a trial of a separable convolution', () => {
  const depthwise = depthwiseProblem('test', [1, 5, 4, 512], [5, 5, 512, 1], { padding: 'same' });
  const pointwise = pointwiseProblem('test', outputShape(depthwise), [512, 4]);
  const relu6 = { kind: 'activation', code: activationCode('test', 'relu6') } as const;
  const numbersOf = (between: Epilogue, halves?: { stored: ReadonlySet<string>; sums: boolean }) =>
    tried<ConvPair>('test', separableTrial, {
      operation: separable,
      kernels: separable.kernels,
      problem: { depthwise, pointwise, between },
      epilogue: [{ kind: 'bias' }],
      halves,
    });

  test('has sums that float32 holds exactly, and an intermediate that float16 holds', () => {
    const { numbers, unit } = numbersOf([]);
    const absolute = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, Math.abs);
    const first = convReference(depthwise, numbers.x, numbers.weights);
    const second = convReference(pointwise, first, numbers.mix);
    expect(second.every((sum) => Number.isInteger(sum / unit))).toBe(true);
    const magnitudes = convReference(depthwise, absolute(numbers.x), absolute(numbers.weights));
    const all = convReference(pointwise, magnitudes, absolute(numbers.mix));
    expect(all.every((sum) => sum / unit < 2 ** 24)).toBe(true);
    const least = Math.min(...absolute(numbers.weights));
    expect(magnitudes.every((sum) => sum / least <= 2048)).toBe(true);
  });

  test('has every operand of the stages in between, by name and in its size', () => {
    const { request, numbers } = numbersOf([{ kind: 'affine' }, { kind: 'residual' }, relu6]);
    expect(Object.entries(numbers).map(([name, values]) => [name, values.length])).toEqual([
      ['x', 20 * 512],
      ['weights', 25 * 512],
      ['mix', 512 * 4],
      ['between_affine', 1024],
      ['between_residual', 20 * 512],
      ['bias', 4],
    ]);
    expect(Object.keys(request.inputs)).toEqual(Object.keys(numbers).slice(0, -1));
    expect(request.endings).toEqual([{ stage: { kind: 'bias' }, operands: [{ shape: [4], dtype: 'f32' }] }]);
  });

  test('finds a single wrong term, and tolerates rounding only where results are rounded', () => {
    const { numbers, unit } = numbersOf([{ kind: 'bias' }, relu6]);
    const right = separableTrial.reference({ depthwise, pointwise, between: [{ kind: 'bias' }, relu6] }, numbers);
    const x = numbers.x.with(777, -numbers.x[777]);
    const wrong = separableTrial.reference(
      { depthwise, pointwise, between: [{ kind: 'bias' }, relu6] },
      { ...numbers, x },
    );
    expect(difference(wrong, right, unit)).toContain('of 80');
    const exp = { kind: 'activation', code: activationCode('test', 'silu') } as const;
    const f16 = new Set(['x', 'output']);
    const units = [
      numbersOf([relu6]),
      numbersOf([exp]),
      numbersOf([exp], { stored: f16, sums: false }),
      numbersOf([relu6], { stored: f16, sums: true }),
    ].map((one) => one.unit);
    expect(units).toEqual([...new Set(units)].toSorted((a, b) => a - b));
    expect(numbersOf([relu6], { stored: f16, sums: false }).unit).toBe(units[0]);
  });
});

test.for([...TRIALS])('%s has problems that each of its kernels is tried on', ([, trial]) => {
  const all = trial.problems('test');
  const kernels = new Set(trial.operations.flatMap((operation) => operation.kernels));
  for (const kernel of kernels) expect(all.filter((p) => kernel.supports(p)).length, kernel.name).toBeGreaterThan(1);
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
