/** Float16 programs: chains that meet, made of tensors and weights that are stored as halves. */
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import {
  abs,
  activate,
  add,
  cast,
  compile,
  conv2d,
  divide,
  loadGraphModel,
  maximum,
  multiply,
  pointwiseConv2d,
  reshape,
  square,
  squaredDifference,
  subtract,
  type DType,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { withGpu } from '../support/gpu';
import { floats, integers, placeholder, text, tinyModel, type, type TinyNode } from '../support/graph-model';
import { inBothFormats, randomHalves } from '../support/halves';
import { randomValues } from '../support/random';

const HALF = 2 ** -10; // the distance from 1 to the next half, because WGSL rounds to either side

/** A network with one input x, and the largest number of roundings to halves in a row that its calls make. */
interface Case {
  readonly input: readonly number[];
  readonly dtype?: DType;
  readonly build: (w: (...shape: number[]) => Tensor) => (x: Tensor) => Tensor;
  readonly roundings: number;
}

const cases: Readonly<Record<string, Case>> = {
  'x * x': { input: [4], build: () => (x) => multiply(x, x), roundings: 1 },
  'x - x': { input: [5], build: () => (x) => subtract(x, x), roundings: 1 },
  'the larger of x and x': { input: [1, 3, 3, 4], build: () => (x) => maximum(x, x), roundings: 1 },
  'x + its reshape': { input: [2, 3], build: () => (x) => add(x, reshape(x, [2, 3])), roundings: 1 },
  'a * a, of a map': {
    input: [4],
    build: () => (x) => {
      const a = abs(x);
      return multiply(a, a);
    },
    roundings: 2,
  },
  'a - a, of a map': {
    input: [1, 3, 3, 4],
    build: () => (x) => {
      const a = abs(x);
      return subtract(a, a);
    },
    roundings: 2,
  },
  'a * a, and what follows': {
    input: [1, 3, 3, 4],
    build: (w) => {
      const bias = w(4);
      return (x) => {
        const a = add(x, bias);
        return activate(add(multiply(a, a), 1), 'relu6');
      };
    },
    roundings: 4,
  },
  'c * sigmoid(c), of a convolution': {
    input: [1, 5, 5, 3],
    build: (w) => {
      const filter = w(3, 3, 3, 4);
      return (x) => {
        const c = conv2d(x, filter, { padding: 'same' });
        return multiply(c, activate(c, 'sigmoid'));
      };
    },
    roundings: 3,
  },
  'sigmoid(c) * c, of a convolution': {
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(4, 8);
      return (x) => {
        const c = pointwiseConv2d(x, filter);
        return multiply(activate(c, 'sigmoid'), c);
      };
    },
    roundings: 3,
  },
  'two chains of a convolution that meet': {
    input: [1, 4, 4, 4],
    build: (w) => {
      const [filter, scale] = [w(4, 8), w(8)];
      return (x) => {
        const c = pointwiseConv2d(x, filter);
        return subtract(multiply(c, scale), activate(add(c, 1), 'tanh'));
      };
    },
    roundings: 5,
  },
  'c - c, of a convolution': {
    input: [1, 4, 4, 4],
    build: (w) => {
      const filter = w(4, 8);
      return (x) => {
        const c = pointwiseConv2d(x, filter);
        return subtract(c, c);
      };
    },
    roundings: 2,
  },
  'the square of a difference, and a quotient': {
    input: [1, 3, 3, 4],
    build: () => (x) => {
      const y = activate(x, 'sigmoid');
      return divide(squaredDifference(y, x), add(square(y), 1));
    },
    roundings: 5,
  },
  'float32, of which a chain is float16': {
    input: [1, 3, 3, 4],
    dtype: 'f32',
    build: (w) => {
      const bias = w(4);
      return (x) => {
        const half = cast(x, 'f16');
        const y = activate(add(half, bias), 'hardSwish');
        return multiply(cast(y, 'f32'), multiply(y, half));
      };
    },
    roundings: 5,
  },
};

inBothFormats((_, options) => {
  test.for(Object.entries(cases))('%s', async ([, { input, dtype = 'f16', build, roundings }]) => {
    // Each test has a gpu of its own. Destroying it frees the intermediate tensors of the calls.
    await withGpu(await options(), async (gpu, errors) => {
      let seed = 0;
      const network = build((...shape) => gpu.tensor(randomHalves(shape, ++seed).values, shape, { dtype: 'f16' }));
      const values = Float32Array.from(randomHalves(input, 50).values);
      const eager = network(gpu.tensor(values, input, { dtype }));
      const expected = await numbersOf(eager);
      const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      for (const fuse of [false, true]) {
        const program = await compile(gpu, { x: { shape: input, dtype } }, ({ x }) => network(x), { fuse });
        const y = program.run({ x: values });
        expect(y.dtype).toBe(eager.dtype);
        // A rounding that only one of both makes moves a result by at most the distance between two halves. What follows
        // enlarges this by at most four, because no factor here exceeds 4. The last rounding may go to either side.
        const bound = fuse ? 4 * roundings * HALF * largest : 0;
        expectClose(await numbersOf(y), expected, input, bound);
      }
      expect(errors).toEqual([]);
    });
  });

  test('results that need no rounding are the same to the bit', async () => {
    await withGpu(await options(), async (gpu) => {
      const x = [-2, -1.5, 0, 0.25, 3];
      const program = await compile(gpu, { x: { shape: [5], dtype: 'f16' } }, (inputs) => {
        const a = abs(inputs.x);
        return { square: multiply(a, a), none: subtract(a, a), plain: multiply(inputs.x, inputs.x) };
      });
      const { square: squares, none, plain } = program.run({ x });
      expect(await Promise.all([squares, none, plain].map(numbersOf))).toEqual([
        Float32Array.of(4, 2.25, 0, 0.0625, 9),
        new Float32Array(5),
        Float32Array.of(4, 2.25, 0, 0.0625, 9),
      ]);
    });
  });

  test('a graph model that is fed float16 multiplies a convolution by its sigmoid', async () => {
    await withGpu(await options(), async (gpu, errors) => {
      const node = (name: string, op: string, input: string[], attr: TinyNode['attr'] = {}): TinyNode => ({
        name,
        op,
        input,
        attr: { T: type('DT_FLOAT'), ...attr },
      });
      const filter = randomHalves([1, 1, 3, 4], 1);
      const files = tinyModel(
        [
          placeholder('x', [1, 4, 4, 3]),
          node('c', 'Conv2D', ['x', 'w'], {
            strides: integers(1, 1, 1, 1),
            padding: text('SAME'),
          }),
          node('s', 'Sigmoid', ['c']),
          node('y', 'Mul', ['c', 's']),
        ],
        [floats('w', filter.shape, filter.values)],
      );
      const values = Float32Array.from(randomHalves([1, 4, 4, 3], 2).values);
      const x = gpu.tensor(values, [1, 4, 4, 3], { dtype: 'f16' });
      const model = await loadGraphModel(gpu, files);
      const { y } = await model.run({ x });
      const c = pointwiseConv2d(x, gpu.tensor(filter.values, filter.shape));
      const eager = multiply(c, activate(c, 'sigmoid'));
      expect(y.dtype).toBe('f16');
      const [actual, expected] = await Promise.all([y, eager].map(numbersOf));
      // Three roundings of numbers up to 3. The slope of the function is at most 1.1.
      expectClose(actual, expected, y.shape, 4 * 3 * HALF * 3);
      expect(errors).toEqual([]);
    });
  });
});

describe('a float32 program', () => {
  test('whose chains meet in one op computes what the calls compute', async () => {
    await withGpu({}, async (gpu: Gpu) => {
      const values = randomValues(sizeOf([1, 3, 3, 4]), 1);
      const network = (x: Tensor): Tensor => multiply(abs(x), activate(abs(x), 'sigmoid'));
      const program = await compile(gpu, { x: [1, 3, 3, 4] }, ({ x }) => network(x));
      const expected = await network(gpu.tensor(values, [1, 3, 3, 4])).read();
      expectClose(await program.run({ x: values }).read(), expected, [1, 3, 3, 4], roundingsBound(expected));
    });
  });
});

async function numbersOf(tensor: Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.read());
}
