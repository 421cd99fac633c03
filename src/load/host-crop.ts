/**
 * Boxes of images, each resized to one size, on the CPU: their places are known only after a read.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { allocateHost, type HostValue } from './host-value';
import { spend } from './host-work';

/**
 * CropAndResize of TensorFlow.
 *
 * @param image [batch, height, width, channels]
 * @param boxes [n, 4]: y1, x1, y2, x2, from 0 to 1 of the image; y1 > y2 turns the box upside down
 * @param images [n]: which image each box is of
 * @param size height and width of the result
 * @param fill the value outside the image
 * @returns [n, height, width, channels]
 * @see https://www.tensorflow.org/api_docs/python/tf/image/crop_and_resize
 */
export function cropAndResize(
  image: HostValue,
  boxes: HostValue,
  images: HostValue,
  size: readonly number[],
  method: 'bilinear' | 'nearest',
  fill: number,
): HostValue {
  const [batch, height, width, channels] = image.shape;
  const [n] = boxes.shape;
  check(image.shape.length === 4, () => `its image is ${describe(image.shape)}, not [batch, height, width, channels]`);
  check(
    boxes.shape.length === 2 && boxes.shape[1] === 4 && images.shape.length === 1 && images.shape[0] === n,
    () => `its boxes are ${describe(boxes.shape)} and their images ${describe(images.shape)}, not [n, 4] and [n]`,
  );
  check(
    size.length === 2 && size.every((length) => length >= 1),
    () => `its crop size is ${describe(size)}; give a height and a width of at least 1`,
  );
  check(sizeOf(image.shape) > 0, () => `its image ${describe(image.shape)} has no element`);
  const [rows, columns] = size;
  const shape = [n, rows, columns, channels];
  const values = allocateHost('float32', shape);
  spend(n * (16 + rows * (4 + columns * (4 + 4 * channels))));
  const from = image.values;
  const corners = boxes.values;
  let to = 0;
  for (let box = 0; box < n; box++) {
    const which = images.values[box];
    check(which >= 0 && which < batch, () => `box ${box} is of image ${which}, but its image has a batch of ${batch}`);
    const [y1, x1, y2, x2] = [0, 1, 2, 3].map((i) => corners[4 * box + i]);
    const start = which * height * width * channels;
    for (let row = 0; row < rows; row++) {
      const y = sampleAt(y1, y2, row, rows, height);
      const [y0, yNext, down] = neighbours(y, method);
      for (let column = 0; column < columns; column++, to += channels) {
        const x = sampleAt(x1, x2, column, columns, width);
        // So NaN is outside, too.
        if (!(y >= 0 && y <= height - 1 && x >= 0 && x <= width - 1)) {
          values.fill(fill, to, to + channels);
          continue;
        }
        const [x0, xNext, right] = neighbours(x, method);
        const corner = (v: number, u: number): number => start + (v * width + u) * channels;
        const [a, b, c, d] = [corner(y0, x0), corner(y0, xNext), corner(yNext, x0), corner(yNext, xNext)];
        for (let channel = 0; channel < channels; channel++) {
          const top = from[a + channel] + (from[b + channel] - from[a + channel]) * right;
          const bottom = from[c + channel] + (from[d + channel] - from[c + channel]) * right;
          values[to + channel] = top + (bottom - top) * down;
        }
      }
    }
  }
  return { shape, dtype: 'float32', values };
}

/** The place in the image of sample i of `count`; a single sample lies in the middle of the box. */
function sampleAt(begin: number, end: number, i: number, count: number, length: number): number {
  return count > 1 ? (begin + ((end - begin) * i) / (count - 1)) * (length - 1) : ((begin + end) / 2) * (length - 1);
}

/** The pixels before and after a place, and how far it is on the way between them. */
function neighbours(at: number, method: 'bilinear' | 'nearest'): readonly [number, number, number] {
  if (method === 'bilinear') return [Math.floor(at), Math.ceil(at), at - Math.floor(at)];
  const nearest = Math.round(at);
  return [nearest, nearest, 0];
}
