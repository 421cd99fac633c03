/**
 * Calls as a page makes them for hours: all kinds mixed, of random sizes, some never read, some wrong.
 *
 * Sizes are random, but options are not: what shapes a program comes from a short list, so that there are finitely many programs,
 * and anything that still grows after the first calls is a leak.
 */
import { stepsBehind } from '../../src/gpu/provenance';
import {
  activate,
  add,
  batchNorm,
  concat,
  depthwiseConv2d,
  globalAveragePool,
  groupedConv2d,
  matMul,
  multiply,
  pad,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  reduceSum,
  reshape,
  separableBlock,
  slice,
  softmax,
  split,
  transpose,
  type Gpu,
  type Tensor,
} from '../../src/index';
import type { Census } from './census';
import { generator } from './random';

/** Random numbers below n, and tensors of them. */
interface Source {
  readonly below: (n: number) => number;
  readonly make: (...shape: number[]) => Tensor;
}

type Kind = (source: Source) => Tensor | Tensor[];

/** A whole number from 1. */
const upTo = ({ below }: Source, n: number): number => 1 + below(n);

/** An image of up to 24 x 24 pixels. */
const image = (s: Source, channels: number): Tensor => s.make(upTo(s, 2), upTo(s, 24), upTo(s, 24), channels);

/** Channels in whole vectors, which some kernels require. */
const lanes = (s: Source): number => 4 * upTo(s, 6);

const kinds: readonly Kind[] = [
  (s) => {
    const c = lanes(s);
    return depthwiseConv2d(image(s, c), s.make(3, 3, c, 1), { padding: 'same', bias: s.make(c), activation: 'relu6' });
  },
  (s) => {
    const c = lanes(s) + 1;
    return depthwiseConv2d(image(s, c), s.make(3, 3, c, 1), { padding: 'same', strides: 2 });
  },
  (s) => {
    const c = lanes(s);
    return pointwiseConv2d(image(s, c), s.make(c, lanes(s)), { activation: 'relu' });
  },
  (s) => {
    const c = lanes(s) * 2;
    return groupedConv2d(image(s, c), s.make(3, 3, c / 2, c), { groups: 2, padding: 'same' });
  },
  (s) => {
    const c = lanes(s);
    return groupedConv2d(image(s, c), s.make(1, 1, c / 4, c), { groups: 4, method: 'split-concat' });
  },
  (s) => {
    const c = lanes(s);
    return separableBlock(image(s, c), {
      depthwise: { filter: s.make(3, 3, c, 1) },
      pointwise: { filter: s.make(c, lanes(s)) },
    });
  },
  (s) => {
    const x = image(s, lanes(s));
    return add(x, s.make(x.shape[3]));
  },
  (s) => multiply(image(s, lanes(s)), s.below(1000) / 7),
  (s) => activate(image(s, lanes(s)), 'gelu'),
  (s) => {
    const c = lanes(s);
    return batchNorm(image(s, c), { mean: s.make(c), variance: s.make(c), epsilon: 2 });
  },
  (s) => {
    const [rows, depth, columns] = [upTo(s, 40), upTo(s, 40), upTo(s, 40)];
    return matMul(s.make(rows, depth), s.make(depth, columns));
  },
  (s) => softmax(s.make(upTo(s, 30), upTo(s, 50))),
  (s) => reduceSum(s.make(upTo(s, 20), upTo(s, 20), upTo(s, 20)), 1),
  (s) => globalAveragePool(image(s, lanes(s))),
  (s) => transpose(s.make(upTo(s, 40), upTo(s, 40))),
  (s) => {
    const x = s.make(upTo(s, 30), 4 + upTo(s, 30));
    return slice(x, [0, 1], [-1, 3]);
  },
  (s) => split(image(s, lanes(s)), 2, -1),
  (s) => {
    const x = image(s, lanes(s));
    return concat([x, x], -1);
  },
  (s) => pad(s.make(upTo(s, 20), upTo(s, 20)), [[1, 2], [s.below(3), 1]]), // prettier-ignore
  (s) => {
    const x = s.make(upTo(s, 20), 6);
    return reshape(x, [x.size]);
  },
];

/** The records of the calls: what is alive, and which programs ran. */
export interface Mixture {
  readonly census: Census;
  /** Every program that ran, by its text. */
  readonly programs: Set<string>;
}

/** Makes calls, each of which disposes what it made; settles when all their reads have settled. */
export async function mixedCalls(gpu: Gpu, count: number, seed: number, { census, programs }: Mixture): Promise<void> {
  const next = generator(seed);
  const below = (n: number): number => Math.floor(next() * n);
  let reads: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const made: Tensor[] = [];
    const keep = (tensors: Tensor | Tensor[]): Tensor[] => {
      for (const tensor of [tensors].flat()) {
        census.add('tensors', tensor);
        for (const { wgsl } of tensor.provenance ? stepsBehind(tensor.provenance) : []) programs.add(wgsl);
        made.push(tensor);
      }
      return [tensors].flat();
    };
    const make = (...shape: number[]): Tensor => {
      const size = shape.reduce((product, n) => product * n, 1);
      return keep(gpu.tensor(new Float32Array(size).fill(next()), shape))[0];
    };
    const call = kinds[below(kinds.length)];
    const source: Source = { below, make };
    const manner = below(40);
    if (manner === 0) {
      await prepare(gpu, () => keep(call(source)));
    } else if (manner === 1) {
      await profile(gpu, () => keep(call(source)));
    } else if (manner === 2) {
      const encoder = gpu.device.createCommandEncoder();
      using recording = record(gpu, encoder, () => keep(call(source)));
      gpu.device.queue.submit([encoder.finish()]);
      reads.push(recording.result[0].read());
    } else if (manner === 3) {
      failing(make(2, 3), make(4, 5));
    } else {
      const results = keep(call(source));
      if (below(4) === 0) reads.push(results[0].read());
    }
    for (const tensor of made) tensor.dispose();
    if (below(50) === 0) gpu.trim(below(100_000));
    if (reads.length > 8) {
      await Promise.all(reads);
      reads = [];
    }
  }
  await Promise.all(reads);
  await gpu.finished();
}

/** A call that throws leaves nothing behind either. */
function failing(a: Tensor, b: Tensor): void {
  try {
    matMul(a, b);
  } catch {
    return;
  }
  throw new Error('a matMul of [2, 3] and [4, 5] was taken');
}
