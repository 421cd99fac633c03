/**
 * Functions of one number that are neither WGSL's own nor angles. Each is a constant of its own, so that an app carries
 * only those it calls.
 *
 * @module
 */
import type { ActivationCode } from './activation';

/**
 * The code of a function, made where it is used.
 *
 * @param losesNan whether it may give a number for NaN, on any device
 */
export function codeOf(name: string, body: () => string, losesNan: boolean = true): ActivationCode {
  return { name, body: body(), losesNan };
}

/** Returns the size with the sign of v. */
export function odd(size: string): string {
  return `let size = ${size}; return select(size, -size, v < V(0.0));`;
}

/**
 * Below 1 a polynomial, so that small numbers keep their digits; above 1, one minus five terms, off by 1.5e-7 at most.
 *
 * @see https://www.netlib.org/cephes/ (erff)
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26
 */
export const ERF: ActivationCode = /* @__PURE__ */ codeOf(
  'erf',
  () =>
    'let a = min(abs(v), V(6.0)); let z = a * a; ' +
    'let near = a * (V(1.1283792) + z * (V(-0.37612626) + z * (V(0.11283584) + z * (V(-0.026853814) + z * (V(0.0051883275) + z * (z * 0.000078538614 - V(0.00080101936))))))); ' +
    'let t = V(1.0) / (V(1.0) + 0.3275911 * a); ' +
    'let p = t * (V(0.254829592) + t * (V(-0.284496736) + t * (V(1.421413741) + t * (V(-1.453152027) + t * 1.061405429)))); ' +
    odd('select(V(1.0) - p * exp(-z), near, a < V(1.0))'),
);

/**
 * exp(x) - 1 as `grown`: near 0 the first eight terms of the series, because the two sides of the difference would be
 * nearly equal.
 */
const grown = (x: string): string =>
  `let near = ${x} * (V(1.0) + ${x} / 2.0 * (V(1.0) + ${x} / 3.0 * (V(1.0) + ${x} / 4.0 * (V(1.0) + ${x} / 5.0 * ` +
  `(V(1.0) + ${x} / 6.0 * (V(1.0) + ${x} / 7.0 * (V(1.0) + ${x} / 8.0))))))); ` +
  `let grown = select(exp(${x}) - V(1.0), near, abs(${x}) < V(0.5));`;

export const EXPM1: ActivationCode = /* @__PURE__ */ codeOf('expm1', () => `${grown('v')} return grown;`);

/** The second factor is the product of scale and alpha. */
export const SELU: ActivationCode = /* @__PURE__ */ codeOf(
  'selu',
  () => `let low = min(v, V(0.0)); ${grown('low')} return select(1.7580993 * grown, 1.0507010 * v, v >= V(0.0));`,
);

/** Near 0 it is the logarithm of (1 + s) / (1 - s), as a series of odd powers of s. */
export const LOG1P: ActivationCode = /* @__PURE__ */ codeOf(
  'log1p',
  () =>
    'let s = v / (V(2.0) + v); let z = s * s; ' +
    'let near = 2.0 * s * (V(1.0) + z * (V(0.33333333) + z * (V(0.2) + z * (V(0.14285714) + z * 0.11111111)))); ' +
    'let u = V(1.0) + v; let edge = select(V(-1.0) / abs(u), sqrt(u), u < V(0.0)); ' +
    'return select(select(log(u), edge, u <= V(0.0)), near, abs(v) < V(0.3));',
);

/** Tests the bits, because a compiler may assume that there is no NaN. */
export const IS_NAN: ActivationCode = /* @__PURE__ */ codeOf(
  'isNan',
  () => 'return select(V(0.0), V(1.0), (bitcast<Bits>(v) & Bits(0x7fffffff)) > Bits(0x7f800000));',
  false,
);

/** NaN is not zero. */
export const LOGICAL_NOT: ActivationCode = /* @__PURE__ */ codeOf(
  'logicalNot',
  () => 'return select(V(0.0), V(1.0), (bitcast<Bits>(v) & Bits(0x7fffffff)) == Bits(0));',
  false,
);
