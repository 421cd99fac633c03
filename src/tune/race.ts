/**
 * Finds the fastest of several entrants in little time: successive halving. In a heat all are timed in turn, so that a change of
 * the clock rate affects all of them, and only the faster half goes on. The last one left runs against the default, and only
 * those rounds decide, since the best of many noisy times flatters. It wins if it is faster by more than these rounds are apart.
 *
 * After K. Jamieson and A. Talwalkar, https://arxiv.org/abs/1502.07943.
 *
 * @module
 */
import { compared, isFaster, median } from './comparison';

/** The least factor by which a challenger must be faster than the default: less is not worth a program of its own. */
const GAIN = 1.05;

/** Rounds of the first heat. Each later heat has half as many entrants and one more round. */
const FIRST_HEAT = 2;
/** The most rounds of the final, and the fewest that decide it. */
const FINAL = { rounds: 7, least: 3 } as const;

/** How a race ended. */
export interface Verdict<T> {
  readonly winner: T;
  /** How many times as fast as the default the winner is; 1 for the default itself. */
  readonly speedup: number;
  /** Whether the race was run to its end; if not, the default stays. */
  readonly finished: boolean;
}

/**
 * Runs a race.
 *
 * @param favourite the default, which must be beaten by `GAIN` and by more than the spread
 * @param time one round: the milliseconds of each entrant, in order
 * @param expired whether the time is up, asked before each round
 */
export async function race<T>(
  favourite: T,
  challengers: readonly T[],
  time: (entrants: readonly T[]) => Promise<readonly number[]>,
  expired: () => boolean,
): Promise<Verdict<T>> {
  let left = challengers;
  const lost = (finished: boolean): Verdict<T> => ({ winner: favourite, speedup: 1, finished });
  for (let rounds = FIRST_HEAT; left.length > 1; rounds++) {
    const times = await heat([favourite, ...left], rounds, rounds, time, expired);
    if (times === undefined) return lost(false);
    const [own, ...others] = times.map((series) => median(series.map(usableTime)));
    // Drop the entrants that are clearly slower than the default: there is no need to rank them.
    const ranked = left.map((entrant, i) => ({ entrant, ms: others[i] })).filter(({ ms }) => ms < own * GAIN);
    left = ranked
      .toSorted((a, b) => a.ms - b.ms)
      .slice(0, Math.ceil(left.length / 2))
      .map(({ entrant }) => entrant);
  }
  if (left.length === 0) return lost(true);
  const final = await heat([favourite, left[0]], FINAL.rounds, FINAL.least, time, expired);
  if (final === undefined) return lost(false);
  const comparison = compared(final[0], final[1]);
  return isFaster(comparison, GAIN) ? { winner: left[0], speedup: comparison.speedup, finished: true } : lost(true);
}

/** The times of each entrant, one a round; undefined if there was no time for `least` rounds. */
async function heat<T>(
  entrants: readonly T[],
  rounds: number,
  least: number,
  time: (entrants: readonly T[]) => Promise<readonly number[]>,
  expired: () => boolean,
): Promise<readonly (readonly number[])[] | undefined> {
  const all: (readonly number[])[] = [];
  while (all.length < rounds && !expired()) all.push(await time(entrants));
  return all.length < least ? undefined : entrants.map((_, i) => all.map((round) => round[i]));
}

/** A clock that was reset or is too coarse gives 0 or less; an entrant with such times never wins. */
function usableTime(ms: number): number {
  return ms > 0 ? ms : Number.POSITIVE_INFINITY;
}
