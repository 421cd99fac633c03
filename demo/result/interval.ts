/** Whether one time is faster than another, slower, or cannot be told apart from it. */
import type { Timing } from '../timing';

export type Verdict = 'faster' | 'slower' | 'tie';

/**
 * An interval is twice the median absolute deviation to each side. For normally distributed times it holds 95 % of the medians of
 * three rounds (1.4826 * 1.2533 * 1.96 / sqrt(3) = 2.1 deviations), and a larger share with more rounds.
 */
const DEVIATIONS = 2;

type Time = Pick<Timing, 'ms' | 'spread'>;

export function intervalOf({ ms, spread }: Time): readonly [low: number, high: number] {
  // A large spread must not give a time below zero.
  return [Math.max(0, ms * (1 - DEVIATIONS * spread)), ms * (1 + DEVIATIONS * spread)];
}

/** Compares the first time with the second. If their intervals meet, it is a tie. */
export function verdictOf(first: Time, second: Time): Verdict {
  const [low, high] = intervalOf(first);
  const [otherLow, otherHigh] = intervalOf(second);
  if (high < otherLow) return 'faster';
  return low > otherHigh ? 'slower' : 'tie';
}
