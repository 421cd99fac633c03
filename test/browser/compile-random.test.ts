/** Random networks: a program with everything fused computes what it computes op by op. */
import { expect, test } from 'vitest';
import {
  activate,
  add,
  batchNorm,
  compile,
  concat,
  conv2d,
  depthwiseConv2d,
  maxPool2d,
  multiply,
  pad,
  pointwiseConv2d,
  reduceSum,
  reshape,
  slice,
  subtract,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { generator, randomValues } from '../support/random';

const gpu = useGpu();

const NETWORKS = 60;
const ACTIVATIONS = ['relu', 'relu6', 'hardSwish', 'sigmoid', 'tanh', 'leakyRelu'] as const;

/** Makes one op of tensors that there are; every tensor is [1, height, width, channels]. */
type Maker = (values: readonly Tensor[], pick: (n: number) => number, w: (...shape: number[]) => Tensor) => Tensor;

const makers: readonly Maker[] = [
  (values, pick, w) => {
    const x = values[pick(values.length)];
    return conv2d(x, w(3, 3, x.shape[3], 4), { padding: 'same', strides: 1 + pick(2) });
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    return depthwiseConv2d(x, w(3, 3, x.shape[3], 1), { padding: 'same', activation: pick(2) ? 'relu' : undefined });
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    const out = 4 + 4 * pick(2);
    return pointwiseConv2d(x, w(x.shape[3], out), { bias: pick(2) ? w(out) : undefined });
  },
  (values, pick) => activate(values[pick(values.length)], ACTIVATIONS[pick(ACTIVATIONS.length)]),
  (values, pick, w) => {
    const x = values[pick(values.length)];
    return activate(x, { name: 'prelu', alpha: w(x.shape[3]) });
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    const c = x.shape[3];
    return batchNorm(x, { mean: w(c), variance: multiply(w(c), w(c)), epsilon: 1 });
  },
  (values, pick) => {
    const x = values[pick(values.length)];
    const like = values.filter(({ shape }) => String(shape) === String(x.shape));
    return (pick(2) ? add : multiply)(x, like[pick(like.length)]);
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    return (pick(2) ? add : multiply)(x, pick(2) ? w(x.shape[3]) : pick(5) - 2);
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    return (pick(2) ? subtract : multiply)(w(x.shape[3]), x);
  },
  // As many pixels and channels, in another order of axes.
  (values, pick) => {
    const x = values[pick(values.length)];
    const [n, h, width, c] = x.shape;
    return reshape(x, pick(2) ? [n, width, h, c] : [n, h, (width * c) / 4, 4]);
  },
  (values, pick) => {
    const x = values[pick(values.length)];
    const like = values.filter(({ shape }) => String(shape) === String(x.shape));
    return subtract(like[pick(like.length)], x);
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    const chain = (): Tensor => activate(add(x, pick(2) ? w(x.shape[3]) : 1), ACTIVATIONS[pick(ACTIVATIONS.length)]);
    return (pick(2) ? subtract : multiply)(chain(), chain());
  },
  (values, pick) => {
    const x = values[pick(values.length)];
    const y = maxPool2d(x, { windowSize: 2, strides: 1, padding: 'same' });
    return pick(2) ? activate(y, ACTIVATIONS[pick(ACTIVATIONS.length)]) : y;
  },
  (values, pick) => pad(values[pick(values.length)], [[0, 0], [pick(2), 1], [1, pick(3)], [0, 0]]), // prettier-ignore
  (values, pick) => {
    const x = values[pick(values.length)];
    const like = values.filter(({ shape }) => String(shape.slice(0, 3)) === String(x.shape.slice(0, 3)));
    return concat([x, like[pick(like.length)]], 3);
  },
  (values, pick, w) => {
    const x = values[pick(values.length)];
    const [n, h, width, c] = x.shape;
    const products = depthwiseConv2d(x, w(3, 3, c, 2), { padding: 'same' });
    return pick(2)
      ? reshape(reduceSum(reshape(products, [n, h, width, 2, c / 2, 2]), 4), [n, h, width, 4])
      : reduceSum(reshape(products, [n, h, width, c / 2, 4]), 3);
  },
  (values, pick) => {
    const x = values[pick(values.length)];
    return slice(x, [0, 0, 0, 0], [-1, -1, -1, 4]);
  },
];

/** A network of some ops; the last value and one more are its outputs. */
function network(seed: number, w: (...shape: number[]) => Tensor): (x: Tensor) => Tensor[] {
  const next = generator(seed);
  const pick = (n: number): number => Math.floor(next() * n);
  return (x) => {
    const values: Tensor[] = [x];
    for (let i = 3 + pick(9); i > 0; i--) {
      // What is made last is the likeliest to be used next: chains are what is fused.
      const recent = pick(3) > 0 ? values.slice(-1) : values;
      values.push(makers[pick(makers.length)](recent, pick, w));
    }
    return [values[values.length - 1], values[pick(values.length)]];
  };
}

/** Compares and disposes. */
async function agree(expected: readonly Tensor[], actual: readonly Tensor[]): Promise<void> {
  const [want, got] = await Promise.all([expected, actual].map((list) => Promise.all(list.map((t) => t.read()))));
  for (const [i, { shape }] of expected.entries()) {
    expectClose(got[i], want[i], shape, roundingsBound(want[i]));
  }
  for (const tensor of [...expected, ...actual]) tensor.dispose();
}

test('random networks are the same fused as op by op', async () => {
  let fewer = 0;
  // Read side by side: Firefox looks only every 100 ms whether a read is done.
  const checks: Promise<void>[] = [];
  for (let seed = 1; seed <= NETWORKS; seed++) {
    const made: Tensor[] = [];
    let last = seed * 1000;
    // The trace is made twice, and must be of the same weights.
    const weightsFrom = (start: number) => {
      last = start;
      return (...shape: number[]): Tensor => {
        const size = shape.reduce((a, b) => a * b, 1);
        const tensor = gpu().tensor(
          randomValues(size, ++last).map((v) => v / 2),
          shape,
        );
        made.push(tensor);
        return tensor;
      };
    };
    const input = [1, 5, 6, 4];
    const trace = (fuse: boolean) =>
      compile(gpu(), { x: input }, ({ x }) => network(seed, weightsFrom(seed * 1000))(x), { fuse });
    using plain = await trace(false);
    using program = await trace(true);
    for (const tensor of made) tensor.dispose();
    fewer += plain.dispatches.run - program.dispatches.run;
    const values = randomValues(120, seed);
    checks.push(agree(plain.run({ x: values }), program.run({ x: values })));
  }
  await Promise.all(checks);
  expect(fewer).toBeGreaterThan(NETWORKS);
}, 120_000);
