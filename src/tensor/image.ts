/**
 * Tensors of images.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';
import { openContext, TENSOR_OPTIONS, uploaded, type Gpu, type TensorOptions } from './gpu';
import type { Tensor } from './tensor';

/** Anything a 2-D canvas can draw, or pixels already read. */
export type ImageSource = ImageData | CanvasImageSource;

/** How pixels become numbers; see {@link tensorFromImage}. */
export interface ImageOptions {
  /** 1 (luminance, Rec. 601), 3 (RGB, the default) or 4 (RGBA). */
  readonly channels?: 1 | 3 | 4;
  /** What black and white become; default [0, 1]. tf.browser.fromPixels gives [0, 255]. */
  readonly range?: readonly [black: number, white: number];
}

const OP = 'tensorFromImage';

/**
 * Uploads the pixels of an image. A free function: an app that has no images does not carry it.
 *
 * @param source an ImageBitmap, ImageData, canvas, `<img>`, `<video>` or VideoFrame
 * @param options `channels` and `range`; `dtype` and `keep` as `gpu.tensor` has them
 * @returns [1, height, width, channels]; yours to dispose
 * @throws if there is no such option, the image has no pixels yet or the page may not read them, or the tensor exceeds the
 *   device's limits
 * @example
 * ```ts
 * const photo = tensorFromImage(gpu, await createImageBitmap(blob), { channels: 3 });
 * ```
 * @see https://js.tensorflow.org/api/latest/#browser.fromPixels
 */
export function tensorFromImage(gpu: Gpu, source: ImageSource, options: ImageOptions & TensorOptions = {}): Tensor {
  const context = openContext(OP, gpu);
  checkOptions(OP, options, ['channels', 'range', ...TENSOR_OPTIONS]);
  const { channels = 3, range = [0, 1], ...rest } = options;
  check(
    channels === 1 || channels === 3 || channels === 4,
    () => `${OP}: channels is ${show(channels)}; it is 1 (luminance), 3 (RGB) or 4 (RGBA)`,
  );
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite),
    () => `${OP}: range is ${show(range)}; give two finite numbers, [black, white]`,
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
  return uploaded(OP, context, values, [1, height, width, channels], rest);
}

function draw(source: CanvasImageSource): ImageData {
  const [width, height] = naturalSize(source);
  check(
    width > 0 && height > 0,
    () =>
      `${OP}: the image is ${width} x ${height} pixels; wait until it is loaded (await image.decode()) before making a tensor of it`,
  );
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    context.drawImage(source, 0, 0);
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    // No image, one of another site, or no 2-D canvas: the browser says which.
    throw new Error(
      `${OP}: source is ${show(source)}, whose pixels cannot be read (${(cause as Error).message}); give ImageData instead`,
      { cause },
    );
  }
}

/** An element's size on the page is not the image's: photographs are shown smaller than they are. */
function naturalSize(source: CanvasImageSource): readonly [number, number] {
  check(
    typeof source === 'object' && source !== null && ('width' in source || 'displayWidth' in source),
    () => `${OP}: source is ${show(source)}; give an ImageBitmap, ImageData, a canvas, image or video`,
  );
  if ('naturalWidth' in source) return [source.naturalWidth, source.naturalHeight];
  if ('videoWidth' in source) return [source.videoWidth, source.videoHeight];
  if ('displayWidth' in source) return [source.displayWidth, source.displayHeight];
  return [Number(source.width), Number(source.height)];
}
