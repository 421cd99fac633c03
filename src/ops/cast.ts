/**
 * Another element type for the same numbers.
 *
 * @module
 */
import { copy } from '../kernels/copy';
import { checkDType, type DType } from '../kernels/dtype';
import type { Tensor } from '../tensor/tensor';
import { contextOf, run } from './call';
import { reshape } from './reshape';

/**
 * The same numbers stored as another element type. For float16 they are rounded to 11 bits, and those beyond 65504
 * become 65504. For float32 nothing changes. If the tensor has the type already, both share the buffer.
 *
 * @param x any shape
 * @param dtype 'f32' or 'f16'
 * @returns a tensor of x's shape
 * @throws at once if dtype is neither
 * @example
 * ```ts
 * using half = cast(x, 'f16'); // all that is computed from it is float16, too, in half the memory
 * const y = cast(depthwiseConv2d(half, filter), 'f32');
 * ```
 * @see https://js.tensorflow.org/api/latest/#cast
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  const op = 'cast';
  const context = contextOf(op, { x });
  checkDType(op, dtype);
  if (dtype === x.dtype) return reshape(x, x.shape);
  const list = { strides: [1] };
  const problem = { sizes: [x.size], x: list, output: list };
  return run(op, context, { operation: copy, problem, inputs: { x }, why: 'a copy' }, { shape: x.shape, dtype });
}
