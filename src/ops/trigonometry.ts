/**
 * Trigonometric and hyperbolic functions of every element.
 *
 * @module
 */
import { ACOS, ASIN, ATAN, COS, COSH, SIN, SINH, TAN } from '../kernels/trigonometry';
import type { Tensor } from '../tensor/tensor';
import { mapBy } from './elementwise';

/**
 * The sine of each element, an angle in radians. The error is at most 2^-22 for angles up to 100,000; larger ones lose
 * their meaning in float32. An infinity gives NaN.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const waves = sin(multiply(x, 2 * Math.PI));
 * ```
 * @see https://js.tensorflow.org/api/latest/#sin
 */
export function sin(x: Tensor): Tensor {
  return mapBy(SIN, x);
}

/**
 * The cosine of each element, an angle in radians. The error is at most 2^-22 for angles up to 100,000; larger ones
 * lose their meaning in float32. An infinity gives NaN.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const waves = cos(multiply(x, 2 * Math.PI));
 * ```
 * @see https://js.tensorflow.org/api/latest/#cos
 */
export function cos(x: Tensor): Tensor {
  return mapBy(COS, x);
}

/**
 * The tangent of each element, an angle in radians up to 100,000, as for {@link sin}. An infinity gives NaN.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const slopes = tan(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#tan
 */
export function tan(x: Tensor): Tensor {
  return mapBy(TAN, x);
}

/**
 * The arc sine of each element, in radians from -pi/2 to pi/2; NaN beyond 1 and -1.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const angles = asin(y);
 * ```
 * @see https://js.tensorflow.org/api/latest/#asin
 */
export function asin(x: Tensor): Tensor {
  return mapBy(ASIN, x);
}

/**
 * The arc cosine of each element, in radians from 0 to pi; NaN beyond 1 and -1.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const angles = acos(y); // of cosines
 * ```
 * @see https://js.tensorflow.org/api/latest/#acos
 */
export function acos(x: Tensor): Tensor {
  return mapBy(ACOS, x);
}

/**
 * The arc tangent of each element, in radians from -pi/2 to pi/2. See {@link atan2} for the whole turn.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const angles = atan(divide(y, x)); // of slopes
 * ```
 * @see https://js.tensorflow.org/api/latest/#atan
 */
export function atan(x: Tensor): Tensor {
  return mapBy(ATAN, x);
}

/**
 * The hyperbolic sine of each element; infinite beyond 89.4.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = sinh(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#sinh
 */
export function sinh(x: Tensor): Tensor {
  return mapBy(SINH, x);
}

/**
 * The hyperbolic cosine of each element; infinite beyond 89.4.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = cosh(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#cosh
 */
export function cosh(x: Tensor): Tensor {
  return mapBy(COSH, x);
}
