/**
 * Compares what `tensorFromImage` computes with float64 and TensorFlow.js: crops, sizes, channels and ranges, by the GPU and
 * by the CPU.
 */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { resizeBilinear, tensorFromImage, type ImageOptions } from '../../src/index';
import { halfBits, halfValue } from '../../src/kernels/dtype';
import { viewed } from '../../src/tensor/image-pixels';
import { viewOf } from '../../src/tensor/image-view';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { channelsFirst, imageReference, randomPixels } from '../support/image-reference';

const gpu = useGpu();
const [width, height] = [13, 9];
const image = randomPixels(width, height);

/**
 * The error of a color, from the error of its place in pixels. A place is at most 32, and is a sum of three terms that are
 * rounded twice each. Neighbouring pixels differ by at most 1 along both axes. Colors and factors add less than that once
 * more.
 */
const ERROR = 32 * 2 ** -24 * 6 * 2 * 2;

const turn = Math.PI / 5;
const cases: Readonly<Record<string, ImageOptions>> = {
  'an image as it is': {},
  'an image as rgba': { channels: 'rgba' },
  'luminance, by its word': { channels: 'grey' },
  'colors the other way round': { channels: 'bgr' },
  'colors the other way round with alpha': { channels: 'bgra' },
  'a smaller image': { size: [4, 5] },
  'a larger image': { size: [20, 30] },
  'one pixel': { size: [1, 1] },
  'an image that is wider and lower': { size: [3, 29] },
  'a crop': { crop: { x: 2, y: 3, width: 5, height: 4 } },
  'a crop of parts of pixels': { crop: { x: 2.25, y: 0.75, width: 5.5, height: 4.5 } },
  'a crop beyond the image, whose edge goes on': { crop: { x: -3, y: -2, width: 20, height: 6 } },
  'a crop beyond the image, filled': { crop: { x: -3, y: -2, width: 20, height: 6 }, fill: [1, 0.5, 0.25], channels: 4 },
  'a crop in another size': { crop: { x: 4, y: 1, width: 6, height: 6 }, size: [11, 7] },
  'a turned crop': { crop: { x: 3, y: 2, width: 6, height: 5, angle: turn }, size: [8, 8] },
  'a turned crop beyond the image': { crop: { x: -4, y: 2, width: 9, height: 11, angle: -2 * turn }, size: [8, 8] },
  'a turned crop beyond the image, filled': { crop: { x: -4, y: 2, width: 9, height: 11, angle: turn }, fill: [0.5, 0.5, 0], size: [8, 8] },
  'a quarter turn': { crop: { x: 0, y: 0, width: 8, height: 8, angle: Math.PI / 2 } },
  'a range': { range: [-1, 1] },
  'ranges from white to black': { range: [1, 0], channels: 1 },
  'a mean and a deviation for each channel': { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  'a mean in a range': { range: [0, 2], mean: 1, std: 0.5, channels: 'bgr' },
}; // prettier-ignore

function gainOf({ range = [0, 1], std = 1 }: ImageOptions): number {
  return Math.abs(range[1] - range[0]) / Math.min(...(typeof std === 'number' ? [std] : std)) + Math.abs(range[0]) + 8;
}

describe.for(Object.entries(cases))('%s', ([, options]) => {
  const expected = imageReference(image, options);
  const { shape } = viewOf('test', image, options);

  test('is made by the GPU', async () => {
    using x = tensorFromImage(gpu(), image, options);
    expect(x.shape).toEqual(shape);
    expectClose(await x.read(), expected, shape, ERROR * gainOf(options));
  });

  test('is made by the CPU', () => {
    const values = viewed(image, viewOf('test', image, options));
    expectClose(values, expected, shape, 2 ** -23 * gainOf(options));
  });

  test('is made with channels first', async () => {
    const planes: ImageOptions = { ...options, dataFormat: 'NCHW' };
    const [, rows, columns, count] = shape;
    using x = tensorFromImage(gpu(), image, planes);
    expect(x.shape).toEqual([1, count, rows, columns]);
    const reordered = channelsFirst(expected, count);
    expectClose(await x.read(), reordered, x.shape, ERROR * gainOf(options));
    expectClose(viewed(image, viewOf('test', image, planes)), reordered, x.shape, 2 ** -23 * gainOf(options));
  });
});

describe.for(['shader-f16, where there is', 'packed halves'])('float16 by %s', (how) => {
  const own = useGpu(how.startsWith('packed') ? 'shader-f16' : undefined);

  test.for(['an image as it is', 'an image as rgba', 'luminance, by its word', 'a turned crop beyond the image'])(
    'has the values of float32, rounded: %s',
    async (name) => {
      const options = { ...cases[name], dtype: 'f16', range: [-40, 200] } as const;
      using x = tensorFromImage(own(), image, options);
      expect(x.dtype).toBe('f16');
      const expected = imageReference(image, options).map((v) => halfValue(halfBits(v)));
      // The two results may be rounded to neighbouring halves.
      const bounds = expected.map((v) => Math.max(Math.abs(v), 2 ** -14) * 2 ** -10 + ERROR * gainOf(options));
      expectClose(Float32Array.from(await x.read<ArrayLike<number>>()), expected, x.shape, bounds);
    },
  );

  test('numbers beyond the largest half become the largest half', async () => {
    using x = tensorFromImage(own(), image, { dtype: 'f16', range: [0, 1e6], size: [1, 1] });
    expect([...((await x.read<ArrayLike<number>>()) as Float32Array)]).toEqual([65_504, 65_504, 65_504]);
  });
});

describe('the option size resizes as', () => {
  test.for([[4, 5], [18, 26], [7, 31], [1, 2]])("TensorFlow with half_pixel_centers does: [%i, %i]", async (size) => {
    await tf.setBackend('cpu');
    expect(tf.version_core).toBe(version_cpu);
    const numbers = imageReference(image, { range: [0, 255] });
    const x = tf.tensor4d(numbers, [1, height, width, 3]);
    const resized = tf.image.resizeBilinear(x, size as [number, number], false, true);
    const expected = await resized.data();
    tf.dispose([x, resized]);
    using y = tensorFromImage(gpu(), image, { range: [0, 255], size: size as [number, number] });
    expectClose(await y.read(), expected, y.shape, ERROR * 512);
  }); // prettier-ignore

  test('resizeBilinear does', async () => {
    using whole = tensorFromImage(gpu(), image);
    using expected = resizeBilinear(whole, [6, 21], { halfPixelCenters: true });
    using x = tensorFromImage(gpu(), image, { size: [6, 21] });
    expectClose(await x.read(), await expected.read(), x.shape, ERROR * 2);
  });
});
