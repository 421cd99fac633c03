/**
 * Compares batch norm and the activations with their float64 references, extreme numbers included.
 */
import { describe, expect, test } from 'vitest';
import {
  abs,
  activate,
  batchNorm,
  ceil,
  exp,
  floor,
  log,
  negate,
  reciprocal,
  round,
  rsqrt,
  sign,
  sqrt,
  square,
} from '../../src/index';
import { activationNames, type Activation, type ActivationName } from '../../src/kernels/activation';
import {
  activationReferences,
  binaryReference,
  geluTanhReference,
  unaryReferences,
  type NdArray,
} from '../support/array-reference';
import { expectTensor, formatIn, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON, errorOf } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();
const upload = uploads(gpu);

describe('batchNorm', () => {
  test.each([
    'NHWC [2, 3, 5, 7]',
    'NHWC [2, 3, 5, 8]',
    'NHWC [6, 3]',
    'NHWC [4]',
    'NHWC [2, 1, 2, 1, 2, 5]',
    'NCHW [2, 7, 3, 5]',
    'NCHW [1, 8, 4, 4]',
  ])('%s', async (title) => {
    const [shape] = listsIn(title);
    const dataFormat = formatIn(title);
    const { channels, channelOf } = channelsOf(shape, dataFormat);
    const array = randomArray(shape);
    const [m, s, o, r] = [2, 3, 4, 5].map((seed) => randomArray([channels], seed));
    const v = { shape: [channels], values: r.values.map((n) => Math.fround(n * n + 0.25)) };
    using x = upload(array);
    using mean = upload(m);
    using scale = upload(s);
    using offset = upload(o);
    using variance = upload(v);
    const normed = (epsilon: number, gain: (c: number) => number, shift: (c: number) => number): NdArray => {
      const norm = (n: number, c: number): number =>
        ((n - m.values[c]) / Math.sqrt(v.values[c] + epsilon)) * gain(c) + shift(c);
      return { shape, values: array.values.map((n, i) => norm(n, channelOf(i))) };
    };
    const full = normed(
      0.01,
      (c) => s.values[c],
      (c) => o.values[c],
    );
    await expectTensor(
      batchNorm(x, { mean, variance, scale, offset, epsilon: 0.01 }, { dataFormat }),
      full,
      64 * EPSILON,
    );
    const bare = normed(
      0.001,
      () => 1,
      () => 0,
    );
    await expectTensor(batchNorm(x, { mean, variance }, { dataFormat }), bare, 64 * EPSILON);
  });
});

describe('activate', () => {
  const extremes = [1e4, -1e4, 88, -88, 0, -0, 1e-4, -1e-4, 1e30, -1e30];
  const inputs = Float64Array.from([...extremes, ...Array.from(randomValues(27, 3), (v) => v * 10)], Math.fround);
  // WGSL's log is off by up to 2^-21. Its exp is off by a few units in the last place, and here it is at most 1.
  const near = (expected: Float64Array): Float64Array => expected.map((v) => 2 ** -20 * (1 + Math.abs(v)));

  test('every activation has a reference', () => {
    expect([...Object.keys(activationReferences), 'prelu'].toSorted()).toEqual(activationNames.toSorted());
  });

  // The kernel computes 37 elements as scalars and 36 as vectors.
  const sizes = [inputs.length, inputs.length - 1];
  test.each(Object.keys(activationReferences) as ActivationName[])('%s is right and never NaN', async (name) => {
    for (const size of sizes) {
      const values = inputs.subarray(0, size);
      using x = upload({ shape: [size], values });
      const expected = values.map(activationReferences[name]);
      await expectTensor(activate(x, name), { shape: [size], values: expected }, near(expected));
    }
  });

  test.each<[Activation, (v: number) => number]>([
    [{ name: 'leakyRelu', alpha: 0.01 }, (v) => (v > 0 ? v : 0.01 * v)],
    [{ name: 'elu', alpha: 2 }, (v) => (v > 0 ? v : 2 * Math.expm1(v))],
    [{ name: 'hardSigmoid', alpha: 1 / 6, beta: 0.25 }, (v) => Math.min(Math.max(v / 6 + 0.25, 0), 1)],
    [{ name: 'gelu', approximate: true }, geluTanhReference],
    [{ name: 'clip', min: -1, max: 2 }, (v) => Math.min(Math.max(v, -1), 2)],
    [{ name: 'clip', min: 0.5 }, (v) => Math.max(v, 0.5)],
  ])('%j is right and never NaN', async (activation, reference) => {
    using x = upload({ shape: [inputs.length], values: inputs });
    const expected = inputs.map(reference);
    await expectTensor(activate(x, activation), { shape: [inputs.length], values: expected }, near(expected));
  });

  test.each(['NHWC [2, 3, 7]', 'NHWC [3, 8]', 'NHWC [5]', 'NCHW [2, 4, 3, 2]'])('prelu, %s', async (title) => {
    const [shape] = listsIn(title);
    const dataFormat = formatIn(title);
    const { channels, channelOf } = channelsOf(shape, dataFormat);
    const [array, slopes] = [randomArray(shape), randomArray([channels], 2)];
    using x = upload(array);
    using alpha = upload(slopes);
    const values = array.values.map((v, i) => (v > 0 ? v : v * slopes.values[channelOf(i)]));
    await expectTensor(activate(x, { name: 'prelu', alpha }, { dataFormat }), { shape, values }, EPSILON);
  });

  test.each([
    'NHWC [2, 3, 5, 7] with [1, 1, 7]',
    'NHWC [2, 3, 5, 8] with [1, 1, 1, 8]',
    'NHWC [2, 3, 5, 7] with [3, 5, 7]',
    'NHWC [2, 3, 5, 8] with [3, 5, 8]',
    'NHWC [2, 3, 5, 8] with [2, 1, 5, 8]',
    'NHWC [2, 3, 5, 8] with [1]',
    'NHWC [4, 3] with []',
    'NCHW [2, 4, 3, 2] with [4, 1, 1]',
    'NCHW [2, 4, 3, 2] with [4, 3, 2]',
  ])('prelu, slopes of other shapes: %s', async (title) => {
    const [shape, other] = listsIn(title);
    const [array, slopes] = [randomArray(shape), randomArray(other, 2)];
    using x = upload(array);
    using alpha = upload(slopes);
    const expected = binaryReference(array, slopes, (v, slope) => (v > 0 ? v : v * slope));
    await expectTensor(activate(x, { name: 'prelu', alpha }, { dataFormat: formatIn(title) }), expected, EPSILON);
  });
});

describe('functions of one number', () => {
  const inputs = [0, 0.5, 1.5, 2.5, -0.5, -1.5, 1, -1, 3.25, -3.75, 1e-3, 40, 80, 2 ** 20, -(2 ** 20), 7, 0.1];
  const functions = { abs, ceil, exp, floor, log, negate, reciprocal, round, rsqrt, sign, sqrt, square };
  // WGSL's log is off by up to 2^-21 near 1, its exp by 3 + 2 |x| units in the last place, and all other functions by less
  // than 3 units.
  const boundAt = (name: string, v: number, expected: number): number => {
    if (!Number.isFinite(Math.fround(expected))) return 0;
    const units = name === 'exp' ? 4 + 2 * Math.abs(v) : 4;
    return 2 * units * EPSILON * Math.abs(expected) + (name === 'log' ? 2 ** -20 : 0);
  };

  test('every function has a reference', () => {
    expect(Object.keys(functions).toSorted()).toEqual(Object.keys(unaryReferences).toSorted());
  });

  // The kernel computes 17 elements as scalars and 16 as vectors.
  test.each(Object.entries(functions).flatMap(([name, f]) => [17, 16].map((size) => ({ name, f, size }))))(
    '$name of $size',
    async ({ name, f, size }) => {
      const values = Float64Array.from(inputs.slice(0, size), Math.fround);
      using x = upload({ shape: [size], values });
      using y = f(x);
      const actual = await y.read();
      for (const [i, v] of values.entries()) {
        const expected = unaryReferences[name](v);
        const error = errorOf(actual[i], Math.fround(expected));
        expect(error, `${name}(${v}) = ${actual[i]}`).toBeLessThanOrEqual(boundAt(name, v, expected));
      }
    },
  );

  test('of float16 tensors are float16, for any rank', async () => {
    using x = gpu().tensor([0, 1, 4, 9, 16, 25], [3, 2, 1], { dtype: 'f16' });
    using y = sqrt(x);
    expect([y.dtype, y.shape, [...(await y.read())]]).toEqual(['f16', [3, 2, 1], [0, 1, 2, 3, 4, 5]]);
    using scalar = gpu().tensor([0], []);
    using one = exp(scalar);
    expect([one.shape, [...(await one.read())]]).toEqual([[], [1]]);
  });
});

function channelsOf(
  shape: readonly number[],
  dataFormat: 'NHWC' | 'NCHW',
): { channels: number; channelOf: (i: number) => number } {
  const last = dataFormat === 'NHWC';
  const channels = last ? (shape.at(-1) as number) : shape[1];
  const inner = last ? 1 : shape[2] * shape[3];
  return { channels, channelOf: (i) => Math.floor(i / inner) % channels };
}
