/**
 * Gathers elements at places given by a tensor, makes one-hot rows, and computes along rows: running sums, logarithms of
 * softmax, the smallest element and products. All are compared with float64.
 */
import { describe, expect, test } from 'vitest';
import {
  argMin,
  compile,
  cumsum,
  gather,
  gatherND,
  logSoftmax,
  multiply,
  oneHot,
  reduceProd,
  type Gpu,
  type Tensor,
} from '../../src/index';
import {
  argMinReference,
  cumsumReference,
  extremeReference,
  gatherNDReference,
  gatherReference,
  logSoftmaxReference,
  oneHotReference,
  type NdArray,
} from '../support/array-reference';
import { expectTensor, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { inBothFormats, randomHalves } from '../support/halves';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);
const [I, N] = [Infinity, NaN];

/** Whole numbers from -size - 1 to size. */
function indicesOf(shape: readonly number[], size: number, seed = 3): NdArray {
  return { shape, values: randomArray(shape, seed).values.map((v) => Math.floor(v * (size + 1))) };
}

describe('gather', () => {
  test.each([
    '[7] at [3] along [0]',
    '[5, 8] at [2, 3] along [0]',
    '[5, 8] at [6] along [1]',
    '[2, 5, 4] at [] along [1]',
    '[2, 3, 5, 4] at [2, 3] along [2]',
    '[2, 3, 5, 4] at [2, 3] along [2] with [1]',
    '[2, 3, 5, 3] at [2, 3] along [2] with [2]',
    '[2, 3, 5, 3] at [2, 3, 4, 2] along [3] with [2]',
    '[2, 3, 2, 1, 2, 2] at [2, 1, 2, 2] along [-2] with [1]',
  ])('%s', async (title) => {
    const [shape, own, [axis], [batchDims] = [0]] = listsIn(title);
    const at = axis < 0 ? axis + shape.length : axis;
    const [array, places] = [randomArray(shape), indicesOf(own, shape[at])];
    using x = upload(array);
    using indices = upload(places);
    await expectTensor(gather(x, indices, axis, { batchDims }), gatherReference(array, places, at, batchDims));
    if (at === 0) await expectTensor(gather(x, indices), gatherReference(array, places, 0, 0));
  });

  test.each([['[5, 4]', 0], ['[2, 5, 3]', 1], ['[2, 3, 5]', -1]] as const)('numbers of the app, of %s along %i', async (title, axis) => {
    const [shape] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    const at = axis < 0 ? axis + shape.length : axis;
    const list = { shape: [4], values: Float64Array.of(2, 0, -1, 2) };
    await expectTensor(gather(x, [...list.values], axis), gatherReference(array, list, at, 0));
    for (const place of [3, -2]) {
      const one = { shape: [], values: Float64Array.of(place) };
      await expectTensor(gather(x, place, axis), gatherReference(array, one, at, 0));
    }
  }); // prettier-ignore

  test('an index outside gives 0, a NaN index gives NaN, and fractions are dropped', async () => {
    for (const inner of [1, 4]) {
      using x = gpu().tensor(Array.from({ length: 3 * inner }, (_, i) => 1 + Math.floor(i / inner)), [3, inner]); // prettier-ignore
      using indices = gpu().tensor([0, 2, 3, -3, -4, N, I, -I, 3e38, 1.9, -0.5, -1], [12]);
      // The result gets a buffer that holds other numbers.
      gpu()
        .tensor(new Float32Array(12 * inner).fill(7), [12 * inner])
        .dispose();
      using y = gather(x, indices);
      const runs = (await y.read()).filter((_, i) => i % inner === 0);
      expect([...runs]).toEqual([1, 3, 0, 1, 0, N, 0, 0, 0, 2, 1, 3]);
    }
  });

  test('the elements may be NaN or infinite', async () => {
    using x = gpu().tensor([N, I, -I, 1], [4]);
    using y = gather(x, [3, 2, 1, 0]);
    expect([...(await y.read())]).toEqual([1, -I, I, N]);
  });

  test('says what is wrong', () => {
    using x = gpu().tensor(new Float32Array(24), [2, 3, 4]);
    using places = gpu().tensor([0, 1, 2], [3]);
    expect(messageOf(() => gather(x, [0, 3], 1))).toBe(
      'gather: indices has 3 but x [2, 3, 4] has 3 elements along axis 1; give whole numbers from -3 to 2',
    );
    expect(messageOf(() => gather(x, 1.5, 1))).toMatch('indices has 1.5 but');
    expect(messageOf(() => gather(x, [], 1))).toBe(
      'gather: indices is []; give a tensor, a whole number, or a list of at least one',
    );
    expect(messageOf(() => gather(x, places, 3))).toMatch('gather: axis is 3 but');
    expect(messageOf(() => gather(x, places, 2, { batchDims: 1 }))).toBe(
      'gather: x [2, 3, 4] and indices [3] have 2 and 3 on axis 0 of the 1 that batchDims says they share; make them equal',
    );
    expect(messageOf(() => gather(x, places, 2, { batchDims: 2 }))).toBe(
      'gather: batchDims is 2 but the axis is 2 and indices [3] has 1 axes; give a whole number from 0 to 1',
    );
    expect(messageOf(() => gather(x, 1, 2, { batchDims: 1 }))).toBe(
      'gather: batchDims is 1 but indices is no tensor, which has no batch; leave it out',
    );
    expect(messageOf(() => gatherND(places, x))).toBe(
      'gatherND: indices [2, 3, 4] have 4 coordinates on their last axis but x [3] has 1 axes; give indices whose last axis is from 1 to 1',
    );
    expect(messageOf(() => oneHot(places, 0))).toBe('oneHot: depth is 0; give a whole number from 1 to 16777216');
    expect(messageOf(() => oneHot(places, 2, { onValue: 1e39 }))).toBe(
      'oneHot: onValue is 1e+39; give a number that float32 holds, at most 3.4e38, or Infinity',
    );
    expect(messageOf(() => cumsum(x, 3))).toMatch('cumsum: axis is 3 but');
  });

  test.each([
    ['a batch', 1536, [8, 8, 16], [8, 4], 1, 1],
    ['blocks that are told the same', 1536, [8, 8, 16], [4], 1, 0],
    ['places of a table', 1024, [100, 8], [7], 0, 0],
    ['runs of the output', 1024, [3, 4], [200], 0, 0],
    ['places and runs', 1024, [100, 8], [100], 0, 0],
    ['places of lone numbers', 512, [333], [100], 0, 0],
  ] as const)('in parts: %s', async (_, limit, shape, own, axis, batchDims) => {
    await withGpu({}, async (own_: Gpu, errors) => {
      for (const dtype of ['f32', 'f16'] as const) {
        const x = own_.tensor(randomArray(shape).values, shape, { dtype });
        const { values } = indicesOf(own, (shape as readonly number[])[axis]);
        values[1] = NaN;
        const indices = own_.tensor(values, own, { dtype });
        const call = (): Tensor => gather(x, indices, axis, { batchDims });
        const whole = await call().read();
        const { result, dispatches } = bindingAtMost(own_, dtype === 'f32' ? limit : limit / 2, call);
        expect(dispatches.length).toBeGreaterThan(1);
        expect(await result.read()).toEqual(whole);
      }
      expect(errors).toEqual([]);
    });
  });

  test('in a program, with indices that it computes', async () => {
    const array = randomArray([4, 6, 8]);
    using program = await compile(gpu(), { x: [4, 6, 8], at: [4, 2] }, ({ x, at }) => ({
      rows: multiply(gather(x, multiply(at, 1), 1, { batchDims: 1 }), 2),
      order: gather(x, [2, 0], 0),
    }));
    const places = indicesOf([4, 2], 6);
    using x = upload(array);
    using at = upload(places);
    const { rows, order } = program.run({ x, at });
    const expected = gatherReference(array, places, 1, 1);
    await expectTensor(rows, { shape: expected.shape, values: expected.values.map((v) => 2 * v) });
    await expectTensor(order, gatherReference(array, { shape: [2], values: Float64Array.of(2, 0) }, 0, 0));
  });
});

describe('gatherND', () => {
  test.each([
    '[7] at [3, 1]',
    '[5, 8] at [3, 2]',
    '[5, 8] at [2, 3, 1]',
    '[2, 3, 5, 4] at [6, 3]',
    '[2, 3, 5, 4] at [2]',
    '[2, 1, 2, 1, 2, 1, 2, 3] at [5, 8]',
  ])('%s', async (title) => {
    const [shape, own] = listsIn(title);
    const [array, places] = [randomArray(shape), indicesOf(own, 3)];
    using x = upload(array);
    using indices = upload(places);
    await expectTensor(gatherND(x, indices), gatherNDReference(array, places));
  });

  test('gives NaN for an index with a NaN', async () => {
    using x = gpu().tensor([1, 2, 3, 4], [2, 2]);
    using indices = gpu().tensor([0, 1, N, 1, 1, N, 2, 0], [4, 2]);
    using y = gatherND(x, indices);
    expect([...(await y.read())]).toEqual([2, N, N, 0]);
  });
});

describe('oneHot', () => {
  test.each(['[5]', '[]', '[2, 3]'])('of %s', async (title) => {
    const places = indicesOf(listsIn(title)[0], 4);
    using indices = upload(places);
    await expectTensor(oneHot(indices, 4), oneHotReference(places, 4, 1, 0));
    await expectTensor(oneHot(indices, 3, { onValue: 0.5, offValue: -2 }), oneHotReference(places, 3, 0.5, -2));
  });

  test('gives NaN for a NaN index, and its values may be infinite', async () => {
    using indices = gpu().tensor([1, N, 7, -1], [4]);
    for (const [on, off] of [[1, 0], [0, -I], [I, -I], [N, 0]]) {
      using y = oneHot(indices, 2, { onValue: on, offValue: off });
      expect([...(await y.read())]).toEqual([off, on, N, N, off, off, off, off]);
    } // prettier-ignore
  });
});

describe('cumsum', () => {
  test.each([
    '[5] along [0]',
    '[3, 7] along [-1]',
    '[7, 8] along [0]',
    '[3, 63] along [1]',
    '[3, 64] along [1]',
    '[3, 130] along [1]',
    '[70, 3] along [0]',
    '[70, 4] along [0]',
    '[2, 66, 3] along [-2]',
    '[1, 2500] along [1]',
    '[1] along [0]',
  ])(
    'of %s',
    async (title) => {
      const [shape, [axis]] = listsIn(title);
      const at = axis < 0 ? axis + shape.length : axis;
      // The numbers are multiples of 2^-10, so no sum is rounded.
      const array = { shape, values: randomArray(shape).values.map((v) => Math.round(v * 1024) / 1024) };
      using x = upload(array);
      for (const exclusive of [false, true]) {
        for (const reverse of [false, true]) {
          await expectTensor(cumsum(x, axis, { exclusive, reverse }), cumsumReference(array, at, exclusive, reverse));
        }
      }
    },
    30_000,
  );

  test('a long cumsum is as exact as a short one', async () => {
    const size = 2 ** 18;
    using x = gpu().tensor(new Float32Array(size).fill(0.1), [size]);
    using y = cumsum(x);
    const sums = await y.read();
    // The bound covers 33 additions in each of three levels, and six between the lanes. Adding one number after the other
    // would lose 2^-9 of the last sums.
    for (let i = 999; i < size; i += 1000)
      expect(Math.abs(sums[i] / ((i + 1) * Math.fround(0.1)) - 1)).toBeLessThan(110 * EPSILON);
  });

  test('is NaN from a NaN on, and where infinities meet', async () => {
    for (const size of [5, 200]) {
      const values = new Float32Array(size).fill(1);
      [values[1], values[3]] = [I, -I];
      using x = gpu().tensor(values, [size]);
      using y = cumsum(x);
      expect([...(await y.read()).subarray(0, 5)]).toEqual([1, I, I, N, N]);
      [values[1], values[3]] = [1, N];
      using z = gpu().tensor(values, [size]);
      using w = cumsum(z);
      const sums = await w.read();
      expect([...sums.subarray(0, 5)]).toEqual([1, 2, 3, N, N]);
      expect(sums.at(-1)).toBeNaN();
    }
  });
});

describe('logSoftmax, argMin and reduceProd', () => {
  test.each(['[5] along [0]', '[3, 7] along [-1]', '[3, 130] along [1]', '[70, 4] along [0]', '[2, 66, 3] along [-2]'])(
    'of %s',
    async (title) => {
      const [shape, [axis]] = listsIn(title);
      const at = axis < 0 ? axis + shape.length : axis;
      const array = { shape, values: randomArray(shape).values.map((v) => Math.fround(v * 4)) };
      using x = upload(array);
      const logs = logSoftmaxReference(array, at);
      // Exponentials are off by 3 + 2 d units, and so is their sum. WGSL's logarithm is off by 2^-21 near 1.
      const bound = logs.values.map((v) => (40 + shape[at] + 4 * Math.abs(v)) * EPSILON + 2 ** -20);
      await expectTensor(logSoftmax(x, axis), logs, bound);
      await expectTensor(argMin(x, axis), argMinReference(array, at));
      const near = { shape, values: randomArray(shape).values.map((v) => Math.fround(1 + v / 4)) };
      using y = upload(near);
      const product = extremeReference(near, [at], (...values) => values.reduce((all, v) => all * v, 1));
      await expectTensor(reduceProd(y, axis, { keepDims: true }), product, product.values.map((v) => 2 * shape[at] * EPSILON * Math.abs(v))); // prettier-ignore
    },
  );

  test('logSoftmax keeps its digits where softmax would be 0', async () => {
    using x = gpu().tensor([0, -200, -1e6], [3]);
    using y = logSoftmax(x);
    expect([...(await y.read())]).toEqual([0, -200, -1e6]);
  });

  test('argMin takes the first of equal minima and treats each comparison with NaN as false; reduceProd passes NaN on', async () => {
    using x = gpu().tensor([3, 1, 1, -I, N, -I, N, 1, 0], [3, 3]);
    using y = argMin(x, 1);
    expect([y.dtype, ...(await y.read())]).toEqual(['f32', 1, 0, 0]);
    using z = gpu().tensor([N, 2, 3, I, 0, 1, 2, -3, 4], [3, 3]);
    using w = reduceProd(z, 1);
    expect([...(await w.read())]).toEqual([N, N, -24]);
  });
});

inBothFormats((own) => {
  test('of float16 tensors they are float16', async () => {
    const array = randomHalves([3, 5, 2]);
    using x = own().tensor(array.values, [3, 5, 2], { dtype: 'f16' });
    const places = { shape: [3], values: Float64Array.of(4, 0, -2) };
    using indices = own().tensor(places.values, [3], { dtype: 'f16' });
    const calls: readonly (readonly [Tensor, NdArray, number])[] = [
      [gather(x, indices, 1), gatherReference(array, places, 1, 0), 0],
      [gather(x, [4, 0, -2], 1), gatherReference(array, places, 1, 0), 0],
      [gatherND(x, indices), gatherNDReference(array, places), 0],
      [oneHot(indices, 5), oneHotReference(places, 5, 1, 0), 0],
      [cumsum(x, 1), cumsumReference(array, 1, false, false), 2 ** -8],
      [logSoftmax(x, 1), logSoftmaxReference(array, 1), 2 ** -8],
      [reduceProd(x, 1, { keepDims: true }), extremeReference(array, [1], (...v) => v.reduce((all, w) => all * w, 1)), 2 ** -10], // prettier-ignore
    ];
    for (const [tensor, expected, bound] of calls) {
      expect(tensor.dtype).toBe('f16');
      await expectTensor(tensor, expected, bound);
    }
  });
});
