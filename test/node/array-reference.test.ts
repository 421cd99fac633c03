/**
 * Compares the references of the array ops with TensorFlow.js, because they claim to have TensorFlow's meaning.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  argMaxReference,
  argMinReference,
  binaryReference,
  binaryReferences,
  cumsumReference,
  extremeReference,
  functionReferences,
  gatherNDReference,
  gatherReference,
  logSoftmaxReference,
  mean,
  oneHotReference,
  operatorReferences,
  poolReference,
  resizeBilinearReference,
  resizeNearestReference,
  unaryReferences,
  whereReference,
  type NdArray,
} from '../support/array-reference';
import { randomArray } from '../support/arrays';
import { errorOf } from '../support/close';

// Importing the backend registers it. Its exports are not used here.
await import('@tensorflow/tfjs-backend-cpu');

const functions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  abs: tf.abs,
  ceil: tf.ceil,
  exp: tf.exp,
  floor: tf.floor,
  log: tf.log,
  negate: tf.neg,
  reciprocal: tf.reciprocal,
  round: tf.round,
  rsqrt: tf.rsqrt,
  sign: tf.sign,
  sqrt: tf.sqrt,
  square: tf.square,
};

const further: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  acos: tf.acos,
  asin: tf.asin,
  atan: tf.atan,
  cos: tf.cos,
  cosh: tf.cosh,
  erf: tf.erf,
  expm1: tf.expm1,
  isNan: tf.isNaN,
  log1p: tf.log1p,
  logicalNot: (x) => tf.logicalNot(tf.cast(x, 'bool')),
  selu: tf.selu,
  sin: tf.sin,
  sinh: tf.sinh,
  tan: tf.tan,
};

const operators: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>> = {
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: tf.div,
  minimum: tf.minimum,
  maximum: tf.maximum,
  squaredDifference: tf.squaredDifference,
  power: tf.pow,
};

const bool = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'bool');
const furtherOperators: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>> = {
  atan2: tf.atan2,
  divNoNan: tf.divNoNan,
  equal: tf.equal,
  floorDiv: tf.floorDiv,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  logicalAnd: (x, y) => tf.logicalAnd(bool(x), bool(y)),
  logicalOr: (x, y) => tf.logicalOr(bool(x), bool(y)),
  logicalXor: (x, y) => tf.logicalXor(bool(x), bool(y)),
  mod: tf.mod,
  notEqual: tf.notEqual,
};

const tensorOf = ({ shape, values }: NdArray): tf.Tensor => tf.tensor(Float32Array.from(values), [...shape]);

function expectSame(actual: tf.Tensor, expected: NdArray): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = actual.dataSync();
  for (const [i, value] of expected.values.entries()) {
    const bound = Number.isFinite(value) ? 2e-6 * (1 + Math.abs(value)) : 0;
    expect(errorOf(values[i], value)).toBeLessThanOrEqual(bound);
  }
}

const numbers = (shape: readonly number[], seed: number, scale: number): NdArray => {
  const { values } = randomArray(shape, seed);
  // Every third number is a multiple of 0.5, so that ties and zeros occur.
  return { shape, values: values.map((v, i) => Math.fround(i % 3 === 0 ? Math.round(v * 2 * scale) / 2 : v * scale)) };
};

test.each(Object.keys(unaryReferences))('%s', (name) => {
  const { shape, values } = numbers([60], 1, 4);
  const expected = { shape, values: values.map(unaryReferences[name]) };
  expectSame(functions[name](tensorOf({ shape, values })), expected);
});

test.each(Object.keys(functionReferences))('%s', (name) => {
  const { shape, values } = numbers([60], 1, 1);
  const expected = { shape, values: values.map(functionReferences[name]) };
  expectSame(further[name](tensorOf({ shape, values })), expected);
});

test.each(Object.keys(binaryReferences))('%s', (name) => {
  const [x, y] = [numbers([5, 4, 3], 1, 3), numbers([4, 1], 2, 3)];
  expectSame(operators[name](tensorOf(x), tensorOf(y)), binaryReference(x, y, binaryReferences[name]));
});

test.each(Object.keys(operatorReferences))('%s', (name) => {
  // A quotient has no zero on its right side. Numbers that are multiples of 0.5 make some quotients whole.
  const [x, y] = [numbers([5, 4, 3], 1, 3), numbers([4, 1], 2, 3)];
  const divisor = { shape: y.shape, values: y.values.map((v) => (v === 0 && name !== 'divNoNan' ? 1 : v)) };
  const reference = operatorReferences[name];
  const right = name === 'mod' || name === 'floorDiv' ? divisor : y;
  expectSame(furtherOperators[name](tensorOf(x), tensorOf(right)), binaryReference(x, right, reference));
});

test('where', () => {
  const [condition, a, b] = [numbers([5, 1, 3], 1, 3), numbers([4, 1], 2, 3), numbers([4, 3], 3, 3)];
  const expected = whereReference(condition, a, b);
  expectSame(tf.where(bool(tensorOf(condition)), tensorOf(a), tensorOf(b)), expected);
});

test('gather', () => {
  const x = numbers([2, 3, 4, 5], 1, 3);
  const places = { shape: [2, 4], values: Float64Array.of(0, 3, 1, 1, 2, 0, 3, 2) };
  const told = tf.tensor(Int32Array.from(places.values), [2, 4], 'int32');
  expectSame(tf.gather(tensorOf(x), told, 2), gatherReference(x, places, 2, 0));
  expectSame(tf.gather(tensorOf(x), told, 2, 1), gatherReference(x, places, 2, 1));
  const corners = { shape: [2, 2], values: Float64Array.of(0, 2, 1, 1) };
  const tensor = tf.gatherND(tensorOf(x), tf.tensor(Int32Array.from(corners.values), [2, 2], 'int32'));
  expectSame(tensor, gatherNDReference(x, corners));
  expectSame(tf.oneHot(told, 5, 0.5, -2, 'float32'), oneHotReference(places, 5, 0.5, -2));
});

test('cumsum, logSoftmax and argMin', () => {
  const x = numbers([3, 4, 5], 1, 3);
  for (const [exclusive, reverse] of [[false, false], [true, false], [false, true], [true, true]]) {
    expectSame(tf.cumsum(tensorOf(x), 1, exclusive, reverse), cumsumReference(x, 1, exclusive, reverse));
  } // prettier-ignore
  expectSame(tf.logSoftmax(tensorOf(x)), logSoftmaxReference(x, 2));
  expectSame(tf.argMin(tensorOf(x), 1), argMinReference(x, 1));
});

describe('pools', () => {
  test.each([
    { window: 3, strides: 2, pad: 'same' },
    { window: 2, strides: 2, pad: 'same' },
    { window: 2, strides: 3, pad: 'valid' },
    { window: 9, strides: 1, pad: 'same' },
    { window: 3, strides: 1, pad: 1 },
    { window: 4, strides: 3, pad: 2 },
  ] as const)('$window by $strides, $pad', ({ window, strides, pad }) => {
    const x = randomArray([2, 7, 6, 3]);
    const [image, pads] = [tensorOf(x) as tf.Tensor4D, pad === 'valid' ? 0 : pad];
    const geometry = {
      window: [window, window],
      strides: [strides, strides],
      dilations: [1, 1],
      padding: pads === 'same' ? pads : ([[pads, pads], [pads, pads]] as const), // prettier-ignore
      dataFormat: 'NHWC',
    } as const;
    expectSame(
      tf.maxPool(image, window, strides, pad),
      poolReference(x, geometry, (values) => Math.max(...values)),
    );
    expectSame(tf.avgPool(image, window, strides, pad), poolReference(x, geometry, mean));
  });
});

describe('resizes', () => {
  const flags = [[false, false], [true, false], [false, true]] as const; // prettier-ignore
  const sizes = [[10, 14], [3, 2], [1, 1], [7, 1], [13, 4], [5, 7]] as const; // prettier-ignore
  test.each(sizes.flatMap(([height, width]) => flags.map(([a, h]) => ({ height, width, a, h }))))(
    'to $height x $width, corners $a, centers $h',
    ({ height, width, a, h }) => {
      for (const shape of [
        [2, 5, 7, 3],
        [1, 1, 1, 4],
      ]) {
        const x = randomArray(shape);
        const image = tensorOf(x) as tf.Tensor4D;
        const grids = { alignCorners: a, halfPixelCenters: h };
        expectSame(
          tf.image.resizeBilinear(image, [height, width], a, h),
          resizeBilinearReference(x, [height, width], grids),
        );
        expectSame(
          tf.image.resizeNearestNeighbor(image, [height, width], a, h),
          resizeNearestReference(x, [height, width], grids),
        );
      }
    },
  );
});

test('max, min and argMax', () => {
  const x = numbers([3, 4, 5], 3, 2);
  const image = tensorOf(x);
  for (const axis of [0, 1, 2]) {
    expectSame(tf.max(image, axis, true), extremeReference(x, [axis], Math.max));
    expectSame(tf.min(image, axis, true), extremeReference(x, [axis], Math.min));
    expectSame(tf.argMax(image, axis), argMaxReference(x, axis));
  }
});
