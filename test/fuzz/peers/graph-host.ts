/** The ops that a graph model computes on the CPU, against TensorFlow.js. */
import fc from 'fast-check';
import { flag, floats, ints, text, type TinyWeight } from '../../support/graph-model';
import { cut, from, seed, shapeOf } from './draws';
import { peerOp, type Numbers, type PeerOp } from './peer-call';

const scalar = (name: string, value: number): TinyWeight => ints(name, [value], []);
const number = (name: string, value: number): TinyWeight => floats(name, [], [value]);
const numbers: fc.Arbitrary<Numbers> = fc.constantFrom('around', 'whole');

const best = peerOp(
  'TopKV2',
  fc.record({ shape: shapeOf(1, 4), k: from(1, 20), numbers, seed }),
  ({ shape, k, numbers: own, seed: s }) => ({
    op: 'TopKV2',
    inputs: [{ shape, numbers: own }],
    seed: s,
    theirs: {
      graph: {
        op: 'TopKV2',
        parameters: [scalar('k', Math.min(k, shape[shape.length - 1]))],
        outputs: 2,
        attr: { sorted: flag(true) },
      },
    },
  }),
);

const boxed = peerOp(
  'NonMaxSuppressionV3 and V5',
  fc.record({ boxes: from(1, 14), most: from(1, 8), iou: fc.constantFrom(0.1, 0.3, 0.5, 0.9), score: fc.constantFrom(0.2, 0.5), sigma: fc.constantFrom(undefined, 0, 0.5), seed }), // prettier-ignore
  ({ boxes, most, iou, score, sigma, seed: s }) => {
    const version = sigma === undefined ? 'V3' : 'V5';
    return {
      op: `NonMaxSuppression${version}`,
      inputs: [
        { shape: [boxes, 4], numbers: 'above' },
        { shape: [boxes], numbers: 'above' },
      ],
      seed: s,
      theirs: {
        graph: {
          op: `NonMaxSuppression${version}`,
          parameters: [
            scalar('most', most),
            number('iou', iou),
            number('score', score),
            ...(sigma === undefined ? [] : [number('sigma', sigma)]),
          ],
          outputs: sigma === undefined ? 1 : 2,
        },
      },
      // Scores that neighbours have lowered are products of exponentials.
      ...(sigma !== undefined && { bound: (y) => y.map((v) => 2 ** -18 * Math.abs(v)) }),
    };
  },
  ['NonMaxSuppressionV3', 'NonMaxSuppressionV5'],
);

const truths = peerOp('Where of a graph', fc.record({ shape: shapeOf(1, 4), seed }), ({ shape, seed: s }) => ({
  op: 'Where',
  inputs: [{ shape: cut(shape, 300), numbers: 'truth' }],
  seed: s,
  theirs: { graph: { op: 'Where' } },
}), ['Where']); // prettier-ignore

const cropped = peerOp(
  'CropAndResize',
  fc.record({ sizes: fc.tuple(from(1, 2), from(2, 9), from(2, 9), from(1, 5)), boxes: from(1, 4), to: fc.tuple(from(1, 5), from(1, 5)), isNearest: fc.boolean(), seed }), // prettier-ignore
  ({ sizes, boxes, to, isNearest, seed: s }) => ({
    op: 'CropAndResize',
    inputs: [
      { shape: sizes },
      { shape: [boxes, 4], numbers: 'above' },
      { shape: [boxes], numbers: { below: sizes[0] } },
    ],
    seed: s,
    theirs: {
      graph: {
        op: 'CropAndResize',
        parameters: [ints('size', [...to])],
        attr: { method: text(isNearest ? 'nearest' : 'bilinear'), extrapolation_value: { f: 0.5 } },
      },
    },
    ...(!isNearest && { bound: (y) => y.map(() => 2 ** -19) }),
  }),
);

export const graphHosts: readonly PeerOp[] = [best, boxed, truths, cropped];
