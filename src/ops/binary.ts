/**
 * Operators between two tensors, or a tensor and a number.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { binaryStep, type Operator } from '../kernels/binary';
import { widest } from '../tensor/dtype';
import { Tensor } from '../tensor/tensor';
import { checkRank, checkTensor } from './arguments';
import { contextOf, run } from './call';

/**
 * a + b, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if both are
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const y = add(x, bias); // [1, 56, 56, 64] + [64]
 * const z = add(x, 0.5);
 * ```
 * @see https://js.tensorflow.org/api/latest/#add
 */
export function add(a: Tensor, b: Tensor | number): Tensor {
  return binary('add', a, b);
}

/**
 * a * b, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if both are
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const gated = multiply(x, gate); // [1, 56, 56, 64] * [1, 1, 1, 64]
 * const scaled = multiply(x, 1 / 255);
 * ```
 * @see https://js.tensorflow.org/api/latest/#mul
 */
export function multiply(a: Tensor, b: Tensor | number): Tensor {
  return binary('multiply', a, b);
}

function binary(op: Operator, a: Tensor, b: Tensor | number): Tensor {
  if (!(b instanceof Tensor)) {
    check(typeof b === 'number', () => `${op}: b is ${show(b)}; give a tensor or a number`);
    check(
      Number.isFinite(Math.fround(b)),
      () => `${op}: b is ${show(b)}; give a number that float32 holds, at most 3.4e38, or a tensor`,
    );
  }
  checkTensor(op, 'a', a);
  const second = b instanceof Tensor ? b : a;
  const context = contextOf(op, { a, b: second });
  checkRank(op, 'a', a.shape);
  checkRank(op, 'b', second.shape);
  const shape = broadcast(op, a.shape, second.shape);
  const step = binaryStep(op, shape, a.shape, b instanceof Tensor ? b.shape : b, context.target);
  return run(op, context, step, { a, b: second }, shape, 'the one kernel for operators', {
    dtype: widest([a, second]),
    meaning: { kind: 'binary', operator: op, a: a.shape, b: b instanceof Tensor ? b.shape : b },
  });
}

function broadcast(op: string, a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i, rank = Math.max(a.length, b.length)) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    check(
      m === n || m === 1 || n === 1,
      () =>
        `${op}: a ${describe(a)} and b ${describe(b)} have ${m} and ${n} on axis ${i - rank}; make them equal, or one of them 1`,
    );
    return Math.max(m, n);
  });
}
