/**
 * Angles of every element, and their hyperbolic kin.
 *
 * @module
 */
import { ACOS, ASIN, ATAN, COS, COSH, SIN, SINH, TAN } from '../kernels/trigonometry';
import type { Tensor } from '../tensor/tensor';
import { mapBy } from './elementwise';

/**
 * The sine of each element, an angle in radians: off by 2^-22 at most up to 100,000, beyond which angles lose their meaning in
 * float32; NaN of an infinity.
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
 * The cosine of each element, an angle in radians: off by 2^-22 at most up to 100,000, beyond which angles lose their meaning in
 * float32; NaN of an infinity.
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
 * The tangent of each element, an angle in radians up to 100,000, as {@link sin}; NaN of an infinity.
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
 * The arc sine of each element, in radians from -pi/2 to pi/2; NaN of what is beyond 1 or -1.
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
 * The arc cosine of each element, in radians from 0 to pi; NaN of what is beyond 1 or -1.
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
 * The hyperbolic sine of each element; beyond 89.4 that is infinite.
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
 * The hyperbolic cosine of each element; beyond 89.4 that is infinite.
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
