/** Functions and operators that only ONNX has, against ONNX Runtime. */
import fc from 'fast-check';
import { power } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { fixed, float } from '../../support/onnx-cases';
import type { OnnxAttributeValue } from '../../support/onnx-file';
import { exponential, roundings } from './bounds';
import { from, operandsOf, picks, seed, shapeOf } from './draws';
import { peerOp, type Bound, type Numbers, type PeerOp } from './peer-call';

type Attributes = Readonly<Record<string, OnnxAttributeValue>>;

type Row = readonly [attributes: Attributes, numbers: Numbers, bound?: Bound];

const FUNCTIONS: Readonly<Record<string, Row>> = {
  Celu: [{ alpha: float(0.5) }, 'wide', exponential],
  Selu: [{ alpha: float(1.5), gamma: float(2) }, 'wide', (y, [x]) => y.map((v, i) => 3 * (24 + 6 * Math.abs(x[i])) * EPSILON * (1 + Math.abs(v)))], // prettier-ignore
  ThresholdedRelu: [{ alpha: float(0.25) }, 'around'],
};

const functions = peerOp(
  'functions that only ONNX has',
  fc
    .tuple(fc.constantFrom(...Object.keys(FUNCTIONS)), fc.record({ shape: shapeOf(0, 5), seed }))
    .map(([op, g]) => ({ op, ...g })),
  ({ op, shape, seed: s }) => {
    const [attributes, numbers, bound] = FUNCTIONS[op];
    return {
      op,
      inputs: [{ shape, numbers }],
      seed: s,
      theirs: { onnx: { op, inputs: [0], attributes } },
      ...(bound && { bound }),
    };
  },
  Object.keys(FUNCTIONS),
);

const clipped = peerOp(
  'Clip',
  fc.record({ shape: shapeOf(0, 5), low: fc.constantFrom(null, -0.5), high: fc.constantFrom(null, 0.25), seed }),
  ({ shape, low, high, seed: s }) => {
    const bounds = [low, high].map((n) => (n === null ? null : fixed([], [n])));
    return {
      op: 'Clip',
      inputs: [{ shape }],
      seed: s,
      rest: [low, high],
      theirs: { onnx: { op: 'Clip', inputs: [0, ...bounds] } },
    };
  },
);

const sloped = peerOp('PRelu', fc.record({ shape: shapeOf(1, 4), pick: picks, seed }), ({ shape, pick, seed: s }) => {
  const [slopes] = operandsOf(shape, pick, 1);
  return {
    op: 'PRelu',
    inputs: [{ shape }, { shape: slopes }],
    seed: s,
    theirs: { onnx: { op: 'PRelu', inputs: [0, 1] } },
    bound: roundings(2),
  };
});

const powers = peerOp(
  'Pow',
  fc.record({ shape: shapeOf(0, 5), pick: picks, seed }),
  ({ shape, pick, seed: s }) => {
    const [a, b] = operandsOf(shape, pick, 2);
    return {
      op: 'power',
      inputs: [{ shape: a, numbers: 'above' }, { shape: b }],
      seed: s,
      ours: ([x, y]) => power(x, y),
      theirs: { onnx: { op: 'Pow', inputs: [0, 1] } },
      // A power is 2 to the power of a product with a logarithm, and each of these is off by a few units.
      bound: (y) => y.map((v) => 2 ** -18 * v),
    };
  },
  ['power'],
);

const many = peerOp(
  'Sum and Mean',
  fc.record({ isMean: fc.boolean(), shape: shapeOf(0, 4), pick: picks, count: from(1, 4), seed }),
  ({ isMean, shape, pick, count, seed: s }) => {
    const inputs = operandsOf(shape, pick, count).map((own) => ({ shape: own }));
    const op = isMean ? 'Mean' : 'Sum';
    return {
      op,
      inputs,
      seed: s,
      theirs: { onnx: { op, inputs: inputs.map((_, i) => i) } },
      bound: { terms: count + 5 },
    };
  },
  ['Sum', 'Mean'],
);

export const onnxFunctions: readonly PeerOp[] = [functions, clipped, sloped, powers, many];
