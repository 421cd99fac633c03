/** Compares every attribute of TensorFlow.js's convolutions, computed by this library, with TensorFlow.js on the CPU. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { install } from '../../src/tfjs';
import { expectClose } from '../support/close';
import { deviceErrors, useBackend, webgpu } from '../support/tfjs-census';
import { randomCase, runCase, type KernelCase } from '../support/tfjs-kernel';

/** A run with 120 cases found no mistake. Compiling the program takes most of a case's time. */
const RANDOM = 16;

const NASTY: readonly KernelCase[] = [
  // If the padding is a number, TensorFlow.js uses the filter height and the vertical stride for the width, too.
  { kernel: 'Conv2D', x: [1, 7, 9, 3], filter: [1, 4, 3, 5], attributes: { strides: [1, 2], pad: 1 } },
  { kernel: 'Conv2D', x: [1, 9, 7, 3], filter: [4, 1, 3, 5], attributes: { strides: [3, 1], pad: 2 } },
  // Rounding up leaves taps of the last window outside of the image, and rounding down skips pixels.
  {
    kernel: 'Conv2D',
    x: [1, 8, 8, 4],
    filter: [3, 3, 4, 4],
    attributes: { strides: 2, pad: 0, dimRoundingMode: 'ceil' },
  },
  {
    kernel: 'DepthwiseConv2dNative',
    x: [2, 8, 10, 4],
    filter: [3, 3, 4, 1],
    attributes: { strides: 2, pad: 1, dimRoundingMode: 'ceil' },
  },
  // The padding is larger than the filter.
  {
    kernel: 'Conv2D',
    x: [1, 2, 2, 1],
    filter: [2, 2, 1, 1],
    attributes: {
      strides: 1,
      pad: [
        [0, 0],
        [3, 0],
        [0, 4],
        [0, 0],
      ],
    },
  },
  { kernel: 'Conv2D', x: [1, 4, 4, 4], filter: [1, 1, 4, 8], attributes: { strides: [2, 3], pad: 2 } },
  // The filter covers the whole image. TensorFlow.js computes that as a matrix product.
  {
    kernel: 'FusedConv2D',
    x: [2, 5, 6, 3],
    filter: [5, 6, 3, 7],
    attributes: { strides: 1, pad: 'valid', activation: 'relu' },
    bias: [7],
  },
  {
    kernel: 'FusedConv2D',
    x: [1, 6, 6, 8],
    filter: [1, 1, 8, 16],
    attributes: { strides: 1, pad: 'same', activation: 'prelu' },
    bias: [16],
    slopes: [1, 1, 16],
  },
  {
    kernel: 'FusedConv2D',
    x: [1, 6, 6, 3],
    filter: [3, 3, 3, 4],
    nchw: true,
    attributes: { strides: 1, pad: 'same', activation: 'prelu' },
    bias: [4],
    slopes: [1, 1, 4],
  },
  // One channel, and a stride as large as the image.
  {
    kernel: 'DepthwiseConv2dNative',
    x: [1, 5, 5, 1],
    filter: [3, 3, 1, 3],
    attributes: { strides: 5, pad: 'same', dilations: null },
  },
  {
    kernel: 'FusedDepthwiseConv2D',
    x: [1, 1, 1, 6],
    filter: [3, 3, 6, 2],
    attributes: { strides: 1, pad: 'same', activation: 'relu6' },
    bias: [12],
  },
  {
    kernel: 'FusedConv2D',
    x: [1, 5, 5, 2],
    filter: [3, 3, 2, 1],
    attributes: { strides: 1, pad: 'same', activation: 'leakyrelu', leakyreluAlpha: 0.25 },
    bias: [1, 1, 1],
  },
  // These stay with TensorFlow.js's own kernel, because the bias or the slopes are not one per channel.
  {
    kernel: 'FusedDepthwiseConv2D',
    x: [1, 4, 4, 3],
    filter: [3, 3, 3, 1],
    attributes: { strides: 1, pad: 'same' },
    bias: [1],
  },
  {
    kernel: 'FusedDepthwiseConv2D',
    x: [1, 4, 4, 3],
    filter: [3, 3, 3, 1],
    attributes: { strides: 1, pad: 'same', activation: 'prelu' },
    slopes: [4, 4, 3],
  },
];

/**
 * The sums are whole numbers and so exact. What follows may round: the backends compute the exponentials of elu and sigmoid
 * differently.
 */
function boundOf({ attributes: { activation } }: KernelCase, expected: ArrayLike<number>): Float64Array | number {
  if (activation !== 'elu' && activation !== 'sigmoid') return 0;
  return Float64Array.from(expected, (v) => 2 ** -20 * (1 + Math.abs(v)));
}

beforeAll(async () => {
  await useBackend('webgpu');
});

test('nasty and random attributes give what TensorFlow.js gives on the CPU', async () => {
  const cases = [...NASTY, ...Array.from({ length: RANDOM }, (_, seed) => randomCase(seed))];
  await useBackend('cpu');
  const expected = cases.map((one) => {
    const y = runCase(one);
    return { shape: y.shape, values: y.dataSync<'float32'>() };
  });
  await useBackend('webgpu');
  const errors = deviceErrors();
  using installed = install(tf);
  // All cases run at once, which takes half the time.
  await installed.prepare(() => cases.map(runCase));
  const { pipelines } = installed.gpu.memory();
  const results = cases.map(runCase);
  const counts = installed.counts();
  await webgpu().device.queue.onSubmittedWorkDone();
  expect(errors).toEqual([]);
  for (const [i, result] of results.entries()) {
    const words = JSON.stringify(cases[i]);
    expect(result.shape, words).toEqual(expected[i].shape);
    try {
      expectClose(await result.data(), expected[i].values, result.shape, boundOf(cases[i], expected[i].values));
    } catch (cause) {
      throw new Error(`${words}: ${(cause as Error).message}`, { cause });
    }
  }
  tf.dispose(results);
  const empty = expected.filter(({ values }) => values.length === 0).length;
  expect(counts.left).toEqual({
    'the bias is [1]': 1,
    'the slopes are [4, 4, 3]': 1,
    ...(empty > 0 && { 'a tensor is empty': empty }),
  });
  expect(Object.values(counts.taken).reduce((sum, n) => sum + n)).toBe(cases.length - 2 - empty);
  expect(installed.gpu.memory().pipelines, 'programs that prepare has left to be compiled').toBe(pipelines);
});
