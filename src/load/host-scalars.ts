/**
 * Functions of single numbers that JavaScript lacks.
 *
 * @module
 */

/**
 * The error function, to float64's precision up to |x| = 6; beyond, it is 1.
 *
 * @see https://dlmf.nist.gov/7.6 (7.6.2: a series all of whose terms have one sign)
 */
export function erf(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = 0;
  for (let n = 1; sum + term !== sum; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  const value = (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  return Math.max(-1, Math.min(value, 1));
}

/** A truth value as the number that an array holds. */
const truth =
  (holds: (v: number) => boolean) =>
  (v: number): number =>
    Number(holds(v));

export const isNan: (v: number) => number = truth(Number.isNaN);
export const finite: (v: number) => number = truth(Number.isFinite);
export const infinite: (v: number) => number = truth((v) => v === Infinity || v === -Infinity);

/** log(1 + e^v), without an overflow. */
export function softplus(v: number): number {
  return Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
}

export function softsign(v: number): number {
  return v / (1 + Math.abs(v));
}

export function elu(v: number, alpha = 1): number {
  return v > 0 ? v : alpha * Math.expm1(v);
}

/** With the two constants that keep mean and variance. @see https://arxiv.org/abs/1706.02515 */
export function selu(v: number, alpha = 1.67326319217681884765625, gamma = 1.05070102214813232421875): number {
  return gamma * elu(v, alpha);
}

/** Exactly, by the error function, or as tanh approximates it. */
export function gelu(v: number, approximate = false): number {
  const part = approximate ? Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)) : erf(v / Math.SQRT2);
  return 0.5 * v * (1 + part);
}

export function mish(v: number): number {
  return v * Math.tanh(softplus(v));
}

export function hardSigmoid(v: number, alpha: number, beta: number): number {
  return Math.min(Math.max(alpha * v + beta, 0), 1);
}
