/** Ops that only move elements, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  broadcastTo,
  concat,
  pad,
  reshape,
  reverse,
  slice,
  split,
  stridedSlice,
  tile,
  transpose,
} from '../../../src/index';
import { axisOf, cut, from, fromFirst, operandsOf, pairOf, picks, seed, shapeOf } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const sides = pairOf(from(0, 4));

const tiled = peerOp('tile', fc.record({ shape: shapeOf(1, 5), pick: picks, seed }), ({ shape, pick, seed: s }) => {
  const small = cut(shape, 300);
  const repetitions = small.map((_, i) => 1 + (pick[i] % 3));
  return {
    op: 'tile',
    inputs: [{ shape: small }],
    seed: s,
    rest: [repetitions],
    ours: ([x]) => tile(x, repetitions),
    theirs: { tfjs: ([x]) => tf.tile(x, repetitions) },
  };
});

const spread = peerOp(
  'broadcastTo',
  fc.record({ shape: shapeOf(1, 5), pick: picks, seed }),
  ({ shape, pick, seed: s }) => {
    const [own] = operandsOf(shape, pick, 1);
    return {
      op: 'broadcastTo',
      inputs: [{ shape: own }],
      seed: s,
      rest: [shape],
      ours: ([x]) => broadcastTo(x, shape),
      theirs: { tfjs: ([x]) => tf.broadcastTo(x, shape) },
    };
  },
);

const backwards = peerOp('reverse', fc.record({ shape: shapeOf(1, 5), pick: picks, seed }), (g) => {
  const rank = g.shape.length;
  const axes = [...g.shape.keys()].filter((i) => g.pick[i] % 2 === 1).map((i) => (g.pick[7] % 2 === 1 ? i - rank : i));
  return {
    op: 'reverse',
    inputs: [{ shape: g.shape }],
    seed: g.seed,
    rest: [axes],
    ours: ([x]) => reverse(x, axes),
    theirs: { tfjs: ([x]) => tf.reverse(x, axes) },
  };
});

const padded = peerOp(
  'pad',
  fc.record({ shape: shapeOf(1, 5), sides: fc.array(sides, { minLength: 5, maxLength: 5 }), value: fc.constantFrom(0, -1.5), mode: fc.constantFrom('constant', 'reflect', 'symmetric'), seed }), // prettier-ignore
  ({ shape, sides: given, value, mode, seed: s }) => {
    const small = cut(shape, 200);
    const most = (n: number): number => (mode === 'constant' ? 9 : mode === 'reflect' ? n - 1 : n);
    const paddings = small.map((n, i): [number, number] => [
      Math.min(given[i][0], most(n)),
      Math.min(given[i][1], most(n)),
    ]);
    const how = mode === 'constant' ? value : mode;
    return {
      op: 'pad',
      inputs: [{ shape: small }],
      seed: s,
      rest: [paddings, how],
      ours: ([x]) => pad(x, paddings, how),
      theirs: {
        tfjs: ([x]) => (typeof how === 'number' ? tf.pad(x, paddings, how) : tf.mirrorPad(x, paddings, how)),
      },
    };
  },
);

const taken = peerOp(
  'slice',
  fc.record({ shape: shapeOf(1, 5), at: picks, some: picks, seed }),
  ({ shape, at, some, seed: s }) => {
    const begin = shape.map((n, i) => at[i] % n);
    const sizes = shape.map((n, i) => 1 + (some[i] % (n - begin[i])));
    return {
      op: 'slice',
      inputs: [{ shape }],
      seed: s,
      rest: [begin, sizes],
      ours: ([x]) => slice(x, begin, sizes),
      theirs: { tfjs: ([x]) => tf.slice(x, begin, sizes) },
    };
  },
);

/** Slices of an axis: from one element to another, forwards or backwards, and now and then with an open end. */
const stepped = peerOp(
  'stridedSlice',
  fc.record({ shape: shapeOf(1, 5), at: picks, to: picks, steps: picks, seed }),
  ({ shape, at, to, steps, seed: s }) => {
    const walks = shape.map((n, i) => {
      const [one, other] = [at[i] % n, to[i] % n].toSorted((a, b) => a - b);
      const step = 1 + (steps[i] % 3);
      const isBack = steps[i] % 2 === 1;
      // Negative places count from the end; there is none before the first.
      const begin = isBack ? other - n : one;
      const end = isBack ? (one === 0 ? -n - 1 : one - 1 - n) : other + 1;
      return { begin, end, step: isBack ? -step : step };
    });
    const [begin, end, strides] = (['begin', 'end', 'step'] as const).map((name) => walks.map((walk) => walk[name]));
    return {
      op: 'stridedSlice',
      inputs: [{ shape }],
      seed: s,
      rest: [begin, end, strides],
      ours: ([x]) => stridedSlice(x, begin, end, strides),
      theirs: { tfjs: ([x]) => tf.stridedSlice(x, begin, end, strides) },
    };
  },
);

const joined = peerOp(
  'concat',
  fc.record({ shape: shapeOf(1, 5), lengths: fc.array(from(1, 9), { minLength: 1, maxLength: 5 }), pick: from(0, 99), seed }), // prettier-ignore
  ({ shape, lengths, pick, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const small = cut(shape, 300);
    return {
      op: 'concat',
      inputs: lengths.map((n) => ({ shape: small.with(axis, n) })),
      seed: s,
      rest: [axis],
      ours: (tensors) => concat(tensors, axis),
      theirs: { tfjs: (tensors) => tf.concat([...tensors], fromFirst(axis, shape.length)) },
    };
  },
);

const cutUp = peerOp(
  'split',
  fc.record({ shape: shapeOf(1, 5), lengths: fc.array(from(1, 9), { minLength: 1, maxLength: 5 }), pick: from(0, 99), which: from(0, 9), seed }), // prettier-ignore
  ({ shape, lengths, pick, which, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const own = cut(shape, 200).with(axis, lengths.reduce((sum, n) => sum + n, 0)); // prettier-ignore
    const piece = which % lengths.length;
    return {
      op: 'split',
      inputs: [{ shape: own }],
      seed: s,
      rest: [lengths, axis, { piece }],
      ours: ([x]) => {
        const pieces = split(x, lengths, axis);
        for (const [i, tensor] of pieces.entries()) if (i !== piece) tensor.dispose();
        return pieces[piece];
      },
      theirs: { tfjs: ([x]) => tf.split(x, lengths, axis)[piece] },
    };
  },
);

const permuted = peerOp(
  'transpose',
  fc.record({ shape: shapeOf(1, 5), keys: picks, seed }),
  ({ shape, keys, seed: s }) => {
    const order = [...shape.keys()].toSorted((i, j) => keys[i] - keys[j]);
    return {
      op: 'transpose',
      inputs: [{ shape }],
      seed: s,
      rest: [order],
      ours: ([x]) => transpose(x, order),
      theirs: { tfjs: ([x]) => tf.transpose(x, order) },
    };
  },
);

const reshaped = peerOp('reshape', fc.record({ shape: shapeOf(1, 5), seed }), ({ shape, seed: s }) => {
  const backward = shape.toReversed();
  return {
    op: 'reshape',
    inputs: [{ shape }],
    seed: s,
    rest: [backward],
    ours: ([x]) => reshape(x, backward),
    theirs: { tfjs: ([x]) => tf.reshape(x, backward) },
  };
});

export const tfjsLayouts: readonly PeerOp[] = [
  tiled,
  spread,
  backwards,
  padded,
  taken,
  stepped,
  joined,
  cutUp,
  permuted,
  reshaped,
];
