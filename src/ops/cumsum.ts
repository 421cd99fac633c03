/**
 * Running sums.
 *
 * @module
 */
import { checkKind, checkOptions } from '../conv/check';
import { cumsum as operation } from '../kernels/cumsum';
import type { Tensor } from '../tensor/tensor';
import { axisOf } from './arguments';
import { contextOf, run } from './call';

/** Options of {@link cumsum}. */
export interface CumsumOptions {
  /** Whether the sum at an element leaves that element out, so that the first sum is 0; default false. */
  readonly exclusive?: boolean;
  /** Whether the sums begin at the end of the axis; default false. */
  readonly reverse?: boolean;
}

/**
 * The sum of all elements up to each one along an axis. The error of a sum grows with the logarithm of the number of
 * its terms, so a sum of a million elements is as exact as one of a few.
 *
 * @param x at least one axis
 * @param axis negative counts from the end; default 0, as in TensorFlow.js
 * @param options exclusive, reverse
 * @returns a tensor of x's shape
 * @throws at once if x has no such axis
 * @example
 * ```ts
 * const ends = cumsum(x, -1); // [1, 2, 3] -> [1, 3, 6]
 * const begins = cumsum(x, -1, { exclusive: true }); // [1, 2, 3] -> [0, 1, 3]
 * ```
 * @see https://js.tensorflow.org/api/latest/#cumsum
 */
export function cumsum(x: Tensor, axis = 0, options: CumsumOptions = {}): Tensor {
  const op = 'cumsum';
  const context = contextOf(op, { x });
  const index = axisOf(op, axis, x.shape);
  checkOptions(op, options, ['exclusive', 'reverse']);
  const { exclusive = false, reverse = false } = options;
  checkKind(op, 'exclusive', exclusive, 'boolean');
  checkKind(op, 'reverse', reverse, 'boolean');
  const problem = { shape: x.shape, axis: index, exclusive, reverse };
  return run(op, context, { operation, problem, inputs: { x } }, x);
}
