/** Reductions in programs: which operations on the elements become part of the reduction, and which do not. */
import { expect, test } from 'vitest';
import {
  activate,
  add,
  compile,
  divide,
  globalAveragePool,
  maximum,
  multiply,
  openGpu,
  pointwiseConv2d,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  rsqrt,
  square,
  subtract,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { cap } from '../support/limits';
import { testNetworks, type NetworkCase } from '../support/network-cases';
import { randomValues } from '../support/random';

const gpu = useGpu();

const cases: Readonly<Record<string, NetworkCase>> = {
  'the mean of a sum, which a gate scales': {
    input: [1, 6, 5, 8],
    build(w) {
      const [skip, filter] = [w(1, 6, 5, 8), w(8, 8)];
      return (x) => {
        const gate = pointwiseConv2d(globalAveragePool(add(x, skip)), filter, { activation: 'sigmoid' });
        return add(multiply(x, gate), skip);
      };
    },
    dispatches: [5, 3],
  },
  'a norm by root mean square': {
    input: [2, 3, 40],
    build(w) {
      const gamma = w(40);
      return (x) => {
        const root = rsqrt(add(reduceMean(square(x), -1, { keepDims: true }), 1e-3));
        return multiply(multiply(x, root), gamma);
      };
    },
    dispatches: [6, 4],
  },
  'a long chain, for a workgroup': {
    input: [1, 40, 40, 3],
    build(w) {
      const other = w(1, 40, 40, 3);
      return (x) => reduceMean(activate(multiply(subtract(x, other), 0.5), 'tanh'), [1, 2]);
    },
    dispatches: [4, 1],
  },
  'what begins with any of its terms': {
    input: [3, 4, 4],
    build(w) {
      const other = w(3, 4, 4);
      return (x) => subtract(reduceMax(multiply(x, -1), 1), reduceMin(maximum(x, other), 1));
    },
    dispatches: [5, 3],
  },
  'a number for each channel, which stays before': {
    input: [1, 4, 3, 8],
    build(w) {
      const scale = w(8);
      return (x) => reduceSum(multiply(x, scale), [1, 2]);
    },
    dispatches: [2, 2],
  },
  'a value that another one reads, too': {
    input: [1, 4, 4, 4],
    build: () => (x) => {
      const y = activate(x, 'softplus');
      return divide(y, reduceSum(y, -1, { keepDims: true }));
    },
    dispatches: [3, 3],
  },
  'products of what is far from one': {
    input: [5, 7],
    build: () => (x) => reduceProd(add(multiply(x, 0.25), 1), 0),
    dispatches: [3, 1],
  },
};

testNetworks(gpu, cases);

test('NaN and infinities before a reduction are the same as with separate calls', async () => {
  const values = randomValues(24, 1);
  values.set([NaN, 1, Infinity, -Infinity, 3, NaN], 4);
  const other = gpu().tensor(randomValues(24, 2), [4, 6]);
  const network = (x: Tensor): Tensor[] => [
    reduceMax(subtract(x, other), 1),
    reduceMin(activate(x, 'relu'), 1),
    reduceSum(multiply(x, other), 1),
  ];
  using calls = await compile(gpu(), { x: [4, 6] }, ({ x }) => network(x), { fuse: false });
  using program = await compile(gpu(), { x: [4, 6] }, ({ x }) => network(x));
  other.dispose();
  expect(program.dispatches.run).toBe(3);
  const results = [calls, program].map((one) => one.run({ x: values }));
  for (const [i, y] of results[0].entries()) {
    const [expected, actual] = await Promise.all([y.read(), results[1][i].read()]);
    // Both add the terms of a sum in the same order, so the results are equal.
    expect(actual).toEqual(expected);
  }
  for (const y of results.flat()) y.dispose();
});

test('parts of a reduction have their own parts of what is read before it', async () => {
  const own = await openGpu({ quickStart: false });
  try {
    using other = own.tensor(randomValues(4096, 2), [256, 16]);
    const network = (x: Tensor): Tensor => reduceSum(multiply(x, other), 1);
    const x = randomValues(4096, 3);
    using whole = network(own.tensor(x, [256, 16]));
    const expected = await whole.read();
    cap(own, { maxStorageBufferBindingSize: 8192 });
    using program = await compile(own, { x: [256, 16] }, (inputs) => network(inputs.x));
    expect(program.dispatches.run).toBe(2);
    expect(program.explain()[0].kernel).toBe('reduce/sum');
    using result = program.run({ x });
    expectClose(await result.read(), expected, whole.shape, roundingsBound(expected));
  } finally {
    own.destroy();
  }
});
