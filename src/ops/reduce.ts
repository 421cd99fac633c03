/**
 * Sums, means and extremes over axes.
 *
 * @module
 */
import { check, checkKind, checkOptions, describe } from '../conv/check';
import { checkDataFormat, type DataFormat } from '../conv/layout';
import { argMax as argMaxOperation, argMin as argMinOperation } from '../kernels/arg-max';
import { reduce as operation, type Reduction } from '../kernels/reduce';
import type { Tensor } from '../tensor/tensor';
import { axesOf, axisOf, checkCounted, checkRank } from './arguments';
import { contextOf, run } from './call';

/** Options of {@link reduceSum}, {@link reduceMean}, {@link reduceProd}, {@link reduceMax} and {@link reduceMin}. */
export interface ReduceOptions {
  /** Whether the reduced axes stay, with size 1; default false. */
  readonly keepDims?: boolean;
}

/**
 * Sum over axes.
 *
 * @param x up to 8 axes
 * @param axes an axis or several, negative ones counted from the end; default all
 * @param options keepDims
 * @returns x's shape without those axes; with all of them the scalar's shape, []
 * @throws at once if x has no such axis, or one is given twice
 * @example
 * ```ts
 * const y = reduceSum(x, 3); // [1, 56, 56, 4, 32] -> [1, 56, 56, 32]
 * const total = reduceSum(x); // []
 * ```
 * @see https://js.tensorflow.org/api/latest/#sum
 */
export function reduceSum(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  return reduce('reduceSum', x, axes, options, 'sum');
}

/**
 * Mean over axes.
 *
 * @param x up to 8 axes
 * @param axes an axis or several, negative ones counted from the end; default all
 * @param options keepDims
 * @returns x's shape without those axes; with all of them the scalar's shape, []
 * @throws at once if x has no such axis, or one is given twice
 * @example
 * ```ts
 * const y = reduceMean(x, [1, 2], { keepDims: true }); // [1, 7, 7, 1024] -> [1, 1, 1, 1024]
 * ```
 * @see https://js.tensorflow.org/api/latest/#mean
 */
export function reduceMean(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  return reduce('reduceMean', x, axes, options, 'mean');
}

/**
 * Product over axes. Partial products are made in any order, so one of them may exceed float32 although the whole
 * product does not.
 *
 * @param x up to 8 axes
 * @param axes an axis or several, negative ones counted from the end; default all
 * @param options keepDims
 * @returns x's shape without those axes; with all of them the scalar's shape, []
 * @throws at once if x has no such axis, or one is given twice
 * @example
 * ```ts
 * const areas = reduceProd(x, -1); // [100, 2] -> [100]
 * ```
 * @see https://js.tensorflow.org/api/latest/#prod
 */
export function reduceProd(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  return reduce('reduceProd', x, axes, options, 'prod');
}

/**
 * The largest element over axes.
 *
 * @param x up to 8 axes
 * @param axes an axis or several, negative ones counted from the end; default all
 * @param options keepDims
 * @returns x's shape without those axes; with all of them the scalar's shape, []
 * @throws at once if x has no such axis, or one is given twice
 * @example
 * ```ts
 * const peaks = reduceMax(x, [1, 2]); // [1, 7, 7, 1024] -> [1, 1024]
 * ```
 * @see https://js.tensorflow.org/api/latest/#max
 */
export function reduceMax(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  return reduce('reduceMax', x, axes, options, 'max');
}

/**
 * The smallest element over axes.
 *
 * @param x up to 8 axes
 * @param axes an axis or several, negative ones counted from the end; default all
 * @param options keepDims
 * @returns x's shape without those axes; with all of them the scalar's shape, []
 * @throws at once if x has no such axis, or one is given twice
 * @example
 * ```ts
 * const least = await reduceMin(x).read(); // of all
 * ```
 * @see https://js.tensorflow.org/api/latest/#min
 */
export function reduceMin(x: Tensor, axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
  return reduce('reduceMin', x, axes, options, 'min');
}

/**
 * The index of the largest element along an axis; of several that are equal, the first.
 *
 * @param x at least one axis
 * @param axis negative counts from the end; default 0, as in TensorFlow.js
 * @returns x's shape without the axis; the indices are whole numbers in float32, whatever x is stored as
 * @throws at once if x has no such axis, or one of more than 16,777,216 elements, which float32 cannot count
 * @example
 * ```ts
 * const [best] = await argMax(logits, -1).read(); // [1, 1000] -> [1]
 * ```
 * @see https://js.tensorflow.org/api/latest/#argMax
 */
export function argMax(x: Tensor, axis = 0): Tensor {
  return placeIn('argMax', x, axis, argMaxOperation);
}

/**
 * The index of the smallest element along an axis; of several that are equal, the first.
 *
 * @param x at least one axis
 * @param axis negative counts from the end; default 0, as in TensorFlow.js
 * @returns x's shape without the axis; the indices are whole numbers in float32, whatever x is stored as
 * @throws at once if x has no such axis, or one of more than 16,777,216 elements, which float32 cannot count
 * @example
 * ```ts
 * const [nearest] = await argMin(depth, -1).read(); // [1, 1000] -> [1]
 * ```
 * @see https://js.tensorflow.org/api/latest/#argMin
 */
export function argMin(x: Tensor, axis = 0): Tensor {
  return placeIn('argMin', x, axis, argMinOperation);
}

function placeIn(op: string, x: Tensor, axis: number, which: typeof argMaxOperation): Tensor {
  const context = contextOf(op, { x });
  const index = axisOf(op, axis, x.shape);
  checkCounted(op, x.shape, index);
  const problem = { shape: x.shape, axis: index };
  const output = { shape: x.shape.toSpliced(index, 1), dtype: 'f32' } as const;
  return run(op, context, { operation: which, problem, inputs: { x } }, output);
}

/** Options of {@link globalAveragePool} and {@link globalMaxPool}. */
export interface PoolOptions extends ReduceOptions {
  /** Layout of x; default `'NHWC'`. */
  readonly dataFormat?: DataFormat;
}

/**
 * Mean of each channel over height and width, as networks have it before their classifier.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options dataFormat; keepDims, default true: whether height and width stay, with size 1
 * @returns [batch, 1, 1, channels] in the data format of x; [batch, channels] without keepDims
 * @throws at once if x does not have four axes
 * @example
 * ```ts
 * const pooled = globalAveragePool(x, { keepDims: false }); // [1, 7, 7, 1024] -> [1, 1024]
 * ```
 * @see https://js.tensorflow.org/api/latest/#layers.globalAveragePooling2d
 */
export function globalAveragePool(x: Tensor, options: PoolOptions = {}): Tensor {
  return globalPool('globalAveragePool', 'reduceMean', x, options, 'mean');
}

/**
 * The largest of each channel over height and width.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options dataFormat; keepDims, default true: whether height and width stay, with size 1
 * @returns [batch, 1, 1, channels] in the data format of x; [batch, channels] without keepDims
 * @throws at once if x does not have four axes
 * @example
 * ```ts
 * const peaks = globalMaxPool(x); // [1, 7, 7, 1024] -> [1, 1, 1, 1024]
 * ```
 * @see https://js.tensorflow.org/api/latest/#layers.globalMaxPooling2d
 */
export function globalMaxPool(x: Tensor, options: PoolOptions = {}): Tensor {
  return globalPool('globalMaxPool', 'reduceMax', x, options, 'max');
}

/** @param instead the function for other shapes */
function globalPool(op: string, instead: string, x: Tensor, options: PoolOptions, reduction: Reduction): Tensor {
  contextOf(op, { x });
  checkOptions(op, options, ['dataFormat', 'keepDims']);
  const { dataFormat = 'NHWC', keepDims = true } = options;
  checkDataFormat(op, dataFormat);
  check(
    x.shape.length === 4,
    () =>
      `${op}: x ${describe(x.shape)} has ${x.shape.length} axes but 4 are needed, [batch, height, width, channels] or NCHW; reshape x, or use ${instead}`,
  );
  return reduce(op, x, dataFormat === 'NHWC' ? [1, 2] : [2, 3], { keepDims }, reduction);
}

function reduce(
  op: string,
  x: Tensor,
  axes: number | readonly number[] | undefined,
  options: ReduceOptions,
  reduction: Reduction,
): Tensor {
  const context = contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  checkOptions(op, options, ['keepDims']);
  const { keepDims = false } = options;
  checkKind(op, 'keepDims', keepDims, 'boolean');
  const reduced = axesOf(op, axes === undefined ? [...x.shape.keys()] : axes, x.shape);
  const shape = x.shape.flatMap((n, axis) => (reduced.has(axis) ? (keepDims ? [1] : []) : [n]));
  const problem = { reduction, shape: x.shape, axes: [...reduced] };
  return run(op, context, { operation, problem, inputs: { x } }, { shape });
}
