/**
 * Functions of every element.
 *
 * @module
 */
import { unaryCode, type UnaryName } from '../kernels/unary';
import type { Tensor } from '../tensor/tensor';
import { mapBy } from './elementwise';

/**
 * The absolute value of each element.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const sizes = abs(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#abs
 */
export function abs(x: Tensor): Tensor {
  return unary('abs', x);
}

/**
 * The whole number at or above each element.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const cells = ceil(divide(x, 16));
 * ```
 * @see https://js.tensorflow.org/api/latest/#ceil
 */
export function ceil(x: Tensor): Tensor {
  return unary('ceil', x);
}

/**
 * e to the power of each element; infinite beyond 88.7.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const widths = multiply(exp(scores), anchors);
 * ```
 * @see https://js.tensorflow.org/api/latest/#exp
 */
export function exp(x: Tensor): Tensor {
  return unary('exp', x);
}

/**
 * The whole number at or below each element.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const cells = floor(divide(x, 16));
 * ```
 * @see https://js.tensorflow.org/api/latest/#floor
 */
export function floor(x: Tensor): Tensor {
  return unary('floor', x);
}

/**
 * The natural logarithm of each element; -Infinity for 0, NaN for negative numbers.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const entropy = multiply(p, log(p));
 * ```
 * @see https://js.tensorflow.org/api/latest/#log
 */
export function log(x: Tensor): Tensor {
  return unary('log', x);
}

/**
 * Each element with the other sign.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = negate(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#neg
 */
export function negate(x: Tensor): Tensor {
  return unary('negate', x);
}

/**
 * 1 / x of each element; an infinity for 0.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const y = multiply(x, reciprocal(norms));
 * ```
 * @see https://js.tensorflow.org/api/latest/#reciprocal
 */
export function reciprocal(x: Tensor): Tensor {
  return unary('reciprocal', x);
}

/**
 * The nearest whole number to each element; halves go to the even one.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const levels = round(multiply(x, 255));
 * ```
 * @see https://js.tensorflow.org/api/latest/#round
 */
export function round(x: Tensor): Tensor {
  return unary('round', x);
}

/**
 * 1 / sqrt(x) of each element; Infinity for 0, NaN for negative numbers.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const unit = multiply(x, rsqrt(reduceSum(square(x), -1, { keepDims: true })));
 * ```
 * @see https://js.tensorflow.org/api/latest/#rsqrt
 */
export function rsqrt(x: Tensor): Tensor {
  return unary('rsqrt', x);
}

/**
 * 1, 0 or -1: the sign of each element; NaN for NaN.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const signs = sign(x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#sign
 */
export function sign(x: Tensor): Tensor {
  return unary('sign', x);
}

/**
 * The square root of each element; NaN for negative numbers.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const deviation = sqrt(variance);
 * ```
 * @see https://js.tensorflow.org/api/latest/#sqrt
 */
export function sqrt(x: Tensor): Tensor {
  return unary('sqrt', x);
}

/**
 * Each element times itself.
 *
 * @param x any shape
 * @returns a tensor of x's shape
 * @throws at once if x is no tensor, or disposed
 * @example
 * ```ts
 * const energy = reduceSum(square(x));
 * ```
 * @see https://js.tensorflow.org/api/latest/#square
 */
export function square(x: Tensor): Tensor {
  return unary('square', x);
}

function unary(name: UnaryName, x: Tensor): Tensor {
  return mapBy(unaryCode(name), x);
}
