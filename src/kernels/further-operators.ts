/**
 * Operators whose bodies a problem brings with it. Each is a constant of its own, so that an app carries only those it
 * calls. A comparison is 1 or 0, and false if either operand is NaN, which is found by its bits; only "not equal" is then
 * true.
 *
 * @module
 */
import { ANGLE } from './trigonometry';

const isNan = (of: string): string => `((bitcast<Bits>(${of}) & Bits(0x7fffffff)) > Bits(0x7f800000))`;
const truth = (condition: string): string => `return select(V(0.0), V(1.0), ${condition});`;
const comparison = (sign: string): string => truth(`(left ${sign} right) & !${isNan('left')} & !${isNan('right')}`);

export const EQUAL: string = /* @__PURE__ */ comparison('==');
export const LESS: string = /* @__PURE__ */ comparison('<');
export const LESS_EQUAL: string = /* @__PURE__ */ comparison('<=');
export const GREATER: string = /* @__PURE__ */ comparison('>');
export const GREATER_EQUAL: string = /* @__PURE__ */ comparison('>=');
export const NOT_EQUAL: string = /* @__PURE__ */ (() =>
  truth(`(left != right) | ${isNan('left')} | ${isNan('right')}`))();

/** Combines two truth values. NaN is not zero, so it is true. */
const logical = (sign: string): string => {
  const isTrue = (of: string): string => `((bitcast<Bits>(${of}) & Bits(0x7fffffff)) != Bits(0))`;
  return truth(`${isTrue('left')} ${sign} ${isTrue('right')}`);
};

export const LOGICAL_AND: string = /* @__PURE__ */ logical('&');
export const LOGICAL_OR: string = /* @__PURE__ */ logical('|');
export const LOGICAL_XOR: string = /* @__PURE__ */ logical('!=');

/**
 * The angle of the shorter side over the longer one, mirrored where the height is the longer side, and placed by the signs,
 * those of zeros included.
 */
export const ATAN2: string = /* @__PURE__ */ (() =>
  [
    'let height = abs(left); let width = abs(right); let less = min(height, width);',
    // 0 / 0, and an infinity over an infinity, would be NaN.
    'let a = select(select(less / max(height, width), V(1.0), bitcast<Bits>(less) >= Bits(0x7f800000)), V(0.0), less == V(0.0));',
    `${ANGLE} let first = select(angle, V(1.5707964) - angle, height > width);`,
    'let second = select(first, V(3.1415927) - first, bitcast<Bits>(right) < Bits(0));',
    'return keep_nan(left, keep_nan(right, select(second, -second, bitcast<Bits>(left) < Bits(0))));',
  ].join(' '))();

export const DIV_NO_NAN = 'return select(left / right, V(0.0), right == V(0.0));';

/**
 * A quotient that is off by a unit may be on the wrong side of a whole number, so the remainders of it and of the next one
 * tell which is right. For quotients up to 4096 the products with 12 bits of the divisor are exact.
 */
const WHOLE: string = /* @__PURE__ */ [
  'let q = floor(left / right); let high = bitcast<V>(bitcast<Bits>(right) & Bits(-4096)); let low = right - high;',
  'let r = left - q * high - q * low; let next = left - (q + V(1.0)) * high - (q + V(1.0)) * low; let down = right < V(0.0);',
  'let under = select((r < V(0.0)), (r > V(0.0)), down); let over = select(next >= V(0.0), next <= V(0.0), down);',
].join(' ');

export const FLOOR_DIV: string = /* @__PURE__ */ (() =>
  `${WHOLE} return select(select(q, q - V(1.0), under), q + V(1.0), over);`)();

/** Modulo an infinity, a number of the same sign stays as it is, and a number of the other sign gives the infinity. */
export const MOD: string = /* @__PURE__ */ (() =>
  [
    WHOLE,
    'let rest = select(select(r, r + right, under), next, over);',
    'let kept = keep_nan(rest, clamp(rest, min(right, V(0.0)), max(right, V(0.0))));',
    'let is_infinite = (bitcast<Bits>(right) & Bits(0x7fffffff)) == Bits(0x7f800000);',
    'let beyond = is_infinite & ((bitcast<Bits>(left) & Bits(0x7f800000)) != Bits(0x7f800000));',
    'let end = select(right, left, ((left < V(0.0)) == down) | (left == V(0.0)));',
    'return keep_nan(left, keep_nan(right, select(kept, end, beyond)));',
  ].join(' '))();
