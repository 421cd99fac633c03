/**
 * Compares angles, hyperbolic functions and other functions of one number with float64: near 0, where digits are lost, far
 * out, and at the ends of their ranges.
 */
import { describe, expect, test } from 'vitest';
import {
  acos,
  asin,
  atan,
  compile,
  cos,
  cosh,
  depthwiseConv2d,
  erf,
  expm1,
  isNan,
  log1p,
  logicalNot,
  selu,
  sin,
  sinh,
  tan,
} from '../../src/index';
import { functionReferences } from '../support/array-reference';
import { errorOf } from '../support/close';
import { functionBound } from '../support/function-bounds';
import { useGpu } from '../support/gpu';
import { inBothFormats } from '../support/halves';
import { randomValues } from '../support/random';

const gpu = useGpu();
const functions = { acos, asin, atan, cos, cosh, erf, expm1, isNan, log1p, logicalNot, selu, sin, sinh, tan };

/** The largest magnitude that a function is tested with. Other functions have 1e6. */
const RANGES: Readonly<Record<string, number>> = { acos: 1, asin: 1, cosh: 90, expm1: 90, sin: 1e5, cos: 1e5, sinh: 90, tan: 1e5 }; // prettier-ignore

/** Numbers of all sizes up to `most`, a quarter of them near 0, and the numbers where a function changes its formula. */
function inputsOf(name: string): Float32Array {
  const { [name]: most = 1e6 } = RANGES;
  const seams = [
    0,
    1,
    -1,
    0.5,
    -0.5,
    0.3,
    -0.3,
    0.41421357,
    2.4142137,
    Math.PI / 4,
    -Math.PI / 2,
    Math.PI,
    1e-20,
    -1e-6,
  ];
  const sizes = [0.01, 1, Math.min(most, 10), most];
  const random = randomValues(2000, 5).map((v, i) => v * sizes[i % 4]);
  return Float32Array.from([...seams.filter((v) => Math.abs(v) <= most), ...random]);
}

describe('functions of one number', () => {
  test('every function has a reference', () => {
    expect(Object.keys(functions).toSorted()).toEqual(Object.keys(functionReferences).toSorted());
  });

  // The kernel computes groups of four as vectors, so one number less makes it compute scalars.
  test.each(Object.entries(functions).flatMap(([name, f]) => [0, 1].map((less) => ({ name, f, less }))))(
    '$name stays within its error bound, with $less elements less than whole vectors',
    async ({ name, f, less }) => {
      const all = inputsOf(name);
      const values = all.subarray(0, all.length - (all.length % 4) - less);
      using x = gpu().tensor(values, [values.length]);
      using y = f(x);
      const actual = await y.read();
      const reference = functionReferences[name];
      const wrong = [...values].flatMap((v, i) => {
        const expected = reference(v);
        const error = errorOf(actual[i], Math.fround(expected));
        return error <= functionBound(name, v, expected)
          ? []
          : [
              `${name}(${v}) is ${actual[i]}, not ${expected}: off by ${error}, not ${functionBound(name, v, expected)}`,
            ];
      });
      expect(wrong.slice(0, 10)).toEqual([]);
    },
  );

  test.each([
    ['sin', [Infinity, -Infinity, NaN], [NaN, NaN, NaN]],
    ['cos', [Infinity, -Infinity, NaN], [NaN, NaN, NaN]],
    ['tan', [Infinity, -Infinity, NaN], [NaN, NaN, NaN]],
    ['asin', [1.0000001, -2, Infinity, NaN], [NaN, NaN, NaN, NaN]],
    ['acos', [1.0000001, -2, -Infinity, NaN], [NaN, NaN, NaN, NaN]],
    ['atan', [Infinity, -Infinity, NaN], [Math.fround(Math.PI / 2), -Math.fround(Math.PI / 2), NaN]],
    ['sinh', [Infinity, -Infinity, 100, NaN], [Infinity, -Infinity, Infinity, NaN]],
    ['cosh', [Infinity, -Infinity, -100, NaN], [Infinity, Infinity, Infinity, NaN]],
    ['erf', [Infinity, -Infinity, 1e30, NaN], [1, -1, 1, NaN]],
    ['expm1', [Infinity, -Infinity, 100, NaN], [Infinity, -1, Infinity, NaN]],
    ['log1p', [Infinity, -1, -1.5, NaN], [Infinity, -Infinity, NaN, NaN]],
    ['selu', [Infinity, NaN], [Infinity, NaN]],
    ['isNan', [Infinity, -Infinity, 0, NaN, -NaN], [0, 0, 0, 1, 1]],
    ['logicalNot', [0, -0, 1e-40, -3, Infinity, NaN], [1, 1, 0, 0, 0, 0]],
  ] as const)('%s of infinities, NaN and numbers outside its domain', async (name, values, expected) => {
    const f = functions[name];
    for (const length of [values.length, 4 * values.length]) {
      const repeated = Array.from({ length }, (_, i) => values[i % values.length]);
      using x = gpu().tensor(repeated, [length]);
      using y = f(x);
      expect([...(await y.read())]).toEqual(repeated.map((_, i) => expected[i % values.length]));
    }
  });

  test('sin and cos of huge angles stay between -1 and 1', async () => {
    using x = gpu().tensor([1e6, -1e12, 3e38, 1e20], [4]);
    for (const f of [sin, cos]) {
      using y = f(x);
      for (const v of await y.read()) expect(Math.abs(v)).toBeLessThanOrEqual(1.0000002);
    }
  });

  test('each fuses into a convolution in a program', async () => {
    using filter = gpu().tensor([1, -1, 0.5, 0.25], [1, 1, 4, 1]);
    const values = randomValues(64, 2);
    for (const f of Object.values(functions)) {
      using program = await compile(gpu(), { x: [1, 4, 4, 4] }, ({ x }) => f(depthwiseConv2d(x, filter)));
      expect(program.dispatches).toEqual({ traced: 2, run: 1 });
      using x = gpu().tensor(values, [1, 4, 4, 4]);
      using convolved = depthwiseConv2d(x, filter);
      using expected = f(convolved);
      using y = program.run({ x });
      const [here, there] = [await y.read(), await expected.read()];
      for (const [i, v] of there.entries()) expect(errorOf(here[i], v)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(v)));
    }
  });
});

inBothFormats((own) => {
  test('of float16 tensors they are float16', async () => {
    const values = [0, 0.5, -0.25, 0.75, -1];
    using x = own().tensor(values, [5], { dtype: 'f16' });
    for (const [name, f] of Object.entries(functions)) {
      using y = f(x);
      expect(y.dtype).toBe('f16');
      for (const [i, v] of [...(await y.read())].entries()) {
        const expected = functionReferences[name](values[i]);
        expect(errorOf(v, expected), `${name}(${values[i]})`).toBeLessThanOrEqual(
          Number.isFinite(expected) ? 2 ** -10 * (1 + Math.abs(expected)) : 0,
        );
      }
    }
  });
});
