/**
 * Pixels of an image as numbers.
 *
 * @module
 */
import { check, show } from '../conv/check';

/** Anything a 2-D canvas can draw, or pixels already read. */
export type ImageSource = ImageData | CanvasImageSource;

/** How pixels become numbers; see `gpu.tensor`. */
export interface ImageOptions {
  /** 1 (luminance, Rec. 601), 3 (RGB, the default) or 4 (RGBA). */
  readonly channels?: 1 | 3 | 4;
  /** What black and white become; default [0, 1]. tf.browser.fromPixels gives [0, 255]. */
  readonly range?: readonly [black: number, white: number];
}

/** The names of ImageOptions. */
export const IMAGE_OPTIONS: readonly string[] = ['channels', 'range'];

/** Whether `source` is an image rather than numbers. */
export function isImage(source: object): source is ImageSource {
  return 'width' in source || 'videoWidth' in source || 'displayWidth' in source;
}

/**
 * An image as [1, height, width, channels].
 *
 * @throws if it has no pixels (yet), or an option is wrong
 */
export function pixelsOf(
  source: ImageSource,
  { channels = 3, range = [0, 1] }: ImageOptions,
): {
  readonly values: Float32Array;
  readonly shape: readonly number[];
} {
  check(
    channels === 1 || channels === 3 || channels === 4,
    () => `gpu.tensor: channels is ${show(channels)}; it is 1 (luminance), 3 (RGB) or 4 (RGBA)`,
  );
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite),
    () => `gpu.tensor: range is ${show(range)}; give two finite numbers, [black, white]`,
  );
  const { data, width, height } = source instanceof ImageData ? source : draw(source);
  const [black, white] = range;
  const scale = (white - black) / 255;
  const values = new Float32Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const at = i * 4;
    if (channels === 1) {
      values[i] = black + (0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]) * scale;
    } else {
      // No list for each pixel: a webcam's frame has a hundred thousand.
      for (let c = 0; c < channels; c++) values[i * channels + c] = black + data[at + c] * scale;
    }
  }
  return { values, shape: [1, height, width, channels] };
}

function draw(source: CanvasImageSource): ImageData {
  const [width, height] = naturalSize(source);
  check(
    width > 0 && height > 0,
    () =>
      `gpu.tensor: the image is ${width} x ${height} pixels; wait until it is loaded (await image.decode()) before making a tensor of it`,
  );
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  check(
    context !== null,
    () => 'gpu.tensor: this page gives no 2-D canvas to read the image with; pass ImageData instead',
  );
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** An element's size on the page is not the image's: photographs are shown smaller than they are. */
function naturalSize(source: CanvasImageSource): readonly [number, number] {
  if ('naturalWidth' in source) return [source.naturalWidth, source.naturalHeight];
  if ('videoWidth' in source) return [source.videoWidth, source.videoHeight];
  if ('displayWidth' in source) return [source.displayWidth, source.displayHeight];
  return [Number(source.width), Number(source.height)];
}
