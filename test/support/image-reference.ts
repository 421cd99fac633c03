/** The result of `tensorFromImage`, as float64 loops that follow its documentation, and pixels to try. */
import type { ImageOptions } from '../../src/index';
import { generator } from './random';

/** Pixels of random colors, opaque unless `alpha` returns another alpha. */
export function randomPixels(width: number, height: number, alpha: () => number = () => 255, seed = 1): ImageData {
  const next = generator(seed);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? alpha() : Math.floor(next() * 256);
  return new ImageData(data, width, height);
}

/** The numbers, in the order of [height, width, channels]. */
export function imageReference(image: ImageData, options: ImageOptions): number[] {
  const { channels = 3, range = [0, 1], mean = 0, std = 1, fill } = options;
  const crop = { x: 0, y: 0, width: image.width, height: image.height, angle: 0, ...options.crop };
  const [height, width] = options.size ?? [Math.round(crop.height), Math.round(crop.width)];
  const word = { 1: 'grey', 3: 'rgb', 4: 'rgba' }[channels as number] ?? (channels as string);
  const numbers: number[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      // The middle of the output pixel, relative to the middle of the box, about which the box is turned.
      const u = ((j + 0.5) / width - 0.5) * crop.width;
      const v = ((i + 0.5) / height - 0.5) * crop.height;
      const x = crop.x + crop.width / 2 + u * Math.cos(crop.angle) - v * Math.sin(crop.angle);
      const y = crop.y + crop.height / 2 + u * Math.sin(crop.angle) + v * Math.cos(crop.angle);
      const isIn = x >= 0 && y >= 0 && x < image.width && y < image.height;
      const [r, g, b, a] = isIn || fill === undefined ? colorAt(image, x, y) : [...fill, 1];
      const color =
        word === 'grey' ? [0.299 * r + 0.587 * g + 0.114 * b] : word.split('').map((c) => ({ r, g, b, a })[c]!);
      for (const [c, part] of color.entries()) {
        const scaled = range[0] + part * (range[1] - range[0]);
        numbers.push((scaled - (typeof mean === 'number' ? mean : mean[c])) / (typeof std === 'number' ? std : std[c]));
      }
    }
  }
  return numbers;
}

/** Interpolates between the middles of the surrounding pixels by distance; beyond the outermost middles the color is constant. */
function colorAt({ data, width, height }: ImageData, x: number, y: number): number[] {
  const color = [0, 0, 0, 0];
  for (let row = Math.floor(y - 0.5); row <= y + 0.5; row++) {
    for (let column = Math.floor(x - 0.5); column <= x + 0.5; column++) {
      const weight = Math.max(0, 1 - Math.abs(column + 0.5 - x)) * Math.max(0, 1 - Math.abs(row + 0.5 - y));
      const inRow = Math.min(Math.max(row, 0), height - 1);
      const inColumn = Math.min(Math.max(column, 0), width - 1);
      for (let c = 0; c < 4; c++) color[c] += (weight * data[(inRow * width + inColumn) * 4 + c]) / 255;
    }
  }
  return color;
}

/** Reorders [height, width, channels] to [channels, height, width]. */
export function channelsFirst(numbers: readonly number[], channels: number): number[] {
  const pixels = numbers.length / channels;
  return numbers.map((_, at) => numbers[(at % pixels) * channels + Math.floor(at / pixels)]);
}
