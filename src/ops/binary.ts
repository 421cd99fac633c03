/**
 * Operators between two tensors, or a tensor and a number.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { binary as operation } from '../kernels/binary';
import { widest } from '../kernels/dtype';
import type { Operator, Scalar } from '../kernels/operators';
import { unwritten } from '../kernels/unwritten';
import { Tensor } from '../tensor/tensor';
import { checkRank } from './arguments';
import { contextOf, run } from './call';

/**
 * a + b, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const y = add(x, bias); // [1, 56, 56, 64] + [64]
 * const z = add(x, 0.5);
 * ```
 * @see https://js.tensorflow.org/api/latest/#add
 */
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('add', a, b);
}

/**
 * a - b, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const centred = subtract(x, mean); // [1, 56, 56, 64] - [64]
 * const rest = subtract(1, x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#sub
 */
export function subtract(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('subtract', a, b);
}

/**
 * a * b, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const gated = multiply(x, gate); // [1, 56, 56, 64] * [1, 1, 1, 64]
 * const scaled = multiply(x, 1 / 255);
 * ```
 * @see https://js.tensorflow.org/api/latest/#mul
 */
export function multiply(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('multiply', a, b);
}

/**
 * a / b, element by element; a number / 0 is an infinity, and 0 / 0 is NaN. Shapes are aligned at their last axes; an
 * axis of size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const normed = divide(x, deviation); // [1, 56, 56, 64] / [64]
 * const inverse = divide(1, x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#div
 */
export function divide(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('divide', a, b);
}

/**
 * The smaller of a and b, element by element; NaN if either is. Shapes are aligned at their last axes; an axis of size 1, or one that is
 * missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const capped = minimum(x, 6);
 * ```
 * @see https://js.tensorflow.org/api/latest/#minimum
 */
export function minimum(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('minimum', a, b);
}

/**
 * The larger of a and b, element by element; NaN if either is. Shapes are aligned at their last axes; an axis of size 1, or one that is
 * missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const both = maximum(x, y); // as maxout has it
 * ```
 * @see https://js.tensorflow.org/api/latest/#maximum
 */
export function maximum(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('maximum', a, b);
}

/**
 * (a - b)^2, element by element. Shapes are aligned at their last axes; an axis of size 1, or one that is missing,
 * repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const variance = reduceMean(squaredDifference(x, mean), [1, 2]); // [1, 56, 56, 64] and [1, 1, 1, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#squaredDifference
 */
export function squaredDifference(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('squaredDifference', a, b);
}

/**
 * a to the power of b, element by element; NaN where a is negative and b is not whole, and 1 where b is 0 or a is 1,
 * whatever the other is, also NaN and infinities, as in IEEE 754. Shapes are aligned at their last axes; an axis of
 * size 1, or one that is missing, repeats.
 *
 * @param a up to 8 axes, or a number where b is a tensor
 * @param b a tensor whose shape fits that of a, or a number
 * @returns a tensor of the broadcast shape; float16 if every tensor is
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const bright = power(x, 1 / 2.2);
 * const halvings = power(0.5, x);
 * ```
 * @see https://js.tensorflow.org/api/latest/#pow
 */
export function power(a: Tensor | number, b: Tensor | number): Tensor {
  return binary('power', a, b);
}

/**
 * An operator as the public function of that name.
 *
 * @param body of an operator that kernels/operators.ts lacks
 */
export function binary(op: Operator, a: Tensor | number, b: Tensor | number, body?: string): Tensor {
  checkOperand(op, 'a', a);
  checkOperand(op, 'b', b);
  const left = a instanceof Tensor ? a : b;
  const right = b instanceof Tensor ? b : a;
  check(
    left instanceof Tensor && right instanceof Tensor,
    () => `${op}: a is ${show(a)} and b is ${show(b)}; give a tensor as one of them`,
  );
  const inputs = { a: left, b: right };
  // With a number, the tensor is bound in both places and checked once.
  const context = contextOf(op, left === right ? { [a === left ? 'a' : 'b']: left } : inputs);
  if (a === left) checkRank(op, 'a', left.shape);
  if (b === right) checkRank(op, 'b', right.shape);
  const shape = broadcast(op, left.shape, right.shape);
  const scalar = scalarOf('a', a) ?? scalarOf('b', b);
  const problem = { operator: op, shape, a: left.shape, b: right.shape, scalar, body };
  return run(op, context, { operation, problem, inputs }, { shape, dtype: widest([left, right]) });
}

function scalarOf(instead: Scalar['instead'], value: Tensor | number): Scalar | undefined {
  return typeof value === 'number' ? { value, instead, name: unwritten(value) } : undefined;
}

/** @throws unless float32 holds the number; infinities and NaN are allowed */
export function checkScalar(op: string, name: string, value: unknown, or = '', kinds = 'a number'): void {
  check(typeof value === 'number', () => `${op}: ${name} is ${show(value)}; give ${kinds}`);
  check(
    Number.isFinite(Math.fround(value)) || !Number.isFinite(value),
    () => `${op}: ${name} is ${show(value)}; give a number that float32 holds, at most 3.4e38, or Infinity${or}`,
  );
}

/** @throws unless it is a tensor, or a number that float32 holds */
export function checkOperand(op: string, name: string, operand: Tensor | number): void {
  if (!(operand instanceof Tensor)) checkScalar(op, name, operand, ', or a tensor', 'a tensor or a number');
}

/**
 * The shape to which two shapes broadcast, as in NumPy.
 *
 * @param names what errors call the two
 * @throws if they do not fit
 */
export function broadcast(
  op: string,
  a: readonly number[],
  b: readonly number[],
  [first, second]: readonly [string, string] = ['a', 'b'],
): number[] {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = -rank; axis < 0; axis++) {
    const m = a[axis + a.length] ?? 1;
    const n = b[axis + b.length] ?? 1;
    check(
      m === n || m === 1 || n === 1,
      () =>
        `${op}: ${first} ${describe(a)} and ${second} ${describe(b)} have ${m} and ${n} on axis ${axis}; make them equal, or one of them 1`,
    );
    shape.push(Math.max(m, n));
  }
  return shape;
}
