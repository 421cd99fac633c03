/**
 * Resizing of images.
 *
 * @module
 */
import { check, checkFilled, checkKind, checkOptions, describe, isCount, show } from '../conv/check';
import { checkDataFormat, type DataFormat } from '../conv/layout';
import { isPair } from '../conv/padding';
import type { Operation } from '../kernels/operation';
import {
  MOST_PRODUCT,
  resize as operation,
  type CoordinateMode,
  type NearestMode,
  type Ratio,
  type Resampling,
  type ResizeProblem,
} from '../kernels/resize';
import { resizeCubic } from '../kernels/resize-cubic';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';

/** Where the pixels of both images are; without an option, pixel i of n begins at i / n. */
export interface ResizeOptions {
  /** Whether the corner pixels of both images lie on each other: pixel i of n is at i / (n - 1); default false. */
  readonly alignCorners?: boolean;
  /** Whether a pixel's place is its middle, as in TensorFlow 2 and most other libraries; default false. */
  readonly halfPixelCenters?: boolean;
  /**
   * The same, and more, by ONNX's names: `'asymmetric'` (the default), `'half_pixel'` (as halfPixelCenters),
   * `'align_corners'`, and `'pytorch_half_pixel'`, which differs from half_pixel for an output of one pixel only: that
   * lies on the first.
   */
  readonly coordinateMode?: CoordinateMode;
  /** How much larger the output is, [height, width], if that is not the quotient of the sizes: ONNX and PyTorch round 2.5 pixels down to 2, and place them by the scale. */
  readonly scales?: readonly [height: number, width: number];
  /** Layout of x; default `'NHWC'`. */
  readonly dataFormat?: DataFormat;
}

/** Options of {@link resizeNearestNeighbor}. */
export interface ResizeNearestOptions extends ResizeOptions {
  /**
   * Which pixel is the nearest, by ONNX's names: of two at the same distance the one before (`'round_prefer_floor'`) or behind
   * (`'round_prefer_ceil'`), or always the one before (`'floor'`) or behind (`'ceil'`). The default is TensorFlow's: floor where
   * pixels begin at their corners, else round_prefer_ceil.
   */
  readonly nearestMode?: NearestMode;
}

/** Options of {@link resizeBicubic}. */
export interface ResizeBicubicOptions extends ResizeOptions {
  /** The slope of Keys' curve: -0.75, the default, as in PyTorch and ONNX, or -0.5, as in TensorFlow. */
  readonly cubicCoefficient?: number;
}

/**
 * Resizes images; each pixel is interpolated from the four around it. Beyond the edges the pixels of the edges repeat.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param size [height, width] of the output
 * @param options alignCorners, halfPixelCenters, coordinateMode, scales, dataFormat
 * @returns images of that size, in the data format of x
 * @throws at once if x does not have four axes, if a size is no whole number of at least 1, or if two options say where pixels are
 * @example
 * ```ts
 * const y = resizeBilinear(x, [512, 512], { halfPixelCenters: true }); // [1, 64, 64, 21] -> [1, 512, 512, 21]
 * ```
 * @see https://js.tensorflow.org/api/latest/#image.resizeBilinear
 * @see https://onnx.ai/onnx/operators/onnx__Resize.html
 */
export function resizeBilinear(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor {
  return resize('resizeBilinear', operation, 'bilinear', x, size, options);
}

/**
 * Resizes images; each pixel is a copy of the nearest.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param size [height, width] of the output
 * @param options alignCorners, halfPixelCenters, coordinateMode, nearestMode, scales, dataFormat
 * @returns images of that size, in the data format of x
 * @throws at once if x does not have four axes, if a size is no whole number of at least 1, or if two options say where pixels are
 * @example
 * ```ts
 * const y = resizeNearestNeighbor(x, [26, 26]); // [1, 13, 13, 256] -> [1, 26, 26, 256]
 * ```
 * @see https://js.tensorflow.org/api/latest/#image.resizeNearestNeighbor
 * @see https://onnx.ai/onnx/operators/onnx__Resize.html
 */
export function resizeNearestNeighbor(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeNearestOptions = {},
): Tensor {
  return resize('resizeNearestNeighbor', operation, 'nearest', x, size, options, ['nearestMode']);
}

/**
 * Resizes images; each pixel is interpolated from the sixteen around it by Keys' cubic curve. Beyond the edges the
 * pixels of the edges repeat.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param size [height, width] of the output
 * @param options alignCorners, halfPixelCenters, coordinateMode, cubicCoefficient, scales, dataFormat
 * @returns images of that size, in the data format of x; their numbers may lie beyond those of x
 * @throws at once if x does not have four axes, if a size is no whole number of at least 1, or if two options say where pixels are
 * @example
 * ```ts
 * const y = resizeBicubic(x, [448, 448], { halfPixelCenters: true }); // [1, 224, 224, 3] -> [1, 448, 448, 3]
 * ```
 * @see https://onnx.ai/onnx/operators/onnx__Resize.html
 * @see https://doi.org/10.1109/TASSP.1981.1163711
 */
export function resizeBicubic(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeBicubicOptions = {},
): Tensor {
  const op = 'resizeBicubic';
  checkOptions(op, options, [...OPTIONS, 'cubicCoefficient']);
  const { cubicCoefficient: coefficient = -0.75, ...others } = options;
  check(
    typeof coefficient === 'number' && Number.isFinite(Math.fround(coefficient)),
    () => `${op}: cubicCoefficient is ${show(coefficient)}; give a number, such as -0.75 or -0.5`,
  );
  return resize(op, resizeCubic, 'bicubic', x, size, others, [], coefficient);
}

const OPTIONS = ['alignCorners', 'halfPixelCenters', 'coordinateMode', 'scales', 'dataFormat'];

const MODES: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  'asymmetric',
  'half_pixel',
  'pytorch_half_pixel',
  'align_corners',
]);

const ROUNDINGS: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  'round_prefer_floor',
  'round_prefer_ceil',
  'floor',
  'ceil',
]);

function resize(
  op: string,
  kernel: Operation<ResizeProblem>,
  resampling: Resampling,
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeNearestOptions,
  more: readonly string[] = [],
  coefficient?: number,
): Tensor {
  const context = contextOf(op, { x });
  checkOptions(op, options, [...OPTIONS, ...more]);
  const mode = modeOf(op, options);
  const {
    scales,
    dataFormat = 'NHWC',
    nearestMode: nearest = mode === 'asymmetric' ? 'floor' : 'round_prefer_ceil',
  } = options;
  checkDataFormat(op, dataFormat);
  check(
    ROUNDINGS.has(nearest),
    () => `${op}: nearestMode is ${show(nearest)}; it is 'round_prefer_floor', 'round_prefer_ceil', 'floor' or 'ceil'`,
  );
  check(
    x.shape.length === 4,
    () =>
      `${op}: x ${describe(x.shape)} has ${x.shape.length} axes but 4 are needed, [batch, height, width, channels]; reshape x`,
  );
  if (Array.isArray(size)) checkFilled(`${op}: size`, size);
  check(
    isPair(size, isCount),
    () => `${op}: size is ${show(size)}; give [height, width], two whole numbers of at least 1`,
  );
  check(
    scales === undefined || isPair(scales, isScale),
    () => `${op}: scales is ${show(scales)}; give [height, width], two numbers above 0`,
  );
  const first = dataFormat === 'NHWC' ? 1 : 2;
  for (const [axis, name] of ['height', 'width'].entries()) {
    const [from, to] = [x.shape[axis + first], size[axis]];
    check(
      from * to <= MOST_PRODUCT,
      () =>
        `${op}: along ${name} x has ${from} pixels and size ${to}, whose product is ${from * to} but at most ${MOST_PRODUCT}; choose a smaller size`,
    );
  }
  const ratios = scales && ([ratioOf(scales[0], size[0]), ratioOf(scales[1], size[1])] as const);
  const [batch, channels] = x.shape;
  // Channels are independent of each other, so each channel of an NCHW image is resized as an image of its own.
  const images = dataFormat === 'NHWC' ? x.shape : [batch * channels, x.shape[2], x.shape[3], 1];
  const problem = {
    resampling,
    shape: images,
    size: [size[0], size[1]] as const,
    grids: { mode, nearest, ratios },
    coefficient,
  };
  const shape = x.shape.with(first, size[0]).with(first + 1, size[1]);
  return run(op, context, { operation: kernel, problem, inputs: { x } }, { shape });
}

/** Where pixels are, by whichever option says it. */
function modeOf(op: string, options: ResizeOptions): CoordinateMode {
  const { alignCorners = false, halfPixelCenters = false, coordinateMode } = options;
  checkKind(op, 'alignCorners', alignCorners, 'boolean');
  checkKind(op, 'halfPixelCenters', halfPixelCenters, 'boolean');
  check(
    !alignCorners || !halfPixelCenters,
    () =>
      `${op}: alignCorners and halfPixelCenters are both true; each of them says where the pixels lie, so leave one out`,
  );
  const flagged = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : undefined;
  const mode = coordinateMode ?? flagged ?? 'asymmetric';
  check(
    coordinateMode === undefined || MODES.has(coordinateMode),
    () =>
      `${op}: coordinateMode is ${show(coordinateMode)}; it is 'asymmetric', 'half_pixel', 'pytorch_half_pixel' or 'align_corners'`,
  );
  check(
    flagged === undefined || mode === flagged,
    () =>
      `${op}: coordinateMode is ${show(mode)} but ${alignCorners ? 'alignCorners' : 'halfPixelCenters'} is true; each of them says where the pixels lie, so leave one out`,
  );
  return mode;
}

function isScale(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Infinity;
}

/** In bands of rows this is multiplied once more. */
const MOST_DENOMINATOR = 2 ** 20;

/**
 * A fraction of terms that the shaders can count with, next to 1 / scale: by continued fractions, so that it is exact
 * for the ratios that people choose. For others it is off by about one part in the product of the largest terms that
 * are allowed.
 */
function ratioOf(scale: number, size: number): Ratio {
  const most = Math.floor(MOST_PRODUCT / size);
  const wanted = 1 / scale;
  let [before, now]: readonly Ratio[] = [
    [0, 1],
    [1, 0],
  ];
  for (let rest = wanted; ; rest = 1 / (rest - Math.floor(rest))) {
    const whole = Math.floor(rest);
    const times = Math.min(
      whole,
      Math.floor((most - before[0]) / now[0]),
      Math.floor((MOST_DENOMINATOR - before[1]) / now[1]),
    );
    const next: Ratio = [times * now[0] + before[0], times * now[1] + before[1]];
    const isNearer = Math.abs(next[0] / next[1] - wanted) < Math.abs(now[0] / now[1] - wanted);
    if (times < whole) return isNearer ? next : now;
    if (rest === whole) return next;
    [before, now] = [now, next];
  }
}
