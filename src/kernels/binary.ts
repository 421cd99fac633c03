/**
 * Twin of shaders/binary.wgsl.
 *
 * @module
 */
import shader from '../../shaders/binary.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, stridesOf, vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { operatorBody, type Operator, type Scalar } from './operators';

/**
 * The dispatch of an operator. Its operands are `a` and `b`; where one is a number, the other is bound as both.
 *
 * @param shape the output's: a's and b's, broadcast; at most 8 axes
 * @param a the first operand's shape
 * @param b the second operand's shape
 */
export function binaryStep(
  operator: Operator,
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
  target: Target,
  scalar?: Scalar,
): Step {
  const { value, instead } = scalar ?? { value: 0 };
  const scalars = shortestNest(shape, repeated(a, shape), repeated(b, shape));
  const lanes = lanesOf(scalars);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(shape) / lanes;
  return flatStep(target, {
    kernel: `binary/${operator}`,
    shader,
    sizes: `${instead === 'a' ? 'number' : a.join('x')} ${instead === 'b' ? 'number' : b.join('x')}`,
    knobs: { RANK: nest.length, A_IS_NUMBER: instead === 'a', B_IS_NUMBER: instead === 'b' },
    aliases: { V: vectorType(lanes) },
    slots: {
      operate: { body: operatorBody(operator, scalar) },
    },
    uniforms: {
      count,
      number: value,
      sizes: nestSizes(nest),
      a_strides: nestStrides(nest, 0),
      b_strides: nestStrides(nest, 1),
    },
    invocations: count,
  });
}

/** An operand's strides along the axes of the output; 0 where it is repeated. */
function repeated(operand: readonly number[], shape: readonly number[]): number[] {
  const missing = shape.length - operand.length;
  const strides = stridesOf(operand);
  return shape.map((_, axis) => (axis < missing || operand[axis - missing] === 1 ? 0 : strides[axis - missing]));
}
