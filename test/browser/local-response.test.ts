/** Compares local response normalization with plain loops. */
import { describe, expect, test } from 'vitest';
import { activate, compile, localResponseNormalization, transpose } from '../../src/index';
import { localResponseReference } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { asHalves, EPSILON, expectClose, halfBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

/** The bound covers a sum of squares, a power (a few units in the last place) and a product. */
const BOUND = 32 * EPSILON;

describe('localResponseNormalization', () => {
  test.for([
    [[2, 3, 4, 7], { radius: 2, bias: 1, alpha: 1, beta: 0.5 }],
    [[1, 4, 4, 8], { radius: 5, bias: 2, alpha: 0.25, beta: 0.75 }],
    [[3, 20], { radius: 1, bias: 0.5, alpha: 3, beta: 1 }],
    [[2, 2, 2, 3], { radius: 0, bias: 1, alpha: 1, beta: 2 }],
  ] as const)('%j, %j', async ([shape, { radius, ...rest }]) => {
    const array = randomArray(shape);
    const expected = localResponseReference(array, { radius, ...rest });
    using x = upload(array);
    const bound = expected.values.map((v) => BOUND * Math.abs(v) + 2 ** -126);
    await expectTensor(localResponseNormalization(x, { depthRadius: radius, ...rest }), expected, bound);
  });

  test.for([3, 4])('NCHW, rows of %i', async (width) => {
    const array = randomArray([2, 3, width, 5]);
    const expected = localResponseReference(array, { radius: 1, bias: 1, alpha: 0.5, beta: 0.75 });
    using last = upload(array);
    using first = transpose(last, [0, 3, 1, 2]);
    using y = localResponseNormalization(first, { depthRadius: 1, alpha: 0.5, beta: 0.75, dataFormat: 'NCHW' });
    await expectTensor(transpose(y, [0, 2, 3, 1]), expected, expected.values.map((v) => BOUND * Math.abs(v))); // prettier-ignore
  });

  test('float16', async () => {
    const shape = [1, 3, 3, 8];
    const values = Float64Array.from(asHalves(randomArray(shape).values));
    using x = gpu().tensor(Float32Array.from(values), shape, { dtype: 'f16' });
    using y = localResponseNormalization(x, { depthRadius: 2 });
    const expected = localResponseReference({ shape, values }, { radius: 2, bias: 1, alpha: 1, beta: 0.5 }).values;
    expect(y.dtype).toBe('f16');
    expectClose(await y.read(), expected, shape, halfBound(expected.map((v) => BOUND * Math.abs(v)), expected)); // prettier-ignore
  });

  test('fuses what follows it, and is computed in parts if it is too large', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor(Float32Array.from(randomArray([1, 8, 8, 8]).values), [1, 8, 8, 8]);
      using program = await compile(own, { x: [1, 8, 8, 8] }, ({ x: of }) =>
        activate(localResponseNormalization(of, { depthRadius: 2 }), 'relu'),
      );
      expect(program.dispatches.run).toBe(1);
      const whole = localResponseNormalization(x, { depthRadius: 2 });
      const { result, dispatches } = bindingAtMost(own, 512, () => localResponseNormalization(x, { depthRadius: 2 }));
      expect(dispatches).toHaveLength(4);
      expect(await result.read()).toEqual(await whole.read());
    });
  });

  test('a wrong option is an error that says so', () => {
    using x = gpu().tensor([1, 2, 3], [3]);
    const said = (options: object): string => messageOf(() => localResponseNormalization(x, options));
    expect(said({ depthRadius: 1.5 })).toBe(
      'localResponseNormalization: depthRadius is 1.5; give a whole number of at least 0',
    );
    expect(said({ beta: Infinity })).toBe(
      'localResponseNormalization: beta is Infinity; give a number that float32 holds',
    );
  });
});
