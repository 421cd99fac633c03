/**
 * Compares the array ops on float16 tensors with their float64 references: both storage formats, with odd sizes and offsets,
 * where two invocations write into the same word.
 */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  batchNorm,
  cast,
  concat,
  globalAveragePool,
  matMul,
  multiply,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  slice,
  softmax,
  split,
  transpose,
} from '../../src/index';
import {
  activationReferences,
  binaryReference,
  concatReference,
  lastTwoSwapped,
  matMulReference,
  matricesFor,
  type NdArray,
  padReference,
  sliceReference,
  softmaxReference,
  sumReference,
  transposeReference,
} from '../support/array-reference';
import { expectTensor, formatIn, listsIn, uploads } from '../support/arrays';
import { EPSILON, expectClose, sumBound } from '../support/close';
import { expectingHalves, inBothFormats, randomHalves, uploadsHalves } from '../support/halves';
import { runStep } from '../support/run-step';
import { scaleStep, valuesOf } from '../support/scale';

const LARGEST = 65504;

inBothFormats((gpu) => {
  const upload = uploadsHalves(gpu);
  const uploadFloats = uploads(gpu);
  const expectHalves = expectingHalves(gpu);
  const list = (...values: number[]) => gpu().tensor(values, [values.length], { dtype: 'f16' });

  describe('ops that move elements change neither them nor their neighbours', () => {
    test.each([
      '[7] at [2], size [3]',
      '[7] at [1], size [5]',
      '[12] at [4], size [8]',
      '[5, 3] at [0, 1], size [5, 1]',
      '[2, 5, 7] at [1, 2, 3], size [1, 3, 3]',
      '[2, 4, 6, 8] at [0, 1, 2, 4], size [2, 3, 4, 4]',
      '[3, 4, 8] at [1, 1, 0], size [1, 3, 7]',
      '[] at [], size []',
    ])('slice of %s', async (title) => {
      const [shape, begin, size] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      await expectHalves(() => slice(x, begin, size), sliceReference(array, begin, size));
    });

    test.each([
      '[5, 3] in pieces of [1, 4] along axis [0]',
      '[5, 3] in pieces of [2, 1] along axis [1]',
      '[9] in pieces of [1, 3, 1, 4] along axis [0]',
      '[1, 4, 5, 7] in pieces of [3, 1, 2, 1] along axis [3]',
      '[2, 3, 8] in pieces of [4, 4] along axis [2]',
      '[3, 5, 2] in pieces of [2, 3] along axis [1]',
    ])('split and concat: %s', async (title) => {
      const [shape, pieces, [axis]] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      let begin = 0;
      for (const [i, size] of pieces.entries()) {
        const begins = shape.map((_, at) => (at === axis ? begin : 0));
        const expected = sliceReference(array, begins, shape.with(axis, size));
        const piece = () => {
          const parts = split(x, pieces, axis);
          for (const part of parts) if (part !== parts[i]) part.dispose();
          return parts[i];
        };
        await expectHalves(piece, expected);
        begin += size;
      }
      const parts = split(x, pieces, axis);
      await expectHalves(() => concat(parts, axis), array);
      for (const part of parts) part.dispose();
    });

    test('concat of 65 tensors of one number each, and of unequal ones with one twice', async () => {
      const array = randomHalves([65]);
      const ones = Array.from(array.values, (value) => list(value));
      await expectHalves(() => concat(ones), array);
      for (const one of ones) one.dispose();
      const [first, second] = [randomHalves([2, 3]), randomHalves([2, 5], 2)];
      using a = upload(first);
      using b = upload(second);
      await expectHalves(() => concat([a, b, a], 1), concatReference([first, second, first], 1));
    });

    test('concat with a float32 tensor is float32', async () => {
      const [first, second] = [randomHalves([3, 1]), randomHalves([3, 2], 2)];
      second.values[0] = 1 + 2 ** -20;
      using a = upload(first);
      using b = uploadFloats(second);
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const joined = concat(order.map((i) => [a, b][i]), 1); // prettier-ignore
        expect(joined.dtype).toBe('f32');
        await expectTensor(joined, concatReference(order.map((i) => [first, second][i]), 1)); // prettier-ignore
      }
    });

    test.each([
      '[5] by [0]',
      '[3, 5] by [1, 0]',
      '[2, 3, 5, 7] by [0, 3, 1, 2]',
      '[2, 7, 3, 5] by [0, 2, 3, 1]',
      '[2, 3, 1, 3, 4] by [0, 3, 2, 1, 4]',
      '[63, 65] by [1, 0]',
    ])('transpose of %s', async (title) => {
      const [shape, permutation] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      await expectHalves(() => transpose(x, permutation), transposeReference(array, permutation));
    });

    test.each([
      '[5] before [2], after [3], with [0]',
      '[3, 5] before [0, 1], after [0, 0], with [-7.5]',
      '[3, 8] before [0, 4], after [0, 4], with [1]',
      '[2, 1, 3] before [0, 1, 0], after [1, 0, 1], with [100000]',
      '[1, 4, 5, 3] before [0, 1, 1, 0], after [0, 1, 1, 0], with [-1e9]',
    ])('pad of %s', async (title) => {
      const [shape, before, after, [value]] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      const paddings = shape.map((_, axis): [number, number] => [before[axis], after[axis]]);
      const stored = Math.max(Math.min(value, LARGEST), -LARGEST);
      await expectHalves(() => pad(x, paddings, value), padReference(array, paddings, stored));
    });

    test('reshape shares the buffer', async () => {
      const array = randomHalves([3, 5]);
      using x = upload(array);
      const y = reshape(x, [15]);
      expect(y.bufferBeforeSubmit).toBe(x.bufferBeforeSubmit);
      expect(y.dtype).toBe('f16');
      await expectTensor(y, { ...array, shape: [15] });
    });
  });

  test.each(['f32', 'vec2<f32>', 'vec4<f32>'])('a program of %s reads and writes float16', async (type) => {
    const array = randomHalves([8]);
    using x = upload(array);
    const step = scaleStep(2, x.size);
    const lanes = Number(/\d(?=<)/.exec(type)?.[0] ?? 1);
    const wgsl = step.wgsl.replaceAll('array<f32>', `array<${type}>`).replace('arrayLength(&output)', `${8 / lanes}u`);
    const doubled = { shape: [8], values: array.values.map((v) => 2 * v) };
    await expectHalves(() => runStep(x.context, { ...step, wgsl }, { x }, [8]), doubled);
  });

  describe('cast', () => {
    test.each([1, 2, 3, 8, 131])('%i numbers to float16 and back', async (size) => {
      const array = randomHalves([size]);
      using floats = uploadFloats(array);
      using x = upload(array);
      await expectHalves(() => cast(floats, 'f16'), array);
      await expectTensor(cast(x, 'f32'), array);
      using same = cast(x, 'f16');
      expect(same.bufferBeforeSubmit).toBe(x.bufferBeforeSubmit);
    });

    test('to float16 gives one of the two nearest halves, and the largest half for larger numbers', async () => {
      const near = [1 + 2 ** -12, 2049, -1000.3, 2 ** -14 + 2 ** -26, 65503, 0.1];
      const large = [65504, 65519, 65520, 1e30, -65505, -3e38];
      using x = gpu().tensor([...near, ...large], [12]);
      using y = cast(x, 'f16');
      const values = await valuesOf(y);
      expect(values.slice(6)).toEqual([LARGEST, LARGEST, LARGEST, LARGEST, -LARGEST, -LARGEST]);
      for (const [i, value] of near.entries()) expect(Math.abs(values[i] / value - 1)).toBeLessThan(2 ** -10);
    });
  });

  describe('add and multiply', () => {
    test.each([
      '[7] and [7]',
      '[2, 3, 5] and [5]',
      '[2, 3, 8] and [8]',
      '[3, 1] and [1, 5]',
      '[2, 3, 4] and [3, 1]',
      '[] and [3]',
    ])('%s', async (title) => {
      const [x, y] = listsIn(title).map((shape, i) => randomHalves(shape, i + 1));
      using a = upload(x);
      using b = upload(y);
      using c = uploadFloats(y);
      const [sum, product] = [binaryReference(x, y, (m, n) => m + n), binaryReference(x, y, (m, n) => m * n)];
      await expectHalves(() => add(a, b), sum, 2 * EPSILON);
      await expectHalves(() => multiply(a, b), product, EPSILON);
      // The result is float32 if either operand is float32.
      const mixed = [add(a, c), add(c, a)];
      expect(mixed.map(({ dtype }) => dtype)).toEqual(['f32', 'f32']);
      for (const tensor of mixed) await expectTensor(tensor, sum, 2 * EPSILON);
      await expectTensor(multiply(c, a), product, EPSILON);
    });

    test.each(['[7]', '[2, 8]', '[]'])('%s and a number', async (title) => {
      const [shape] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      const each = (f: (v: number) => number): NdArray => ({ shape, values: array.values.map(f) });
      await expectHalves(() => add(x, -2.5), each((v) => v - 2.5), 4 * EPSILON); // prettier-ignore
      await expectHalves(() => multiply(x, -2.5), each((v) => v * -2.5), 4 * EPSILON); // prettier-ignore
    });
  });

  describe('sums and means', () => {
    test.each([
      '[7] over [0]',
      '[5, 3] over [0]',
      '[5, 3] over [1]',
      '[2, 3, 8] over [0, 1]',
      '[2, 3, 2, 3] over [0, 2]',
      '[3, 3] over []',
      // A workgroup shares each of these long sums.
      '[3, 1111] over [1]',
      '[1500, 3] over [0]',
    ])('%s', async (title) => {
      const [shape, axes] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      const kept = sumReference(array, axes);
      const left = shape.filter((_, axis) => !axes.includes(axis));
      const terms = array.values.length / kept.values.length;
      const bound = sumBound(terms, sumReference(absolute(array), axes).values);
      await expectHalves(() => reduceSum(x, axes), { shape: left, values: kept.values }, bound);
      const means = { shape: kept.shape, values: kept.values.map((sum) => sum / terms) };
      const boundOfMean = bound.map((b) => b / terms + 4 * EPSILON);
      await expectHalves(() => reduceMean(x, axes, { keepDims: true }), means, boundOfMean);
    });

    test.each(['NHWC [2, 5, 3, 7] over [1, 2]', 'NCHW [1, 3, 5, 3] over [2, 3]'])('of planes: %s', async (title) => {
      const [shape, axes] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      const { shape: pooled, values } = sumReference(array, axes);
      const expected = { shape: pooled, values: values.map((sum) => sum / 15) };
      const options = { dataFormat: formatIn(title) };
      await expectHalves(() => globalAveragePool(x, options), expected, 15 * EPSILON);
    });
  });

  describe('products of matrices', () => {
    test.each([
      '[1, 1] x [1, 1]',
      '[3, 5] x [5, 7]',
      '[8, 16] x [16, 4]',
      '[1, 33] x [33, 9]',
      '[2, 5, 3] x [2, 3, 7]',
      '[5, 3] x [3, 3, 1]',
    ])('%s', async (title) => {
      const [x, y] = listsIn(title).map((shape, i) => randomHalves(shape, i + 1));
      const batch = y.shape.slice(0, -2);
      const left = x.shape.length < y.shape.length ? matricesFor(batch, x) : x;
      const expected = matMulReference(left, y);
      const bound = sumBound(x.shape.at(-1) as number, matMulReference(absolute(left), absolute(y)).values);
      const turned = lastTwoSwapped(y);
      using a = upload(x);
      using b = upload(y);
      using transposed = upload(turned);
      using c = uploadFloats(y);
      await expectHalves(() => matMul(a, b), expected, bound);
      await expectHalves(() => matMul(a, transposed, { transposeB: true }), expected, bound);
      const mixed = matMul(a, c);
      expect(mixed.dtype).toBe('f32');
      await expectTensor(mixed, expected, bound);
    });
  });

  describe('softmax', () => {
    test.each([
      '[5] along axis [0]',
      '[3, 7] along axis [1]',
      '[1, 101] along axis [1]',
      '[71, 3] along axis [0]',
      '[3, 3, 5] along axis [1]',
    ])('of %s', async (title) => {
      const [shape, [axis]] = listsIn(title);
      const array = randomHalves(shape);
      using x = upload(array);
      await expectHalves(() => softmax(x, axis), softmaxReference(array, axis), (shape[axis] + 16) * EPSILON);
    });

    test('of the largest and the smallest half', async () => {
      using x = list(LARGEST, LARGEST, -LARGEST);
      await expectHalves(() => softmax(x), { shape: [3], values: Float64Array.of(0.5, 0.5, 0) }, 8 * EPSILON);
    });
  });

  describe('batch norm and activations', () => {
    test.each(['NHWC [2, 3, 5, 7]', 'NHWC [5, 8]', 'NHWC [3]', 'NCHW [1, 3, 3, 5]'])('%s', async (title) => {
      const [shape] = listsIn(title);
      const dataFormat = formatIn(title);
      const axis = dataFormat === 'NCHW' ? 1 : shape.length - 1;
      const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
      const array = randomHalves(shape);
      const [m, s, o, a] = [2, 3, 4, 5].map((seed) => randomHalves([shape[axis]], seed).values);
      const v = s.map((n) => n * n + 0.25).map((n) => Math.round(n * 256) / 256);
      const of = (f: (x: number, c: number) => number): NdArray => ({
        shape,
        values: array.values.map((n, i) => f(n, Math.floor(i / inner) % shape[axis])),
      });
      const normed = of((n, c) => ((n - m[c]) / Math.sqrt(v[c] + 0.01)) * s[c] + o[c]);
      const sloped = of((n, c) => (n > 0 ? n : n * a[c]));
      using x = upload(array);
      // The operands are float16 once, and float32 once, as they mostly are.
      for (const put of [upload, uploadFloats]) {
        const [mean, scale, offset, alpha, variance] = [m, s, o, a, v].map((values) =>
          put({ shape: [values.length], values }),
        );
        const norm = { mean, variance, scale, offset, epsilon: 0.01 };
        await expectHalves(() => batchNorm(x, norm, { dataFormat }), normed, 64 * EPSILON);
        await expectHalves(() => activate(x, { name: 'prelu', alpha }, { dataFormat }), sloped, 4 * EPSILON);
        for (const tensor of [mean, scale, offset, alpha, variance]) tensor.dispose();
      }
    });

    test.each(['relu6', 'gelu', 'mish', 'elu'] as const)('%s', async (name) => {
      for (const shape of [[7], [8]]) {
        const array = randomHalves(shape);
        using x = upload(array);
        const values = array.values.map(activationReferences[name]);
        await expectHalves(() => activate(x, name), { shape, values }, 2 ** -19);
      }
    });

    test('of float32 tensors stay float32, whatever their operands are', async () => {
      using x = gpu().tensor([1e6, -1e6, 1], [3]);
      using c = list(1, 2, 4);
      using normed = batchNorm(x, { mean: c, variance: c, epsilon: 0 });
      using sloped = activate(x, { name: 'prelu', alpha: c });
      expect([normed.dtype, sloped.dtype]).toEqual(['f32', 'f32']);
      expect(await valuesOf(sloped)).toEqual([1e6, -2e6, 1]);
      const shifted = Float64Array.of(1e6 - 1, (-1e6 - 2) / Math.SQRT2, (1 - 4) / 2);
      // The bound covers a root of four roundings and a quotient of five.
      expectClose(await normed.read(), shifted, [3], shifted.map((v) => 16 * EPSILON * Math.abs(v))); // prettier-ignore
    });
  });

  describe('numbers beyond the largest half', () => {
    test('are stored as the largest half', async () => {
      using x = list(60000, -60000, 300);
      using sum = add(x, x);
      using square = multiply(x, x);
      using total = reduceSum(square);
      using floats = gpu().tensor([60000, -60000, 0], [3]);
      using whole = add(x, floats);
      expect(await valuesOf(sum)).toEqual([LARGEST, -LARGEST, 600]);
      expect(await valuesOf(square)).toEqual([LARGEST, LARGEST, LARGEST]);
      expect(await valuesOf(total)).toEqual([LARGEST]);
      expect(await valuesOf(whole)).toEqual([120_000, -120_000, 300]);
    });

    test('may occur within a sum, because sums are float32', async () => {
      using x = gpu().tensor([60000, 60000, -60000, -60000, 5, 60000, 60000, 60000, 60000, 60000], [2, 5], {
        dtype: 'f16',
      });
      using ones = gpu().tensor([1, 1, 1, 1, 1], [5, 1], { dtype: 'f16' });
      using zero = list(-60000, -60000, -60000, -60000, -60000);
      using variance = list(16, 16, 16, 16, 16);
      using plane = reshape(x, [2, 5, 1, 1]);
      const results = [
        reduceSum(x, 1),
        matMul(x, ones),
        reduceMean(x, 1),
        globalAveragePool(plane),
        batchNorm(x, { mean: zero, variance, epsilon: 0 }),
      ];
      const [sums, products, means, pooled, normed] = await Promise.all(results.map(valuesOf));
      expect(sums).toEqual([5, LARGEST]);
      expect(products).toEqual([5, LARGEST]);
      expect(means).toEqual([1, 60000]);
      expect(pooled).toEqual([1, 60000]);
      expect(normed).toEqual([30000, 30000, 0, 0, 15000, 30000, 30000, 30000, 30000, 30000]);
      for (const tensor of results) tensor.dispose();
    });
  });
});

function absolute({ shape, values }: NdArray): NdArray {
  return { shape, values: values.map(Math.abs) };
}
