/**
 * A choice of two values for each element.
 *
 * @module
 */
import { widest } from '../kernels/dtype';
import { unwritten } from '../kernels/unwritten';
import { where as operation, type Value } from '../kernels/where';
import { Tensor } from '../tensor/tensor';
import { checkRank, checkTensor } from './arguments';
import { broadcast, checkOperand } from './binary';
import { contextOf, run } from './call';

/**
 * a where the condition is not 0, else b. Shapes are aligned at their last axes; an axis of size 1, or one that is
 * missing, repeats. NaN is not 0. A NaN in the value that is not chosen does no harm.
 *
 * @param condition up to 8 axes: ones and zeros, as {@link less} and the other comparisons give them
 * @param a a tensor whose shape fits, or a number, infinities included
 * @param b a tensor whose shape fits, or a number, infinities included
 * @returns a tensor of the broadcast shape; float16 if every tensor of a and b is; for two numbers, of the type of the
 *   condition
 * @throws at once if the shapes do not fit
 * @example
 * ```ts
 * const masked = where(mask, scores, -Infinity); // [1, 1, 49, 49], [8, 8, 49, 49]
 * const larger = where(greater(x, y), x, y);
 * ```
 * @see https://js.tensorflow.org/api/latest/#where
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const op = 'where';
  checkTensor(op, 'condition', condition);
  checkOperand(op, 'a', a);
  checkOperand(op, 'b', b);
  // In the place of a number the condition is bound, so that the shader walks both alike.
  const [left, right] = [a, b].map((operand) => (operand instanceof Tensor ? operand : condition));
  const tensors = [a, b].filter((operand) => operand instanceof Tensor);
  const context = contextOf(op, { condition, a: left, b: right });
  const first = broadcast(op, condition.shape, left.shape, ['condition', 'a']);
  const shape = broadcast(op, first, right.shape, ['condition and a', 'b']);
  checkRank(op, 'the result', shape);
  const problem = {
    shape,
    condition: condition.shape,
    a: left.shape,
    b: right.shape,
    aNumber: valueOf(a),
    bNumber: valueOf(b),
  };
  const dtype = widest(tensors.length > 0 ? tensors : [condition]);
  return run(op, context, { operation, problem, inputs: { condition, a: left, b: right } }, { shape, dtype });
}

function valueOf(operand: Tensor | number): Value | undefined {
  return typeof operand === 'number' ? { value: operand, name: unwritten(operand) } : undefined;
}
