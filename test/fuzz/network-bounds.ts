/**
 * How far two ways of computing a network may be apart.
 *
 * Each value has a bound of its numbers and of their distance from exact arithmetic, in the worst case: a call passes on the
 * errors of its arguments and adds its own roundings. Storing as float16 is one more rounding. A way of computing that skips a
 * rounding, because it does not store an intermediate value, stays within the bound. So all ways are within the bound, and two of
 * them differ by at most twice the bound.
 */
import type { DType } from '../../src/index';
import { EPSILON } from '../support/close';
import type { Ref } from './network';

export interface Bound {
  /** The largest number in exact arithmetic. */
  readonly max: number;
  /** The largest distance from exact arithmetic. */
  readonly error: number;
}

/** The bound of a value, from the bounds of its arguments. */
export type Rule = (of: (ref: Ref) => Bound, dtype: DType) => Bound;

/** The distance from 1 to the next half, because WGSL rounds to either side. */
const HALF = 2 ** -10;

/** A half below this may become zero. */
const TINY = 2 ** -14;

/** Roundings of an activation or operator, on numbers no larger than the maximum of its result and 1. */
const STEPS = 16;

/** Adds the error of storing the value. */
export function stored(bound: Bound, dtype: DType): Bound {
  if (dtype === 'f32') return bound;
  return { max: bound.max, error: bound.error + HALF * (bound.max + bound.error) + TINY };
}

/** A sum of products. */
export function sumOfProducts(terms: number, a: Bound, b: Bound, epsilon: number = EPSILON): Bound {
  const max = terms * a.max * b.max;
  const carried = terms * (a.max * b.error + b.max * a.error + a.error * b.error);
  return { max, error: carried + (terms + 4) * epsilon * (max + carried) };
}

/** Sums of this many parts, which may be stored before they are added, and again before the next step. */
export function regrouped(bound: Bound, parts: number, dtype: DType): Bound {
  const twice = stored(stored(bound, dtype), dtype);
  return dtype === 'f32' ? bound : { max: bound.max, error: twice.error + parts * TINY };
}

/** The sum of this many terms. */
export function sum(terms: number, a: Bound): Bound {
  return sumOfProducts(terms, a, { max: 1, error: 0 });
}

export function plus(a: Bound, b: Bound): Bound {
  const max = a.max + b.max;
  const error = a.error + b.error;
  return { max, error: error + 4 * EPSILON * (max + error) };
}

/** For a function of one number that is no steeper than `slope` and no larger than `max`. */
export function mapped(a: Bound, slope: number, max: number = slope * a.max): Bound {
  return { max, error: slope * a.error + STEPS * EPSILON * (1 + max + slope * (a.max + a.error)) };
}

/** The larger of both bounds, for calls that pick or join. */
export function either(...bounds: readonly Bound[]): Bound {
  return {
    max: Math.max(...bounds.map(({ max }) => max)),
    error: Math.max(...bounds.map(({ error }) => error)),
  };
}

/** Activations: their steepest slope, and their bound if they have one. */
export const ACTIVATIONS: ReadonlyMap<string, (a: Bound) => Bound> = new Map([
  ['relu', (a: Bound) => mapped(a, 1)],
  ['relu6', (a: Bound) => mapped(a, 1, Math.min(6, a.max))],
  ['leakyRelu', (a: Bound) => mapped(a, 1)],
  ['elu', (a: Bound) => mapped(a, 1, Math.max(1, a.max))],
  ['sigmoid', (a: Bound) => mapped(a, 0.25, 1)],
  ['tanh', (a: Bound) => mapped(a, 1, 1)],
  ['hardSigmoid', (a: Bound) => mapped(a, 0.2, 1)],
  ['hardSwish', (a: Bound) => mapped(a, 1.5, a.max)],
  ['silu', (a: Bound) => mapped(a, 1.1, a.max)],
  ['gelu', (a: Bound) => mapped(a, 1.13, a.max)],
  ['softplus', (a: Bound) => mapped(a, 1, a.max + 0.7)],
  ['softsign', (a: Bound) => mapped(a, 1, 1)],
  ['mish', (a: Bound) => mapped(a, 1.1, a.max)],
]);

/** x for x > 0, else alpha * x. */
export function prelu(a: Bound, alpha: Bound): Bound {
  return either(mapped(a, 1), sumOfProducts(1, a, alpha));
}

/** (x - mean) / sqrt(variance + 1) * scale + offset. The variance is at least 0, so no divisor is below 1. */
export function normed(a: Bound, mean: Bound, variance: Bound, scale?: Bound, offset?: Bound): Bound {
  const centred = plus(a, mean);
  // The slope of 1 / sqrt(v + 1) is at most 1 / 2.
  const factor = mapped(variance, 0.5, 1);
  const gained = scale === undefined ? factor : sumOfProducts(1, factor, scale);
  const scaled = sumOfProducts(1, centred, gained, STEPS * EPSILON);
  return offset === undefined ? scaled : plus(scaled, offset);
}
