/**
 * Ops that models compute on the CPU because the size of their result depends on data, compared with the kernels of
 * TensorFlow.js and ONNX Runtime.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { cropAndResize } from '../../src/load/host-crop';
import { nonMaxSuppression, nonMaxSuppressionByClass } from '../../src/load/host-detect';
import { topK } from '../../src/load/host-reduce';
import { nonZeroHost, searchSortedHost, uniqueHost, whereHost } from '../../src/load/host-search';
import { hostValue, integers, type HostValue } from '../../src/load/host-value';
import { newWork, working } from '../../src/load/host-work';
import { messageOf } from '../support/message';
import { floatsOf, longsOf, runOrtNode } from '../support/ort-node';
import { generator as numbers, randomValues } from '../support/random';

const floats = (shape: readonly number[], values: ArrayLike<number>): HostValue => hostValue('float32', shape, values);

await import('@tensorflow/tfjs-backend-cpu');

/** Boxes that overlap in many ways. Their corners are in any order, and some boxes are equal or have no area. */
function someBoxes(count: number, seed: number): Float32Array {
  const random = numbers(seed);
  const boxes = new Float32Array(count * 4);
  for (let i = 0; i < count; i++) {
    const [y, x, height, width] = [random() * 3, random() * 3, random() * 2 - 0.5, random() * 2 - 0.5];
    boxes.set(i % 7 === 3 ? boxes.subarray(4 * i - 4, 4 * i) : [y, x, y + height, x + width], 4 * i);
  }
  return boxes;
}
/** Scores, some of which are equal. */
function someScores(count: number, seed: number): Float32Array {
  const random = numbers(seed);
  return Float32Array.from({ length: count }, () => Math.round(random() * 40) / 40);
}

function expectClose(
  actual: HostValue,
  expected: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
): void {
  expect(actual.shape).toEqual(expected.shape);
  // Twice the rounding error of float32 for numbers up to 4.
  for (const [i, value] of Array.from(expected.values).entries()) {
    expect(Math.abs(actual.values[i] - value) <= 1e-6 || Object.is(actual.values[i], value)).toBe(true);
  }
}

describe('the choice among boxes', () => {
  const count = 60;
  const boxes = someBoxes(count, 1);
  const scores = someScores(count, 2);
  const given = [floats([count, 4], boxes), floats([count], scores)] as const;
  const theirs = [tf.tensor2d(boxes, [count, 4]), tf.tensor1d(scores)] as const;

  test.for([
    [count, 0.5, undefined],
    [7, 0.3, 0.4],
    [count, 0, 0.2],
    [count, 0.9, -1],
    [0, 0.5, undefined],
  ] as const)('is that of TensorFlow.js: at most %s, IoU %s, score %s', ([most, iou, score]) => {
    const expected = tf.image.nonMaxSuppression(...theirs, most, iou === 0 ? 1e-9 : iou, score).dataSync();
    const { indices, count: chosen } = nonMaxSuppression(...given, { most, iou, score });
    expect([...indices.values]).toEqual([...expected]);
    expect(chosen).toEqual(hostValue('int32', [], [expected.length]));
  });

  test.for([0.1, 0.5, 1])('with soft suppression, sigma %s', (sigma) => {
    for (const [most, iou, score] of [
      [count, 0.99, 0.05],
      [10, 0.6, 0.3],
    ]) {
      // prettier-ignore
      const expected = tf.image.nonMaxSuppressionWithScore(...theirs, most, iou, score, sigma);
      const { indices, scores: lowered } = nonMaxSuppression(...given, { most, iou, score, sigma });
      expect([...indices.values]).toEqual([...expected.selectedIndices.dataSync()]);
      expectClose(lowered, { shape: expected.selectedScores.shape, values: expected.selectedScores.dataSync() });
    }
  });

  test('padded', () => {
    const expected = tf.image.nonMaxSuppressionPadded(...theirs, count, 0.4, 0.3, true);
    const chosen = nonMaxSuppression(...given, { most: count, iou: 0.4, score: 0.3 }, true);
    expect([...chosen.indices.values]).toEqual([...expected.selectedIndices.dataSync()]);
    expect([...chosen.count.values]).toEqual([...expected.validOutputs.dataSync()]);
    expect(chosen.scores.shape).toEqual([count]);
  });

  test('leaves out scores that are NaN, and takes two corners in any order', () => {
    const turned = floats([3, 4], [1, 1, 0, 0, 0, 0, 1, 1, 0, 2, 1, 3]);
    const { indices } = nonMaxSuppression(turned, floats([3], [0.4, 0.5, NaN]), { most: 3, iou: 0.5 });
    expect([...indices.values]).toEqual([1]);
  });

  test.for([
    [0, 5, 0.5, undefined],
    [1, 60, 0.2, 0.35],
    [0, 60, 0, 0.1],
  ] as const)(
    'by class is that of ONNX Runtime: center_point_box %s, at most %s',
    async ([center, most, iou, score]) => {
      const [images, classes, n] = [2, 3, 30];
      const all = someBoxes(images * n, 3);
      const points = someScores(images * classes * n, 4);
      const scalar = [
        longsOf([1], [most]),
        floatsOf([1], [iou]),
        ...(score === undefined ? [] : [floatsOf([1], [score])]),
      ];
      const [expected] = await runOrtNode(
        'NonMaxSuppression',
        [floatsOf([images, n, 4], all), floatsOf([images, classes, n], points), ...scalar],
        { center_point_box: center },
        ['int64'],
        11,
      );
      const inputs = [floats([images, n, 4], all), floats([images, classes, n], points)] as const;
      const rows = nonMaxSuppressionByClass(...inputs, { most, iou, score }, center === 1);
      expect(rows.shape[0]).toBeGreaterThan(20);
      expect(rows).toEqual(expected);
    },
  );

  test('refuses what does not fit, by both shapes', () => {
    expect(
      messageOf(() => nonMaxSuppression(given[0], floats([5], scores.subarray(0, 5)), { most: 1, iou: 0.5 })),
    ).toBe('its boxes are [60, 4] and its scores [5], not [n, 4] and [n]');
    expect(messageOf(() => nonMaxSuppression(...given, { most: 1, iou: 1.5 }))).toContain('IoU threshold is 1.5');
    expect(messageOf(() => nonMaxSuppression(...given, { most: -1, iou: 0.5 }))).toContain('number of boxes is -1');
  });

  test('states its number of steps: a hundred thousand boxes that do not overlap are too many', () => {
    const n = 100_000;
    const far = Float32Array.from({ length: 4 * n }, (_, i) => Math.floor(i / 4) * 2 + (i % 4 < 2 ? 0 : 1));
    const run = (): unknown =>
      working(newWork(), () =>
        nonMaxSuppression(floats([n, 4], far), floats([n], new Float32Array(n)), { most: n, iou: 0.5 }),
      );
    const begin = performance.now();
    expect(messageOf(run)).toContain('steps on the CPU');
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});

test.for([
  ['bilinear', 3, 4],
  ['nearest', 5, 2],
  ['bilinear', 1, 1],
] as const)('crop and resize is that of TensorFlow.js: %s to %s x %s', ([method, rows, columns]) => {
  const image = randomValues(2 * 6 * 5 * 3, 5);
  const boxes = [0, 0, 1, 1, 0.1, 0.7, 0.9, 0.2, -0.3, 0.2, 0.5, 1.2, 0.5, 0.5, 0.5, 0.5, NaN, 0, 1, 1];
  const which = [0, 1, 1, 0, 1];
  const expected = tf.image.cropAndResize(tf.tensor4d(image, [2, 6, 5, 3]), tf.tensor2d(boxes.slice(0, 16), [4, 4]), tf.tensor1d(which.slice(0, 4), 'int32'), [rows, columns], method, 7); // prettier-ignore
  const given = floats([2, 6, 5, 3], image);
  const cropped = cropAndResize(given, floats([5, 4], boxes), integers(which), [rows, columns], method, 7);
  const size = rows * columns * 3;
  expectClose({ ...cropped, shape: [4, rows, columns, 3] }, { shape: expected.shape, values: expected.dataSync() });
  // The last box has a NaN coordinate and so lies nowhere: its crop is all 7, the extrapolation value. TensorFlow.js does not
  // get this box.
  expect([...cropped.values.subarray(4 * size)]).toEqual(Array.from({ length: size }, () => 7));
  expect(
    messageOf(() => cropAndResize(given, floats([1, 4], [0, 0, 1, 1]), integers([2]), [1, 1], 'bilinear', 0)),
  ).toBe('box 0 is of image 2, but its image has a batch of 2');
});

test.for([
  [1, 0, 3],
  [1, 1, 5],
  [0, 2, 2],
  [0, -1, 1],
  [1, -2, 0],
] as const)('top k is that of ONNX Runtime: largest %s along axis %s, k %s', async ([largest, axis, k]) => {
  const x = someScores(4 * 5 * 6, 6);
  const [values, indices] = await runOrtNode('TopK', [floatsOf([4, 5, 6], x), longsOf([1], [k])], { axis, largest }, ['float32', 'int64'], 11); // prettier-ignore
  expect(topK(floats([4, 5, 6], x), k, axis, largest === 0)).toEqual([values, indices]);
});

test('top k of a long list, of which it is sorted whole, and of a single number', () => {
  const x = randomValues(3000, 7);
  const [values, indices] = topK(floats([3000], x), 2000, 0, true);
  expect(values.values).toEqual(x.toSorted().subarray(0, 2000));
  expect(Float32Array.from(indices.values, (i) => x[i])).toEqual(values.values);
  expect(topK(floats([], [3]), 1)).toEqual([floats([1], [3]), integers([0])]);
});

describe('searches', () => {
  const x = Float32Array.from([0, 1, -0, NaN, 2, 0, 0, -3, 0, 0, 1, 0]);
  test('where and NonZero give what TensorFlow.js and ONNX Runtime give', async () => {
    const expected = await tf.whereAsync(tf.tensor3d(Array.from(x, Boolean), [2, 3, 2], 'bool'));
    // `Boolean(NaN)` is false, so NaN counts as 0 here.
    const places = whereHost(floats([2, 3, 2], x.map((v) => (Number.isNaN(v) ? 0 : v)))); // prettier-ignore
    expect(places).toEqual(hostValue('int32', expected.shape, expected.dataSync()));
    const [byAxis] = await runOrtNode('NonZero', [floatsOf([2, 3, 2], x)], {}, ['int64']);
    expect(nonZeroHost(floats([2, 3, 2], x))).toEqual(byAxis);
    expect(byAxis.shape).toEqual([3, 5]);
    expect(nonZeroHost(floats([2, 0], [])).shape).toEqual([2, 0]);
  });

  test('unique elements, sorted or in order of appearance, are those of ONNX Runtime', async () => {
    const list = someScores(50, 8);
    const types = ['float32', 'int64', 'int64', 'int64'] as const;
    for (const sorted of [0, 1]) {
      const expected = await runOrtNode('Unique', [floatsOf([50], list)], { sorted }, types, 11);
      expect(uniqueHost(floats([50], list), sorted === 1)).toEqual(expected);
    }
  });

  test('searchSorted gives what TensorFlow.js gives', () => {
    const sorted = [1, 2, 2, 5, -1, 0, 3, 3];
    const values = [0, 2, 9, 3, -2, 4];
    for (const side of ['left', 'right'] as const) {
      const expected = tf.searchSorted(tf.tensor2d(sorted, [2, 4]), tf.tensor2d(values, [2, 3]), side);
      expect(searchSortedHost(floats([2, 4], sorted), floats([2, 3], values), side === 'right')).toEqual(
        hostValue('int32', [2, 3], expected.dataSync()),
      );
    }
  });
});
