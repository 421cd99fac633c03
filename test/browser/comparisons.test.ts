/**
 * Comparisons, choices, angles of points and whole quotients, compared with float64: with broadcasting, with numbers, at the
 * ends of the number range, in float16 and in programs.
 */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  atan2,
  compile,
  depthwiseConv2d,
  divNoNan,
  equal,
  floorDiv,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  mod,
  multiply,
  notEqual,
  where,
  type Tensor,
} from '../../src/index';
import { binaryReference, operatorReferences, whereReference, type NdArray } from '../support/array-reference';
import { expectTensor, listsIn, randomArray, uploads } from '../support/arrays';
import { EPSILON, errorOf } from '../support/close';
import { useGpu } from '../support/gpu';
import { inBothFormats } from '../support/halves';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

const operators = { atan2, divNoNan, equal, floorDiv, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, logicalXor, mod, notEqual }; // prettier-ignore
const cases = Object.entries(operators).map(([name, operator]) => ({ name, operator }));

/** Multiples of a quarter, zeros included. Many of them are equal, and many quotients are whole. */
function quarters(shape: readonly number[], seed = 1): NdArray {
  const { values } = randomArray(shape, seed);
  return { shape, values: values.map((v) => Math.round(v * 8) / 4 + 0) };
}

/** The error bound of an angle or a quotient. All other results are exact. */
const boundOf = (name: string, { values }: NdArray): Float64Array =>
  values.map((v) => (name === 'atan2' || name === 'divNoNan' ? 10 * EPSILON * Math.abs(v) : 0));

describe('operators', () => {
  test.each(['[7] and [7]', '[2, 3, 8] and [8]', '[2, 3, 5] and [5]', '[4] and [2, 3, 4]', '[3, 1] and [1, 5]', '[] and [3]', '[2, 1, 3, 1, 4, 1] and [3, 1, 2, 1, 5]'])('%s', async (title) => {
    const [left, right] = listsIn(title);
    const [x, y] = [quarters(left), quarters(right, 2)];
    using a = upload(x);
    for (const { name, operator } of cases) {
      const isQuotient = name === 'mod' || name === 'floorDiv';
      const divisor = { shape: right, values: y.values.map((v) => (isQuotient && v === 0 ? 0.75 : v)) };
      using b = upload(divisor);
      const expected = binaryReference(x, divisor, operatorReferences[name]);
      await expectTensor(operator(a, b), expected, boundOf(name, expected));
    }
  }); // prettier-ignore

  test.each(['[7]', '[2, 8]'])('%s and a number, on either side', async (title) => {
    const array = quarters(listsIn(title)[0]);
    using x = upload(array);
    for (const { name, operator } of cases) {
      const reference = operatorReferences[name];
      for (const number of [-0.75, 1, 0]) {
        if (number === 0 && (name === 'mod' || name === 'floorDiv')) continue;
        const second = { shape: array.shape, values: array.values.map((v) => reference(v, number)) };
        await expectTensor(operator(x, number), second, boundOf(name, second));
        if (name === 'mod' || name === 'floorDiv') continue;
        const first = { shape: array.shape, values: array.values.map((v) => reference(number, v)) };
        await expectTensor(operator(number, x), first, boundOf(name, first));
      }
    }
  });
});

const [I, N] = [Infinity, NaN];
const π = Math.fround(Math.PI);

describe('infinities, NaN and zeros', () => {
  test.each([
    ['equal', [I, N, N, 1, 0], [I, N, 1, N, -0], [1, 0, 0, 0, 1]],
    ['notEqual', [I, N, N, 1, 0], [-I, N, 1, N, -0], [1, 1, 1, 1, 0]],
    ['less', [-I, N, 1, 1], [I, 1, N, I], [1, 0, 0, 1]],
    ['lessEqual', [I, N, 1, N], [I, 1, N, N], [1, 0, 0, 0]],
    ['greater', [I, N, 1, 1], [-I, 1, N, -I], [1, 0, 0, 1]],
    ['greaterEqual', [-I, N, 1, N], [-I, 1, N, N], [1, 0, 0, 0]],
    ['logicalAnd', [N, N, 1e-40, -I], [1, 0, 1, -0], [1, 0, 1, 0]],
    ['logicalOr', [N, 0, -0, 0], [0, -0, 0, I], [1, 0, 0, 1]],
    ['logicalXor', [N, N, 0], [N, 0, 0], [0, 1, 0]],
    ['divNoNan', [1, -1, 0, N, I, N], [0, -0, 0, 0, 0, 1], [0, 0, 0, 0, 0, N]],
    ['floorDiv', [1, -1, 0, I, 1, N, 1], [0, 0, 0, 2, I, 1, N], [I, -I, N, I, 0, N, N]],
    ['mod', [5, -5, 5, -5, I, 5, N, 5, 0], [I, I, -I, -I, 2, 0, 1, N, -I], [5, I, -I, -5, N, N, N, N, 0]],
    ['atan2', [0, -0, 0, -0], [1, 1, -1, -1], [0, -0, π, -π]],
    ['atan2', [0, 0, -0], [0, -0, -0], [0, π, -π]],
    ['atan2', [I, -I, 1, -1, 1], [1, 1, -I, -I, I], [π / 2, -π / 2, π, -π, 0]],
    ['atan2', [I, -I, I], [I, I, -I], [π / 4, -π / 4, 0.75 * Math.PI]],
    ['atan2', [N, 1, N, 1e-30], [1, N, N, 1e30], [N, N, N, 0]],
  ] as const)('%s of %j and %j', async (name, left, right, expected) => {
    for (const times of [1, 4]) {
      const repeated = (values: readonly number[]): number[] => Array<readonly number[]>(times).fill(values).flat();
      using a = gpu().tensor(repeated(left), [times * left.length]);
      using b = gpu().tensor(repeated(right), [times * left.length]);
      using y = operators[name](a, b);
      const wanted = repeated(expected);
      for (const [i, v] of [...(await y.read())].entries()) {
        expect(errorOf(v, wanted[i]), `[${i}] is ${v}, not ${wanted[i]}`).toBeLessThanOrEqual(3e-7);
      }
    }
  });

  test('atan2 is equally exact in every direction, near the axes and for large numbers', async () => {
    const { values: angles } = randomArray([2000], 3);
    const { values: sizes } = randomArray([2000], 4);
    const points = [...angles].map((v, i): [number, number] => {
      const turn = i % 4 === 0 ? (Math.round(v * 4) * Math.PI) / 4 + v * 1e-4 : v * Math.PI;
      const size = 10 ** (sizes[i] * 15);
      return [Math.fround(Math.sin(turn) * size), Math.fround(Math.cos(turn) * size)];
    });
    using y = gpu().tensor(Float32Array.from(points, ([v]) => v), [2000]); // prettier-ignore
    using x = gpu().tensor(Float32Array.from(points, ([, v]) => v), [2000]); // prettier-ignore
    const expected = { shape: [2000], values: Float64Array.from(points, ([v, w]) => Math.atan2(v, w)) };
    await expectTensor(atan2(y, x), expected, expected.values.map((v) => 10 * EPSILON * Math.abs(v))); // prettier-ignore
  });

  test('whole quotients are whole, and what is left is less than the divisor', async () => {
    // The divisors are not binary fractions. If the quotient of a multiple were too small by one unit, rounding down would
    // give the wrong whole number.
    const pairs = Array.from({ length: 2000 }, (_, i): [number, number] => {
      const divisor = Math.fround((i % 2 === 0 ? 1 : -1) * (0.1 + (i % 37) / 7));
      const times = (i % 61) * (i % 3 === 0 ? -1 : 1);
      return [Math.fround(Math.fround(divisor * times) + (i % 5 === 0 ? divisor / 3 : 0)), divisor];
    });
    using a = gpu().tensor(Float32Array.from(pairs, ([v]) => v), [2000]); // prettier-ignore
    using b = gpu().tensor(Float32Array.from(pairs, ([, v]) => v), [2000]); // prettier-ignore
    const of = (f: (x: number, y: number) => number): NdArray => ({ shape: [2000], values: Float64Array.from(pairs, ([v, w]) => f(v, w)) }); // prettier-ignore
    const [left, quotients] = [of(operatorReferences.mod), of(operatorReferences.floorDiv)];
    using rest = mod(a, b);
    using whole = floorDiv(a, b);
    const [r, q] = [await rest.read(), await whole.read()];
    for (const [i, [v, w]] of pairs.entries()) {
      // The float64 quotient may itself be rounded up to a whole number.
      const least = Math.min(Math.abs(left.values[i]), Math.abs(w - left.values[i]));
      expect(Math.abs(q[i] - quotients.values[i]), `floorDiv(${v}, ${w})`).toBeLessThanOrEqual(least < 1e-7 ? 1 : 0);
      expect(Math.abs(r[i] - left.values[i]), `mod(${v}, ${w}) = ${r[i]}`).toBeLessThanOrEqual(
        4 * EPSILON * Math.abs(w),
      );
    }
  });
});

describe('where', () => {
  test.each([
    '[7], [7], [7]',
    '[2, 3, 8], [8], [2, 1, 8]',
    '[8], [2, 3, 8], [2, 3, 8]',
    '[2, 1, 5], [3, 1], [5]',
    '[1], [4], [4]',
    '[], [3], []',
    '[2, 1, 3, 1, 4, 1], [3, 1, 2, 1, 5], [2, 1, 1, 1, 1, 5]',
  ])('%s', async (title) => {
    const [c, a, b] = listsIn(title).map((shape, i) => quarters(shape, i + 1));
    using condition = upload(c);
    using left = upload(a);
    using right = upload(b);
    await expectTensor(where(condition, left, right), whereReference(c, a, b));
    const scalar = { shape: [], values: Float64Array.of(-1.5) };
    await expectTensor(where(condition, left, -1.5), whereReference(c, a, scalar));
    await expectTensor(where(condition, -1.5, right), whereReference(c, scalar, b));
    await expectTensor(where(condition, 1, -1.5), whereReference(c, { shape: [], values: Float64Array.of(1) }, scalar));
  });

  test('with a number is a map: one dispatch with what is around it', async () => {
    const [x, mask] = [quarters([2, 3, 8], 1), quarters([8], 2)];
    using program = await compile(gpu(), { x: [2, 3, 8], mask: [8] }, (given) => [
      // In order: a condition computed from x itself, a mask of channels, the same mask with a number first, and a choice
      // between two numbers.
      where(greater(given.x, 0.5), given.x, 0),
      where(given.mask, activate(given.x, 'relu'), -2),
      multiply(where(given.mask, 3, given.x), 2),
      where(less(given.x, 0.25), 7, -1),
    ]);
    expect(program.dispatches).toEqual({ traced: 8, run: 4 });
    using values = upload(x);
    using told = upload(mask);
    const results = program.run({ x: values, mask: told });
    const isTold = (i: number): boolean => mask.values[i % 8] !== 0;
    const expected = [
      (v: number): number => (v > 0.5 ? v : 0),
      (v: number, i: number): number => (isTold(i) ? Math.max(v, 0) : -2),
      (v: number, i: number): number => (isTold(i) ? 3 : v) * 2,
      (v: number): number => (v < 0.25 ? 7 : -1),
    ];
    for (const [i, y] of results.entries()) {
      await expectTensor(y, { shape: x.shape, values: x.values.map(expected[i]) });
    }
  });

  test.each([1, 4])(
    'passes infinities and NaN of the chosen side on, and nothing of the other side; %i times',
    async (times) => {
      const repeated = (...values: readonly number[]): Tensor => gpu().tensor(Array<readonly number[]>(times).fill(values).flat(), [times * values.length]); // prettier-ignore
      using condition = repeated(1, 0, N, -0, 1e-40);
      using a = repeated(1, N, 3, I, 5);
      const calls: readonly (readonly [Tensor, readonly number[]])[] = [
        [where(condition, a, -I), [1, -I, 3, -I, 5]],
        [where(condition, a, I), [1, I, 3, I, 5]],
        [where(condition, N, a), [N, N, N, I, N]],
        [where(condition, -0, 2), [-0, 2, -0, 2, -0]],
        [where(condition, 0, 2), [0, 2, 0, 2, 0]],
      ];
      for (const [y, expected] of calls) {
        expect([...(await y.read())].slice(-5)).toEqual(expected);
        y.dispose();
      }
    },
  );

  test('an error says which shapes do not fit', () => {
    using c = gpu().tensor([1, 0, 1], [3]);
    using a = gpu().tensor([1, 2], [2]);
    expect(messageOf(() => where(c, a, 0))).toBe(
      'where: condition [3] and a [2] have 3 and 2 on axis -1; make them equal, or one of them 1',
    );
    expect(messageOf(() => where(c, 0, a))).toBe(
      'where: condition and a [3] and b [2] have 3 and 2 on axis -1; make them equal, or one of them 1',
    );
    expect(messageOf(() => where(c, 'x' as never, 0))).toBe("where: a is 'x'; give a tensor or a number");
    expect(messageOf(() => less(c, a))).toBe(
      'less: a [3] and b [2] have 3 and 2 on axis -1; make them equal, or one of them 1',
    );
  });
});

describe('in a program', () => {
  test('a comparison with a number, and with a tensor, is the end of what is before it', async () => {
    const { values } = randomArray([1, 4, 4, 4]);
    using filter = gpu().tensor([1, -1, 0.5, 2], [1, 1, 4, 1]);
    using other = upload(randomArray([1, 4, 4, 4], 2));
    for (const { name, operator } of cases) {
      for (const right of [0.25, other]) {
        using program = await compile(gpu(), { x: [1, 4, 4, 4] }, ({ x }) => multiply(operator(depthwiseConv2d(x, filter), right), 3)); // prettier-ignore
        expect(program.dispatches.run, name).toBe(1);
        using x = gpu().tensor(Float32Array.from(values), [1, 4, 4, 4]);
        using convolved = depthwiseConv2d(x, filter);
        using compared = operator(convolved, right);
        using expected = multiply(compared, 3);
        using y = program.run({ x });
        expect([...(await y.read())], name).toEqual([...(await expected.read())]);
      }
    }
  });

  test('multiplying x by x > 0 gives relu', async () => {
    using program = await compile(gpu(), { x: [2, 6] }, ({ x }) => multiply(add(x, 0.5), greater(add(x, 0.5), 0)));
    using x = upload(randomArray([2, 6]));
    using y = program.run({ x });
    using shifted = add(x, 0.5);
    using relu = activate(shifted, 'relu');
    // Where x is not above 0, the product may be -0. Adding 0 makes that 0.
    expect([...(await y.read())].map((v) => v + 0)).toEqual([...(await relu.read())].map((v) => v + 0));
  });

  test('where is a dispatch of its own, and a quotient by 0 stays infinite', async () => {
    using program = await compile(gpu(), { x: [2, 6] }, ({ x }) => ({
      chosen: where(greater(x, 0), x, -Infinity),
      quotient: floorDiv(multiply(x, 2), 0),
    }));
    using x = upload(randomArray([2, 6]));
    const { chosen, quotient } = program.run({ x });
    const values = [...(await x.read())];
    expect([...(await chosen.read())]).toEqual(values.map((v) => (v > 0 ? v : -I)));
    expect([...(await quotient.read())]).toEqual(values.map((v) => (v > 0 ? I : -I)));
    chosen.dispose();
    quotient.dispose();
  });
});

inBothFormats((own) => {
  test.each([5, 8])('of %i float16 elements they are float16', async (size) => {
    const [x, y] = [quarters([size]), quarters([size], 2)];
    const half = ({ values }: NdArray): Tensor => own().tensor(values, [size], { dtype: 'f16' });
    using a = half(x);
    using b = half({ shape: [size], values: y.values.map((v) => v || 0.5) });
    const divisor = { shape: [size], values: y.values.map((v) => v || 0.5) };
    for (const { name, operator } of cases) {
      const expected = binaryReference(x, divisor, operatorReferences[name]);
      const result = operator(a, b);
      expect(result.dtype).toBe('f16');
      await expectTensor(result, expected, expected.values.map((v) => (boundOf(name, expected)[0] === 0 ? 0 : 2 ** -10 * (1 + Math.abs(v))))); // prettier-ignore
    }
    const expected = whereReference(x, divisor, { shape: [], values: Float64Array.of(2) });
    using condition = own().tensor(x.values, [size]);
    const chosen = [where(a, b, 2), where(condition, b, 2), where(a, 1, 2), where(a, 2, condition)];
    expect(chosen.map(({ dtype }) => dtype)).toEqual(['f16', 'f16', 'f16', 'f32']);
    for (const tensor of chosen) tensor.dispose();
    await expectTensor(where(condition, b, 2), expected);
  });
});
