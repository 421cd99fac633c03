/**
 * Long sums: the error of a float32 sum grows with the logarithm of the number of its terms. The bounds are those that the
 * shaders state, as a number of roundings of the sum of the magnitudes.
 *
 * No invocation here runs more than 65535 rounds of loops in all, because lavapipe stops loops there, whatever they compute.
 */
import { describe, expect, test } from 'vitest';
import { averagePool2d, globalAveragePool, matMul, reduceMean, reduceSum, softmax } from '../../src/index';
import { EPSILON } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();

/** The largest number of additions that a term goes through, if `lanes` invocations share a sum. */
function additions(terms: number, lanes = 64): number {
  return 33 * Math.ceil(Math.log(terms / lanes) / Math.log(32)) + Math.log2(lanes);
}

const sumOf = (values: Float32Array): number => values.reduce((sum, v) => sum + v, 0);
const magnitudeOf = (values: Float32Array): number => values.reduce((sum, v) => sum + Math.abs(v), 0);

const N = 2 ** 20;

/** Numbers for which a sum in one long loop would lose the most. */
const hard: Readonly<Record<string, () => Float32Array>> = {
  'one number, again and again': () => new Float32Array(N).fill(0.1),
  'a large number before small ones': () => new Float32Array(N).fill(1).fill(2 ** 24, 0, 64),
  'small numbers before a large one': () => new Float32Array(N).fill(1).fill(2 ** 24, N - 64),
  'large and small, whose signs alternate': () =>
    Float32Array.from({ length: N }, (_, i) => (Math.floor(i / 64) % 2 === 0 ? 1 : -1) * (i % 3 === 0 ? 4097.3 : 0.1)),
  'numbers of all magnitudes': () =>
    Float32Array.from(randomValues(N, 5), (v, i) => v * 2 ** ((Math.floor(i / 64) % 24) - 12)),
  'random numbers': () => randomValues(N, 7),
};

describe('a sum of a million terms', () => {
  test.for(Object.entries(hard))('%s', async ([, make]) => {
    const values = make();
    const bound = additions(N) * EPSILON * magnitudeOf(values);
    using x = gpu().tensor(values, [N]);
    using sum = reduceSum(x);
    const [found] = await sum.read();
    expect(Math.abs(found - sumOf(values))).toBeLessThanOrEqual(bound);
    using mean = reduceMean(x);
    const [foundMean] = await mean.read();
    // The division is rounded, too.
    expect(Math.abs(foundMean - sumOf(values) / N)).toBeLessThanOrEqual(
      (1.1 * bound) / N + 3 * EPSILON * Math.abs(foundMean),
    );
  });

  test('is right to six digits', async () => {
    using x = gpu().tensor(new Float32Array(N).fill(0.1), [N]);
    using sum = reduceSum(x);
    expect((await sum.read())[0]).toBeCloseTo(104857.6, 0);
  });
});

test.for([1, 31, 32, 33, 1023, 1024, 1025, 2047, 2048, 2049, 65535, 65536, 65537, 2 ** 21 + 77])(
  'every one of %i terms is in its sum',
  async (n) => {
    // Float32 adds whole numbers of this size exactly.
    using x = gpu().tensor(new Float32Array(n).fill(1), [n]);
    using sum = reduceSum(x);
    expect(await sum.read()).toEqual(Float32Array.of(n));
  },
);

test.for([1, 31, 32, 33, 63, 64, 2047, 2048, 2049, 65535, 65536, 65537, 2 ** 20 + 77])(
  'every one of %i exponentials is in the denominator of a softmax',
  async (n) => {
    using x = gpu().tensor(new Float32Array(n).fill(1), [n]);
    using y = softmax(x);
    const share = (await y.read())[n - 1];
    expect(Math.abs(share * n - 1)).toBeLessThanOrEqual(4 * EPSILON);
  },
);

test('sums of vectors that one invocation computes', async () => {
  const [outputs, terms] = [8, 1000];
  const values = randomValues(outputs * terms, 3);
  using x = gpu().tensor(values, [terms, outputs]);
  using sums = reduceSum(x, 0);
  const found = await sums.read();
  for (let i = 0; i < outputs; i++) {
    const own = values.filter((_, at) => at % outputs === i);
    expect(Math.abs(found[i] - sumOf(own))).toBeLessThanOrEqual(additions(terms, 1) * EPSILON * magnitudeOf(own));
  }
});

test('the denominator of a long softmax', async () => {
  const n = 2 ** 19;
  const values = new Float32Array(n).fill(-16);
  values[0] = 0;
  using x = gpu().tensor(values, [n]);
  using y = softmax(x);
  const [first] = await y.read();
  const rest = (n - 1) * Math.exp(-16);
  // WGSL's exp(v) is off by 3 + 2 |v| units in the last place, which matters only for the small terms. The division is off by
  // 2.5 units.
  const relative = additions(n) * EPSILON + (2 * (3 + 2 * 16) * EPSILON * rest) / (1 + rest) + 5 * EPSILON;
  expect(Math.abs(first * (1 + rest) - 1)).toBeLessThanOrEqual(relative);
});

describe('the mean of an image', () => {
  const [height, width] = [200, 250];
  const values = new Float32Array(height * width).fill(0.1);
  const tenth = values[0];

  test('pooled globally', async () => {
    using x = gpu().tensor(values, [1, height, width, 1]);
    using y = globalAveragePool(x);
    const [found] = await y.read();
    expect(Math.abs(found / tenth - 1)).toBeLessThanOrEqual((additions(values.length) + 3) * EPSILON);
  });

  test('as one window', async () => {
    using x = gpu().tensor(values, [1, height, width, 1]);
    using y = averagePool2d(x, { windowSize: [height, width] });
    const [found] = await y.read();
    expect(Math.abs(found / tenth - 1)).toBeLessThanOrEqual((height + width + 3) * EPSILON);
  });
});

test('a matrix product of great depth', async () => {
  const depth = 2 ** 15;
  using a = gpu().tensor(new Float32Array(depth).fill(0.1), [1, depth]);
  using b = gpu().tensor(new Float32Array(depth).fill(1), [depth, 1]);
  using y = matMul(a, b);
  const [found] = await y.read();
  // The sum has as many blocks as there are products in a block.
  const most = 2 * Math.sqrt(depth);
  expect(Math.abs(found / (Math.fround(0.1) * depth) - 1)).toBeLessThanOrEqual((most + 1) * EPSILON);
});
