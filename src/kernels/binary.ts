/**
 * Twin of shaders/binary.wgsl.
 *
 * @module
 */
import wgsl from '../../shaders/binary.wgsl?raw';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, stridesOf, vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Target } from './kernel';

/** The operators, as bodies of the shader's `operate`. */
export const OPERATORS = {
  add: 'return left + right;',
  multiply: 'return left * right;',
} as const;

export type Operator = keyof typeof OPERATORS;

/**
 * The dispatch of an operator. Its operands are `a` and `b`; where the second is a number, `b` is bound to a again.
 *
 * @param shape the output's: a's and b's, broadcast; at most 8 axes
 * @param b the second operand's shape, or a number
 */
export function binaryStep(
  operator: Operator,
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[] | number,
  target: Target,
): Step {
  const number = typeof b === 'number' ? b : undefined;
  const scalars = shortestNest(shape, repeated(a, shape), repeated(typeof b === 'number' ? a : b, shape));
  const lanes = lanesOf(scalars);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(shape) / lanes;
  return flatStep(target, {
    kernel: `binary/${operator}`,
    wgsl,
    sizes: typeof b === 'number' ? `${a.join('x')} number` : `${a.join('x')} ${b.join('x')}`,
    knobs: { RANK: nest.length, B_IS_NUMBER: number !== undefined },
    aliases: { V: vectorType(lanes) },
    slots: { operate: { body: OPERATORS[operator] } },
    uniforms: {
      count,
      number: number ?? 0,
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
