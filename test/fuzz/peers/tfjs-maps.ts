/** Element by element, against TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as library from '../../../src/index';
import { activate, batchNorm, cast, multiply, type ActivationName, type Tensor } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { exponential, functionOf, roundings } from './bounds';
import { cut, operandsOf, picks, seed, shapeOf } from './draws';
import { peerOp, type Bound, type Numbers, type PeerOp } from './peer-call';

type Map = (x: tf.Tensor) => tf.Tensor;
type Row = readonly [theirs: Map, numbers: Numbers, bound?: Bound];

const half = (y: number): number => EPSILON * Math.abs(y);
/** WGSL's logarithm is off by 2^-21 near 1, and by 3 units elsewhere. */
const logarithm: Bound = (y) => y.map((v) => 2 ** -20 + 8 * EPSILON * Math.abs(v));

/** Functions of one number by the public names. */
const FUNCTIONS: Readonly<Record<string, Row>> = {
  abs: [tf.abs, 'around'],
  acos: [tf.acos, 'around', functionOf('acos', half)],
  asin: [tf.asin, 'around', functionOf('asin', half)],
  atan: [tf.atan, 'wide', functionOf('atan', half)],
  ceil: [tf.ceil, 'wide'],
  cos: [tf.cos, 'wide', functionOf('cos', half)],
  cosh: [tf.cosh, 'wide', functionOf('cosh', half)],
  // TensorFlow.js uses five terms, which are off by 1.5e-7.
  erf: [tf.erf, 'wide', functionOf('erf', (y) => 1.5e-7 + half(y))],
  exp: [tf.exp, 'wide', (y, [x]) => y.map((v, i) => (8 + 4 * Math.abs(x[i])) * EPSILON * v)],
  expm1: [tf.expm1, 'wide', functionOf('expm1', half)],
  floor: [tf.floor, 'wide'],
  isNan: [tf.isNaN, 'wide'],
  log: [tf.log, 'above', logarithm],
  log1p: [tf.log1p, 'above', functionOf('log1p', half)],
  logicalNot: [tf.logicalNot, 'truth'],
  negate: [tf.neg, 'around'],
  reciprocal: [tf.reciprocal, 'above', roundings(6)],
  round: [tf.round, 'wide'],
  rsqrt: [tf.rsqrt, 'above', roundings(6)],
  selu: [tf.selu, 'wide', functionOf('selu', half)],
  sign: [tf.sign, 'whole'],
  sin: [tf.sin, 'wide', functionOf('sin', half)],
  sinh: [tf.sinh, 'wide', functionOf('sinh', half)],
  sqrt: [tf.sqrt, 'above', roundings(8)],
  square: [tf.square, 'around', roundings(2)],
  tan: [tf.tan, 'around', functionOf('tan', half)],
};

type Named<T> = Readonly<Record<string, T>>;
const ours = library as unknown as Named<(...args: readonly Tensor[]) => Tensor>;
const named = fc.record({ shape: shapeOf(0, 6), seed });

const maps = peerOp(
  'functions',
  fc.tuple(fc.constantFrom(...Object.keys(FUNCTIONS)), named).map(([name, g]) => ({ name, ...g })),
  ({ name, shape, seed: s }) => {
    const [theirs, numbers, bound] = FUNCTIONS[name];
    return {
      op: name,
      inputs: [{ shape, numbers }],
      seed: s,
      ours: ([x]) => ours[name](x),
      theirs: { tfjs: ([x]) => theirs(x) },
      ...(bound && { bound }),
    };
  },
  Object.keys(FUNCTIONS),
);

const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [Map, Bound?]>>> = {
  linear: [(x) => x],
  relu: [tf.relu],
  relu6: [tf.relu6],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.2), roundings(3)],
  elu: [tf.elu, exponential],
  sigmoid: [tf.sigmoid, exponential],
  tanh: [tf.tanh, exponential],
  softplus: [tf.softplus, exponential],
};

const activated = peerOp(
  'activate',
  fc.tuple(fc.constantFrom(...Object.keys(ACTIVATIONS)), named).map(([name, g]) => ({ name, ...g })),
  ({ name, shape, seed: s }) => {
    const activation = name as ActivationName;
    const [theirs, bound] = ACTIVATIONS[activation]!;
    return {
      op: 'activate',
      inputs: [{ shape, numbers: 'wide' }],
      seed: s,
      rest: [name],
      ours: ([x]) => activate(x, activation),
      theirs: { tfjs: ([x]) => theirs(x) },
      ...(bound && { bound }),
    };
  },
);

type Operator = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type OperatorRow = readonly [theirs: Operator, numbers: readonly [Numbers, Numbers], bound?: Bound];

const AROUND = ['around', 'around'] as const;
const WHOLE = ['whole', 'whole'] as const;
const TRUTH = ['truth', 'truth'] as const;

const OPERATORS: Readonly<Record<string, OperatorRow>> = {
  add: [tf.add, AROUND, roundings(2)],
  atan2: [tf.atan2, WHOLE, roundings(18)],
  divide: [tf.div, ['around', 'above'], roundings(6)],
  divNoNan: [tf.divNoNan, WHOLE, roundings(6)],
  equal: [tf.equal, WHOLE],
  floorDiv: [(a, b) => tf.floor(tf.div(a, b)), ['whole', { from: 1, below: 5 }]],
  greater: [tf.greater, WHOLE],
  greaterEqual: [tf.greaterEqual, WHOLE],
  less: [tf.less, WHOLE],
  lessEqual: [tf.lessEqual, WHOLE],
  logicalAnd: [tf.logicalAnd, TRUTH],
  logicalOr: [tf.logicalOr, TRUTH],
  logicalXor: [tf.logicalXor, TRUTH],
  maximum: [tf.maximum, AROUND],
  minimum: [tf.minimum, AROUND],
  mod: [tf.mod, ['whole', 'above'], (y) => y.map(() => 0)],
  multiply: [tf.mul, AROUND, roundings(2)],
  notEqual: [tf.notEqual, WHOLE],
  // A power is 2 to the power of a product with a logarithm, and each of these is off by a few units.
  power: [tf.pow, ['above', 'around'], (y) => y.map((v) => 2 ** -18 * v)],
  squaredDifference: [tf.squaredDifference, AROUND, roundings(5)],
  subtract: [tf.sub, AROUND, roundings(2)],
};

const operators = peerOp(
  'operators',
  fc
    .tuple(fc.constantFrom(...Object.keys(OPERATORS)), fc.record({ shape: shapeOf(0, 6), pick: picks, seed }))
    .map(([name, g]) => ({ name, ...g })),
  ({ name, shape, pick, seed: s }) => {
    const [theirs, numbers, bound] = OPERATORS[name];
    return {
      op: name,
      inputs: operandsOf(shape, pick, 2).map((own, i) => ({ shape: own, numbers: numbers[i] })),
      seed: s,
      ours: ([a, b]) => ours[name](a, b),
      theirs: {
        tfjs: ([a, b]) => {
          const [x, y] = [a, b].map((t) => (t.dtype === 'int32' ? tf.cast(t, 'float32') : t));
          return theirs(x, y);
        },
      },
      ...(bound && { bound }),
    };
  },
  Object.keys(OPERATORS),
);

/** Casts to float16 and back, so that both libraries round to halves. */
const casts = peerOp('cast', named, ({ shape, seed: s }) => ({
  op: 'cast',
  inputs: [{ shape, numbers: 'whole' }],
  seed: s,
  rest: ['f16'],
  ours: ([x]) => cast(x, 'f16'),
  theirs: { tfjs: ([x]) => tf.cast(tf.cast(x, 'int32'), 'float32') },
}));

const normalized = peerOp(
  'batchNorm',
  fc.record({ shape: shapeOf(4, 4), scale: fc.boolean(), offset: fc.boolean(), seed }),
  (g) => {
    const shape = cut(g.shape);
    const channels = { shape: shape.slice(-1) };
    const others = [channels, { ...channels, numbers: 'above' as const }, ...(g.scale ? [channels] : []), ...(g.offset ? [channels] : [])]; // prettier-ignore
    const parts = <T>([mean, variance, ...rest]: readonly T[]): { mean: T; variance: T; scale?: T; offset?: T } => ({
      mean,
      variance,
      ...(g.scale && { scale: rest[0] }),
      ...(g.offset && { offset: rest[Number(g.scale)] }),
    });
    return {
      op: 'batchNorm',
      inputs: [{ shape }, ...others],
      seed: g.seed,
      rest: [{ scale: g.scale, offset: g.offset, epsilon: 0.01 }],
      ours: ([x, ...rest]) => batchNorm(x, { ...parts(rest), epsilon: 0.01 }),
      theirs: {
        tfjs: ([x, ...rest]) => {
          const { mean, variance, scale, offset } = parts(rest);
          return tf.batchNorm(x, mean, variance, offset, scale, 0.01);
        },
      },
      // A factor of at most 3 multiplies differences of numbers up to 1, and a number of that size is subtracted again.
      bound: (y) => y.map(() => 12 * 7 * EPSILON),
    };
  },
);

/** Random numbers are never NaN, so this makes NaN as 0 * Infinity. */
const nans = peerOp('isNan', named, ({ shape, seed: s }) => ({
  op: 'isNan',
  inputs: [{ shape, numbers: 'whole' }],
  seed: s,
  rest: ['x * Infinity'],
  ours: ([x]) => {
    using infinite = multiply(x, Infinity);
    return library.isNan(infinite);
  },
  theirs: { tfjs: ([x]) => tf.isNaN(tf.mul(x, Infinity)) },
}));

export const tfjsMaps: readonly PeerOp[] = [maps, activated, operators, casts, normalized, nans];
