/**
 * The ends of the number range, beyond what nan.test.ts puts into every op: infinite numbers as operands, infinite padding,
 * powers, rows and images of infinities, and the largest float16 numbers.
 */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  compile,
  depthwiseConv2d,
  divide,
  maximum,
  minimum,
  multiply,
  pad,
  power,
  softmax,
  type Tensor,
} from '../../src/index';
import { EPSILON, errorOf } from '../support/close';
import { useGpu } from '../support/gpu';
import { inBothFormats } from '../support/halves';
import { randomValues } from '../support/random';

const gpu = useGpu();

const listOf = (values: readonly number[]): Tensor => gpu().tensor(values, [values.length]);

/** Runs the calls one after the other, and then in a program. No call may use a plan that was made for another call. */
async function expectLists(
  x: Tensor,
  calls: readonly (readonly [call: (v: Tensor) => Tensor, expected: readonly number[]])[],
): Promise<void> {
  for (const [call, expected] of calls) {
    using y = call(x);
    expect([...(await y.read())], String(call)).toEqual(expected);
  }
  const program = await compile(gpu(), { x: x.shape }, (inputs) =>
    Object.fromEntries(calls.map(([call], i) => [`y${i}`, call(multiply(inputs.x, 1))])),
  );
  const outputs = program.run({ x });
  for (const [i, [call, expected]] of calls.entries()) {
    using y = outputs[`y${i}`];
    expect([...(await y.read())], `compiled: ${String(call)}`).toEqual(expected);
  }
  program.dispose();
}

describe('numbers in place of tensors', () => {
  // The kernel computes three elements as scalars and four as vectors.
  test.each([3, 4])('may be infinite, NaN or -0, with %i elements', async (size) => {
    const cut = (...values: readonly number[]): number[] => values.slice(0, size);
    using x = listOf(cut(1, -2, 3, 0.5));
    const all = (value: number): number[] => cut(value, value, value, value);
    await expectLists(x, [
      [(v) => add(v, Infinity), all(Infinity)],
      [(v) => add(v, -Infinity), all(-Infinity)],
      [(v) => add(v, NaN), all(NaN)],
      [(v) => add(v, 1), cut(2, -1, 4, 1.5)],
      [(v) => minimum(Infinity, v), cut(1, -2, 3, 0.5)],
      [(v) => maximum(v, -Infinity), cut(1, -2, 3, 0.5)],
      [(v) => maximum(v, NaN), all(NaN)],
      [(v) => multiply(v, -Infinity), cut(-Infinity, Infinity, -Infinity, -Infinity)],
      [(v) => divide(v, 0), cut(Infinity, -Infinity, Infinity, Infinity)],
      [(v) => power(0, v), cut(0, Infinity, 0, 0)],
      [(v) => divide(v, -0), cut(-Infinity, Infinity, -Infinity, -Infinity)],
    ]);
  });

  test('may be what is padded with', async () => {
    using x = listOf([1, 2, 3, 4]);
    await expectLists(x, [
      [(v) => pad(v, [[1, 0]], -Infinity), [-Infinity, 1, 2, 3, 4]], // prettier-ignore
      [(v) => pad(v, [[1, 0]], Infinity), [Infinity, 1, 2, 3, 4]], // prettier-ignore
      [(v) => pad(v, [[1, 0]], NaN), [NaN, 1, 2, 3, 4]], // prettier-ignore
      [(v) => pad(v, [[4, 0]], -Infinity), [-Infinity, -Infinity, -Infinity, -Infinity, 1, 2, 3, 4]], // prettier-ignore
      [(v) => pad(v, [[1, 0]]), [0, 1, 2, 3, 4]], // prettier-ignore
    ]);
  });

  test('an image padded with infinities is not one padded with zeros', async () => {
    const ones = Float32Array.from({ length: 16 }, () => 1);
    using x = gpu().tensor(ones, [1, 4, 4, 1]);
    using filter = gpu().tensor(ones.subarray(0, 9), [3, 3, 1, 1]);
    const call = (v: Tensor): Tensor => {
      using padded = pad(v, [[0, 0], [1, 0], [0, 0], [0, 0]], Infinity); // prettier-ignore
      return depthwiseConv2d(padded, filter);
    };
    await expectLists(x, [[call, [Infinity, Infinity, 9, 9, 9, 9]]]);
  });
});

describe('power', () => {
  const [I, N] = [Infinity, NaN];
  test.each([
    ['of one', [1, 1, 1, -1, -1], [I, -I, N, I, -I], [1, 1, 1, 1, 1]],
    ['of NaN, or with it', [N, N, 2, 0], [0, 1, N, N], [1, N, N, N]],
    ['of infinities', [I, I, I, I], [0.5, -1, 0, I], [I, 0, 1, I]],
    ['of negative infinity', [-I, -I, -I, -I, -I], [0.5, 3, 2, -1, -0.5], [I, -I, I, -0, 0]],
    ['of zeros', [0, 0, -0, -0, -0, 0, 0], [0, -1, -1, 3, -0.5, I, -I], [1, I, -I, -0, I, 0, I]],
    ['with infinities', [2, 2, 0.5, 0.5, -2, -0.5], [I, -I, I, -I, I, I], [I, 0, 0, I, I, 0]],
    ['of negative numbers', [-2, -2, -2, -0.5], [0.5, -0.5, 3, -1], [N, N, -8, -2]],
    ['beyond float32', [2, 2, -3, 1.5], [128, -200, 1e9, 16_777_217], [I, 0, I, I]],
  ] as const)('%s is as IEEE 754 has it', async (_, bases, exponents, expected) => {
    // The second round has four times as many elements, which the kernel computes as vectors.
    for (const times of [1, 4]) {
      const repeated = (values: readonly number[]): number[] => Array<readonly number[]>(times).fill(values).flat();
      using a = listOf(repeated(bases));
      using b = listOf(repeated(exponents));
      using y = power(a, b);
      const actual = await y.read();
      // Multiplying by powers of two is exact, but the exponential is not.
      const errors = repeated(expected).map((v, i) => (Object.is(actual[i], v) ? 0 : errorOf(actual[i], v)));
      for (const [i, error] of errors.entries())
        expect(error, `element ${i} is ${actual[i]}`).toBeLessThanOrEqual(1e-5);
    }
  });

  test('keeps its digits, however near 1 the base is and however large the result', async () => {
    const seeds = randomValues(8000, 3);
    const bases = seeds.map((v, i) => (i % 2 === 0 ? 2 ** (v * 120) : 1 + v * 10 ** (-6 * Math.abs(seeds[i - 1]))));
    const exponents = randomValues(8000, 4).map((v, i) => (v * 125) / Math.max(Math.abs(Math.log2(bases[i])), 1e-9));
    using a = gpu().tensor(bases, [8000]);
    using b = gpu().tensor(exponents, [8000]);
    using y = power(a, b);
    const actual = await y.read();
    let compared = 0;
    for (const [i, base] of bases.entries()) {
      const expected = base ** exponents[i];
      // A result smaller than a normal number may be 0.
      if (expected < 2 ** -125 || expected > 2 ** 127) continue;
      compared++;
      // exp2 of up to a half is off by four units in the last place, and two factors add nothing. Rounding the tail of the
      // logarithm gives an error of less than half a unit. The exponent enlarges it, at most by log2 of the result times
      // ln(2).
      const units = 8 + Math.abs(Math.log2(expected)) / 2;
      expect(Math.abs(actual[i] / expected - 1), `${base} ** ${exponents[i]}`).toBeLessThan(units * 2 * EPSILON);
    }
    expect(compared).toBeGreaterThan(7000);
  });
});

test.each([2, 3, 130])('softmax of %i elements with infinities', async (size) => {
  const rest = Array<number>(size - 2).fill(0);
  const rows = [[Infinity, 0], [Infinity, Infinity], [NaN, 0], [-Infinity, 0]]; // prettier-ignore
  using x = gpu().tensor(rows.flatMap((row) => [...row, ...rest]), [4, size]); // prettier-ignore
  using y = softmax(x);
  const none = Array<number>(size).fill(NaN);
  const last = [0, ...Array<number>(size - 1).fill(Math.fround(1 / (size - 1)))];
  expect([...(await y.read())].map((v) => (Number.isNaN(v) ? v : Number(v.toFixed(6))))).toEqual(
    [none, none, none, last].flat().map((v) => (Number.isNaN(v) ? v : Number(v.toFixed(6)))),
  );
});

test('softsign of infinities and of large numbers is 1 or -1', async () => {
  using x = listOf([Infinity, -Infinity, 3e38, -1e30, 0]);
  using y = activate(x, 'softsign');
  expect([...(await y.read())].map((v) => Math.round(v * 2 ** 22) / 2 ** 22)).toEqual([1, -1, 1, -1, 0]);
});

inBothFormats((own) => {
  // One half takes half a word, two take a word, and four make a vector.
  test.each([1, 2, 4, 5])('%i halves hold infinities and NaN, and the largest for what is larger', async (size) => {
    for (const [given, expected] of [
      [2, 65_504],
      [-2, -65_504],
      [Infinity, Infinity],
      [-Infinity, -Infinity],
      [NaN, NaN],
    ]) {
      // prettier-ignore
      using x = own().tensor(new Float32Array(size).fill(given), [size], { dtype: 'f16' });
      using y = multiply(x, 40_000);
      expect([y.dtype, ...(await y.read())]).toEqual(['f16', ...Array<number>(size).fill(expected)]);
    }
  });
});
