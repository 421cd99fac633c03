/**
 * Batch norm and the activations on their own, against their float64 references, extremes included.
 */
import { describe, expect, test } from 'vitest';
import { activate, batchNorm } from '../../src/index';
import { activationNames, type Activation, type ActivationName } from '../../src/kernels/activation';
import { activationReferences, geluTanhReference, type NdArray } from '../support/array-reference';
import { expectTensor, formatIn, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON } from '../support/close';
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
  // WGSL's log is off by up to 2^-21, and its exp by a few units in the last place of what is at most 1.
  const near = (expected: Float64Array): Float64Array => expected.map((v) => 2 ** -20 * (1 + Math.abs(v)));

  test('every activation has a reference', () => {
    expect([...Object.keys(activationReferences), 'prelu'].toSorted()).toEqual(activationNames.toSorted());
  });

  // 37 elements are scalars to the kernel, and 36 are vectors.
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
