/**
 * Operators between two tensors, or a tensor and a number.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import { binaryStep, type Operator } from '../kernels/binary';
import { widest } from '../tensor/dtype';
import { Tensor } from '../tensor/tensor';
import { checkRank, checkTensor } from './arguments';
import { contextOf, type Call } from './call';
import { runInParts } from './parts';

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
  const inputs = { a, b: second };
  const { outer, walked } = leadingAxes(shape, inputs);
  const units = sizeOf(shape.slice(0, outer));
  const call = (count: number): Call => {
    const part = (own: readonly number[], times: number): readonly number[] =>
      count === units ? own : [times, ...own.slice(Math.max(outer - shape.length + own.length, 0))];
    const [left, right] = [a, second].map((t) => part(t.shape, Object.values(walked).includes(t) ? count : 1));
    const step = binaryStep(op, part(shape, count), left, b instanceof Tensor ? right : b, context.target);
    return { step, inputs };
  };
  const output = { shape, dtype: widest([a, second]) };
  return runInParts(op, context, walked, units, call, output, 'the one kernel for operators');
}

/** The leading axes along which each operand is either walked or repeated, and the operands that are walked. */
function leadingAxes(
  shape: readonly number[],
  operands: Readonly<Record<string, Tensor>>,
): { readonly outer: number; readonly walked: Readonly<Record<string, Tensor>> } {
  const leading = Object.entries(operands).map(([name, tensor]) => {
    const missing = shape.length - tensor.shape.length;
    const until = (differs: (axis: number) => boolean): number =>
      [...shape.keys()].find((axis) => differs(axis)) ?? shape.length;
    const repeats = until((axis) => axis >= missing && tensor.shape[axis - missing] !== 1);
    return { name, tensor, walks: until((axis) => tensor.shape[axis - missing] !== shape[axis]), repeats };
  });
  const outer = Math.min(...leading.map(({ walks, repeats }) => Math.max(walks, repeats)));
  const walked = leading.filter(({ walks }) => walks >= outer).map(({ name, tensor }) => [name, tensor] as const);
  return { outer, walked: Object.fromEntries(walked) };
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
