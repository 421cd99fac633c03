/**
 * Operators between two values, as WGSL: bodies of `fn operate(left: V, right: V) -> V`.
 *
 * @module
 */

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

/** The body of an operator. */
export function operatorBody(operator: Operator, scalar?: Scalar): string {
  return operator === 'power' && scalar?.instead === 'b' && scalar.value === 2 ? SQUARE : OPERATORS[operator];
}
