/**
 * Checks of arguments that the array ops share.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import { checkDataFormat, type DataFormat } from '../conv/layout';
import { MAX_RANK } from '../kernels/axes';
import type { Channels } from '../kernels/elementwise';
import { Tensor } from '../tensor/tensor';

/** Throws unless a required argument is a tensor. */
export function checkTensor(op: string, name: string, value: unknown): asserts value is Tensor {
  check(
    value instanceof Tensor,
    () => `${op}: ${name} is ${show(value)}; give a tensor, made by gpu.tensor(data, shape)`,
  );
}

/** Throws if the shape has more axes than the shaders walk. */
export function checkRank(op: string, name: string, shape: readonly number[]): void {
  check(
    shape.length <= MAX_RANK,
    () =>
      `${op}: ${name} ${describe(shape)} has ${shape.length} axes but at most ${MAX_RANK} are supported; merge neighbouring axes with reshape`,
  );
}

/**
 * An axis as an index of the shape; -1 is the last.
 *
 * @throws if there is no such axis
 */
export function axisOf(op: string, axis: number, shape: readonly number[]): number {
  const rank = shape.length;
  check(rank > 0, () => `${op}: axis is ${show(axis)} but a scalar has no axes; reshape it to [1]`);
  check(
    Number.isSafeInteger(axis) && axis >= -rank && axis < rank,
    () =>
      `${op}: axis is ${show(axis)} but ${describe(shape)} has ${rank} axes; give a whole number from ${-rank} to ${rank - 1}`,
  );
  return axis < 0 ? axis + rank : axis;
}

/**
 * One axis or several as indices of the shape, in the order in which they are given.
 *
 * @throws if there is no such axis, or one is given twice
 */
export function axesOf(op: string, axes: number | readonly number[], shape: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const axis of Array.isArray(axes) ? axes : [axes]) {
    const index = axisOf(op, axis, shape);
    check(
      !found.has(index),
      () => `${op}: axes ${show(axes)} name axis ${index} of ${describe(shape)} twice; name each axis once`,
    );
    found.add(index);
  }
  return found;
}

/**
 * Throws unless the argument is a list of whole numbers, one per axis.
 *
 * @param least the smallest that each may be
 */
export function checkPerAxis(
  op: string,
  name: string,
  list: readonly number[],
  shape: readonly number[],
  least: number,
): void {
  check(
    Array.isArray(list) && list.length === shape.length,
    () =>
      `${op}: ${name} is ${show(list)} but ${describe(shape)} has ${shape.length} axes; give a list of ${shape.length}, one number per axis`,
  );
  for (const [axis, n] of list.entries()) {
    check(
      Number.isSafeInteger(n) && n >= least,
      () => `${op}: ${name} ${show(list)} has ${show(n)} on axis ${axis}; give a whole number of at least ${least}`,
    );
  }
}

/**
 * Where the channels are: on the last axis, or with 'NCHW' on axis 1 of four.
 *
 * @throws if there is no such data format, or it does not fit the shape
 */
export function channelsOf(op: string, shape: readonly number[], dataFormat: DataFormat): Channels {
  checkDataFormat(op, dataFormat);
  const size = sizeOf(shape);
  if (dataFormat === 'NHWC') return { size, channels: shape.at(-1) ?? 1, inner: 1 };
  check(
    shape.length === 4,
    () =>
      `${op}: x ${describe(shape)} has ${shape.length} axes but dataFormat 'NCHW' needs 4, [batch, channels, height, width]; reshape x, or put the channels last and leave dataFormat out`,
  );
  return { size, channels: shape[1], inner: shape[2] * shape[3] };
}

/** float32 holds every whole number up to this one. */
export const LONGEST: number = 2 ** 24;

/** Throws if float32 cannot count the elements along an axis. */
export function checkCounted(op: string, shape: readonly number[], axis: number): void {
  check(
    shape[axis] <= LONGEST,
    () =>
      `${op}: x ${describe(shape)} has ${shape[axis]} elements along axis ${axis} but float32 counts to ${LONGEST}; split x along that axis`,
  );
}
