/**
 * Computes which part of an image a tensor shows, and how colors become numbers: pure arithmetic, for both GPU and CPU.
 *
 * @module
 */
import { check, checkEither, describe, isCount, show } from '../conv/check';
import { checkColor } from './colormap';
import { cropOf, turned, type Crop, type Extent, type Vector } from './image-crop';

/** How pixels become numbers; see {@link tensorFromImage}. */
export interface ImageOptions {
  /**
   * The number of channels, 1, 3 (the default) or 4, or their meaning: `'grey'` is luminance (Rec. 601). Colors are not
   * multiplied by their alpha.
   */
  readonly channels?: 1 | 3 | 4 | 'grey' | 'rgb' | 'bgr' | 'rgba' | 'bgra';
  /** The numbers for black and white; default [0, 1]. tf.browser.fromPixels gives [0, 255]. */
  readonly range?: readonly [black: number, white: number];
  /** Is subtracted after `range`: one number for all channels, or one for each in their order; default 0. */
  readonly mean?: number | readonly number[];
  /** Divides the difference: one number for all channels, or one for each; default 1. */
  readonly std?: number | readonly number[];
  /** The part of the image to take; default all of it. It may reach beyond the image, see `fill`. */
  readonly crop?: Crop;
  /**
   * Height and width of the tensor; default those of `crop`, rounded. Between pixels it is bilinear, on the grid of TensorFlow's
   * half_pixel_centers.
   */
  readonly size?: readonly [height: number, width: number];
  /** Red, green and blue in [0, 1] beyond the image; by default the pixels of its edge continue. */
  readonly fill?: readonly [red: number, green: number, blue: number];
  /** Where the channels are; default `'NHWC'`. */
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

/** The names of ImageOptions, without the first two. */
export const VIEW_OPTIONS: readonly string[] = ['mean', 'std', 'crop', 'size', 'fill', 'dataFormat'];

/** The number of channels of each kind. */
const CHANNELS = { grey: 1, rgb: 3, bgr: 3, rgba: 4, bgra: 4 } as const;

/** The meaning of a tensor's channels. */
export type Channels = keyof typeof CHANNELS;

const BY_COUNT: Readonly<Record<number, Channels>> = { 1: 'grey', 3: 'rgb', 4: 'rgba' };

/** The view of an image that a tensor gets. */
export interface ImageView {
  /** Size of the image, in pixels. */
  readonly image: Extent;
  /** Size of the tensor. */
  readonly shape: readonly number[];
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  readonly count: number;
  /** Elements of the tensor from one row, column and channel to the next. */
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  /** The place of the tensor's first pixel in the image; the image's own first pixel is at 0. */
  readonly start: Vector;
  /** The steps in the image for one column of the tensor, and for one row. */
  readonly across: Vector;
  readonly down: Vector;
  /** Whether a pixel of the tensor may lie between pixels of the image. */
  readonly isBetween: boolean;
  /** The factor of each channel in [0, 1], and what is added to the product. */
  readonly gains: readonly number[];
  readonly offsets: readonly number[];
  readonly fill?: readonly number[];
}

/**
 * The view that the options ask for.
 *
 * @throws if one of them is wrong, or no part of the crop is in the image
 */
export function viewOf(op: string, image: Extent, options: ImageOptions): ImageView {
  const { channels = 3, dataFormat = 'NHWC', fill } = options;
  const word = typeof channels === 'number' ? BY_COUNT[channels] : channels;
  check(
    typeof word === 'string' && Object.hasOwn(CHANNELS, word),
    () =>
      `${op}: channels is ${show(channels)}; it is 1 (luminance), 3 (RGB) or 4 (RGBA), or one of ${Object.keys(CHANNELS).join(', ')}`,
  );
  const count = CHANNELS[word];
  checkEither(op, 'dataFormat', dataFormat, ['NHWC', 'NCHW']);
  if (fill !== undefined) checkColor(op, 'fill', fill);
  const crop = cropOf(op, image, options.crop);
  const [height, width] = sizeOf(op, crop, options.size);
  const isLast = dataFormat === 'NHWC';
  return {
    image,
    shape: isLast ? [1, height, width, count] : [1, count, height, width],
    height,
    width,
    channels: word,
    count,
    row: isLast ? width * count : width,
    column: isLast ? count : 1,
    channel: isLast ? 1 : height * width,
    ...placesOf(crop, height, width),
    ...factorsOf(op, count, options),
    fill,
  };
}

function sizeOf(op: string, crop: Required<Crop>, size?: readonly number[]): readonly number[] {
  if (size === undefined) return [crop.height, crop.width].map((n) => Math.max(Math.round(n), 1));
  check(
    Array.isArray(size) && size.length === 2 && size.every(isCount),
    () => `${op}: size is ${show(size)}; give [height, width], whole numbers of at least 1`,
  );
  return size;
}

type Places = Pick<ImageView, 'start' | 'across' | 'down' | 'isBetween'>;

function placesOf({ x, y, angle, ...box }: Required<Crop>, height: number, width: number): Places {
  const [stepX, stepY] = [box.width / width, box.height / height];
  // Go from the middle of the box to the middle of the tensor's first pixel, since places are the middles of pixels.
  const [dx, dy] = turned([(stepX - box.width) / 2, (stepY - box.height) / 2], angle);
  const start = [x + box.width / 2 + dx - 0.5, y + box.height / 2 + dy - 0.5] as const;
  const isAligned = angle === 0 && stepX === 1 && stepY === 1 && start.every(Number.isInteger);
  return { start, across: turned([stepX, 0], angle), down: turned([0, stepY], angle), isBetween: !isAligned };
}

function factorsOf(op: string, count: number, options: ImageOptions): Pick<ImageView, 'gains' | 'offsets'> {
  const { range = [0, 1], mean: means = 0, std: stds = 1 } = options;
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite),
    () => `${op}: range is ${show(range)}; give two finite numbers, [black, white]`,
  );
  const [black, white] = range;
  const mean = perChannel(op, 'mean', count, means);
  const std = perChannel(op, 'std', count, stds);
  check(!std.includes(0), () => `${op}: std is ${show(stds)}; give what to divide by, not 0`);
  return { gains: std.map((s) => (white - black) / s), offsets: std.map((s, c) => (black - mean[c]) / s) };
}

function perChannel(op: string, name: string, count: number, value: number | readonly number[]): readonly number[] {
  const list = typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
  check(
    Array.isArray(list) && list.every(Number.isFinite),
    () => `${op}: ${name} is ${show(value)}; give a finite number, or one for each channel`,
  );
  check(
    list.length === count,
    () => `${op}: ${name} ${describe(list)} has ${list.length} numbers but there are ${count} channels; give ${count}`,
  );
  return list;
}
