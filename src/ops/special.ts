/**
 * Further functions of every element.
 *
 * @module
 */
import { ERF, EXPM1, IS_NAN, LOG1P, LOGICAL_NOT, SELU } from '../kernels/special';
import type { Tensor } from '../tensor/tensor';
import { mapBy } from './elementwise';

/**
 * The error function of each element, with an error of 3e-7 at most; numbers near 0 keep their digits.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const exact = multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1)); // gelu
 * ```
 * @see https://js.tensorflow.org/api/latest/#erf
 */
export function erf(x: Tensor): Tensor {
  return mapBy(ERF, x);
}

/**
 * exp(x) - 1 of each element, which keeps its digits near 0.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = expm1(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#expm1
 */
export function expm1(x: Tensor): Tensor {
  return mapBy(EXPM1, x);
}

/**
 * The natural logarithm of 1 + x of each element, which keeps its digits near 0; -Infinity for -1, and NaN for less.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const decibels = log1p(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#log1p
 */
export function log1p(x: Tensor): Tensor {
  return mapBy(LOG1P, x);
}

/**
 * The scaled exponential linear unit of each element: 1.0507 x above 0, else 1.7581 (exp(x) - 1).
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = selu(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#selu
 */
export function selu(x: Tensor): Tensor {
  return mapBy(SELU, x);
}

/**
 * 1 where an element is NaN, else 0.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const diverged = await reduceMax(isNan(x)).read(); // [1] if any is
 * ```
 * @see https://js.tensorflow.org/api/latest/#isNaN
 */
export function isNan(x: Tensor): Tensor {
  return mapBy(IS_NAN, x);
}

/**
 * 1 where an element is 0, else 0; NaN is not 0.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const background = logicalNot(mask);
 * ```
 * @see https://js.tensorflow.org/api/latest/#logicalNot
 */
export function logicalNot(x: Tensor): Tensor {
  return mapBy(LOGICAL_NOT, x);
}
