/** Sums, extremes and places along axes, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  argMax,
  argMin,
  globalAveragePool,
  globalMaxPool,
  localResponseNormalization,
  logSoftmax,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  softmax,
} from '../../../src/index';
import { EPSILON } from '../../support/close';
import { roundings } from './bounds';
import { axisOf, from, fromFirst, image, picks, seed, shapeOf } from './draws';
import { peerOp, type Bound, type Numbers, type PeerOp } from './peer-call';

type Reduction = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

const REDUCTIONS = {
  reduceMax: [reduceMax, tf.max as Reduction],
  reduceMean: [reduceMean, tf.mean as Reduction],
  reduceMin: [reduceMin, tf.min as Reduction],
  reduceProd: [reduceProd, tf.prod as Reduction],
  reduceSum: [reduceSum, tf.sum as Reduction],
} as const;

const names = Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[];

const reduced = peerOp(
  'reductions',
  fc.record({ name: fc.constantFrom(...names), shape: shapeOf(1, 5), pick: picks, keepDims: fc.boolean(), seed }),
  ({ name, shape, pick, keepDims, seed: s }) => {
    const [ours, theirs] = REDUCTIONS[name];
    const axes = [...shape.keys()].filter((i) => pick[i] % 2 === 1);
    const terms = axes.reduce((all, axis) => all * shape[axis], 1);
    const isSum = name === 'reduceSum' || name === 'reduceMean';
    // A quotient is off by 2.5 units. A product of all the terms is rounded after each term.
    const bound: Bound | undefined = isSum ? { terms: terms + 5 } : name === 'reduceProd' ? roundings(2 * terms + 2) : undefined; // prettier-ignore
    return {
      op: name,
      inputs: [{ shape }],
      seed: s,
      rest: [axes, { keepDims }],
      ours: ([x]) => ours(x, axes, { keepDims }),
      // Without axes, TensorFlow.js reduces all of them, too, but not with an empty list.
      theirs: { tfjs: ([x]) => (axes.length === 0 ? tf.clone(x) : theirs(x, axes, keepDims)) },
      ...(bound && { bound }),
    };
  },
  names,
);

/** Whole numbers with several equal minima. */
const numbers: fc.Arbitrary<Numbers> = fc.constantFrom('around', 'whole');

const PLACES = { argMax: [argMax, tf.argMax], argMin: [argMin, tf.argMin] } as const;

const places = peerOp(
  'places',
  fc.record({ name: fc.constantFrom('argMax', 'argMin'), shape: shapeOf(1, 5), pick: from(0, 99), numbers, seed }),
  ({ name, shape, pick, numbers: own, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const [ours, theirs] = PLACES[name];
    return {
      op: name,
      inputs: [{ shape, numbers: own }],
      seed: s,
      rest: [axis],
      ours: ([x]) => ours(x, axis),
      theirs: { tfjs: ([x]) => theirs(x, fromFirst(axis, shape.length)) },
    };
  },
  ['argMax', 'argMin'],
);

const soft = peerOp(
  'softmax',
  fc.record({ isLog: fc.boolean(), shape: shapeOf(1, 5), numbers: fc.constantFrom('around', 'wide'), seed }),
  ({ isLog, shape, numbers: own, seed: s }) => {
    const row = shape[shape.length - 1];
    const width = own === 'wide' ? 16 : 2;
    return {
      op: isLog ? 'logSoftmax' : 'softmax',
      inputs: [{ shape, numbers: own }],
      seed: s,
      ours: ([x]) => (isLog ? logSoftmax : softmax)(x),
      theirs: { tfjs: ([x]) => (isLog ? tf.logSoftmax(x) : tf.softmax(x)) },
      // The errors of exponentials of the distances from the largest number, their sum, and a quotient or a logarithm, in both
      // libraries.
      bound: isLog
        ? (y) => y.map((v) => 2 * (16 + row + 8 * Math.abs(v)) * EPSILON + 2 ** -20)
        : roundings(2 * (2 * (3 + 2 * width) + 2 + row + 5)),
    };
  },
  ['softmax', 'logSoftmax'],
);

const global = peerOp(
  'global pools',
  fc.record({ isMax: fc.boolean(), shape: image, isFirst: fc.boolean(), keepDims: fc.boolean(), seed }),
  ({ isMax, shape, isFirst, keepDims, seed: s }) => {
    const axes = isFirst ? [2, 3] : [1, 2];
    const options = { dataFormat: isFirst ? 'NCHW' : 'NHWC', keepDims } as const;
    return {
      op: isMax ? 'globalMaxPool' : 'globalAveragePool',
      inputs: [{ shape }],
      seed: s,
      rest: [options],
      ours: ([x]) => (isMax ? globalMaxPool : globalAveragePool)(x, options),
      theirs: { tfjs: ([x]) => (isMax ? tf.max : tf.mean)(x, axes, keepDims) },
      ...(!isMax && { bound: { terms: shape[axes[0]] * shape[axes[1]] + 5 } }),
    };
  },
  ['globalMaxPool', 'globalAveragePool'],
);

const responses = peerOp(
  'localResponseNormalization',
  fc.record({ shape: image, radius: from(0, 6), bias: fc.constantFrom(1, 2), alpha: fc.constantFrom(1, 0.1), beta: fc.constantFrom(0.5, 0.75, 1), seed }), // prettier-ignore
  ({ shape, radius, bias, alpha, beta, seed: s }) => {
    const options = { depthRadius: radius, bias, alpha, beta };
    return {
      op: 'localResponseNormalization',
      inputs: [{ shape }],
      seed: s,
      rest: [options],
      ours: ([x]) => localResponseNormalization(x, options),
      theirs: { tfjs: ([x]) => tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta) },
      bound: roundings(64),
    };
  },
);

export const tfjsReductions: readonly PeerOp[] = [reduced, places, soft, global, responses];
