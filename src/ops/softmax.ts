/**
 * Softmax.
 *
 * @module
 */
import { logSoftmax as logOperation, softmax as operation } from '../kernels/softmax';
import type { Tensor } from '../tensor/tensor';
import { axisOf } from './arguments';
import { contextOf, run } from './call';

/**
 * Softmax along an axis: exp(x) / sum of exp(x), computed so that no number is too large for it.
 *
 * @param x at least one axis
 * @param axis negative counts from the end; default the last
 * @returns a tensor of x's shape whose elements add up to 1 along the axis
 * @throws at once if x has no such axis
 * @example
 * ```ts
 * const probabilities = await softmax(logits).read(); // [1, 1000]
 * ```
 * @see https://js.tensorflow.org/api/latest/#softmax
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  const op = 'softmax';
  const context = contextOf(op, { x });
  const problem = { shape: x.shape, axis: axisOf(op, axis, x.shape) };
  return run(op, context, { operation, problem, inputs: { x } }, x);
}

/**
 * The logarithm of {@link softmax}: x - m - log(sum of exp(x - m)), where m is the largest element. It keeps its digits where a
 * softmax would be 0. A row with NaN in it, or whose largest is an infinity, is NaN throughout.
 *
 * @param x at least one axis
 * @param axis negative counts from the end; default the last
 * @returns a tensor of x's shape, of numbers that are at most 0
 * @throws at once if x has no such axis
 * @example
 * ```ts
 * const losses = negate(logSoftmax(logits)); // [1, 1000]
 * ```
 * @see https://js.tensorflow.org/api/latest/#logSoftmax
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const op = 'logSoftmax';
  const context = contextOf(op, { x });
  const problem = { shape: x.shape, axis: axisOf(op, axis, x.shape) };
  return run(op, context, { operation: logOperation, problem, inputs: { x } }, x);
}
