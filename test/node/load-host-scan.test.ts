/**
 * Ops that models compute on the CPU along axes and by indices, compared with the kernels of TensorFlow.js and ONNX Runtime.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import * as scalars from '../../src/load/host-scalars';
import { cumsumHost, oneHotHost, reverseHost, softmaxAlong, triangleHost } from '../../src/load/host-scan';
import {
  scatterElements,
  scatterNd,
  scatterToZeros,
  sparseToDense,
  type Scattering,
} from '../../src/load/host-scatter';
import { hostValue, integers, type HostValue } from '../../src/load/host-value';
import { newWork, working } from '../../src/load/host-work';
import { messageOf } from '../support/message';
import { floatsOf, longsOf, runOrtNode } from '../support/ort-node';
import { randomValues } from '../support/random';

const floats = (shape: readonly number[], values: ArrayLike<number>): HostValue => hostValue('float32', shape, values);
const shape = [2, 3, 4] as const;
const x = randomValues(24, 1).map((v) => v * 4);

// Importing the backend registers it. Its exports are not used here.
await import('@tensorflow/tfjs-backend-cpu');

function expectNear(actual: HostValue, expected: HostValue, bound: number): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  for (const [i, value] of expected.values.entries()) {
    expect(Math.abs(actual.values[i] - value)).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(value)));
  }
}

describe('along an axis', () => {
  // The bound covers float32 sums of up to four exponentials, and a logarithm of up to 8.
  test.for([0, 1, -1])('softmax and its logarithm are those of ONNX Runtime: axis %s', async (axis) => {
    for (const [op, log] of [
      ['Softmax', false],
      ['LogSoftmax', true],
    ] as const) {
      // prettier-ignore
      const [expected] = await runOrtNode(op, [floatsOf(shape, x)], { axis }, ['float32'], 13);
      expectNear(softmaxAlong(floats(shape, x), axis, log), expected, 1e-6);
    }
  });

  test.for([
    [0, 0, 0],
    [1, 1, 0],
    [2, 0, 1],
    [-2, 1, 1],
  ])(
    'sums up to each are those of ONNX Runtime: axis %s, exclusive %s, reverse %s',
    async ([axis, exclusive, reverse]) => {
      const inputs = [floatsOf(shape, x), longsOf([], [axis])];
      const [expected] = await runOrtNode('CumSum', inputs, { exclusive, reverse }, ['float32'], 14);
      const sums = cumsumHost(floats(shape, x), axis, { exclusive: exclusive === 1, reverse: reverse === 1 });
      expectNear(sums, expected, 1e-6);
    },
  );

  test('reverse gives what TensorFlow.js gives', () => {
    for (const axes of [[], [0], [1, -1], [0, 1, 2]]) {
      const expected = tf.reverse(tf.tensor3d(x, [...shape]), axes).dataSync();
      // Without axes, TensorFlow.js reverses all of them, but TensorFlow reverses none.
      expect(reverseHost(floats(shape, x), axes).values).toEqual(axes.length === 0 ? x : expected);
    }
  });

  test.for([-1, 0])('one-hot along new axis %s gives what ONNX Runtime gives', async (axis) => {
    const indices = [0, 3, -1, 2, 5, -4];
    const inputs = [longsOf([2, 3], indices), longsOf([], [4]), floatsOf([2], [0.5, 2])];
    const [expected] = await runOrtNode('OneHot', inputs, { axis }, ['float32'], 11);
    expect(oneHotHost(hostValue('int32', [2, 3], indices), 4, 2, 0.5, { axis, negative: 'wrap' })).toEqual(expected);
  });

  test('one-hot along an axis in the middle gives what TensorFlow.js gives; a negative index sets nothing', () => {
    const indices = hostValue('int32', [2, 3], [0, 3, 0, 2, 5, 0]);
    const theirs = tf.oneHot(tf.tensor2d([...indices.values], [2, 3], 'int32'), 4, 2, 0.5, 'float32');
    const made = oneHotHost(indices, 4, 2, 0.5, { axis: 1 });
    expect(made).toEqual(floats([2, 4, 3], tf.transpose(theirs, [0, 2, 1]).dataSync()));
    expect([...oneHotHost(integers([-1]), 2, 1, 0, {}).values]).toEqual([0, 0]);
  });

  test.for([0, 1])('triangles are those of ONNX Runtime: upper %s', async (upper) => {
    for (const k of [-1, 0, 2]) {
      const [expected] = await runOrtNode('Trilu', [floatsOf(shape, x), longsOf([], [k])], { upper }, ['float32'], 14);
      expect(triangleHost(floats(shape, x), upper === 1, k)).toEqual(expected);
    }
  });
});

describe('by indices', () => {
  const reductions: readonly Scattering[] = ['none', 'add', 'mul', 'max', 'min'];

  test.for(reductions)('ScatterND gives what ONNX Runtime gives: %s', async (reduction) => {
    const places = [1, 2, 0, 0, -2, -1];
    const updates = randomValues(12, 2);
    const inputs = [floatsOf(shape, x), longsOf([3, 2], places), floatsOf([3, 4], updates)];
    const [expected] = await runOrtNode('ScatterND', inputs, { reduction }, ['float32'], 18);
    const indices = hostValue('int32', [3, 2], places);
    expectNear(scatterNd(floats(shape, x), indices, floats([3, 4], updates), reduction), expected, 2e-7);
  });

  test.for(reductions)('ScatterElements gives what ONNX Runtime gives: %s', async (reduction) => {
    const places = [0, 2, -1, 1];
    const updates = randomValues(4, 3);
    const inputs = [floatsOf(shape, x), longsOf([2, 1, 2], places), floatsOf([2, 1, 2], updates)];
    const [expected] = await runOrtNode('ScatterElements', inputs, { axis: 1, reduction }, ['float32'], 18);
    const indices = hostValue('int32', [2, 1, 2], places);
    const made = scatterElements(floats(shape, x), indices, floats([2, 1, 2], updates), 1, reduction);
    expectNear(made, expected, 2e-7);
  });

  test('sparse values become dense as in TensorFlow.js', () => {
    const cases = [
      { indices: [4, 1], rank: [2], shape: [6], values: [3, 5] },
      { indices: [0, 1, 2, 3], rank: [2, 2], shape: [3, 4], values: [3, 5] },
      { indices: [2], rank: [], shape: [4], values: [9] },
      { indices: [0, 2, 3], rank: [3], shape: [4], values: [9] },
    ];
    for (const { indices, rank, shape: dense, values } of cases) {
      const one = values.length === 1;
      const expected = tf.sparseToDense(tf.tensor(indices, rank, 'int32'), one ? tf.scalar(9) : tf.tensor1d(values), dense, tf.scalar(-1)); // prettier-ignore
      const given = [hostValue('int32', rank, indices), dense, floats(one ? [] : [values.length], values)] as const;
      expect(sparseToDense(...given, floats([], [-1]))).toEqual(floats(dense, expected.dataSync()));
    }
  });

  test('scattering onto zeros adds the values that share an index', () => {
    const expected = tf.scatterND(tf.tensor2d([1, 3, 1], [3, 1], 'int32'), tf.tensor1d([2, 3, 4]), [5]);
    const made = scatterToZeros(hostValue('int32', [3, 1], [1, 3, 1]), floats([3], [2, 3, 4]), [5]);
    expect(made).toEqual(floats([5], expected.dataSync()));
  });

  test('an index beyond its axis is an error with both numbers', () => {
    const update = floats([1, 4], [1, 2, 3, 4]);
    expect(messageOf(() => scatterNd(floats(shape, x), hostValue('int32', [1, 2], [1, 3]), update))).toBe(
      'it writes to index 3 of an axis of size 3',
    );
    expect(messageOf(() => scatterNd(floats(shape, x), hostValue('int32', [1, 3], [1, 1, 1]), update))).toContain(
      'its updates are [1, 4] but its indices and input need [1]',
    );
  });
});

test('the error function matches ONNX Runtime to float32 precision, and the published tables to all their digits', async () => {
  const list = Float32Array.from({ length: 201 }, (_, i) => (i - 100) / 12);
  const [expected] = await runOrtNode('Erf', [floatsOf([201], list)], {}, ['float32'], 13);
  for (const [i, value] of list.entries()) expect(Math.abs(scalars.erf(value) - expected.values[i])).toBeLessThan(3e-7);
  // From table 7.1 of Abramowitz and Stegun.
  expect(scalars.erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(scalars.erf(2)).toBeCloseTo(0.995322265, 9);
  expect([scalars.erf(Infinity), scalars.erf(-7), Object.is(scalars.erf(-0), -0)]).toEqual([1, -1, true]);
  expect(scalars.erf(NaN)).toBeNaN();
  for (let v = -6.1; v < 6.2; v += 1e-3) expect(scalars.erf(v)).toBeLessThanOrEqual(1);
});

test('activations of numbers are those of TensorFlow.js and ONNX Runtime', async () => {
  const list = floats([24], x);
  const same = (fn: (v: number) => number, of: (t: tf.Tensor) => tf.Tensor): void =>
    expectNear(floats([24], x.map((v) => fn(v))), floats([24], of(tf.tensor1d(x)).dataSync()), 1e-6); // prettier-ignore
  same(scalars.softplus, tf.softplus);
  same((v) => scalars.elu(v), tf.elu);
  same((v) => scalars.selu(v), tf.selu);
  for (const [op, fn, opset] of [
    ['Softsign', scalars.softsign, 13],
    ['Mish', scalars.mish, 18],
    ['Gelu', scalars.gelu, 20],
  ] as const) {
    const [expected] = await runOrtNode(op, [floatsOf([24], x)], {}, ['float32'], opset);
    expectNear(floats([24], x.map((v) => fn(v))), expected, 1e-6); // prettier-ignore
  }
  expect([scalars.softplus(-200), scalars.softplus(200), scalars.hardSigmoid(9, 0.2, 0.5)]).toEqual([
    Math.exp(-200),
    200,
    1,
  ]);
  expect(list.shape).toEqual([24]);
});

describe('every loop states its number of steps before it begins', () => {
  const n = 2 ** 9;
  const large = floats([n, n], new Float32Array(n * n));
  const rows = hostValue('int32', [n, 1], new Int32Array(n));
  const heavy: readonly (readonly [name: string, least: number, run: () => unknown])[] = [
    ['softmax', 5 * n * n, () => softmaxAlong(large, 0)],
    ['cumsum', 5 * n * n, () => cumsumHost(large, 0)],
    ['reverse', 2 * n * n, () => reverseHost(large, [0])],
    ['oneHot', n * n, () => oneHotHost(integers(Array.from({ length: n }, () => 0)), n, 1, 0, {})],
    ['triangle', 2 * n * n, () => triangleHost(large, true, 0)],
    ['scatterNd', 2 * n * n, () => scatterNd(large, rows, large)],
    [
      'scatterElements',
      5 * n * n,
      () => scatterElements(large, hostValue('int32', [n, n], new Int32Array(n * n)), large, 0),
    ],
  ];
  test.for(heavy)('%s', ([, least, run]) => {
    expect(messageOf(() => working({ left: least - 1, exceeded: false }, run))).toContain('steps on the CPU');
    working(newWork(), run);
  });
});
