/** Pools and resizing, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { averagePool2d, maxPool2d, resizeBilinear, resizeNearestNeighbor } from '../../../src/index';
import { roundingsOf } from './bounds';
import { from, image, pairOf, seed, size, type Pair } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const steps = from(1, 4);

const padding = fc.constantFrom('same' as const, 'valid' as const);

const pooled = peerOp(
  'pools',
  fc.record({ isMax: fc.boolean(), shape: image, window: pairOf(from(1, 5)), strides: pairOf(steps), padding, sides: fc.option(fc.tuple(from(0, 4), from(0, 4), from(0, 4), from(0, 4)), { nil: undefined }), seed }), // prettier-ignore
  (g) => {
    const { shape } = g;
    const isSame = g.sides === undefined && g.padding === 'same';
    const windowSize = [0, 1].map((i) => (isSame ? g.window[i] : Math.min(g.window[i], shape[i + 1]))) as unknown as Pair; // prettier-ignore
    // No window lies in the padding alone.
    const side = (i: number): number => Math.min(g.sides?.[i] ?? 0, windowSize[i >> 1] - 1);
    const sides = [[side(0), side(1)], [side(2), side(3)]] as const; // prettier-ignore
    const options = { windowSize, strides: g.strides, padding: g.sides === undefined ? g.padding : sides };
    const theirs = (g.sides === undefined ? g.padding : [[0, 0], ...sides, [0, 0]]) as 'same';
    return {
      op: g.isMax ? 'maxPool2d' : 'averagePool2d',
      inputs: [{ shape }],
      seed: g.seed,
      rest: [options],
      ours: ([x]) => (g.isMax ? maxPool2d : averagePool2d)(x, options),
      theirs: {
        tfjs: ([x]) => (g.isMax ? tf.maxPool : tf.avgPool)(x as tf.Tensor4D, [...windowSize], [...g.strides], theirs),
      },
      ...(!g.isMax && { bound: { terms: windowSize[0] * windowSize[1] + 5 } }),
    };
  },
  ['maxPool2d', 'averagePool2d'],
);

const resized = peerOp(
  'resizing',
  fc.record({ isNearest: fc.boolean(), shape: image, to: pairOf(size), grid: fc.constantFrom('corners', 'centers', 'none'), seed }), // prettier-ignore
  ({ isNearest, shape, to, grid, seed: s }) => {
    const [alignCorners, halfPixelCenters] = [grid === 'corners', grid === 'centers'];
    return {
      op: isNearest ? 'resizeNearestNeighbor' : 'resizeBilinear',
      inputs: [{ shape }],
      seed: s,
      rest: [to, { alignCorners, halfPixelCenters }],
      ours: ([x]) => (isNearest ? resizeNearestNeighbor : resizeBilinear)(x, to, { alignCorners, halfPixelCenters }),
      theirs: {
        tfjs: ([x]) =>
          (isNearest ? tf.image.resizeNearestNeighbor : tf.image.resizeBilinear)(
            x as tf.Tensor4D,
            [...to],
            alignCorners,
            halfPixelCenters,
          ),
      },
      // The bound covers two differences of numbers up to 1, with weights that are rounded quotients.
      ...(!isNearest && { bound: roundingsOf(24, 1) }),
    };
  },
  ['resizeNearestNeighbor', 'resizeBilinear'],
);

export const tfjsImages: readonly PeerOp[] = [pooled, resized];
