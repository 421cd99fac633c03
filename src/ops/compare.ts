/**
 * Comparisons, and logic on their results: 1 is true and 0 is false.
 *
 * @module
 */
import {
  EQUAL,
  GREATER,
  GREATER_EQUAL,
  LESS,
  LESS_EQUAL,
  LOGICAL_AND,
  LOGICAL_OR,
  LOGICAL_XOR,
  NOT_EQUAL,
} from '../kernels/further-operators';
import type { Tensor } from '../tensor/tensor';
import { binary } from './binary';

/**
 * 1 where a is equal to b, else 0; NaN is equal to nothing. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const hits = equal(x, 3);
 * ```
 * @see https://js.tensorflow.org/api/latest/#equal
 */
export function equal(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('equal', a, b, EQUAL);
}

/**
 * 1 where a is not equal to b, else 0; NaN is not equal to anything. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const misses = notEqual(x, y);
 * ```
 * @see https://js.tensorflow.org/api/latest/#notEqual
 */
export function notEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('notEqual', a, b, NOT_EQUAL);
}

/**
 * 1 where a is less than b, else 0; also 0 if either is NaN. Shapes are aligned at their last axes; an axis of size 1,
 * or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const near = less(depth, 2);
 * ```
 * @see https://js.tensorflow.org/api/latest/#less
 */
export function less(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('less', a, b, LESS);
}

/**
 * 1 where a is at most b, else 0; also 0 if either is NaN. Shapes are aligned at their last axes; an axis of size 1, or
 * one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const near = lessEqual(depth, 2);
 * ```
 * @see https://js.tensorflow.org/api/latest/#lessEqual
 */
export function lessEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('lessEqual', a, b, LESS_EQUAL);
}

/**
 * 1 where a is greater than b, else 0; also 0 if either is NaN. Shapes are aligned at their last axes; an axis of size
 * 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const found = greater(scores, 0.5);
 * ```
 * @see https://js.tensorflow.org/api/latest/#greater
 */
export function greater(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('greater', a, b, GREATER);
}

/**
 * 1 where a is at least b, else 0; also 0 if either is NaN. Shapes are aligned at their last axes; an axis of size 1,
 * or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const found = greaterEqual(scores, 0.5);
 * ```
 * @see https://js.tensorflow.org/api/latest/#greaterEqual
 */
export function greaterEqual(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('greaterEqual', a, b, GREATER_EQUAL);
}

/**
 * 1 where neither a nor b is 0, else 0; NaN is not 0. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const both = logicalAnd(greater(x, low), less(x, high));
 * ```
 * @see https://js.tensorflow.org/api/latest/#logicalAnd
 */
export function logicalAnd(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('logicalAnd', a, b, LOGICAL_AND);
}

/**
 * 1 where a or b is not 0, else 0; NaN is not 0. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const outside = logicalOr(less(x, low), greater(x, high));
 * ```
 * @see https://js.tensorflow.org/api/latest/#logicalOr
 */
export function logicalOr(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('logicalOr', a, b, LOGICAL_OR);
}

/**
 * 1 where one of a and b is 0 and the other is not, else 0; NaN is not 0. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns 1 or 0 for each element, of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const edge = logicalXor(mask, gate);
 * ```
 * @see https://js.tensorflow.org/api/latest/#logicalXor
 */
export function logicalXor(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('logicalXor', a, b, LOGICAL_XOR);
}
