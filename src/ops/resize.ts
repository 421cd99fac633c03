/**
 * Images of another size.
 *
 * @module
 */
import { check, checkFilled, checkKind, checkOptions, describe, isCount, show } from '../conv/check';
import { MOST_PRODUCT, resize as operation, type Resampling } from '../kernels/resize';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';

/** Where the pixels of both images are; without an option, pixel i of n begins at i / n. */
export interface ResizeOptions {
  /** Whether the corner pixels of both images lie on each other: pixel i of n is at i / (n - 1); default false. */
  readonly alignCorners?: boolean;
  /** Whether a pixel's place is its middle, as in TensorFlow 2 and most other libraries; default false. */
  readonly halfPixelCenters?: boolean;
}

/**
 * Images of another size, each pixel from the four around it; beyond the edges are the pixels of the edges.
 *
 * @param x [batch, height, width, channels]
 * @param size [height, width] of the output
 * @param options alignCorners, halfPixelCenters
 * @returns [batch, height, width, channels] of that size
 * @throws at once if x does not have four axes, if a size is no whole number of at least 1, or if both options are true
 * @example
 * ```ts
 * const y = resizeBilinear(x, [512, 512], { halfPixelCenters: true }); // [1, 64, 64, 21] -> [1, 512, 512, 21]
 * ```
 * @see https://js.tensorflow.org/api/latest/#image.resizeBilinear
 */
export function resizeBilinear(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor {
  return resize('resizeBilinear', 'bilinear', x, size, options);
}

/**
 * Images of another size, each pixel a copy of the nearest.
 *
 * @param x [batch, height, width, channels]
 * @param size [height, width] of the output
 * @param options alignCorners, halfPixelCenters
 * @returns [batch, height, width, channels] of that size
 * @throws at once if x does not have four axes, if a size is no whole number of at least 1, or if both options are true
 * @example
 * ```ts
 * const y = resizeNearestNeighbor(x, [26, 26]); // [1, 13, 13, 256] -> [1, 26, 26, 256]
 * ```
 * @see https://js.tensorflow.org/api/latest/#image.resizeNearestNeighbor
 */
export function resizeNearestNeighbor(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor {
  return resize('resizeNearestNeighbor', 'nearest', x, size, options);
}

function resize(
  op: string,
  resampling: Resampling,
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions,
): Tensor {
  const context = contextOf(op, { x });
  checkOptions(op, options, ['alignCorners', 'halfPixelCenters']);
  const { alignCorners = false, halfPixelCenters = false } = options;
  checkKind(op, 'alignCorners', alignCorners, 'boolean');
  checkKind(op, 'halfPixelCenters', halfPixelCenters, 'boolean');
  check(
    !alignCorners || !halfPixelCenters,
    () => `${op}: alignCorners and halfPixelCenters are both true; leave one out, pixels have one place`,
  );
  check(
    x.shape.length === 4,
    () =>
      `${op}: x ${describe(x.shape)} has ${x.shape.length} axes but 4 are needed, [batch, height, width, channels]; reshape x`,
  );
  if (Array.isArray(size)) checkFilled(`${op}: size`, size);
  check(
    Array.isArray(size) && size.length === 2 && isCount(size[0]) && isCount(size[1]),
    () => `${op}: size is ${show(size)}; give [height, width], two whole numbers of at least 1`,
  );
  for (const [axis, name] of ['height', 'width'].entries()) {
    const [from, to] = [x.shape[axis + 1], size[axis]];
    check(
      from * to <= MOST_PRODUCT,
      () =>
        `${op}: along ${name} x has ${from} pixels and size ${to}, whose product is ${from * to} but at most ${MOST_PRODUCT}; choose a smaller size`,
    );
  }
  const problem = {
    resampling,
    shape: x.shape,
    size: [size[0], size[1]] as const,
    grids: { alignCorners, halfPixelCenters },
  };
  const shape = [x.shape[0], ...size, x.shape[3]];
  return run(op, context, { operation, problem, inputs: { x } }, { shape });
}
