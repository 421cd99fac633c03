/**
 * Another shape for the same elements.
 *
 * @module
 */
import { check, checkShape, describe, show, sizeOf } from '../conv/check';
import type { Tensor } from '../tensor/tensor';
import { viewOf } from '../tensor/view';
import { contextOf } from './call';

/**
 * The same elements in another shape, without a copy: both tensors share the buffer, which lives until both are disposed.
 *
 * @param x any shape
 * @param shape sizes whose product is that of x; one of them may be -1 and takes what is left
 * @returns a tensor of that shape
 * @throws at once if the shapes differ in size
 * @example
 * ```ts
 * const groups = reshape(y, [1, 56, 56, 32, -1]); // y [1, 56, 56, 128] -> [1, 56, 56, 32, 4]
 * ```
 * @see https://js.tensorflow.org/api/latest/#reshape
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const op = 'reshape';
  contextOf(op, { x });
  const sizes = resolve(op, x, shape);
  return viewOf(op, x, sizes);
}

function resolve(op: string, x: Tensor, shape: readonly number[]): readonly number[] {
  const unknown = Array.isArray(shape) ? shape.filter((n) => n === -1).length : 0;
  check(
    unknown <= 1,
    () =>
      `${op}: shape ${show(shape)} has ${unknown} sizes of -1 but only one can be worked out; write the others as numbers`,
  );
  const known = unknown === 0 ? shape : shape.map((n) => (n === -1 ? 1 : n));
  checkShape(`${op}: shape`, known);
  const size = sizeOf(known);
  if (unknown === 1) {
    check(
      x.size % size === 0,
      () =>
        `${op}: shape ${describe(shape)} without its -1 has ${size} elements, which do not divide the ${x.size} of x ${describe(x.shape)}; give sizes that do`,
    );
    return shape.map((n) => (n === -1 ? x.size / size : n));
  }
  check(
    size === x.size,
    () =>
      `${op}: shape ${describe(shape)} has ${size} elements but x ${describe(x.shape)} has ${x.size}; give sizes with that product, or -1 for one of them`,
  );
  return shape;
}
