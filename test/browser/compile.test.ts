/** Programs compute what the calls compute that they were traced from, in fewer dispatches and less memory. */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  batchNorm,
  compile,
  concat,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  matMul,
  multiply,
  pad,
  pointwiseConv2d,
  reduceSum,
  reshape,
  softmax,
  type Tensor,
} from '../../src/index';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';

const gpu = useGpu();

let seed = 0;

/** A tensor of random numbers that the test disposes. */
function weights(made: Tensor[]): (...shape: number[]) => Tensor {
  return (...shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const tensor = gpu().tensor(randomValues(size, ++seed), shape);
    made.push(tensor);
    return tensor;
  };
}

/** A network of one input, its shape, and how many dispatches it is traced and run as. */
interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly build: (w: (...shape: number[]) => Tensor) => (x: Tensor) => Tensor;
  readonly dispatches: readonly [traced: number, run: number];
}

const same = { padding: 'same' } as const;

const cases: readonly Case[] = [
  {
    name: 'a convolution and all that follows it, op by op',
    input: [1, 7, 6, 8],
    build: (w) => {
      const [filter, bias, mean, slope] = [w(3, 3, 8, 12), w(12), w(12), w(12)];
      const variance = w(12);
      return (x) => {
        const biased = add(conv2d(x, filter, same), bias);
        const normed = batchNorm(biased, { mean, variance, epsilon: 2 });
        return multiply(activate(normed, { name: 'prelu', alpha: slope }), 0.5);
      };
    },
    dispatches: [5, 1],
  },
  {
    name: 'a residual block: the input is added at the end',
    input: [1, 8, 8, 4],
    build: (w) => {
      const [depthwise, pointwise] = [w(3, 3, 4, 1), w(1, 1, 4, 4)];
      return (x) => activate(add(x, pointwiseConv2d(depthwiseConv2d(x, depthwise, same), pointwise)), 'relu6');
    },
    dispatches: [4, 2],
  },
  {
    name: 'two branches: the later one takes the sum',
    input: [1, 6, 6, 4],
    build: (w) => {
      const [a, b] = [w(1, 1, 4, 8), w(3, 3, 4, 8)];
      return (x) => activate(add(pointwiseConv2d(x, a), conv2d(x, b, same)), 'relu');
    },
    dispatches: [4, 2],
  },
  {
    name: 'hard swish, spelt out',
    input: [1, 5, 5, 4],
    build: (w) => {
      const filter = w(1, 1, 4, 8);
      return (x) => {
        const y = pointwiseConv2d(x, filter);
        return multiply(y, multiply(activate(add(y, 3), 'relu6'), 1 / 6));
      };
    },
    dispatches: [5, 1],
  },
  {
    name: 'a square, and a chain without a convolution',
    input: [2, 3, 5],
    build: (w) => {
      const scale = w(5);
      return (x) => {
        const y = add(multiply(x, scale), 1);
        return activate(multiply(y, y), 'tanh');
      };
    },
    dispatches: [4, 1],
  },
  {
    name: 'padding before convolutions',
    input: [1, 6, 5, 4],
    build: (w) => {
      const [depthwise, pointwise] = [w(3, 3, 4, 1), w(2, 3, 4, 4)];
      const zeros = [[0, 0], [0, 1], [2, 1], [0, 0]] as const; // prettier-ignore
      return (x) => conv2d(pad(depthwiseConv2d(pad(x, zeros), depthwise), zeros), pointwise, { strides: 2 });
    },
    dispatches: [4, 2],
  },
  {
    name: 'the emulation of a grouped convolution, contiguous',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 3, 4, 4]), 4);
    },
    dispatches: [2, 1],
  },
  {
    name: 'the emulation of a grouped convolution, strided',
    input: [1, 5, 4, 12],
    build: (w) => {
      const filter = w(3, 3, 12, 4);
      return (x) => activate(reduceSum(reshape(depthwiseConv2d(x, filter, same), [1, 5, 4, 4, 12]), 3), 'relu');
    },
    dispatches: [3, 1],
  },
  {
    name: 'a small classifier',
    input: [1, 12, 12, 3],
    build: (w) => {
      const [stem, depthwise, pointwise, dense] = [w(3, 3, 3, 8), w(3, 3, 8, 1), w(1, 1, 16, 16), w(16, 5)];
      return (x) => {
        const y = activate(conv2d(x, stem, { strides: 2, ...same }), 'hardSwish');
        const z = concat([y, activate(depthwiseConv2d(y, depthwise, same), 'relu')], -1);
        return softmax(matMul(globalAveragePool(pointwiseConv2d(z, pointwise), { keepDims: false }), dense));
      };
    },
    dispatches: [10, 8],
  },
];

describe('a program computes what its calls compute', () => {
  test.for(cases)('$name', async ({ input, build, dispatches: [traced, run] }) => {
    const made: Tensor[] = [];
    const model = build(weights(made));
    const values = randomValues(
      input.reduce((a, b) => a * b),
      99,
    );
    using x = gpu().tensor(values, input);
    // Without fusing it is op by op; eager calls would leave their intermediates to be disposed here.
    using plain = await compile(gpu(), { x: input }, (t) => model(t.x), { fuse: false });
    using program = await compile(gpu(), { x: input }, (t) => model(t.x));
    for (const tensor of made) tensor.dispose();
    expect(plain.dispatches).toEqual({ traced, run: traced });
    expect(program.dispatches).toEqual({ traced, run });
    using expected = plain.run({ x });
    using actual = program.run({ x: values });
    using again = program.run({ x });
    const [e, a, b] = await Promise.all([expected.read(), actual.read(), again.read()]);
    expect(actual.shape).toEqual(expected.shape);
    expectClose(a, e, expected.shape, 1e-5 * Math.max(...e.map(Math.abs), 1));
    expect(b).toEqual(a);
  });
});
