/**
 * Softmax.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { softmaxStep } from '../kernels/softmax';
import type { Tensor } from '../tensor/tensor';
import { axisOf } from './arguments';
import { contextOf, type Call } from './call';
import { runInParts } from './parts';

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
  const { shape, dtype } = x;
  const at = axisOf(op, axis, shape);
  const call = (rows: number): Call => ({
    step: softmaxStep([rows, ...shape.slice(at)], 1, context.target),
    inputs: { x },
  });
  const units = sizeOf(shape.slice(0, at));
  return runInParts(op, context, { x }, units, call, { shape, dtype }, 'the one kernel for softmax');
}
