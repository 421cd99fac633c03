/**
 * Decides which of two things is faster, by times that were taken in turn. Each round gives a quotient, so a change of the clock
 * rate, which affects both, makes no difference; the median ignores a round that something else has disturbed.
 *
 * @module
 */

/** Several measured times of one thing. */
export interface Timing {
  /** The median, in milliseconds. */
  readonly ms: number;
  /** How far rounds are apart, in milliseconds: the scaled median deviation, which is sigma for a normal distribution. */
  readonly spread: number;
}

/** How many times as fast the second is as the first, and how far rounds are apart in that, as a fraction of it: 0.1 is 10 %. */
export interface Comparison {
  readonly speedup: number;
  readonly spread: number;
}

/** The factor from the median deviation to the standard deviation of a normal distribution. */
const SIGMA = 1.4826;

/** @param own the milliseconds of one thing in each round, and `other` those of the other */
export function compared(own: readonly number[], other: readonly number[]): Comparison {
  // A clock that was reset or is too coarse gives 0 or less: count such a round as 0, so that it never wins.
  const quotients = own.map((ms, i) => (ms > 0 && other[i] > 0 ? ms / other[i] : 0));
  const speedup = median(quotients);
  // Use logarithms, so that half as fast is as far away as twice as fast.
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
