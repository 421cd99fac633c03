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

/** The operators that are public functions, and prelu, whose slopes are the second operand. */
export type Operator =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'minimum'
  | 'maximum'
  | 'squaredDifference'
  | 'power'
  | 'prelu';

/** The operators, as bodies of the shader's `operate`. */
const OPERATORS: Readonly<Record<Operator, string>> = {
  add: 'return left + right;',
  subtract: 'return left - right;',
  multiply: 'return left * right;',
  divide: 'return left / right;',
  minimum: 'return min(left, right);',
  maximum: 'return max(left, right);',
  squaredDifference: 'let difference = left - right; return difference * difference;',
  // WGSL's own is for numbers above 0. Of a negative one the size is the same, and the sign that of an odd exponent; with an
  // exponent that is not whole it is none, like a square root.
  power:
    'let whole = floor(right) == right; let odd = abs(right) - 2.0 * floor(0.5 * abs(right)) == V(1.0); ' +
    'let edge = select(V(0.0), V(1.0) / abs(left), right < V(0.0)); ' +
    'let size = select(pow(abs(left), right), edge, left == V(0.0)); ' +
    'let signed = select(size, select(sqrt(left), select(size, -size, odd), whole), left < V(0.0)); ' +
    'return select(signed, V(1.0), right == V(0.0));',
  prelu: 'return max(left, V(0.0)) + right * min(left, V(0.0));',
};

/** A power that is common, and that a logarithm and an exponential would make of some digits less. */
const SQUARE = 'return left * left;';

/** A number in place of a tensor. */
export interface Scalar {
  readonly value: number;
  readonly instead: 'a' | 'b';
}

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
    wgsl,
    sizes: `${instead === 'a' ? 'number' : a.join('x')} ${instead === 'b' ? 'number' : b.join('x')}`,
    knobs: { RANK: nest.length, A_IS_NUMBER: instead === 'a', B_IS_NUMBER: instead === 'b' },
    aliases: { V: vectorType(lanes) },
    slots: {
      operate: { body: operator === 'power' && instead === 'b' && value === 2 ? SQUARE : OPERATORS[operator] },
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
