/** Elements by their places, and blocks of them, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { batchToSpace, cumsum, depthToSpace, gather, gatherND, oneHot, spaceToBatch, where } from '../../../src/index';
import { axisOf, cut, from, fromFirst, operandsOf, picks, seed, shapeOf, size, type Pair } from './draws';
import { peerOp, type PeerOp } from './peer-call';

/** One to three axes that are split into blocks, and up to two behind them. */
const dealt = fc.record({
  batch: from(1, 3),
  axes: fc.array(fc.record({ size: from(1, 7), block: from(1, 4), before: from(0, 5), after: from(0, 5) }), {
    minLength: 1,
    maxLength: 3,
  }),
  rest: fc.array(size, { maxLength: 1 }),
  seed,
});

const toBatch = peerOp('spaceToBatch', dealt, ({ batch, axes, rest, seed: s }) => {
  const block = axes.map((axis) => axis.block);
  const paddings = axes.map(({ size: n, block: b, before }): [number, number] => [
    before,
    Math.ceil((before + n) / b) * b - before - n,
  ]);
  return {
    op: 'spaceToBatch',
    inputs: [{ shape: cut([batch, ...axes.map((axis) => axis.size), ...rest], 3000) }],
    seed: s,
    rest: [block, paddings],
    ours: ([x]) => spaceToBatch(x, block, paddings),
    theirs: { tfjs: ([x]) => tf.spaceToBatchND(x, block, paddings) },
  };
});

const fromBatch = peerOp('batchToSpace', dealt, ({ batch, axes, rest, seed: s }) => {
  const block = axes.map((axis) => axis.block);
  const crops = axes.map(({ size: n, block: b, before, after }): [number, number] => {
    const first = before % (n * b);
    return [first, after % (n * b - first)];
  });
  return {
    op: 'batchToSpace',
    inputs: [{ shape: [batch * block.reduce((all, n) => all * n, 1), ...axes.map((axis) => axis.size), ...rest] }],
    seed: s,
    rest: [block, crops],
    ours: ([x]) => batchToSpace(x, block, crops),
    theirs: { tfjs: ([x]) => tf.batchToSpaceND(x, block, crops) },
  };
});

const blocks = peerOp(
  'depthToSpace',
  fc.record({ sizes: fc.tuple(from(1, 3), from(1, 7), from(1, 7), from(1, 5)), block: from(2, 4), seed }),
  ({ sizes: [n, h, w, c], block, seed: s }) => ({
    op: 'depthToSpace',
    inputs: [{ shape: [n, h, w, c * block ** 2] }],
    seed: s,
    rest: [block],
    ours: ([x]) => depthToSpace(x, block),
    theirs: { tfjs: ([x]) => tf.depthToSpace(x as tf.Tensor4D, block, 'NHWC') },
  }),
);

const gathered = peerOp(
  'gather',
  fc.record({ shape: shapeOf(1, 4), own: shapeOf(0, 2), pick: from(0, 99), batch: from(0, 3), seed }),
  ({ shape, own, pick, batch, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const at = fromFirst(axis, shape.length);
    const batchDims = Math.min(batch, at, 2);
    return {
      op: 'gather',
      inputs: [
        { shape },
        {
          shape: [...shape.slice(0, batchDims), ...own.map((n) => Math.min(n, 5))],
          numbers: { below: shape[at] },
        },
      ],
      seed: s,
      rest: [axis, { batchDims }],
      ours: ([x, indices]) => gather(x, indices, axis, { batchDims }),
      theirs: { tfjs: ([x, indices]) => tf.gather(x, indices, at, batchDims) },
    };
  },
);

const pointed = peerOp(
  'gatherND',
  fc.record({ shape: shapeOf(1, 5), own: shapeOf(0, 2), depth: from(0, 9), seed }),
  ({ shape, own, depth, seed: s }) => {
    const count = 1 + (depth % shape.length);
    return {
      op: 'gatherND',
      // One draw of numbers serves all axes.
      inputs: [{ shape }, { shape: [...own, count], numbers: { below: Math.min(...shape.slice(0, count)) } }],
      seed: s,
      ours: ([x, indices]) => gatherND(x, indices),
      theirs: { tfjs: ([x, indices]) => tf.gatherND(x, indices) },
    };
  },
);

const hot = peerOp(
  'oneHot',
  fc.record({
    shape: shapeOf(1, 3),
    // TensorFlow.js refuses 1.
    depth: from(2, 17),
    on: fc.constantFrom(1, 0.5, -3),
    off: fc.constantFrom(0, -2, 0.25),
    seed,
  }),
  ({ shape, depth, on, off, seed: s }) => ({
    op: 'oneHot',
    inputs: [{ shape: cut(shape, 200), numbers: { from: -2, below: depth + 2 } }],
    seed: s,
    rest: [depth, { onValue: on, offValue: off }],
    ours: ([x]) => oneHot(x, depth, { onValue: on, offValue: off }),
    theirs: { tfjs: ([x]) => tf.oneHot(x, depth, on, off, 'float32') },
  }),
);

const running = peerOp(
  'cumsum',
  fc.record({ shape: shapeOf(1, 4), pick: from(0, 99), exclusive: fc.boolean(), isReverse: fc.boolean(), seed }),
  ({ shape, pick, exclusive, isReverse, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    return {
      op: 'cumsum',
      inputs: [{ shape }],
      seed: s,
      rest: [axis, { exclusive, reverse: isReverse }],
      ours: ([x]) => cumsum(x, axis, { exclusive, reverse: isReverse }),
      theirs: { tfjs: ([x]) => tf.cumsum(x, fromFirst(axis, shape.length), exclusive, isReverse) },
      bound: { terms: shape[fromFirst(axis, shape.length)] },
    };
  },
);

const chosen = peerOp(
  'where',
  fc.record({ shape: shapeOf(0, 5), pick: picks, number: fc.constantFrom('none', 'first', 'second'), seed }),
  ({ shape, pick, number, seed: s }) => {
    const [condition, a, b] = operandsOf(shape, pick, 3);
    const sides = <T>([x, y]: readonly T[], instead: T): Pair<T> =>
      number === 'none' ? [x, y] : number === 'first' ? [instead, x] : [x, instead];
    const tensors = number === 'none' ? [a, b] : [a];
    return {
      op: 'where',
      inputs: [{ shape: condition, numbers: 'truth' }, ...tensors.map((own) => ({ shape: own }))],
      seed: s,
      rest: number === 'none' ? [] : [0.75, `as the ${number}`],
      ours: ([c, ...others]) => where(c, ...sides<(typeof others)[number] | number>(others, 0.75)),
      theirs: { tfjs: ([c, ...others]) => tf.where(c, ...sides<tf.Tensor>(others, tf.scalar(0.75))) },
    };
  },
);

export const tfjsIndices: readonly PeerOp[] = [toBatch, fromBatch, blocks, gathered, pointed, hot, running, chosen];
