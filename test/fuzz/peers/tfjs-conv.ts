/** Convolutions and products of matrices, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv1d,
  depthwiseConv2d,
  matMul,
  pointwiseConv2d,
  separableConv2d,
} from '../../../src/index';
import { cut, from, image, pairOf, seed, shapeOf, size, type Pair } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const steps = from(1, 4);

const padding = fc.constantFrom('same' as const, 'valid' as const);

/** The draw for a convolution along one axis: the input is at least as long as its filter. */
const rows = fc.record({
  batch: from(1, 3),
  more: from(0, 20),
  channels: from(1, 9),
  outs: from(1, 9),
  taps: from(1, 5),
  strides: steps,
  dilations: steps,
  padding,
  before: from(0, 3),
  isExplicit: fc.boolean(),
  seed,
});

type Rows = typeof rows extends fc.Arbitrary<infer T> ? T : never;

/** TensorFlow.js allows strides or dilations, not both, and explicit padding only in its default layout. */
function rowOf(g: Rows): { width: number; strides: number; dilations: number; sides: 'same' | 'valid' | Pair } {
  const dilations = g.strides > 1 ? 1 : g.dilations;
  const sides = g.isExplicit ? ([g.before, (g.before * 2) % 3] as const) : g.padding;
  return { width: (g.taps - 1) * dilations + 1 + g.more, strides: g.strides, dilations, sides };
}

const explicit = (sides: 'same' | 'valid' | Pair): 'same' | 'valid' | [Pair<0>, Pair<0>, [number, number], Pair<0>] =>
  typeof sides === 'string' ? sides : [[0, 0], [0, 0], [...sides], [0, 0]]; // prettier-ignore

const alongOne = peerOp('conv1d', rows, (g) => {
  const { width, strides, dilations, sides } = rowOf(g);
  return {
    op: 'conv1d',
    inputs: [{ shape: [g.batch, width, g.channels] }, { shape: [g.taps, g.channels, g.outs] }],
    seed: g.seed,
    rest: [{ strides, dilations, padding: sides }],
    ours: ([x, filter]) => conv1d(x, filter, { strides, dilations, padding: sides }),
    theirs: {
      tfjs: ([x, filter]) => {
        if (typeof sides === 'string') return tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, strides, sides, 'NWC', dilations); // prettier-ignore
        // TensorFlow.js' conv1d turns its input into an image of one row and drops explicit padding, so this makes that image
        // itself.
        const y = tf.conv2d(
          tf.expandDims<tf.Tensor4D>(x, 1),
          tf.expandDims<tf.Tensor4D>(filter, 0),
          [1, strides],
          explicit(sides) as 'same',
          'NHWC',
          [1, dilations],
        );
        return tf.squeeze(y, [1]);
      },
    },
    bound: { terms: g.taps * g.channels },
  };
});

const depthwiseAlongOne = peerOp('depthwiseConv1d', rows, (g) => {
  const { width, strides, dilations, sides } = rowOf(g);
  const multiplier = 1 + (g.outs % 3);
  const isFirst = g.more % 3 === 1;
  const x = [g.batch, width, g.channels];
  return {
    op: 'depthwiseConv1d',
    inputs: [{ shape: isFirst ? [x[0], x[2], x[1]] : x }, { shape: [g.taps, g.channels, multiplier] }],
    seed: g.seed,
    rest: [{ strides, dilations, padding: sides, dataFormat: isFirst ? 'NCW' : 'NWC' }],
    ours: ([t, filter]) =>
      depthwiseConv1d(t, filter, { strides, dilations, padding: sides, dataFormat: isFirst ? 'NCW' : 'NWC' }),
    theirs: {
      tfjs: ([t, filter]) => {
        const row = tf.expandDims<tf.Tensor4D>(isFirst ? tf.transpose(t, [0, 2, 1]) : t, 1);
        const filters = tf.expandDims<tf.Tensor4D>(filter, 0);
        // TensorFlow.js wants the same stride along both axes, and a single row has only one place.
        const y = tf.depthwiseConv2d(row, filters, [strides, strides], explicit(sides) as 'same', 'NHWC', [dilations, dilations]); // prettier-ignore
        const list = tf.squeeze(y, [1]);
        return isFirst ? tf.transpose(list, [0, 2, 1]) : list;
      },
    },
    bound: { terms: g.taps },
  };
});

const windows = fc.record({
  batch: from(1, 2),
  more: pairOf(from(0, 9)),
  channels: size,
  outs: size,
  window: pairOf(from(1, 5)),
  strides: steps,
  dilations: steps,
  padding,
  sides: fc.option(fc.tuple(from(0, 3), from(0, 3), from(0, 3), from(0, 3)), { nil: undefined }),
  multiplier: from(1, 3),
  seed,
});

type Windows = typeof windows extends fc.Arbitrary<infer T> ? T : never;

/** An image at least as large as the dilated filter, and the options of both libraries. */
function imageOf(g: Windows): {
  readonly x: number[];
  readonly strides: number;
  readonly dilations: number;
  readonly ours: 'same' | 'valid' | Pair<Pair>;
  readonly theirs: 'same';
} {
  const dilations = g.strides > 1 ? 1 : g.dilations;
  const [h, w] = [0, 1].map((i) => (g.window[i] - 1) * dilations + 1 + g.more[i]);
  const x = [g.batch, h, w, Math.min(g.channels, Math.max(Math.floor(3000 / (g.batch * h * w)), 1))];
  if (g.sides === undefined) return { x, strides: g.strides, dilations, ours: g.padding, theirs: g.padding as 'same' };
  const [top, bottom, left, right] = g.sides;
  const sides = [[top, bottom], [left, right]] as const; // prettier-ignore
  return { x, strides: g.strides, dilations, ours: sides, theirs: [[0, 0], ...sides, [0, 0]] as never };
}

const convolved = peerOp('conv2d', windows, (g) => {
  const { x, strides, dilations, ours, theirs } = imageOf(g);
  const options = { strides, dilations, padding: ours };
  return {
    op: 'conv2d',
    inputs: [{ shape: x }, { shape: [...g.window, x[3], g.outs] }],
    seed: g.seed,
    rest: [options],
    ours: ([t, filter]) => conv2d(t, filter, options),
    theirs: {
      tfjs: ([t, filter]) => tf.conv2d(t as tf.Tensor4D, filter as tf.Tensor4D, strides, theirs, 'NHWC', dilations),
    },
    bound: { terms: g.window[0] * g.window[1] * x[3] },
  };
});

const depthwise = peerOp('depthwiseConv2d', windows, (g) => {
  const { x, strides, dilations, ours, theirs } = imageOf(g);
  const options = { strides, dilations, padding: ours };
  return {
    op: 'depthwiseConv2d',
    inputs: [{ shape: x }, { shape: [...g.window, x[3], g.multiplier] }],
    seed: g.seed,
    rest: [options],
    ours: ([t, filter]) => depthwiseConv2d(t, filter, options),
    theirs: {
      tfjs: ([t, filter]) =>
        tf.depthwiseConv2d(t as tf.Tensor4D, filter as tf.Tensor4D, strides, theirs, 'NHWC', dilations),
    },
    bound: { terms: g.window[0] * g.window[1] },
  };
});

const separable = peerOp('separableConv2d', windows, (g) => {
  const { x, strides, dilations } = imageOf(g);
  const options = { strides, dilations, padding: g.padding };
  return {
    op: 'separableConv2d',
    inputs: [
      { shape: x },
      { shape: [...g.window, x[3], g.multiplier] },
      { shape: [1, 1, x[3] * g.multiplier, g.outs] },
    ],
    seed: g.seed,
    rest: [options],
    ours: ([t, filter, mix]) => separableConv2d(t, filter, mix, options),
    theirs: {
      tfjs: ([t, filter, mix]) =>
        tf.separableConv2d(t as tf.Tensor4D, filter as tf.Tensor4D, mix as tf.Tensor4D, strides, g.padding, dilations),
    },
    bound: { terms: g.window[0] * g.window[1] + x[3] * g.multiplier },
  };
});

const pointwise = peerOp(
  'pointwiseConv2d',
  fc.record({ shape: image, outs: size, strides: steps, seed }),
  ({ shape, outs, strides, seed: s }) => ({
    op: 'pointwiseConv2d',
    inputs: [{ shape }, { shape: [1, 1, shape[3], outs] }],
    seed: s,
    rest: [{ strides }],
    ours: ([x, filter]) => pointwiseConv2d(x, filter, { strides }),
    theirs: { tfjs: ([x, filter]) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, 'valid') },
    bound: { terms: shape[3] },
  }),
);

const transposed = peerOp('conv2dTranspose', windows, (g) => {
  const shape = cut([g.batch, 1 + (g.more[0] % 6), 1 + (g.more[1] % 6), g.channels], 300);
  const outs = Math.min(g.outs, 5);
  // No tap fills the places that a stride skips, and TensorFlow.js takes that for a mistake.
  const strides = Math.min(g.strides, ...g.window);
  const places = [0, 1].map((i) =>
    g.padding === 'same' ? shape[i + 1] * strides : (shape[i + 1] - 1) * strides + g.window[i],
  );
  const options = { strides, padding: g.padding };
  return {
    op: 'conv2dTranspose',
    inputs: [{ shape }, { shape: [...g.window, outs, shape[3]] }],
    seed: g.seed,
    rest: [options],
    ours: ([x, filter]) => conv2dTranspose(x, filter, options),
    theirs: {
      tfjs: ([x, filter]) => {
        const out = [shape[0], places[0], places[1], outs] as [number, number, number, number];
        return tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, out, strides, g.padding);
      },
    },
    bound: { terms: g.window[0] * g.window[1] * shape[3] },
  };
});

/** Whether only axes before all others are 1 where the batch is not. */
function repeatsInOrder(own: readonly number[], batch: readonly number[]): boolean {
  const first = own.findIndex((n) => n > 1);
  return first === -1 || own.slice(first).every((n, i) => n === batch[first + i]);
}

const products = peerOp(
  'matMul',
  fc.record({ batch: shapeOf(0, 3), sizes: fc.tuple(size, size, from(1, 70)), ones: from(0, 63), how: from(0, 3), seed }), // prettier-ignore
  ({ batch, sizes: [rows_, columns, depth], ones, how, seed: s }) => {
    const few = batch.map((n) => Math.min(n, 3));
    const [transposeA, transposeB] = [how % 2 === 1, how > 1];
    // Both have as many axes, and either may have an axis of 1.
    const [left, right] = [0, 1].map((side) => few.map((n, i) => ((ones >> (2 * i)) % 3 === side ? 1 : n)));
    return {
      op: 'matMul',
      inputs: [
        { shape: [...left, ...(transposeA ? [depth, rows_] : [rows_, depth])] },
        { shape: [...right, ...(transposeB ? [columns, depth] : [depth, columns])] },
      ],
      seed: s,
      rest: [{ transposeA, transposeB }],
      ours: ([a, b]) => matMul(a, b, { transposeA, transposeB }),
      theirs: { tfjs: ([a, b]) => tf.matMul(a, b, transposeA, transposeB) },
      bound: { terms: depth },
      ...([left, right].some((own) => !repeatsInOrder(own, few)) && {
        excused: 'matMul of batches that repeat' as const,
      }),
    };
  },
);

export const tfjsConvolutions: readonly PeerOp[] = [
  alongOne,
  depthwiseAlongOne,
  convolved,
  depthwise,
  separable,
  pointwise,
  transposed,
  products,
];
