/**
 * Operators between two values, as WGSL: bodies of `fn operate(left: V, right: V) -> V`.
 *
 * @module
 */
import { LARGER, SMALLER } from './nan';

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
  | 'prelu'
  | FurtherOperator;

/** The operators whose bodies a problem brings with it, so that only apps that call them carry them: see further-operators.ts. */
export type FurtherOperator =
  | 'atan2'
  | 'divNoNan'
  | 'equal'
  | 'floorDiv'
  | 'greater'
  | 'greaterEqual'
  | 'less'
  | 'lessEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'mod'
  | 'notEqual'
  | 'where';

/**
 * WGSL's own power is defined only for numbers above 0, and loses digits: the logarithm of a number near 1 is small, and
 * the logarithm of a large number leaves little room for its fraction. Here the logarithm to the base 2 is k + high + ...,
 * where k is whole and `high` has 12 bits. So their products with the first 12 bits of the exponent are exact, and the
 * whole part n of the product is subtracted before the rest is added. 2^n is two factors, since one alone may be beyond
 * float32.
 *
 * For a negative base the size is the same; the sign is that of the base if the exponent is odd, and with an exponent that
 * is not whole the result is NaN, like that of a square root. The ends are IEEE 754's: 1 to any power is 1, and anything to
 * the power of 0 is 1, NaN included.
 *
 * @see https://www.netlib.org/cephes/ (logf, for the polynomial)
 */
const POWER: string = /* @__PURE__ */ [
  'let size = abs(left); let bits = bitcast<Bits>(size);',
  // f + 1 is between the root of 1/2, whose bits are 0x3f3504f3, and that of 2.
  'let exponent = (bits + Bits(0x4afb0d)) / Bits(0x800000) - Bits(127); let k = V(exponent);',
  'let f = bitcast<V>(bits - exponent * Bits(0x800000)) - V(1.0);',
  'var p = V(7.0376836292e-2); p = p * f + V(-1.151461031e-1); p = p * f + V(1.167699874e-1);',
  'p = p * f + V(-1.2420140846e-1); p = p * f + V(1.4249322787e-1); p = p * f + V(-1.6668057665e-1);',
  'p = p * f + V(2.0000714765e-1); p = p * f + V(-2.4999993993e-1); p = p * f + V(3.3333331174e-1);',
  // 1.44... is 1 / ln(2), in two parts; the first has 11 bits. A number without its last 12 bits has 12 bits.
  'let f_high = bitcast<V>(bitcast<Bits>(f) & Bits(-4096)); let head = f_high * 1.4423828125;',
  'let tail = (f - f_high) * 1.4423828125 + f * 0.00031222839 + f * f * (p * f - V(0.5)) * 1.44269504;',
  'let high = bitcast<V>(bitcast<Bits>(head) & Bits(-4096));',
  // With an exponent beyond these the power is 0 or infinite, unless the base is 1 or -1. Both are even.
  'let y = clamp(right, V(-4e9), V(4e9)); let y_high = bitcast<V>(bitcast<Bits>(y) & Bits(-4096));',
  'let rest = (y - y_high) * (k + high) + y * (head - high + tail);',
  'let n = clamp(round(y_high * k + y_high * high + rest), V(-252.0), V(252.0));',
  'let part = clamp(y_high * k - n + y_high * high + rest, V(-120.0), V(120.0));',
  'let half = Bits(n) / Bits(2);',
  'let scale = bitcast<V>((half + Bits(127)) * Bits(0x800000));',
  'let other_scale = bitcast<V>((Bits(n) - half + Bits(127)) * Bits(0x800000));',
  // For 0 and the infinities, and for numbers that may be taken for 0.
  'let none = bits < Bits(0x800000); let edge = none | (bits >= Bits(0x7f800000));',
  'let end = select(V(0.0), select(size, V(1.0) / size, none), (right < V(0.0)) == none);',
  'let power = select(exp2(part) * scale * other_scale, end, edge);',
  'let negative = bitcast<Bits>(left) < Bits(0);',
  'let odd = abs(y) - 2.0 * floor(0.5 * abs(y)) == V(1.0);',
  'let signed = select(power, -power, negative & odd);',
  'let real = select(signed, sqrt(left), negative & (floor(y) != y) & !edge);',
  'let one = ((bitcast<Bits>(right) & Bits(0x7fffffff)) == Bits(0)) | (bitcast<Bits>(left) == Bits(0x3f800000));',
  'return select(keep_nan(left, keep_nan(right, real)), V(1.0), one);',
].join(' ');

/** The operators, as bodies of the shader's `operate`. */
const OPERATORS: Readonly<Record<Exclude<Operator, FurtherOperator>, string>> = {
  add: 'return left + right;',
  subtract: 'return left - right;',
  multiply: 'return left * right;',
  divide: 'return left / right;',
  minimum: SMALLER,
  maximum: LARGER,
  squaredDifference: 'let difference = left - right; return difference * difference;',
  power: POWER,
  prelu: 'return left * select(V(1.0), right, bitcast<Bits>(left) < Bits(0));',
};

/** A common power; computed by a logarithm and an exponential, it would lose some digits. */
const SQUARE = 'return left * left;';

/** A number in place of a tensor. */
export interface Scalar {
  readonly value: number;
  /** Its name, if neither JSON nor a shader can express it: see unwritten.ts. */
  readonly name?: string;
  readonly instead: 'a' | 'b';
}

/** The body of an operator; `own` is the body that its problem brings. */
export function operatorBody(operator: Operator, scalar?: Scalar, own?: string): string {
  const isSquare = operator === 'power' && scalar?.instead === 'b' && scalar.value === 2;
  return own ?? (isSquare ? SQUARE : OPERATORS[operator as keyof typeof OPERATORS]);
}
