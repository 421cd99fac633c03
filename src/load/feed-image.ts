/**
 * Feeds a model pixels that the page already has. `tensorFromImage` makes tensors of all other kinds of images; an app
 * imports it only if it has such images.
 *
 * @module
 */
import { check, describe, fail, show } from '../conv/check';

/** The pixels of an ImageData, as they are fed. */
export interface Pixels {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Whether it is an image of any kind (only ImageData is read). Images have a width and a height; a record of inputs has no
 * number.
 */
export function isImage(value: unknown): value is ImageData {
  const { width, displayWidth } = (value ?? {}) as { readonly width?: unknown; readonly displayWidth?: unknown };
  return typeof value === 'object' && (typeof width === 'number' || typeof displayWidth === 'number');
}

/**
 * An ImageData's numbers, from 0 to 255, without alpha where the input has three channels.
 *
 * @param what the input, for errors
 * @param shape the input's, -1 for sizes that are open
 */
export function pixelsOf(op: string, what: string, image: object, shape: readonly number[] | undefined): Pixels {
  const { data, width, height } = image as Partial<ImageData>;
  if (!(data instanceof Uint8ClampedArray) || width === undefined || height === undefined) {
    return fail(`${op}: ${what} is ${show(image)}; ${remedy(shape)}`);
  }
  const channels = shape?.at(-1) ?? 0;
  const form = [1, height, width, channels].slice(shape?.length === 3 ? 1 : 0);
  check(
    (channels === 3 || channels === 4) &&
      shape?.length === form.length &&
      shape.every((n, axis) => n < 0 || n === form[axis]),
    () =>
      `${op}: ${what} is an ImageData of ${width} x ${height} pixels but the model takes ${describe(shape ?? [])}; ${remedy(shape)}`,
  );
  const values = new Float32Array(width * height * channels);
  if (channels === 4) values.set(data);
  else {
    for (let from = 0, to = 0; to < values.length; from += 4, to += 3) {
      values[to] = data[from];
      values[to + 1] = data[from + 1];
      values[to + 2] = data[from + 2];
    }
  }
  return { values, shape: form };
}

/** The call that makes a tensor of any image, as this input wants it. */
function remedy(shape: readonly number[] | undefined): string {
  const first = shape?.length === 4 && ![1, 3, 4].includes(shape[3]) && [1, 3, 4].includes(shape[1]);
  const sizes = first ? shape.slice(2) : (shape?.slice(-3, -1) ?? []);
  const size = sizes.length === 2 && sizes.every((n) => n > 0) ? `size: ${describe(sizes)}` : 'size: [height, width]';
  return `give tensorFromImage(gpu, image, { ${size}${first ? ", dataFormat: 'NCHW'" : ''} }), with the range that the model was trained on`;
}
