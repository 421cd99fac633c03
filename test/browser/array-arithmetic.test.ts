/**
 * Compares the array ops that compute with their float64 references: operators, sums, products and softmax, on small odd
 * shapes of every rank.
 */
import { describe, expect, test } from 'vitest';
import {
  add,
  argMax,
  cast,
  divide,
  globalAveragePool,
  matMul,
  maximum,
  minimum,
  multiply,
  power,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  softmax,
  squaredDifference,
  subtract,
} from '../../src/index';
import {
  argMaxReference,
  binaryReference,
  binaryReferences,
  extremeReference,
  lastTwoSwapped,
  matMulReference,
  matricesFor,
  type NdArray,
  softmaxReference,
  sumReference,
} from '../support/array-reference';
import { expectTensor, formatIn, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON, errorOf, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';

const gpu = useGpu();
const upload = uploads(gpu);

const operators = Object.entries({
  add,
  subtract,
  multiply,
  divide,
  minimum,
  maximum,
  squaredDifference,
  power,
}).map(([name, operator]) => ({ name, operator, reference: binaryReferences[name] }));

/**
 * The error bound of an operator. A sum or product is rounded twice at most, and a quotient is off by 2.5 units in the last
 * place. WGSL's pow is exp2(b * log2(a)), where log2 is off by 2^-21 and exp2 by 3 + 2 |b log2(a)| units.
 */
const boundOf = (name: string, { values }: NdArray, b = 3): Float64Array =>
  name === 'power'
    ? values.map(
        (v) => (4 * Math.abs(b) * 2 ** -21 + (6 + 4 * Math.abs(Math.log2(Math.abs(v)))) * EPSILON) * Math.abs(v),
      )
    : values.map((v) => 6 * EPSILON * (1 + Math.abs(v)));

describe('operators', () => {
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
    using b = upload(y);
    for (const { name, reference, operator } of operators) {
      // Negative numbers have only whole powers, so the bases are positive.
      const first = name === 'power' ? { shape: left, values: x.values.map((v) => Math.abs(v) + 0.25) } : x;
      using a = upload({ shape: left, values: first.values.map(Math.fround) });
      const expected = binaryReference(first, y, reference);
      await expectTensor(operator(a, b), expected, boundOf(name, expected));
    }
  });

  test.each(['[7]', '[2, 8]', '[]'])('%s and a number, on either side', async (title) => {
    const [shape] = listsIn(title);
    const array = { shape, values: randomArray(shape).values.map((v) => Math.fround(v + 1.5)) };
    using x = upload(array);
    for (const { name, reference, operator } of operators) {
      const number = name === 'power' ? 2.5 : -2.5;
      const second = { shape, values: array.values.map((v) => reference(v, number)) };
      await expectTensor(operator(x, number), second, boundOf(name, second));
      const first = { shape, values: array.values.map((v) => reference(number, v)) };
      await expectTensor(operator(number, x), first, boundOf(name, first));
    }
  });

  test('a tensor and itself', async () => {
    const array = randomArray([5]);
    using x = upload(array);
    await expectTensor(multiply(x, x), { shape: [5], values: array.values.map((v) => v * v) }, EPSILON);
    await expectTensor(subtract(x, x), { shape: [5], values: new Float64Array(5) });
  });

  test('float16 with float16 or a number gives float16, and with float32 gives float32', async () => {
    const x = gpu().tensor([1, 2, 3, 5], [4], { dtype: 'f16' });
    const y = gpu().tensor([3], [1]);
    const results = [divide(1, x), subtract(x, x), subtract(x, y)];
    expect(results.map(({ dtype }) => dtype)).toEqual(['f16', 'f16', 'f32']);
    expect([...(await results[1].read()), ...(await results[2].read())]).toEqual([0, 0, 0, 0, -2, -1, 0, 2]);
    for (const [i, v] of [...(await results[0].read())].entries()) expect(v).toBeCloseTo(1 / [1, 2, 3, 5][i], 3);
    for (const tensor of [x, y, ...results]) tensor.dispose();
  });
});

describe('infinities, NaN and zeros', () => {
  // The kernel computes five elements as scalars and eight as vectors.
  test.each([5, 8])('%i quotients by zero', async (size) => {
    using x = gpu().tensor([1, -1, 0, 3, -0.5, 2, -2, 0].slice(0, size), [size]);
    using zero = gpu().tensor(new Float32Array(size), [size]);
    const expected = [Infinity, -Infinity, NaN, Infinity, -Infinity, Infinity, -Infinity, NaN].slice(0, size);
    for (const call of [() => divide(x, zero), () => divide(x, 0)]) {
      using y = call();
      expect([...(await y.read())]).toEqual(expected);
    }
    using inverse = divide(1, zero);
    expect([...(await inverse.read())]).toEqual(Array(size).fill(Infinity));
  });

  test.each([
    ['[-2, -2, -2, -2]', '[2, 3, 0.5, 0]', [4, -8, NaN, 1]],
    ['[0, 0, 0, 0]', '[0, 2, -1, 0.5]', [1, 0, Infinity, 0]],
    ['[-1, -3, 4, 9]', '[-3, -2, -0.5, 0.5]', [-1, 1 / 9, 0.5, 3]],
    ['[-2]', '[7]', [-128]],
    ['[-0.5]', '[1.5]', [NaN]],
    ['[-3, 0, 2, 1.5]', '[2]', [9, 0, 4, 2.25]],
  ])('%s to the power of %s', async (bases, exponents, expected) => {
    const [[x], [y]] = [listsIn(bases), listsIn(exponents)];
    using a = gpu().tensor(x, [x.length]);
    using b = gpu().tensor(y, [y.length]);
    using result = power(a, b);
    // A single exponent is also passed as a number.
    using same = y.length === 1 ? power(a, y[0]) : power(a, b);
    for (const values of [await result.read(), await same.read()]) {
      for (const [i, v] of expected.entries()) {
        expect(errorOf(values[i], v)).toBeLessThanOrEqual(Number.isFinite(v) ? 1e-5 * Math.abs(v) : 0);
      }
    }
  });

  test('a square is rounded once', async () => {
    const array = randomArray([40]);
    using x = upload(array);
    await expectTensor(power(x, 2), { shape: [40], values: array.values.map((v) => Math.fround(v * v)) });
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
    // A workgroup shares each of these long sums.
    '[2500] over [0]',
    '[3, 1111] over [1]',
    '[1100, 4] over [0]',
    '[1500, 3] over [0]',
    '[2, 40, 30, 4] over [1, 2]',
  ])('%s', async (title) => {
    const [shape, axes] = listsIn(title);
    // The numbers are multiples of 2^-12, so float32 holds the sum of up to 4096 of them exactly, in any order.
    const array = { shape, values: randomArray(shape).values.map((v) => Math.round(v * 4096) / 4096) };
    using x = upload(array);
    const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
    const kept = sumReference(array, reduced);
    const left = shape.filter((_, axis) => !reduced.includes(axis));
    const terms = array.values.length / kept.values.length;
    const means = { shape: left, values: kept.values.map((sum) => sum / terms) };
    await expectTensor(reduceSum(x, axes), { shape: left, values: kept.values });
    await expectTensor(reduceSum(x, axes, { keepDims: true }), kept);
    // A quotient is off by 2.5 units in the last place.
    await expectTensor(
      reduceMean(x, axes),
      means,
      means.values.map((v) => 5 * EPSILON * Math.abs(v)),
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

describe('reduceMax and reduceMin', () => {
  test.each([
    '[7] over [0]',
    '[5, 3] over [-1]',
    '[2, 3, 8] over [0, 1]',
    '[2, 4, 5, 3] over [-1, -2]',
    '[2, 3, 2, 3, 2, 3] over [0, 2, 4]',
    '[2, 3] over []',
    '[] over []',
    // A workgroup shares the many terms of each of these.
    '[2500] over [0]',
    '[3, 1111] over [1]',
    '[1100, 4] over [0]',
  ])('%s', async (title) => {
    const [shape, axes] = listsIn(title);
    const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
    const left = shape.filter((_, axis) => !reduced.includes(axis));
    // All numbers have the same sign. If a reduction started at 0, as a sum does, 0 would be the result.
    for (const [op, pick, shift] of [
      [reduceMax, Math.max, -2],
      [reduceMin, Math.min, 2],
    ] as const) {
      const array = { shape, values: randomArray(shape).values.map((v) => Math.fround(v + shift)) };
      using x = upload(array);
      const expected = extremeReference(array, reduced, pick);
      await expectTensor(op(x, axes), { shape: left, values: expected.values });
      await expectTensor(op(x, axes, { keepDims: true }), expected);
    }
  });
});

describe('argMax', () => {
  test.each([
    '[5] along axis [0]',
    '[3, 7] along axis [-1]',
    '[7, 8] along axis [0]',
    '[1, 100] along axis [-1]',
    '[3, 130] along axis [1]',
    '[70, 3] along axis [0]',
    '[70, 4] along axis [0]',
    '[2, 3, 4, 5] along axis [1]',
    '[2, 66, 3] along axis [-2]',
    '[1] along axis [0]',
  ])('of %s', async (title) => {
    const [shape, [axis]] = listsIn(title);
    const index = axis < 0 ? axis + shape.length : axis;
    // Coarse numbers are often equal. All numbers are negative, so a place outside of the row would win if it held 0.
    for (const scale of [1, 1e3]) {
      const array = { shape, values: randomArray(shape).values.map((v) => Math.round(v * 2 * scale) / scale - 4) };
      const values = array.values.map(Math.fround);
      using x = upload({ shape, values });
      const expected = argMaxReference({ shape, values }, index);
      await expectTensor(argMax(x, axis), expected);
      if (index === 0) await expectTensor(argMax(x), expected);
    }
  });

  test('of float16 is float32, which holds every index', async () => {
    const values = new Float32Array(5000).fill(-1);
    values[4097] = 1;
    using x = gpu().tensor(values, [5000]);
    using halves = cast(x, 'f16');
    using y = argMax(halves);
    expect(y.dtype).toBe('f32');
    expect([...(await y.read())]).toEqual([4097]);
  });

  test('of equal infinities is the first', async () => {
    using x = gpu().tensor([-Infinity, -Infinity, -1, Infinity, Infinity, 2], [2, 3]);
    using y = argMax(x, 1);
    expect([...(await y.read())]).toEqual([2, 0]);
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
    '[1, 5, 3] x [4, 3, 2]',
    '[2, 1, 5, 3] x [4, 3, 2]',
    '[4, 5, 3] x [2, 1, 3, 2]',
    '[2, 3, 5, 3] x [3, 3, 2]',
    '[2, 1, 3, 2, 4] x [3, 1, 4, 5]',
    '[2, 1, 2, 1, 1, 3] x [1, 2, 1, 2, 3, 2]',
  ];
  test.each(
    cases.flatMap((title) =>
      ['', ', a transposed', ', b transposed', ', a and b transposed'].map((how) => title + how),
    ),
  )('%s', async (title) => {
    const [x, y] = listsIn(title).map((shape, i) => randomArray(shape, i + 1));
    const batch = batchOf(x.shape, y.shape);
    const [left, right] = [matricesFor(batch, x), matricesFor(batch, y)];
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

/** The batch of two lists of matrices. Axes of size 1 and missing axes repeat. */
function batchOf(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length) - 2;
  return Array.from({ length: rank }, (_, i) => Math.max(a.at(i - rank - 2) ?? 1, b.at(i - rank - 2) ?? 1));
}
