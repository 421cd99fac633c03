/** Norms, against ONNX Runtime. */
import fc from 'fast-check';
import { batchNorm, instanceNorm, layerNorm, localResponseNormalization, type Tensor } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { float } from '../../support/onnx-cases';
import { roundings, roundingsOf } from './bounds';
import { axisOf, cut, from, fromFirst, image, seed, shapeOf } from './draws';
import { peerOp, type PeerOp } from './peer-call';

const NCHW = { dataFormat: 'NCHW' } as const;

/**
 * A difference of numbers up to 1, times a factor of at most 1 / sqrt(epsilon), in both libraries. Scale and offset are up to 1.
 */
const NORM_EPSILON = 0.01;

const normBound = (terms: number): ReturnType<typeof roundingsOf> => roundingsOf(2 * (40 + 2 * Math.sqrt(terms)), 10);

const instances = peerOp(
  'InstanceNormalization',
  fc.record({ shape: shapeOf(3, 5), seed }),
  ({ shape: given, seed: s }) => {
    const shape = cut(given, 800);
    const channels = { shape: [shape[1]] };
    return {
      op: 'instanceNorm',
      inputs: [{ shape }, channels, channels],
      seed: s,
      rest: [{ ...NCHW, epsilon: NORM_EPSILON }],
      ours: ([x, scale, offset]) => instanceNorm(x, { scale, offset, epsilon: NORM_EPSILON, ...NCHW }),
      theirs: {
        onnx: { op: 'InstanceNormalization', inputs: [0, 1, 2], attributes: { epsilon: float(NORM_EPSILON) } },
      },
      bound: normBound(shape.slice(2).reduce((all, n) => all * n, 1)),
    };
  },
  ['instanceNorm'],
);

const layers = peerOp(
  'LayerNormalization',
  fc.record({ shape: shapeOf(1, 5), pick: from(0, 9), hasOffset: fc.boolean(), isFromEnd: fc.boolean(), seed }),
  ({ shape, pick, hasOffset, isFromEnd, seed: s }) => {
    const first = pick % shape.length;
    const axes = [...shape.keys()].slice(first);
    const own = { shape: shape.slice(first) };
    return {
      op: 'layerNorm',
      inputs: [{ shape }, own, ...(hasOffset ? [own] : [])],
      seed: s,
      rest: [axes],
      ours: ([x, scale, offset]) => layerNorm(x, { axes, scale, offset, epsilon: NORM_EPSILON }),
      theirs: {
        onnx: {
          op: 'LayerNormalization',
          inputs: [0, 1, ...(hasOffset ? [2] : [])],
          attributes: { axis: isFromEnd ? first - shape.length : first, epsilon: float(NORM_EPSILON) },
        },
      },
      bound: normBound(own.shape.reduce((all, n) => all * n, 1)),
    };
  },
  ['layerNorm'],
);

const groups = peerOp(
  'GroupNormalization',
  fc.record({ batch: from(1, 3), groups: from(1, 4), perGroup: from(1, 4), rest: shapeOf(1, 2), seed }),
  ({ batch, groups: count, perGroup, rest, seed: s }) => {
    const shape = cut([batch, count * perGroup, ...rest], 800);
    const channels = { shape: [count * perGroup] };
    return {
      op: 'GroupNormalization',
      inputs: [{ shape }, channels, channels],
      seed: s,
      theirs: {
        onnx: {
          op: 'GroupNormalization',
          inputs: [0, 1, 2],
          opset: 21,
          attributes: { num_groups: count, epsilon: float(NORM_EPSILON) },
        },
      },
      bound: normBound(perGroup * rest.reduce((all, n) => all * n, 1)),
    };
  },
);

const responses = peerOp(
  'LRN',
  fc.record({ shape: image, radius: from(0, 4), alpha: fc.constantFrom(0.5, 1e-4), beta: fc.constantFrom(0.5, 0.75), bias: fc.constantFrom(1, 2), seed }), // prettier-ignore
  ({ shape, radius, alpha, beta, bias, seed: s }) => {
    const count = 2 * radius + 1;
    const options = { ...NCHW, depthRadius: radius, alpha: alpha / count, beta, bias };
    return {
      op: 'localResponseNormalization',
      inputs: [{ shape }],
      seed: s,
      rest: [options],
      ours: ([x]) => localResponseNormalization(x, options),
      theirs: {
        onnx: {
          op: 'LRN',
          inputs: [0],
          attributes: { size: count, alpha: float(alpha), beta: float(beta), bias: float(bias) },
        },
      },
      bound: roundings(128),
    };
  },
  ['localResponseNormalization'],
);

/** Differences of numbers up to 1, times a factor of at most 3. */
const normalized = peerOp(
  'BatchNormalization',
  fc.record({ shape: image, isRow: fc.boolean(), seed }),
  ({ shape: given, isRow, seed: s }) => {
    const shape = isRow ? given.slice(0, 3) : given;
    const channels = { shape: [shape[1]] };
    return {
      op: 'batchNorm',
      inputs: [{ shape }, channels, channels, channels, { ...channels, numbers: 'above' }],
      seed: s,
      ...(!isRow && {
        ours: ([x, scale, offset, mean, variance]: readonly Tensor[]) =>
          batchNorm(x, { scale, offset, mean, variance, epsilon: 0.01 }, NCHW),
      }),
      theirs: {
        onnx: { op: 'BatchNormalization', inputs: [0, 1, 2, 3, 4], attributes: { epsilon: float(0.01) } },
      },
      bound: (y) => y.map(() => 12 * 7 * EPSILON),
    };
  },
  ['batchNorm'],
);

const lengths = peerOp(
  'LpNormalization',
  fc.record({ shape: shapeOf(1, 4), pick: from(0, 99), p: from(1, 2), seed }),
  ({ shape, pick, p, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    return {
      op: 'LpNormalization',
      inputs: [{ shape, numbers: 'above' }],
      seed: s,
      rest: [axis, p],
      theirs: { onnx: { op: 'LpNormalization', inputs: [0], attributes: { axis, p } } },
      bound: roundings(2 * shape[fromFirst(axis, shape.length)] + 30),
    };
  },
);

const deviations = peerOp(
  'MeanVarianceNormalization',
  fc.record({ shape: image, seed }),
  ({ shape: given, seed: s }) => {
    // With few numbers, the deviation can be as small as its own rounding error.
    const shape = given.map((n, axis) => (axis === 1 ? n : n + 2));
    return {
      op: 'MeanVarianceNormalization',
      inputs: [{ shape: cut(shape, 4000) }],
      seed: s,
      theirs: { onnx: { op: 'MeanVarianceNormalization', inputs: [0] } },
      bound: roundingsOf(2 * (40 + 2 * 64), 20),
    };
  },
);

export const onnxNorms: readonly PeerOp[] = [instances, layers, groups, responses, normalized, lengths, deviations];
