/**
 * The array ops that compute, against their float64 references: operators, sums, products and softmax, on small odd shapes
 * of every rank.
 */
import { describe, test } from 'vitest';
import { add, globalAveragePool, matMul, multiply, reduceMean, reduceSum, softmax } from '../../src/index';
import {
  binaryReference,
  matMulReference,
  softmaxReference,
  sumReference,
  transposeReference,
  type NdArray,
} from '../support/array-reference';
import { expectTensor, formatIn, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';

const gpu = useGpu();
const upload = uploads(gpu);

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
    const [x, y] = [randomArray(left), randomArray(right, 2)];
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
    const array = randomArray(shape);
    using x = upload(array);
    await expectTensor(add(x, -2.5), { shape, values: array.values.map((v) => v - 2.5) }, 4 * EPSILON);
    await expectTensor(multiply(x, -2.5), { shape, values: array.values.map((v) => v * -2.5) }, 4 * EPSILON);
  });

  test('a tensor and itself', async () => {
    const array = randomArray([5]);
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
    const array = randomArray(shape);
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
    const array = randomArray([2, 3, 4]);
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
    const array = randomArray(shape);
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
    const [x, y] = listsIn(title).map((shape, i) => randomArray(shape, i + 1));
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
    const array = randomArray(shape);
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
