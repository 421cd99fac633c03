/**
 * Tensors of numbers: checked, encoded and uploaded.
 *
 * @module
 */
import { check, checkOptions, describe, show } from '../conv/check';
import type { Bytes, Source } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { checkDType, checkLength, checkList, dtypeOf, encode, type DType, type Form } from '../kernels/dtype';
import { byteLengthOf, Tensor } from './tensor';

/** Options of `gpu.tensor`. */
export interface TensorOptions {
  /**
   * The type in which the elements are stored; default `'f16'` for a Float16Array, else `'f32'`. Numbers that are too large for
   * float16 are stored as the largest float16, 65504.
   *
   * @example
   * ```ts
   * const filter = gpu.tensor(weights, [3, 3, 32, 1], { dtype: 'f16' }); // half the memory
   * ```
   */
  readonly dtype?: DType;
  /**
   * Whether the tensor comes back by itself when the device is lost. True keeps a copy of the numbers, which takes as many bytes
   * in the page's memory as on the GPU. A function avoids the copy: it gives the numbers again, or a promise of them.
   *
   * @example
   * ```ts
   * const filter = gpu.tensor(weights, [3, 3, 32, 1], { keep: () => weights });
   * ```
   */
  readonly keep?: boolean | (() => ArrayLike<number> | Promise<ArrayLike<number>>);
}

/** The names of TensorOptions. */
export const TENSOR_OPTIONS: readonly string[] = ['dtype', 'keep'];

/** The same as `gpu.tensor` for another public function, which errors then name. */
export function uploaded(
  op: string,
  context: GpuContext,
  data: ArrayLike<number>,
  shape: readonly number[],
  options: TensorOptions,
): Tensor {
  context.life.check(op);
  checkList(`${op}: data`, data);
  checkOptions(op, options, TENSOR_OPTIONS);
  const { keep = false, dtype = dtypeOf(data) } = options;
  checkDType(op, dtype);
  const form = { shape, dtype };
  byteLengthOf(op, 'shape', form, context, false);
  checkLength(`${op}: data`, data, shape);
  check(
    typeof keep === 'boolean' || typeof keep === 'function',
    () => `${op}: keep is ${show(keep)}; give true, or a function that gives the numbers again`,
  );
  const bytes = encode(data, dtype, `${op}: data`);
  const source = keep === false ? undefined : sourceOf(op, bytes, form, keep);
  return new Tensor(
    context,
    form,
    context.upload(op, bytes, () => `tensor ${describe(shape)}`, source),
  );
}

/** Gives a kept tensor's bytes. With `keep: true` from a copy, since the app may change the array that it uploaded. */
function sourceOf(
  op: string,
  bytes: Bytes,
  { shape, dtype }: Form,
  keep: Exclude<TensorOptions['keep'], false | undefined>,
): Source {
  if (keep === true) {
    const copy = bytes.slice();
    return () => copy;
  }
  return async () => {
    const values = await keep();
    const what = `${op}: what keep gave after a loss`;
    checkList(what, values);
    checkLength(what, values, shape);
    return encode(values, dtype, what);
  };
}
