/**
 * Whether one of two is faster, by times that were taken in turn. Each round gives a quotient, so that a change of the clock
 * rate, which meets both, is no difference; the median does not heed a round that something else has disturbed.
 *
 * @module
 */

/** Several times of one thing. */
export interface Timing {
  /** The median, in milliseconds. */
  readonly ms: number;
  /** How far rounds are apart, in milliseconds: the scaled median deviation, which of a normal distribution is sigma. */
  readonly spread: number;
}

/** How often as fast the second is as the first, and how far rounds are apart in that, as a part of it: 0.1 is 10 %. */
export interface Comparison {
  readonly speedup: number;
  readonly spread: number;
}

/** From a median deviation to a standard deviation, of a normal distribution. */
const SIGMA = 1.4826;

/** @param own the milliseconds of one thing in each round, and `other` those of the other */
export function compared(own: readonly number[], other: readonly number[]): Comparison {
  // A clock that was reset or too coarse says 0 or less; who has such times never wins.
  const quotients = own.map((ms, i) => (ms > 0 && other[i] > 0 ? ms / other[i] : 0));
  const speedup = median(quotients);
  // Half as fast is as far away as twice as fast.
  return { speedup, spread: Math.expm1(timingOf(quotients.map(Math.log)).spread) };
}

/** Whether the second is faster by more than the spread of the measurement, and by more than `least` as a factor. */
export function isFaster({ speedup, spread }: Comparison, least = 1): boolean {
  return speedup > least && speedup > 1 + spread;
}

export function timingOf(times: readonly number[]): Timing {
  const ms = median(times);
  return { ms, spread: SIGMA * median(times.map((time) => Math.abs(time - ms))) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
