/**
 * What is fused into a matrix product before it is stored: a bias and an activation per column, and in programs all maps that
 * follow.
 */
import { describe, expect, test } from 'vitest';
import { activate, add, compile, matMul, multiply, prepare, reshape, type Gpu, type Tensor } from '../../src/index';
import { activationReferences, binaryReference, matMulReference, type NdArray } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { sumBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { inBothFormats, randomHalves } from '../support/halves';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

const magnitudes = ({ shape, values }: NdArray): NdArray => ({ shape, values: values.map(Math.abs) });

describe('matMul with a bias and an activation', () => {
  // Whole and ragged tiles of four by four, one row, and one column.
  test.each([
    [8, 5, 8],
    [7, 9, 6],
    [1, 33, 5],
    [9, 4, 1],
  ])('%i rows, %i deep, %i columns', async (rows, depth, columns) => {
    const [a, b, bias, slopes] = [[2, rows, depth], [2, depth, columns], [columns], [columns]].map((shape, i) => randomArray(shape, i + 1)); // prettier-ignore
    using left = upload(a);
    using right = upload(b);
    using shift = upload(bias);
    using alpha = upload(slopes);
    const product = matMulReference(a, b);
    const bound = sumBound(depth + 2, matMulReference(magnitudes(a), magnitudes(b)).values);
    const shifted = binaryReference(product, bias, (x, y) => x + y);
    await expectTensor(matMul(left, right, { bias: shift }), shifted, bound);
    const activated = (f: (x: number) => number): NdArray => ({ shape: shifted.shape, values: shifted.values.map(f) });
    await expectTensor(matMul(left, right, { bias: shift, activation: 'relu' }), activated(activationReferences.relu), bound); // prettier-ignore
    await expectTensor(matMul(left, right, { bias: shift, activation: 'gelu' }), activated(activationReferences.gelu), bound); // prettier-ignore
    const sloped = binaryReference(product, slopes, (x, y) => (x < 0 ? x * y : x));
    await expectTensor(matMul(left, right, { activation: { name: 'prelu', alpha } }), sloped, bound);
  });

  test('NaN stays NaN through an activation that would lose it', async () => {
    using a = gpu().tensor([1, NaN, 2, 1, 1, Infinity], [3, 2]);
    using b = gpu().tensor([1, 0, 0, 1], [2, 2]);
    using y = matMul(a, b, { activation: 'relu6' });
    expect([...(await y.read())]).toEqual([NaN, NaN, 2, 1, NaN, 6]);
  });

  test('throws an error that says what is wrong', () => {
    using a = upload(randomArray([3, 2]));
    using b = upload(randomArray([2, 4]));
    using bias = upload(randomArray([3]));
    expect(messageOf(() => matMul(a, b, { bias }))).toBe('matMul: bias is [3] but there are 4 channels; give [4]');
    expect(messageOf(() => matMul(a, b, { activation: 'swish' as never }))).toMatch("matMul: activation is 'swish'; it is one of"); // prettier-ignore
    expect(messageOf(() => matMul(a, b, { alpha: 1 } as never))).toBe(
      'matMul: there is no option alpha; the options are transposeA, transposeB, bias, activation',
    );
  });

  test.each([
    ['rows of one b', [100, 6], [6, 8], 1536],
    ['matrices', [10, 8, 8], [10, 8, 8], 1024],
  ] as const)('in parts: %s', async (_, left, right, limit) => {
    await withGpu({}, async (own: Gpu) => {
      const [a, b, bias] = [left, right, [8]].map((shape, i) => own.tensor(randomArray(shape, i + 1).values, shape));
      const call = (): Tensor => matMul(a, b, { bias, activation: 'tanh' });
      const whole = await call().read();
      const { result, dispatches } = bindingAtMost(own, limit, call);
      expect(dispatches.length).toBeGreaterThan(1);
      expect(await result.read()).toEqual(whole);
    });
  });
});

describe('in a program', () => {
  test('a dense layer with all that follows is one dispatch', async () => {
    const [a, b, bias, residual] = [[2, 6, 5], [5, 8], [8], [2, 6, 8]].map((shape, i) => randomArray(shape, i + 1));
    using right = upload(b);
    using shift = upload(bias);
    using rest = upload(residual);
    const layer = (x: Tensor, other: Tensor): Tensor => add(multiply(activate(add(matMul(x, right), shift), 'gelu'), 0.5), other); // prettier-ignore
    using program = await compile(gpu(), { x: [2, 6, 5], other: [2, 6, 8] }, ({ x, other }) => layer(x, other));
    expect(program.dispatches).toEqual({ traced: 5, run: 1 });
    using x = upload(a);
    const product = matMulReference({ shape: [1, 12, 5], values: a.values }, { shape: [1, 5, 8], values: b.values });
    const shifted = binaryReference({ shape: [2, 6, 8], values: product.values }, bias, (v, w) => v + w);
    const expected = binaryReference(shifted, residual, (v, w) => activationReferences.gelu(v) / 2 + w);
    const bound = sumBound(10, expected.values.map((v) => 5 + Math.abs(v))); // prettier-ignore
    await expectTensor(program.run({ x, other: rest }), expected, bound);
  });

  test('a product that is read twice is computed once', async () => {
    using right = upload(randomArray([5, 8]));
    using program = await compile(gpu(), { x: [6, 5] }, ({ x }) => {
      const product = matMul(x, right);
      return { gated: multiply(product, activate(product, 'sigmoid')), flat: reshape(product, [48]) };
    });
    using x = upload(randomArray([6, 5], 2));
    const { gated, flat } = program.run({ x });
    const [y, z] = [await gated.read(), await flat.read()];
    for (const [i, v] of z.entries()) expect(y[i]).toBeCloseTo(v / (1 + Math.exp(-v)), 5);
    gated.dispose();
    flat.dispose();
  });

  test('works in prepare, too', async () => {
    await withGpu({}, async (own) => {
      const [a, b, bias] = [[3, 5], [5, 8], [8]].map((shape) => own.tensor(randomArray(shape).values, shape));
      const call = (): Tensor => matMul(a, b, { bias, activation: 'hardSwish' });
      await prepare(own, call);
      expect(own.memory().pipelines).toBe(1);
      using y = call();
      own.submit();
      expect([own.memory().pipelines, y.shape]).toEqual([1, [3, 8]]);
    });
  });
});

inBothFormats((own) => {
  test('halves with a bias in float32 and an activation', async () => {
    const [a, b] = [randomHalves([5, 6]), randomHalves([6, 7], 2)];
    const bias = randomArray([7], 3);
    using left = own().tensor(a.values, [5, 6], { dtype: 'f16' });
    using right = own().tensor(b.values, [6, 7], { dtype: 'f16' });
    using shift = own().tensor(Float32Array.from(bias.values), [7]);
    using y = matMul(left, right, { bias: shift, activation: 'relu' });
    expect(y.dtype).toBe('f16');
    const expected = binaryReference(matMulReference(a, b), bias, (v, w) => Math.max(v + w, 0));
    const values = await y.read();
    for (const [i, v] of expected.values.entries()) expect(Math.abs(values[i] - v)).toBeLessThanOrEqual(2 ** -10 * (1 + v)); // prettier-ignore
  });
});
