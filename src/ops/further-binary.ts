/**
 * Further operators between two tensors, or a tensor and a number.
 *
 * @module
 */
import { ATAN2, DIV_NO_NAN, FLOOR_DIV, MOD } from '../kernels/further-operators';
import type { Tensor } from '../tensor/tensor';
import { binary } from './binary';

/**
 * The angle of the point (b, a), in radians from -pi to pi; b may be 0; for two zeros, their signs decide. Shapes are
 * aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const angles = atan2(y, x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#atan2
 */
export function atan2(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('atan2', a, b, ATAN2);
}

/**
 * a / b, but 0 where b is 0. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const mean = divNoNan(reduceSum(x), reduceSum(mask));
 * ```
 * @see https://js.tensorflow.org/api/latest/#divNoNan
 */
export function divNoNan(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('divNoNan', a, b, DIV_NO_NAN);
}

/**
 * The whole number at or below a / b. Shapes are aligned at their last axes; an axis
 * of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const rows = floorDiv(x, 13); // of places in a grid of 13 columns
 * ```
 * @see https://js.tensorflow.org/api/latest/#floorDiv
 */
export function floorDiv(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('floorDiv', a, b, FLOOR_DIV);
}

/**
 * The remainder of a / b after {@link floorDiv}: from 0 to b, with the sign of b. It loses digits if the quotient is
 * beyond 4096, because float32 then has fewer digits left for it. Shapes are aligned at their last axes; an axis of
 * size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const columns = mod(x, 13); // of places in a grid of 13 columns
 * ```
 * @see https://js.tensorflow.org/api/latest/#mod
 */
export function mod(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('mod', a, b, MOD);
}
