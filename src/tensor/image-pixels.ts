/**
 * Makes tensors of images on the CPU, where the GPU cannot get the pixels: it reads them through a 2-D canvas, and makes the view
 * by plain loops in float64. The tests compare the GPU with it.
 *
 * @module
 */
import { show } from '../conv/check';
import type { Extent } from './image-crop';
import type { Channels, ImageView } from './image-view';

/** Red, green, blue and alpha of each pixel, row by row, as `ImageData` has them. */
export interface Pixels {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels of anything that a 2-D canvas can draw.
 *
 * @throws if it is no image, or the page may not read its pixels
 */
export function pixelsOf(op: string, source: CanvasImageSource | ImageData, { width, height }: Extent): Pixels {
  try {
    return drawn(source, width, height, true).getImageData(0, 0, width, height);
  } catch (cause) {
    // It is no image, an image of another site, or there is no 2-D canvas: the browser says which.
    const { name, message } = cause as Error;
    const remedy =
      name === 'SecurityError'
        ? "load it from this site, or with crossOrigin = 'anonymous' from one that allows it"
        : 'give ImageData instead';
    throw new Error(`${op}: source is ${show(source)}, whose pixels cannot be read (${message}); ${remedy}`, { cause });
  }
}

/** A new canvas that shows an image, upright and in sRGB. */
export function drawn(
  source: CanvasImageSource | ImageData,
  width: number,
  height: number,
  willReadFrequently = false,
): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently })!;
  if ('data' in source) context.putImageData(source, 0, 0);
  else context.drawImage(source, 0, 0);
  return context;
}

/** For each channel, the index of its color among red, green, blue and alpha. */
const PARTS: Readonly<Record<Channels, readonly number[]>> = {
  grey: [],
  rgb: [0, 1, 2],
  bgr: [2, 1, 0],
  rgba: [0, 1, 2, 3],
  bgra: [2, 1, 0, 3],
};

/** One part of the color at a place. */
type Sampler = (x: number, y: number, part: number) => number;

/** The numbers of a tensor that shows the view. */
export function viewed(pixels: Pixels, view: ImageView): Float32Array {
  const { start, across, down, count, gains, offsets } = view;
  const values = new Float32Array(view.height * view.width * count);
  const sample = samplerOf(pixels, view);
  const parts = PARTS[view.channels];
  for (let i = 0; i < view.height; i++) {
    for (let j = 0; j < view.width; j++) {
      const x = start[0] + j * across[0] + i * down[0];
      const y = start[1] + j * across[1] + i * down[1];
      const first = i * view.row + j * view.column;
      // Do not make a list for each pixel: a webcam's frame has a hundred thousand pixels.
      for (let c = 0; c < count; c++) {
        const v =
          view.channels === 'grey'
            ? 0.299 * sample(x, y, 0) + 0.587 * sample(x, y, 1) + 0.114 * sample(x, y, 2)
            : sample(x, y, parts[c]);
        values[first + c * view.channel] = v * gains[c] + offsets[c];
      }
    }
  }
  return values;
}

function samplerOf({ data, width, height }: Pixels, { isBetween, fill }: ImageView): Sampler {
  const pixel: Sampler = (x, y, part) => {
    const [column, row] = [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
    return data[(row * width + column) * 4 + part] / 255;
  };
  const between: Sampler = (x, y, part) => {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, bottom] = [x - left, y - top];
    const above = pixel(left, top, part) * (1 - right) + pixel(left + 1, top, part) * right;
    const below = pixel(left, top + 1, part) * (1 - right) + pixel(left + 1, top + 1, part) * right;
    return above * (1 - bottom) + below * bottom;
  };
  const inside = isBetween ? between : pixel;
  if (fill === undefined) return inside;
  return (x, y, part) => {
    const isBeyond = x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5;
    return isBeyond ? (fill[part] ?? 1) : inside(x, y, part);
  };
}
