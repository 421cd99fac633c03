/**
 * The array ops against their float64 references, on small odd shapes of every rank. A case is its own title, so that the
 * tables stay readable: the lists in it, in order, are its arguments.
 */
import { describe, expect, test } from 'vitest';
import { activationNames, type Activation, type ActivationName } from '../../src/kernels/activation';
import { binaryStep } from '../../src/kernels/binary';
import { copyStep } from '../../src/kernels/copy';
import { elementwiseStep } from '../../src/kernels/elementwise';
import type { Target } from '../../src/kernels/kernel';
import { matMulStep } from '../../src/kernels/mat-mul';
import { padStep } from '../../src/kernels/pad';
import { reduceStep } from '../../src/kernels/reduce';
import { softmaxStep } from '../../src/kernels/softmax';
import { add, multiply } from '../../src/ops/binary';
import { run } from '../../src/ops/call';
import { concat } from '../../src/ops/concat';
import { activate, batchNorm } from '../../src/ops/elementwise';
import { matMul } from '../../src/ops/mat-mul';
import { pad } from '../../src/ops/pad';
import { globalAveragePool, reduceMean, reduceSum } from '../../src/ops/reduce';
import { reshape } from '../../src/ops/reshape';
import { slice, split } from '../../src/ops/slice';
import { softmax } from '../../src/ops/softmax';
import { transpose } from '../../src/ops/transpose';
import type { Step } from '../../src/step';
import type { Tensor } from '../../src/tensor/tensor';
import {
  activationReferences,
  binaryReference,
  concatReference,
  geluTanhReference,
  matMulReference,
  padReference,
  sliceReference,
  softmaxReference,
  sumReference,
  transposeReference,
  type NdArray,
} from '../support/array-reference';
import { EPSILON, expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();

describe('reshape', () => {
  test.each([
    '[2, 3, 4] to [4, 6] is [4, 6]',
    '[2, 3, 4] to [-1] is [24]',
    '[2, 3, 4] to [3, -1, 2, 1] is [3, 4, 2, 1]',
    '[1] to [] is []',
    '[7] to [7, -1] is [7, 1]',
    '[2, 1, 1, 1, 1, 1, 1, 1, 1, 3] to [6] is [6]',
  ])('%s, with the same elements', async (title) => {
    const [before, after, shape] = listsIn(title);
    const array = random(before);
    using x = upload(array);
    await expectTensor(reshape(x, after), { shape, values: array.values });
  });

  test.each([0, 1])('shares the buffer; number %i of the pair may be disposed first', async (first) => {
    const array = random([4, 6]);
    const x = upload(array);
    const pair = [x, reshape(x, [24])];
    const second = pair[1 - first];
    expect(pair[1].buffer).toBe(x.buffer);
    expect(gpu().memory().buffersInUse).toBe(1);
    pair[first].dispose();
    pair[first].dispose();
    // It would get the buffer, if the pool had it.
    using other = upload(random([24], 9));
    expect(other.buffer).not.toBe(second.buffer);
    await expectTensor(second, { shape: second.shape, values: array.values });
    expect(gpu().memory().buffersInUse, 'all but the other').toBe(1);
  });
});

describe('slice', () => {
  test.each([
    '[7] at [2], size [3]',
    '[12] at [2], size [8]',
    '[3, 6] at [0, 0], size [3, 4]',
    '[5, 3] at [0, 1], size [5, 2]',
    '[2, 5, 7] at [1, 2, 3], size [-1, 2, -1]',
    '[2, 4, 6, 8] at [0, 1, 2, 4], size [2, 3, 4, 4]',
    '[2, 3, 2, 3, 4] at [0, 0, 0, 0, 0], size [-1, -1, -1, -1, -1]',
    '[2, 3, 2, 3, 2, 3] at [1, 0, 1, 1, 0, 2], size [1, 2, 1, 2, 2, 1]',
    '[2, 1, 3, 2, 2, 2, 2, 3] at [1, 0, 1, 0, 1, 0, 1, 1], size [1, 1, 2, 2, 1, 1, 1, 2]',
    '[] at [], size []',
  ])('of %s', async (title) => {
    const [shape, begin, size] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const sizes = size.map((n, axis) => (n === -1 ? shape[axis] - begin[axis] : n));
    await expectTensor(slice(x, begin, size), sliceReference(array, begin, sizes));
  });
});

describe('split and concat', () => {
  test.each([
    '[5, 3] in pieces of [1, 4] along axis [0]',
    '[1, 4, 5, 7] in pieces of [3, -1, 2] along axis [3]',
    '[2, 3, 4, 5, 2] in pieces of [1, 2] along axis [-4]',
    '[2, 3, 8] in [2] along axis [-1]',
    '[2, 3, 8] in [8] along axis [2]',
    '[2, 3, 2, 4, 2, 3] in [2] along axis [3]',
    '[6] in [3] along axis [0]',
  ])('%s, and back', async (title) => {
    const [shape, pieces, [axis]] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const parts = split(x, title.includes('pieces of') ? pieces : pieces[0], axis);
    await expectTensor(concat(parts, axis), array);
    const index = axis < 0 ? axis + shape.length : axis;
    let begin = 0;
    for (const part of parts) {
      const size = part.shape[index];
      const begins = shape.map((_, i) => (i === index ? begin : 0));
      await expectTensor(part, sliceReference(array, begins, shape.with(index, size)));
      begin += size;
    }
    expect(begin, 'the sum of the pieces').toBe(shape[index]);
  });

  test('concat of unequal tensors, of one twice, and of only one; the first axis by default', async () => {
    const [first, second] = [random([2, 3]), random([2, 5], 2)];
    using a = upload(first);
    using b = upload(second);
    await expectTensor(concat([a, b, a], 1), concatReference([first, second, first], 1));
    await expectTensor(concat([a, a]), concatReference([first, first], 0));
    await expectTensor(concat([b]), second);
  });
});

describe('transpose', () => {
  test.each([
    '[5] by [0]',
    '[3, 5] by [1, 0]',
    '[4, 8] by [0, 1]',
    '[2, 3, 4] by [2, 1, 0]',
    '[2, 3, 5, 7] by [0, 3, 1, 2]',
    '[2, 7, 3, 5] by [0, 2, 3, 1]',
    '[2, 3, 1, 4, 8] by [0, 3, 2, 1, 4]',
    '[2, 3, 2, 3, 2, 3] by [5, 1, 3, 0, 2, 4]',
    '[2, 1, 2, 3, 1, 2, 2, 3] by [7, 0, 6, 1, 5, 2, 4, 3]',
  ])('%s', async (title) => {
    const [shape, permutation] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    await expectTensor(transpose(x, permutation), transposeReference(array, permutation));
    const reversed = [...shape.keys()].toReversed();
    await expectTensor(transpose(x), transposeReference(array, reversed));
  });
});

describe('pad', () => {
  test.each([
    '[5] before [2], after [3], with [0]',
    '[3, 8] before [0, 2], after [0, 4], with [1]',
    '[3, 8] before [0, 4], after [0, 2], with [1]',
    '[3, 5] before [0, 1], after [0, 0], with [-7.5]',
    '[2, 3, 4] before [1, 0, 4], after [0, 2, 8], with [1]',
    '[2, 5, 4, 8] before [0, 1, 3, 0], after [0, 2, 0, 0], with [0.25]',
    '[1, 4, 5, 3] before [0, 1, 1, 0], after [0, 1, 1, 0], with [0]',
    '[2, 1, 3, 1, 2] before [0, 1, 0, 1, 2], after [1, 0, 0, 1, 0], with [3]',
    '[2, 1, 3, 1, 2, 4] before [0, 0, 0, 0, 0, 0], after [0, 0, 0, 0, 0, 0], with [3]',
    '[] before [], after [], with [0]',
  ])('%s', async (title) => {
    const [shape, before, after, [value]] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const paddings = shape.map((_, axis): [number, number] => [before[axis], after[axis]]);
    await expectTensor(pad(x, paddings, value), padReference(array, paddings, value));
    await expectTensor(pad(x, paddings), padReference(array, paddings, 0));
  });
});

describe('add and multiply', () => {
  test.each([
    '[7] and [7]',
    '[2, 3, 4] and [2, 3, 4]',
    '[2, 3, 8] and [8]',
    '[2, 3, 5] and [5]',
    '[4] and [2, 3, 4]',
    '[2, 3, 4] and [3, 1]',
    '[3, 1] and [1, 5]',
    '[2, 1, 3, 1, 4, 1] and [3, 1, 2, 1, 5]',
    '[1, 4, 4, 8] and [1, 1, 1, 8]',
    '[1, 4, 4, 8] and [1]',
    '[] and [3]',
    '[] and []',
    '[2, 3, 1, 2, 1, 2, 1, 4] and [1, 3, 2, 1, 2, 1, 2, 1]',
  ])('%s', async (title) => {
    const [left, right] = listsIn(title);
    const [x, y] = [random(left), random(right, 2)];
    using a = upload(x);
    using b = upload(y);
    await expectTensor(
      add(a, b),
      binaryReference(x, y, (m, n) => m + n),
      2 * EPSILON,
    );
    await expectTensor(
      multiply(a, b),
      binaryReference(x, y, (m, n) => m * n),
      EPSILON,
    );
  });

  test.each(['[7]', '[2, 8]', '[]'])('%s and a number', async (title) => {
    const [shape] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    await expectTensor(add(x, -2.5), { shape, values: array.values.map((v) => v - 2.5) }, 4 * EPSILON);
    await expectTensor(multiply(x, -2.5), { shape, values: array.values.map((v) => v * -2.5) }, 4 * EPSILON);
  });

  test('a tensor and itself', async () => {
    const array = random([5]);
    using x = upload(array);
    await expectTensor(multiply(x, x), { shape: [5], values: array.values.map((v) => v * v) }, EPSILON);
  });
});

describe('reduceSum and reduceMean', () => {
  test.each([
    '[7] over [0]',
    '[5, 3] over [0]',
    '[5, 3] over [-1]',
    '[2, 3, 8] over [0, 1]',
    '[2, 3, 8] over [0, -1]',
    '[2, 5, 4, 8] over [1, 2]',
    '[2, 4, 5, 3] over [-1, -2]',
    '[1, 3, 3, 4, 8] over [3]',
    '[2, 3, 2, 3, 2, 3] over [0, 2, 4]',
    '[2, 3, 2, 3, 2, 3] over [5, 1, 3]',
    '[2, 3, 1, 2, 2, 1, 2, 4] over [1, 4, 6]',
    '[2, 3] over []',
    '[] over []',
    '[1, 1] over [0, 1]',
    // Long sums, which a workgroup shares.
    '[2500] over [0]',
    '[3, 1111] over [1]',
    '[1100, 4] over [0]',
    '[1500, 3] over [0]',
    '[2, 40, 30, 4] over [1, 2]',
  ])('%s', async (title) => {
    const [shape, axes] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
    const kept = sumReference(array, reduced);
    const left = shape.filter((_, axis) => !reduced.includes(axis));
    const terms = array.values.length / kept.values.length;
    const bound = sumBound(terms, sumReference(absolute(array), reduced).values);
    const means = { shape: left, values: kept.values.map((sum) => sum / terms) };
    await expectTensor(reduceSum(x, axes), { shape: left, values: kept.values }, bound);
    await expectTensor(reduceSum(x, axes, { keepDims: true }), kept, bound);
    await expectTensor(
      reduceMean(x, axes),
      means,
      bound.map((b) => b / terms + 4 * EPSILON),
    );
  });

  test('one axis as a number, and all of them by default', async () => {
    const array = random([2, 3, 4]);
    using x = upload(array);
    const [last, all] = [sumReference(array, [2]).values, sumReference(array, [0, 1, 2]).values];
    await expectTensor(reduceSum(x, -1), { shape: [2, 3], values: last }, 8 * EPSILON);
    await expectTensor(reduceSum(x), { shape: [], values: all }, 200 * EPSILON);
    await expectTensor(
      reduceMean(x, undefined, { keepDims: true }),
      { shape: [1, 1, 1], values: all.map((v) => v / 24) },
      16 * EPSILON,
    );
  });
});

describe('globalAveragePool', () => {
  test.each([
    'NHWC [2, 5, 3, 7] over [1, 2] is [2, 1, 1, 7] or [2, 7]',
    'NHWC [1, 7, 7, 8] over [1, 2] is [1, 1, 1, 8] or [1, 8]',
    'NCHW [2, 7, 5, 3] over [2, 3] is [2, 7, 1, 1] or [2, 7]',
  ])('%s', async (title) => {
    const [shape, axes, pooled, flat] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const terms = shape[axes[0]] * shape[axes[1]];
    const values = sumReference(array, axes).values.map((sum) => sum / terms);
    const dataFormat = formatIn(title);
    await expectTensor(globalAveragePool(x, { dataFormat }), { shape: pooled, values }, terms * EPSILON);
    await expectTensor(globalAveragePool(x, { dataFormat, keepDims: false }), { shape: flat, values }, terms * EPSILON);
  });
});

describe('matMul', () => {
  const cases = [
    '[1, 1] x [1, 1]',
    '[3, 5] x [5, 7]',
    '[8, 16] x [16, 4]',
    '[1, 33] x [33, 9]',
    '[9, 33] x [33, 1]',
    '[2, 5, 3] x [2, 3, 6]',
    '[2, 3, 5, 4] x [2, 3, 4, 5]',
    '[2, 5, 3] x [3, 6]',
    '[5, 3] x [4, 3, 2]',
  ];
  test.each(
    cases.flatMap((title) =>
      ['', ', a transposed', ', b transposed', ', a and b transposed'].map((how) => title + how),
    ),
  )('%s', async (title) => {
    const [x, y] = listsIn(title).map((shape, i) => random(shape, i + 1));
    const batch = x.shape.length > y.shape.length ? x.shape.slice(0, -2) : y.shape.slice(0, -2);
    const [left, right] = [repeated(x, batch), repeated(y, batch)];
    const transposeA = title.includes(', a');
    const transposeB = title.includes('b t');
    using a = upload(transposeA ? lastTwoSwapped(x) : x);
    using b = upload(transposeB ? lastTwoSwapped(y) : y);
    const bound = sumBound(x.shape.at(-1) as number, matMulReference(absolute(left), absolute(right)).values);
    await expectTensor(matMul(a, b, { transposeA, transposeB }), matMulReference(left, right), bound);
  });
});

describe('softmax', () => {
  test.each([
    '[5] along axis [0]',
    '[3, 7] along axis [-1]',
    '[1, 100] along axis [-1]',
    '[3, 130] along axis [1]',
    '[70, 3] along axis [0]',
    '[2, 3, 4, 5] along axis [1]',
    '[2, 66, 3] along axis [-2]',
    '[2, 3, 1, 3, 2, 3] along axis [3]',
    '[1] along axis [0]',
  ])('of %s', async (title) => {
    const [shape, [axis]] = listsIn(title);
    const array = random(shape);
    using x = upload(array);
    const index = axis < 0 ? axis + shape.length : axis;
    const bound = (shape[index] + 16) * EPSILON;
    await expectTensor(softmax(x, axis), softmaxReference(array, index), bound);
    if (index === shape.length - 1) await expectTensor(softmax(x), softmaxReference(array, index), bound);
  });

  test.each([
    [[1e4, 1e4 - 1, -1e4, 88, 0]],
    [[-1e4, -1e4 - 2, -1e30]],
    [Array.from({ length: 200 }, (_, i) => i * 50 - 1e4)],
  ])('of numbers whose exponentials are no float32, %j', async (values) => {
    const array = { shape: [values.length], values: Float64Array.from(values, Math.fround) };
    using x = upload(array);
    await expectTensor(softmax(x), softmaxReference(array, 0), (values.length + 16) * EPSILON);
  });
});

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
    const array = random(shape);
    const [m, s, o, r] = [2, 3, 4, 5].map((seed) => random([channels], seed));
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
    const [array, slopes] = [random(shape), random([channels], 2)];
    using x = upload(array);
    using alpha = upload(slopes);
    const values = array.values.map((v, i) => (v > 0 ? v : v * slopes.values[channelOf(i)]));
    await expectTensor(activate(x, { name: 'prelu', alpha }, { dataFormat }), { shape, values }, EPSILON);
  });
});

describe('a grid that is split because one side is too short', () => {
  // 15 workgroups to a side stand for 65,535; 151 of them are split nearly square, with a surplus.
  const narrow = (): Target => {
    const { target } = gpu().context;
    return { ...target, limits: { ...target.limits, maxComputeWorkgroupsPerDimension: 15 } };
  };
  const size = 64 * 150 + 1;
  const elements = { size, channels: 1, inner: 1 };
  const code = { name: 'double', body: 'return 2.0 * v;' };
  const twice = (values: Float64Array): Float64Array => values.map((v) => 2 * v);
  const cases: Record<string, [shape: number[], step: (t: Target) => Step, expected: (x: NdArray) => Float64Array]> = {
    copy: [[size], (t) => copyStep([size], { strides: [1] }, { strides: [1] }, t), (x) => x.values],
    pad: [
      [size - 2],
      (t) => padStep([{ size: size - 2, before: 1, after: 1 }], 0, t),
      (x) => Float64Array.of(0, ...x.values, 0),
    ],
    elementwise: [[size], (t) => elementwiseStep(elements, [{ kind: 'activation', code }], t), (x) => twice(x.values)],
    reduce: [[size, 2], (t) => reduceStep([size, 2], new Set([1]), 1, t), (x) => sumReference(x, [1]).values],
    'reduce, long': [
      [199, 1025],
      (t) => reduceStep([199, 1025], new Set([1]), 1, t),
      (x) => sumReference(x, [1]).values,
    ],
    softmax: [[size, 2], (t) => softmaxStep([size, 2], 1, t), (x) => softmaxReference(x, 1).values],
    'softmax, long': [[199, 65], (t) => softmaxStep([199, 65], 1, t), (x) => softmaxReference(x, 1).values],
  };
  test.each(Object.entries(cases))('%s', async (_name, [shape, step, expected]) => {
    const array = random(shape);
    using x = upload(array);
    const values = expected(array);
    const made = step(narrow());
    expect(made.grid[1], 'rows of workgroups').toBeGreaterThan(1);
    await expectTensor(
      run('test', gpu().context, made, { x }, [values.length], ''),
      { shape: [values.length], values },
      200 * EPSILON,
    );
  });

  test('binary and matMul', async () => {
    const array = random([size]);
    using a = upload(array);
    using one = gpu().tensor([1], [1, 1]);
    const shape = [size];
    const sum = binaryStep('add', shape, shape, shape, narrow());
    await expectTensor(
      run('test', gpu().context, sum, { a, b: a }, shape, ''),
      { shape, values: twice(array.values) },
      2 * EPSILON,
    );
    const flags = { transposeA: false, transposeB: false, sharedA: false, sharedB: true };
    const product = matMulStep({ batch: size, rows: 1, columns: 1, depth: 1, ...flags }, narrow());
    await expectTensor(run('test', gpu().context, product, { a, b: one }, shape, ''), { shape, values: array.values });
    expect([sum.grid[1], product.grid[1]]).toEqual([12, 12]);
  });
});

test('many calls and as many disposals leave the memory as it was', async () => {
  using x = upload(random([1, 4, 4, 8]));
  using c = upload(random([8]));
  const calls = (): void => {
    const made = [
      reshape(x, [16, 8]),
      ...split(x, 2, -1),
      concat([x, x], 1),
      slice(x, [0, 1, 1, 0], [1, 2, 2, 8]),
      transpose(x),
      pad(
        x,
        [0, 1, 1, 0].map((n): [number, number] => [n, n]),
      ),
      add(x, c),
      multiply(x, 2),
      reduceSum(x),
      globalAveragePool(x),
      softmax(x),
      activate(x, { name: 'prelu', alpha: c }),
      batchNorm(x, { mean: c, variance: c, scale: c, offset: c }),
      matMul(x, x, { transposeB: true }),
    ];
    for (const tensor of made) tensor.dispose();
  };
  calls();
  await gpu().finished();
  const before = gpu().memory();
  for (let i = 0; i < 20; i++) calls();
  await gpu().finished();
  expect(gpu().memory()).toEqual(before);
});

/** The lists of numbers in a title. */
function listsIn(title: string): number[][] {
  return (title.match(/\[[^\]]*\]/g) ?? []).map((list) => JSON.parse(list) as number[]);
}

function formatIn(title: string): 'NHWC' | 'NCHW' {
  return title.startsWith('NHWC') ? 'NHWC' : 'NCHW';
}

function channelsOf(
  shape: readonly number[],
  dataFormat: 'NHWC' | 'NCHW',
): { channels: number; channelOf: (i: number) => number } {
  const last = dataFormat === 'NHWC';
  const channels = last ? (shape.at(-1) as number) : shape[1];
  const inner = last ? 1 : shape[2] * shape[3];
  return { channels, channelOf: (i) => Math.floor(i / inner) % channels };
}

function random(shape: readonly number[], seed = 1): NdArray {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float64Array.from(randomValues(size, seed)) };
}

function upload({ shape, values }: NdArray): Tensor {
  return gpu().tensor(Float32Array.from(values), shape);
}

/** Compares and disposes. */
async function expectTensor(actual: Tensor, expected: NdArray, bound: Float64Array | number = 0): Promise<void> {
  using tensor = actual;
  expect(tensor.shape).toEqual(expected.shape);
  expectClose(await tensor.read(), expected.values, expected.shape, bound);
}

function absolute({ shape, values }: NdArray): NdArray {
  return { shape, values: values.map(Math.abs) };
}

/** A matrix once per place of the batch, unless it has a batch already. */
function repeated({ shape, values }: NdArray, batch: readonly number[]): NdArray {
  if (shape.length > 2) return { shape, values };
  const times = batch.reduce((product, n) => product * n, 1);
  const copies = Float64Array.from({ length: times * values.length }, (_, i) => values[i % values.length]);
  return { shape: [...batch, ...shape], values: copies };
}

function lastTwoSwapped(x: NdArray): NdArray {
  const rank = x.shape.length;
  return transposeReference(x, [...x.shape.keys()].with(rank - 2, rank - 1).with(rank - 1, rank - 2));
}
