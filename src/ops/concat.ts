/**
 * Tensors side by side.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import { widest } from '../kernels/dtype';
import type { Tensor } from '../tensor/tensor';
import { axisOf, checkRank, checkTensor } from './arguments';
import { contextOf, runAll } from './call';

/**
 * Tensors side by side along one axis; each is copied into its part of the output.
 *
 * @param tensors at least one; their shapes differ in that axis only, of at most 8
 * @param axis negative counts from the end; default 0
 * @returns a tensor whose axis is the sum of theirs; float16 if all are
 * @throws at once if their shapes differ elsewhere
 * @example
 * ```ts
 * const y = concat([low, high], -1); // two of [1, 56, 56, 32] -> [1, 56, 56, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#concat
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const op = 'concat';
  check(
    Array.isArray(tensors) && tensors.length > 0,
    () => `${op}: tensors is ${show(tensors)}; give a list of at least one tensor`,
  );
  const list: readonly Tensor[] = tensors;
  for (const [i, tensor] of list.entries()) checkTensor(op, `tensors[${i}]`, tensor);
  const context = contextOf(op, Object.fromEntries(list.map((tensor, i) => [`tensors[${i}]`, tensor])));
  const first = list[0].shape;
  checkRank(op, 'tensors[0]', first);
  const at = axisOf(op, axis, first);
  for (const [i, { shape }] of list.entries()) {
    check(
      shape.length === first.length && shape.every((n, j) => j === at || n === first[j]),
      () =>
        `${op}: tensors[${i}] is ${describe(shape)} but tensors[0] is ${describe(first)}; they may differ in axis ${at} only`,
    );
  }
  const shape = first.map((n, i) => (i === at ? list.reduce((sum, tensor) => sum + tensor.shape[at], 0) : n));
  const strides = stridesOf(shape);
  let offset = 0;
  const copies = list.map((x) => {
    const problem = { sizes: x.shape, x: { strides: stridesOf(x.shape) }, output: { strides, offset } };
    offset += x.shape[at] * strides[at];
    return { operation: copy, problem, inputs: { x }, why: 'a strided copy per tensor' };
  });
  return runAll(op, context, copies, { shape, dtype: widest(list) });
}
