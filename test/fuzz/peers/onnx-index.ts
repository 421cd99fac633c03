/** Gathering, scattering and ops that depend on data, on the GPU and on the CPU, against ONNX Runtime. */
import fc from 'fast-check';
import { argMax, argMin, cumsum, gather, gatherND, type Tensor } from '../../../src/index';
import { fixed, whole } from '../../support/onnx-cases';
import { generator } from '../../support/random';
import { axisOf, cut, from, fromFirst, picks, seed, shapeOf, size } from './draws';
import { peerOp, type Numbers, type PeerOp } from './peer-call';

const numbers: fc.Arbitrary<Numbers> = fc.constantFrom('around', 'whole');

const places = peerOp(
  'ArgMax and ArgMin',
  fc.record({ isMax: fc.boolean(), shape: shapeOf(1, 5), pick: from(0, 99), numbers, isLast: fc.boolean(), keepDims: fc.boolean(), seed }), // prettier-ignore
  ({ isMax, shape, pick, numbers: own, isLast, keepDims, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const isPublic = !isLast && !keepDims;
    return {
      op: isMax ? 'argMax' : 'argMin',
      inputs: [{ shape, numbers: own }],
      seed: s,
      rest: [axis],
      ...(isPublic && { ours: ([x]: readonly Tensor[]) => (isMax ? argMax : argMin)(x, axis) }),
      theirs: {
        onnx: {
          op: isMax ? 'ArgMax' : 'ArgMin',
          inputs: [0],
          attributes: { axis, select_last_index: Number(isLast), keepdims: Number(keepDims) },
        },
      },
    };
  },
  ['argMax', 'argMin'],
);

const running = peerOp(
  'CumSum',
  fc.record({ shape: shapeOf(1, 4), pick: from(0, 99), exclusive: fc.boolean(), isReverse: fc.boolean(), seed }),
  ({ shape, pick, exclusive, isReverse, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    return {
      op: 'cumsum',
      inputs: [{ shape }],
      seed: s,
      rest: [axis, { exclusive, reverse: isReverse }],
      ours: ([x]) => cumsum(x, axis, { exclusive, reverse: isReverse }),
      theirs: {
        onnx: {
          op: 'CumSum',
          inputs: [0, fixed([], [axis], 'int64')],
          attributes: { exclusive: Number(exclusive), reverse: Number(isReverse) },
        },
      },
      bound: { terms: shape[fromFirst(axis, shape.length)] },
    };
  },
  ['cumsum'],
);

/** Places counted from either end. */
const gathered = peerOp(
  'Gather',
  fc.record({ shape: shapeOf(1, 4), own: shapeOf(0, 2), pick: from(0, 99), seed }),
  ({ shape, own, pick, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const n = shape[fromFirst(axis, shape.length)];
    return {
      op: 'gather',
      inputs: [{ shape }, { shape: cut(own, 20), numbers: { from: -n, below: n } }],
      seed: s,
      rest: [axis],
      ours: ([x, indices]) => gather(x, indices, axis),
      theirs: { onnx: { op: 'Gather', inputs: [0, 1], attributes: { axis } } },
    };
  },
  ['gather'],
);

const pointed = peerOp(
  'GatherND',
  fc.record({ shape: shapeOf(1, 4), own: shapeOf(0, 2), depth: from(0, 9), seed }),
  ({ shape, own, depth, seed: s }) => {
    const count = 1 + (depth % shape.length);
    const n = Math.min(...shape.slice(0, count));
    return {
      op: 'gatherND',
      inputs: [{ shape }, { shape: [...cut(own, 20), count], numbers: { from: -n, below: n } }],
      seed: s,
      ours: ([x, indices]) => gatherND(x, indices),
      theirs: { onnx: { op: 'GatherND', inputs: [0, 1] } },
    };
  },
  ['gatherND'],
);

const elements = peerOp(
  'GatherElements',
  fc.record({ shape: shapeOf(1, 4), some: picks, pick: from(0, 99), seed }),
  ({ shape, some, pick, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const at = fromFirst(axis, shape.length);
    const own = shape.map((n, i) => (i === at ? 1 + (some[i] % 5) : 1 + (some[i] % n)));
    return {
      op: 'GatherElements',
      inputs: [{ shape }, { shape: own, numbers: { from: -shape[at], below: shape[at] } }],
      seed: s,
      theirs: { onnx: { op: 'GatherElements', inputs: [0, 1], attributes: { axis } } },
    };
  },
);

/** No two places are equal if one write would replace another. */
const scattered = peerOp(
  'ScatterND',
  fc.record({ first: from(1, 9), rest: shapeOf(0, 2), count: from(1, 9), reduction: fc.constantFrom('none', 'add', 'mul', 'max', 'min'), seed }), // prettier-ignore
  ({ first, rest, count, reduction, seed: s }) => {
    const small = cut(rest, 60);
    const next = generator(s);
    const order = Array.from({ length: first }, (_, i) => [next(), i] as const).toSorted(([a], [b]) => a - b);
    const own = reduction === 'none' ? order.slice(0, count).map(([, i]) => i) : Array.from({ length: count }, () => Math.floor(next() * first)); // prettier-ignore
    return {
      op: 'ScatterND',
      inputs: [{ shape: [first, ...small] }, { shape: [own.length, ...small] }],
      seed: s,
      rest: [own, reduction],
      theirs: {
        onnx: {
          op: 'ScatterND',
          inputs: [0, fixed([own.length, 1], own, 'int64'), 1],
          opset: 18,
          attributes: { reduction },
        },
      },
      bound: { terms: count + 1 },
    };
  },
);

const hot = peerOp(
  'OneHot',
  fc.record({ shape: shapeOf(1, 3), depth: size, pick: from(0, 99), seed }),
  ({ shape: given, depth, pick, seed: s }) => {
    const shape = cut(given, 60);
    const axis = axisOf(pick, shape.length + 1);
    return {
      op: 'OneHot',
      inputs: [{ shape, numbers: { from: -depth - 1, below: depth + 1 } }],
      seed: s,
      rest: [depth, axis],
      theirs: {
        onnx: {
          op: 'OneHot',
          inputs: [0, fixed([], [depth], 'int64'), fixed([2], [-0.5, 2])],
          attributes: { axis },
        },
      },
    };
  },
);

const best = peerOp(
  'TopK',
  fc.record({ shape: shapeOf(1, 4), pick: from(0, 99), k: from(1, 20), isLargest: fc.boolean(), numbers, seed }),
  ({ shape, pick, k, isLargest, numbers: own, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const count = Math.min(k, shape[fromFirst(axis, shape.length)]);
    return {
      op: 'TopK',
      inputs: [{ shape, numbers: own }],
      seed: s,
      rest: [count, axis],
      theirs: {
        onnx: {
          op: 'TopK',
          inputs: [0, whole(count)],
          outputs: 2,
          attributes: { axis, largest: Number(isLargest) },
        },
      },
    };
  },
);

/** Boxes of random corners in any order, or of centers and sizes. */
const boxed = peerOp(
  'NonMaxSuppression',
  fc.record({ batch: from(1, 2), classes: from(1, 3), boxes: from(1, 12), most: from(1, 6), iou: fc.constantFrom(0.1, 0.3, 0.5, 0.9), score: fc.constantFrom(undefined, 0.2, 0.5), isCenter: fc.boolean(), seed }), // prettier-ignore
  ({ batch, classes, boxes, most, iou, score, isCenter, seed: s }) => ({
    op: 'NonMaxSuppression',
    inputs: [
      { shape: [batch, boxes, 4], numbers: 'above' },
      { shape: [batch, classes, boxes], numbers: 'above' },
    ],
    seed: s,
    rest: [{ most, iou, score, isCenter }],
    theirs: {
      onnx: {
        op: 'NonMaxSuppression',
        inputs: [0, 1, whole(most), fixed([1], [iou]), ...(score === undefined ? [] : [fixed([1], [score])])],
        attributes: { center_point_box: Number(isCenter) },
      },
    },
  }),
);

const nonZeros = peerOp('NonZero', fc.record({ shape: shapeOf(1, 4), seed }), ({ shape, seed: s }) => ({
  op: 'NonZero',
  inputs: [{ shape: cut(shape, 300), numbers: 'whole' }],
  seed: s,
  theirs: { onnx: { op: 'NonZero', inputs: [0] } },
}));

const triangles = peerOp(
  'Trilu',
  fc.record({ shape: shapeOf(2, 4), k: from(-6, 6), isUpper: fc.boolean(), seed }),
  ({ shape, k, isUpper, seed: s }) => ({
    op: 'Trilu',
    inputs: [{ shape }],
    seed: s,
    rest: [k, { isUpper }],
    theirs: {
      onnx: { op: 'Trilu', inputs: [0, fixed([], [k], 'int64')], attributes: { upper: Number(isUpper) } },
    },
  }),
);

const unique = peerOp(
  'Unique',
  fc.record({ n: from(1, 30), isSorted: fc.boolean(), seed }),
  ({ n, isSorted, seed: s }) => ({
    op: 'Unique',
    inputs: [{ shape: [n], numbers: 'whole' }],
    seed: s,
    theirs: { onnx: { op: 'Unique', inputs: [0], outputs: 4, attributes: { sorted: Number(isSorted) } } },
  }),
);

export const onnxIndices: readonly PeerOp[] = [
  places,
  running,
  gathered,
  pointed,
  elements,
  scattered,
  hot,
  best,
  boxed,
  nonZeros,
  triangles,
  unique,
];
