/**
 * Axes in another order.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import type { Tensor } from '../tensor/tensor';
import { checkRank } from './arguments';
import { contextOf, run } from './call';

/**
 * Copies a tensor with its axes in another order.
 *
 * @param x up to 8 axes
 * @param permutation axis i of the result is axis permutation[i] of x; default all in reverse
 * @returns a tensor of the permuted shape
 * @throws at once if the list is no permutation of x's axes
 * @example
 * ```ts
 * const nchw = transpose(nhwc, [0, 3, 1, 2]); // [1, 56, 48, 64] -> [1, 64, 56, 48]
 * ```
 * @see https://js.tensorflow.org/api/latest/#transpose
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const op = 'transpose';
  const context = contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  const order = permutation === undefined ? [...x.shape.keys()].toReversed() : permutation;
  check(
    Array.isArray(order) && order.length === x.shape.length && x.shape.every((_, axis) => order.includes(axis)),
    () =>
      `${op}: permutation is ${show(order)} but x ${describe(x.shape)} has ${x.shape.length} axes; name each of 0 to ${x.shape.length - 1} once`,
  );
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  const from = { strides: order.map((axis) => strides[axis]) };
  const problem = { sizes: shape, x: from, output: { strides: stridesOf(shape) } };
  return run(op, context, { operation: copy, problem, inputs: { x } }, { shape });
}
