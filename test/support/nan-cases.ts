/**
 * Every public function of tensors once, compared with TensorFlow.js: for one NaN or infinity in the input, both must give the
 * same numbers and NaN. A function that TensorFlow.js lacks is written with those it has. If its CPU kernel loses NaN but
 * TensorFlow's own does not, the case says so.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as library from '../../src/index';
import type { Tensor } from '../../src/index';
import { activationNames, type ActivationName } from '../../src/kernels/activation';

export interface NanCase {
  readonly title: string;
  /** The public function. */
  readonly name: string;
  /** Shapes of the input. If there is a choice, one has whole vectors of channels and one does not. */
  readonly shapes: readonly (readonly number[])[];
  /** Shapes of the other operands. */
  readonly others: readonly (readonly number[])[];
  /** Whether all numbers must be above 0. */
  readonly positive: boolean;
  readonly ours: (x: Tensor, ...others: readonly Tensor[]) => Tensor | readonly Tensor[];
  readonly theirs: (x: tf.Tensor4D, ...others: readonly tf.Tensor4D[]) => tf.Tensor | readonly tf.Tensor[];
}

/** Two images: one whose channels fill whole vectors, and one whose channels do not. */
const IMAGES = [
  [1, 4, 4, 4],
  [1, 4, 4, 5],
];

type Rest = Partial<Pick<NanCase, 'title' | 'shapes' | 'others' | 'positive'>>;

const of = (name: string, ours: NanCase['ours'], theirs: NanCase['theirs'], rest: Rest = {}): NanCase => ({
  title: name,
  name,
  shapes: IMAGES,
  others: [],
  positive: false,
  ours,
  theirs,
  ...rest,
});

/** NaN where x is NaN, and the values elsewhere: what the CPU kernel should give, but does not. */
const keeping = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.where(tf.isNaN(x), x, y);

type Pair = readonly [ours: (x: Tensor) => Tensor, theirs: (x: tf.Tensor) => tf.Tensor];
/** Grouped by whether numbers below 0 have a result. */
const UNARY: Readonly<Record<'all' | 'positive', Readonly<Record<string, Pair>>>> = {
  all: {
    abs: [library.abs, tf.abs],
    acos: [library.acos, tf.acos],
    asin: [library.asin, tf.asin],
    atan: [library.atan, tf.atan],
    cos: [library.cos, tf.cos],
    cosh: [library.cosh, tf.cosh],
    erf: [library.erf, tf.erf],
    expm1: [library.expm1, tf.expm1],
    isNan: [library.isNan, tf.isNaN],
    log1p: [library.log1p, tf.log1p],
    logicalNot: [library.logicalNot, (x) => tf.logicalNot(tf.cast(x, 'bool'))],
    selu: [library.selu, tf.selu],
    sin: [library.sin, tf.sin],
    sinh: [library.sinh, tf.sinh],
    tan: [library.tan, tf.tan],
    ceil: [library.ceil, tf.ceil],
    exp: [library.exp, tf.exp],
    floor: [library.floor, tf.floor],
    negate: [library.negate, tf.neg],
    reciprocal: [library.reciprocal, tf.reciprocal],
    round: [library.round, tf.round],
    // The CPU kernel gives 0 for NaN.
    sign: [library.sign, (x) => keeping(x, tf.sign(x))],
    square: [library.square, tf.square],
  },
  positive: { log: [library.log, tf.log], rsqrt: [library.rsqrt, tf.rsqrt], sqrt: [library.sqrt, tf.sqrt] },
};
const unary = Object.entries(UNARY).flatMap(([kind, pairs]) =>
  Object.entries(pairs).map(([name, [ours, theirs]]) => of(name, ours, theirs, { positive: kind === 'positive' })),
);

type Side = tf.Tensor | number;
const truth = (x: Side): tf.Tensor => tf.cast(x, 'bool');

/**
 * TensorFlow's modulo: a negative number and an infinity give the infinity, where the CPU kernel gives NaN. Only infinities are
 * below 0.
 */
function modulo(x: Side, y: Side): tf.Tensor {
  const infinite = tf.logicalAnd(tf.isInf(y), tf.isFinite(x));
  return tf.where(infinite, tf.where(tf.less(y, 0), y, x), tf.mod(x, y));
}

/** An operator, which is tested with NaN on either side, and with a number as the other operand. */
type Sides = readonly [
  ours: (a: Tensor | number, b: Tensor | number) => Tensor,
  theirs: (x: Side, y: Side) => tf.Tensor,
];
const OPERATORS: Readonly<Record<string, Sides>> = {
  add: [library.add, tf.add],
  subtract: [library.subtract, tf.sub],
  multiply: [library.multiply, tf.mul],
  divide: [library.divide, tf.div],
  minimum: [library.minimum, tf.minimum],
  maximum: [library.maximum, tf.maximum],
  squaredDifference: [library.squaredDifference, tf.squaredDifference],
  power: [library.power, tf.pow],
  atan2: [library.atan2, tf.atan2],
  divNoNan: [library.divNoNan, tf.divNoNan],
  equal: [library.equal, tf.equal],
  // TensorFlow.js's own floorDiv gives whole numbers, which cannot be NaN.
  floorDiv: [library.floorDiv, (x: Side, y: Side) => tf.floor(tf.div(x, y))],
  greater: [library.greater, tf.greater],
  greaterEqual: [library.greaterEqual, tf.greaterEqual],
  less: [library.less, tf.less],
  lessEqual: [library.lessEqual, tf.lessEqual],
  logicalAnd: [library.logicalAnd, (x: Side, y: Side) => tf.logicalAnd(truth(x), truth(y))],
  logicalOr: [library.logicalOr, (x: Side, y: Side) => tf.logicalOr(truth(x), truth(y))],
  logicalXor: [library.logicalXor, (x: Side, y: Side) => tf.logicalXor(truth(x), truth(y))],
  mod: [library.mod, modulo],
  notEqual: [library.notEqual, tf.notEqual],
};
const operators = Object.entries(OPERATORS).flatMap(([name, [ours, theirs]]): NanCase[] => {
  const others = [[1, 1, 1, 1]];
  return [
    of(name, (x, y) => ours(x, y), (x, y) => theirs(x, y), { others, positive: true }), // prettier-ignore
    of(name, (x, y) => ours(y, x), (x, y) => theirs(y, x), { others, positive: true, title: `${name}, on the right` }), // prettier-ignore
    of(
      name,
      (x) => ours(x, 0.75),
      (x) => theirs(x, 0.75),
      { positive: true, title: `${name} and a number` },
    ),
    of(
      name,
      (x) => ours(0.75, x),
      (x) => theirs(0.75, x),
      { positive: true, title: `${name} of a number` },
    ),
  ];
});

const choices = [
  of(
    'where',
    (x, c) => {
      using condition = library.greater(c, 0.2);
      return library.where(condition, x, 0.5);
    },
    (x, c) => tf.where(tf.greater(c, 0.2), x, 0.5),
    { others: [[1, 1, 4, 1]] },
  ),
  of(
    'where',
    (x) => library.where(x, 1, -1),
    (x) => tf.where(truth(x), 1, -1),
    { title: 'where x is not 0' },
  ),
];

const relu6 = (x: tf.Tensor): tf.Tensor => tf.clipByValue(tf.add(x, 3), 0, 6);

/** TensorFlow's form of each activation, with its default attributes. */
const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor4D, alpha: tf.Tensor) => tf.Tensor>> = {
  linear: (x) => x,
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  prelu: tf.prelu,
  elu: tf.elu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  hardSigmoid: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  hardSwish: (x) => tf.div(tf.mul(x, relu6(x)), 6),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)),
  softplus: tf.softplus,
  // TensorFlow gives NaN for an infinity, too; here the result is the limit.
  softsign: (x) => tf.where(tf.isInf(x), tf.sign(x), tf.div(x, tf.add(tf.abs(x), 1))),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  clip: (x) => x,
};

const activations = activationNames.flatMap((key): NanCase[] => {
  const theirs: NanCase['theirs'] = (x, alpha) => ACTIVATIONS[key](x, alpha);
  const activation = (alpha: Tensor): library.Activation | library.Prelu =>
    key === 'prelu' ? { name: 'prelu', alpha } : (key as ActivationName);
  return IMAGES.flatMap((shape) => {
    const others = [[1, 1, 1, shape[3]]];
    const rest = { shapes: [shape], others: key === 'prelu' ? others : [] };
    const fused: NanCase['ours'] = (x, filter, alpha) =>
      library.depthwiseConv2d(x, filter, { activation: activation(alpha) });
    const filtered = { shapes: [shape], others: [[1, 1, shape[3], 1], ...others] };
    return [
      of('activate', (x, alpha) => library.activate(x, activation(alpha)), theirs, { ...rest, title: `activate, ${key}, ${shape[3]} channels` }), // prettier-ignore
      of('depthwiseConv2d', fused, (x, filter, alpha) => theirs(tf.depthwiseConv2d(x, filter, 1, 'same'), alpha), { ...filtered, title: `depthwiseConv2d, ${key}, ${shape[3]} channels` }), // prettier-ignore
    ];
  });
});

const clips = [{ min: 0 }, { max: 0.5 }, { min: -0.25, max: 0.25 }].map((bounds) =>
  of(
    'activate',
    (x) => library.activate(x, { name: 'clip', ...bounds }),
    (x) => tf.clipByValue(x, bounds.min ?? -Infinity, bounds.max ?? Infinity),
    { title: `activate, clip ${JSON.stringify(bounds)}` },
  ),
);

const slopes = of(
  'activate',
  (x, alpha) => library.activate(x, { name: 'prelu', alpha }),
  (x, alpha) => tf.prelu(x, alpha),
  { shapes: [[1, 4, 4, 4]], others: [[4, 4, 1]], title: 'activate, prelu with a slope per pixel' },
);

const pooled = { windowSize: 2, strides: 1 } as const;
const same = { padding: 'same' } as const;
const channelsIn = (n: number, ...others: readonly (readonly number[])[]): Rest => ({ shapes: [[1, 4, 4, n]], others });
const pointwise = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
/** TensorFlow.js has no grouped convolution, so this computes each group by itself. */
const groupedBy = (groups: number, x: tf.Tensor, filter: tf.Tensor4D): tf.Tensor => {
  const filters = tf.split(filter, groups, 3);
  const parts = tf.split(x, groups, 3);
  return tf.concat(parts.map((part, i) => pointwise(part, filters[i])), 3); // prettier-ignore
};
const filterOf = (filter: Tensor): { readonly filter: Tensor } => ({ filter });

const images = [
  of('maxPool2d', (x) => library.maxPool2d(x, pooled), (x) => {
    // TensorFlow.js' pool ignores NaN. The mean of the same windows is NaN if they hold one.
    return keeping(tf.avgPool(x, 2, 1, 'valid'), tf.maxPool(x, 2, 1, 'valid'));
  }), // prettier-ignore
  of(
    'averagePool2d',
    (x) => library.averagePool2d(x, pooled),
    (x) => tf.avgPool(x, 2, 1, 'valid'),
  ),
  of(
    'globalMaxPool',
    (x) => library.globalMaxPool(x),
    // The CPU kernel ignores NaN.
    (x) => keeping(tf.mean(x, [1, 2], true), tf.max(x, [1, 2], true)),
  ),
  of(
    'globalAveragePool',
    (x) => library.globalAveragePool(x),
    (x) => tf.mean(x, [1, 2], true),
  ),
  // Each output pixel lies exactly on an input pixel, and gets nothing from its neighbours.
  of(
    'resizeBicubic',
    (x) => library.resizeBicubic(x, [4, 4], { coordinateMode: 'align_corners' }),
    (x) => x,
  ),
  of(
    'resizeBilinear',
    (x) => library.resizeBilinear(x, [7, 6]),
    (x) => tf.image.resizeBilinear(x, [7, 6]),
  ),
  of('resizeNearestNeighbor', (x) => library.resizeNearestNeighbor(x, [8, 8]), (x) => tf.image.resizeNearestNeighbor(x, [8, 8])), // prettier-ignore
  of('batchNorm', (x, mean) => library.batchNorm(x, { mean, variance: mean }), (x, mean) => tf.batchNorm(x, mean, mean), channelsIn(4, [4])), // prettier-ignore
];

/** All pixels as one row. */
const rowOf = (x: tf.Tensor, n: number): tf.Tensor3D => tf.reshape(x, [1, -1, n]);
const inOneDimension = [
  of('conv1d', (x, w) => flat(x, (row) => library.conv1d(row, w, same)), (x, w) => tf.conv1d(rowOf(x, 4), w as unknown as tf.Tensor3D, 1, 'same'), channelsIn(4, [3, 4, 5])),
  of('depthwiseConv1d', (x, w) => flat(x, (row) => library.depthwiseConv1d(row, w)), (x, w) => tf.depthwiseConv2d(tf.reshape<tf.Rank.R4>(x, [1, 1, 16, 4]), tf.reshape<tf.Rank.R4>(w, [1, 3, 4, 2]), 1, 'valid'), channelsIn(4, [3, 4, 2])),
]; // prettier-ignore
function flat(x: Tensor, run: (row: Tensor) => Tensor): Tensor {
  using row = library.reshape(x, [1, -1, 4]);
  return run(row);
}

const convolutions = [
  ...[3, 4].map(
    (n) =>
    of('conv2d', (x, w) => library.conv2d(x, w, same), (x, w) => tf.conv2d(x, w, 1, 'same'), channelsIn(n, [3, 3, n, n + 1])), // prettier-ignore
  ),
  ...[3, 4].map((n) =>
    of('pointwiseConv2d', (x, w) => library.pointwiseConv2d(x, w), pointwise, channelsIn(n, [1, 1, n, n + 1])),
  ),
  ...[3, 4].map(
    (n) =>
    of('depthwiseConv2d', (x, w) => library.depthwiseConv2d(x, w, same), (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'), channelsIn(n, [3, 3, n, 1])), // prettier-ignore
  ),
  ...[2, 4].map(
    (n) =>
    of('conv2dTranspose', (x, w) => library.conv2dTranspose(x, w, { ...same, strides: 2 }), (x, w) => tf.conv2dTranspose(x, w, [1, 8, 8, n], 2, 'same'), channelsIn(3, [3, 3, n, 3])), // prettier-ignore
  ),
  ...(['direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const).map(
    (method) =>
    of('groupedConv2d', (x, w) => library.groupedConv2d(x, w, { ...same, groups: 2, method }), (x, w) => groupedBy(2, x, w), channelsIn(8, [3, 3, 4, 8])), // prettier-ignore
  ),
  of('separableConv2d', (x, d, p) => library.separableConv2d(x, d, p, same), (x, d, p) => tf.separableConv2d(x, d, p, 1, 'same'), channelsIn(4, [3, 3, 4, 1], [1, 1, 4, 8])), // prettier-ignore
  of('separableBlock', (x, d, p) => library.separableBlock(x, { depthwise: filterOf(d), pointwise: filterOf(p) }), (x, d, p) => tf.relu6(pointwise(tf.relu6(tf.depthwiseConv2d(x, d, 1, 'same')), p)), channelsIn(4, [3, 3, 4, 1], [1, 1, 4, 8])), // prettier-ignore
  of('invertedResidual', (x, d, p) => library.invertedResidual(x, { depthwise: filterOf(d), project: filterOf(p) }), (x, d, p) => tf.add(x, pointwise(tf.relu6(tf.depthwiseConv2d(x, d, 1, 'same')), p)), channelsIn(4, [3, 3, 4, 1], [1, 1, 4, 4])), // prettier-ignore
  of('resnextBottleneck', (x, r, g, e) => library.resnextBottleneck(x, { reduce: filterOf(r), grouped: filterOf(g), expand: filterOf(e), shortcut: 'identity' }, { groups: 2 }), (x, r, g, e) => tf.relu(tf.add(x, pointwise(tf.relu(groupedBy(2, tf.relu(pointwise(x, r)), g)), e))), channelsIn(8, [1, 1, 8, 4], [3, 3, 2, 4], [1, 1, 4, 8])), // prettier-ignore
  of('matMul', (x, y) => library.matMul(x, y), (x, y) => tf.matMul(x, y), { others: [[1, 4, 1, 7]], shapes: [[1, 4, 4, 1]] }), // prettier-ignore
  of('matMul', (x, y) => library.matMul(x, y), (x, y) => tf.matMul(x, y), { others: [[1, 4, 5, 7]], shapes: [[1, 4, 4, 5]], title: 'matMul, the left operand' }), // prettier-ignore
  of('matMul', (x, y) => library.matMul(y, x), (x, y) => tf.matMul(y, x), { others: [[1, 4, 3, 4]], title: 'matMul, the right operand' }), // prettier-ignore
];

/** TensorFlow.js supports only the last axis. */
function softmaxOf(x: tf.Tensor4D, axis: number): tf.Tensor {
  if (axis === 3) return tf.softmax(x);
  return tf.transpose(tf.softmax(tf.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}

function logSoftmaxOf(x: tf.Tensor4D, axis: number): tf.Tensor {
  if (axis === 3) return tf.logSoftmax(x);
  return tf.transpose(tf.logSoftmax(tf.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}

/** A workgroup computes each long row. */
const ROWS = [...IMAGES, [1, 1, 2, 70]];
const TERMS = [...IMAGES, [1, 1, 1, 1500]];
/** Each row minus its mean, over the root of its variance plus epsilon. */
const normed = (x: tf.Tensor, axes: number | number[]): tf.Tensor => {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
};
const norms = [
  of('localResponseNormalization', (x) => library.localResponseNormalization(x, { depthRadius: 1, beta: 0.75 }), (x) => tf.localResponseNormalization(x, 1, 1, 1, 0.75)),
  of('layerNorm', (x) => library.layerNorm(x), (x) => normed(x, 3), { shapes: ROWS }),
  of('layerNorm', (x, scale) => library.layerNorm(x, { scale, offset: scale }), (x, scale) => tf.add(tf.mul(normed(x, 3), scale), scale), { ...channelsIn(4, [4]), title: 'layerNorm with a scale' }),
  of('instanceNorm', (x) => library.instanceNorm(x), (x) => normed(x, [1, 2])),
]; // prettier-ignore
const reductions = [
  of('reduceProd', (x) => library.reduceProd(x), (x) => tf.prod(x)), // prettier-ignore

  // TensorFlow.js never takes NaN for the larger number.
  ...[1, 3].map((axis) =>
    of('argMax', (x) => library.argMax(x, axis), (x) => tf.argMax(x, axis), { shapes: ROWS }), // prettier-ignore
  ),
  ...[1, 3].map((axis) =>
    of('argMin', (x) => library.argMin(x, axis), (x) => tf.argMin(x, axis), { shapes: ROWS }), // prettier-ignore
  ),
  ...[1, 3].map((axis) =>
    of('logSoftmax', (x) => library.logSoftmax(x, axis), (x) => logSoftmaxOf(x, axis), { shapes: ROWS, title: `logSoftmax of axis ${axis}` }), // prettier-ignore
  ),
  ...[1, 3].map((axis) =>
    of('cumsum', (x) => library.cumsum(x, axis), (x) => tf.cumsum(x, axis), { shapes: ROWS, title: `cumsum of axis ${axis}` }), // prettier-ignore
  ),
  ...[1, 3].map((axis) =>
    of('softmax', (x) => library.softmax(x, axis), (x) => softmaxOf(x, axis), { shapes: ROWS, title: `softmax of axis ${axis}` }), // prettier-ignore
  ),
  ...([
    ['reduceSum', library.reduceSum, tf.sum],
    ['reduceMean', library.reduceMean, tf.mean],
    ['reduceMax', library.reduceMax, tf.max],
    ['reduceMin', library.reduceMin, tf.min],
  ] as const).flatMap(([name, ours, theirs]) => [
    of(name, (x) => ours(x, 1), (x) => theirs(x, 1), { title: `${name} of axis 1` }),
    of(name, (x) => ours(x), (x) => theirs(x), { shapes: TERMS }),
  ]),
]; // prettier-ignore

/** Exchanges axes 1 and 2 of x, which is first reshaped. */
function exchanged(x: tf.Tensor, shape: number[], form: number[]): tf.Tensor {
  return tf.reshape(tf.transpose(tf.reshape(x, shape), [0, 2, 1, 3]), form);
}

const layouts = [
  of(
    'gather',
    (x) => library.gather(x, [2, 0, 0], 1),
    (x) => tf.gather(x, tf.tensor1d([2, 0, 0], 'int32'), 1),
  ),
  of(
    'gatherND',
    (x, y) => {
      // All are 0, except NaN where x is NaN.
      using zeros = library.multiply(x, 0);
      using places = library.reshape(zeros, [-1, 1]);
      using rows = library.reshape(y, [2, 3]);
      return library.gatherND(rows, places);
    },
    (x, y) => tf.mul(tf.add(tf.mul(tf.reshape(x, [-1, 1]), 0), 1), tf.reshape(tf.slice(y, 0, 1), [1, 3])),
    { others: [[2, 3, 1, 1]] },
  ),
  of(
    'oneHot',
    (x) => {
      using products = library.multiply(x, 0);
      // Packed halves beside NaN may be off by their last place (SwiftShader, November 2026).
      using zeros = library.round(products);
      return library.oneHot(zeros, 2);
    },
    (x) => tf.add(tf.tensor1d([1, 0]), tf.expandDims(tf.mul(x, 0), 4)),
  ),
  of(
    'cast',
    (x) => library.cast(x, x.dtype === 'f16' ? 'f32' : 'f16'),
    (x) => x,
  ),
  of(
    'concat',
    (x, y) => library.concat([y, x, y], 3),
    (x, y) => tf.concat([y, x, y], 3),
    { others: [[1, 4, 4, 3]] },
  ),
  of('pad', (x) => library.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]]), (x) => tf.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]])), // prettier-ignore
  of('pad', (x) => library.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], 'reflect'), (x) => tf.mirrorPad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], 'reflect'), { title: 'pad, reflect' }), // prettier-ignore
  of('broadcastTo', (x) => library.broadcastTo(x, [2, 4, 4, x.shape[3]]), (x) => tf.broadcastTo(x, [2, 4, 4, x.shape[3]])), // prettier-ignore
  of('depthToSpace', (x) => library.depthToSpace(x, 2), (x) => tf.depthToSpace(x, 2, 'NHWC'), channelsIn(4)), // prettier-ignore
  of('spaceToBatch', (x) => library.spaceToBatch(x, [2, 2], [[1, 1], [0, 2]]), (x) => tf.spaceToBatchND(x, [2, 2], [[1, 1], [0, 2]])), // prettier-ignore
  of('batchToSpace', (x) => library.batchToSpace(x, [2, 2], [[1, 0], [0, 2]]), (x) => tf.batchToSpaceND(x, [2, 2], [[1, 0], [0, 2]]), { shapes: [[4, 2, 2, 4], [4, 2, 2, 5]] }), // prettier-ignore
  of('spaceToDepth', (x) => library.spaceToDepth(x, 2), (x) => tf.reshape(tf.transpose(tf.reshape(x, [2, 2, 2, 2, 4]), [0, 2, 1, 3, 4]), [1, 2, 2, 16]), channelsIn(4)), // prettier-ignore
  of('reverse', (x) => library.reverse(x, [1, 2]), (x) => tf.reverse(x, [1, 2])), // prettier-ignore
  of('stridedSlice', (x) => library.stridedSlice(x, [0, 3, 0, 0], [1, null, 4, 4], [1, -2, 2, 1]), (x) => tf.stridedSlice(x, [0, 3, 0, 0], [1, 0, 4, 4], [1, -2, 2, 1], 0, 2)), // prettier-ignore
  of('tile', (x) => library.tile(x, [1, 2, 1, 3]), (x) => tf.tile(x, [1, 2, 1, 3])), // prettier-ignore
  of(
    'reshape',
    (x) => library.reshape(x, [4, -1].with(1, x.size / 4)),
    (x) => tf.reshape(x, [4, -1]),
  ),
  of(
    'slice',
    (x) => library.slice(x, [0, 1, 1, 1], [1, 3, 2, 2]),
    (x) => tf.slice(x, [0, 1, 1, 1], [1, 3, 2, 2]),
  ),
  of(
    'split',
    (x) => library.split(x, 2, 1),
    (x) => tf.split(x, 2, 1),
  ),
  of(
    'transpose',
    (x) => library.transpose(x, [0, 3, 1, 2]),
    (x) => tf.transpose(x, [0, 3, 1, 2]),
  ),
  of('depthwiseToGroupedFilter', (x) => library.depthwiseToGroupedFilter(x, { groups: 2 }), (x) => exchanged(x, [4, 2, 2, 4], [1, 4, 2, 8]), channelsIn(4)), // prettier-ignore
  of('groupedToDepthwiseFilter', (x) => library.groupedToDepthwiseFilter(x, { groups: 2 }), (x) => exchanged(x, [4, 4, 2, 2], [1, 4, 8, 2]), channelsIn(4)), // prettier-ignore
];

export const nanCases: readonly NanCase[] = [
  ...unary,
  ...operators,
  ...choices,
  ...activations,
  ...clips,
  slopes,
  ...images,
  ...convolutions,
  ...inOneDimension,
  ...norms,
  ...reductions,
  ...layouts,
];

/** Public functions that compute nothing on tensors, or nothing of their own. */
export const notOfTensors: readonly string[] = [
  'compile',
  'draw',
  'explain',
  'loadGraphModel',
  'loadLayersModel',
  'loadModel',
  'loadTfliteModel',
  'loadOnnxModel',
  'openGpu',
  'parameterCount',
  'prepare',
  'profile',
  'record',
  'tensorFromImage',
  'tune',
  'warnOfLeaks',
];
