/** ONNX's ops that only move elements, against ONNX Runtime. */
import fc from 'fast-check';
import { broadcastTo, concat, split, stridedSlice, tile, transpose } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { whole } from '../../support/onnx-cases';
import { axisOf, cut, from, fromFirst, operandsOf, picks, seed, shapeOf } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const joined = peerOp(
  'Concat',
  fc.record({ shape: shapeOf(1, 5), lengths: fc.array(from(1, 9), { minLength: 1, maxLength: 4 }), pick: from(0, 99), seed }), // prettier-ignore
  ({ shape, lengths: own, pick, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const small = cut(shape, 300);
    return {
      op: 'concat',
      inputs: own.map((n) => ({ shape: small.with(axis, n) })),
      seed: s,
      rest: [axis],
      ours: (tensors) => concat(tensors, axis),
      theirs: { onnx: { op: 'Concat', inputs: own.map((_, i) => i), attributes: { axis } } },
    };
  },
  ['concat'],
);

const pieces = peerOp(
  'Split',
  fc.record({ shape: shapeOf(1, 5), lengths: fc.array(from(1, 9), { minLength: 1, maxLength: 4 }), pick: from(0, 99), seed }), // prettier-ignore
  ({ shape, lengths: own, pick, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const sum = own.reduce((all, n) => all + n, 0);
    return {
      op: 'split',
      inputs: [{ shape: cut(shape, 200).with(axis, sum) }],
      seed: s,
      rest: [own, axis],
      ours: ([x]) => split(x, own, axis),
      theirs: { onnx: { op: 'Split', inputs: [0, whole(...own)], outputs: own.length, attributes: { axis } } },
    };
  },
  ['split'],
);

const reshaped = peerOp(
  'Reshape, Flatten, Squeeze and Unsqueeze',
  fc.record({ op: fc.constantFrom('Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'), shape: shapeOf(1, 4), pick: picks, seed }), // prettier-ignore
  ({ op, shape: given, pick, seed: s }) => {
    const axis = axisOf(pick[0], given.length);
    const shape = op === 'Squeeze' ? given.with(axis, 1) : given;
    // The first size stays as it is, and the last is inferred.
    const wanted = shape.length === 1 ? [-1] : [0, ...shape.slice(2).toReversed(), -1];
    const list = { Reshape: [whole(...wanted)], Flatten: [], Squeeze: [whole(axis)], Unsqueeze: [whole(axis)] }[op];
    return {
      op,
      inputs: [{ shape }],
      seed: s,
      theirs: { onnx: { op, inputs: [0, ...list], ...(op === 'Flatten' && { attributes: { axis } }) } },
    };
  },
  ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
);

const scattered = peerOp(
  'ScatterElements',
  fc.record({ shape: shapeOf(1, 3), some: picks, pick: from(0, 99), reduction: fc.constantFrom('add', 'mul', 'max', 'min'), seed }), // prettier-ignore
  ({ shape: given, some, pick, reduction, seed: s }) => {
    const shape = cut(given, 300);
    const axis = axisOf(pick, shape.length);
    const n = shape[fromFirst(axis, shape.length)];
    const own = shape.map((length, i) => 1 + (some[i] % length));
    return {
      op: 'ScatterElements',
      inputs: [{ shape }, { shape: own, numbers: { from: -n, below: n } }, { shape: own }],
      seed: s,
      rest: [axis, reduction],
      theirs: { onnx: { op: 'ScatterElements', inputs: [0, 1, 2], opset: 18, attributes: { axis, reduction } } },
      bound: (y) => y.map((v) => 2 * (n + 8) * EPSILON * (1 + Math.abs(v))),
    };
  },
);

const tiled = peerOp(
  'Tile and Expand',
  fc.record({ isTile: fc.boolean(), shape: shapeOf(1, 5), pick: picks, seed }),
  ({ isTile, shape: given, pick, seed: s }) => {
    const shape = cut(given, 300);
    if (!isTile) {
      const [own] = operandsOf(shape, pick, 1);
      return {
        op: 'broadcastTo',
        inputs: [{ shape: own }],
        seed: s,
        rest: [shape],
        ours: ([x]) => broadcastTo(x, shape),
        theirs: { onnx: { op: 'Expand', inputs: [0, whole(...shape)] } },
      };
    }
    const repetitions = shape.map((_, i) => 1 + (pick[i] % 3));
    return {
      op: 'tile',
      inputs: [{ shape }],
      seed: s,
      rest: [repetitions],
      ours: ([x]) => tile(x, repetitions),
      theirs: { onnx: { op: 'Tile', inputs: [0, whole(...repetitions)] } },
    };
  },
  ['tile', 'broadcastTo'],
);

const sliced = peerOp(
  'Slice and Transpose',
  fc.record({ isSlice: fc.boolean(), shape: shapeOf(1, 5), at: picks, to: picks, steps: picks, seed }),
  ({ isSlice, shape, at, to, steps, seed: s }) => {
    if (!isSlice) {
      const order = [...shape.keys()].toSorted((i, j) => at[i] - at[j]);
      return {
        op: 'transpose',
        inputs: [{ shape }],
        seed: s,
        rest: [order],
        ours: ([x]) => transpose(x, order),
        theirs: { onnx: { op: 'Transpose', inputs: [0], attributes: { perm: order } } },
      };
    }
    const walks = shape.map((n, i) => {
      const [one, other] = [at[i] % n, to[i] % n].toSorted((a, b) => a - b);
      const step = 1 + (steps[i] % 3);
      return steps[i] % 2 === 1 ? [other, one - 1 < 0 ? -n - 1 : one - 1, -step] : [one - n, other + 1, step];
    });
    const [begin, end, strides] = [0, 1, 2].map((i) => walks.map((walk) => walk[i]));
    return {
      op: 'stridedSlice',
      inputs: [{ shape }],
      seed: s,
      rest: [begin, end, strides],
      ours: ([x]) => stridedSlice(x, begin, end, strides),
      theirs: {
        onnx: {
          op: 'Slice',
          inputs: [0, whole(...begin), whole(...end), whole(...shape.keys()), whole(...strides)],
        },
      },
    };
  },
  ['stridedSlice', 'transpose'],
);

export const onnxLayouts: readonly PeerOp[] = [joined, pieces, reshaped, scattered, tiled, sliced];
