/** What two times may be said to be: faster, slower, or not to be told apart. */
import type { Timing } from '../timing';

export type Verdict = 'faster' | 'slower' | 'tie';

/**
 * Twice the median absolute deviation to each side. Of three rounds, the fewest that there are, that is where 95 % of medians
 * lie (1.4826 * 1.2533 * 1.96 / sqrt(3) = 2.1 deviations, if times are normally distributed); of more rounds it is more.
 */
const DEVIATIONS = 2;

type Time = Pick<Timing, 'ms' | 'spread'>;

export function intervalOf({ ms, spread }: Time): readonly [low: number, high: number] {
  // One round that was slow puts no time below zero.
  return [Math.max(0, ms * (1 - DEVIATIONS * spread)), ms * (1 + DEVIATIONS * spread)];
}

/** What the first is beside the second: only where their intervals do not meet is it one or the other. */
export function verdictOf(first: Time, second: Time): Verdict {
  const [low, high] = intervalOf(first);
  const [otherLow, otherHigh] = intervalOf(second);
  if (high < otherLow) return 'faster';
  return low > otherHigh ? 'slower' : 'tie';
}
