/**
 * Who of several is fastest, in little time: successive halving. In a heat all are timed in turn, so that a change of the
 * clock rate meets all of them, and only the better half goes on. The last one left runs against the default, and those
 * rounds alone decide: the best of many noisy times flatters.
 *
 * After K. Jamieson and A. Talwalkar, https://arxiv.org/abs/1502.07943.
 *
 * @module
 */

/** How much faster than the default a challenger must be: less is noise, and not worth a program of its own. */
const GAIN = 1.05;

/** Rounds of the first heat; each later one, of half as many entrants, has one more. */
const FIRST_HEAT = 2;
/** Rounds of the final, and the fewest that decide it. */
const FINAL = { rounds: 7, least: 3 } as const;

/** How a race ended. */
export interface Verdict<T> {
  readonly winner: T;
  /** How often as fast as the default; 1 for the default itself. */
  readonly speedup: number;
  /** Whether the race was run to its end; if not, the default stays. */
  readonly finished: boolean;
}

/**
 * Runs a race.
 *
 * @param favourite the default, which must be beaten by `GAIN`
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
  for (let rounds = FIRST_HEAT; left.length > 1; rounds++) {
    const [own, ...others] = await heat([favourite, ...left], rounds, rounds, time, expired);
    if (others.length === 0) return { winner: favourite, speedup: 1, finished: false };
    // Those that are clearly slower than the default need not be ranked among each other.
    const ranked = left.map((entrant, i) => ({ entrant, ms: others[i] })).filter(({ ms }) => ms < own * GAIN);
    left = ranked
      .toSorted((a, b) => a.ms - b.ms)
      .slice(0, Math.ceil(left.length / 2))
      .map(({ entrant }) => entrant);
  }
  if (left.length === 0) return { winner: favourite, speedup: 1, finished: true };
  const [own, best] = await heat([favourite, left[0]], FINAL.rounds, FINAL.least, time, expired);
  if (best === undefined) return { winner: favourite, speedup: 1, finished: false };
  const speedup = own / best;
  return speedup > GAIN && Number.isFinite(speedup)
    ? { winner: left[0], speedup, finished: true }
    : { winner: favourite, speedup: 1, finished: true };
}

/** The median time of each entrant; none if there was no time for `least` rounds. */
async function heat<T>(
  entrants: readonly T[],
  rounds: number,
  least: number,
  time: (entrants: readonly T[]) => Promise<readonly number[]>,
  expired: () => boolean,
): Promise<readonly number[]> {
  const all: (readonly number[])[] = [];
  while (all.length < rounds && !expired()) all.push(await time(entrants));
  return all.length < least ? [] : entrants.map((_, i) => median(all.map((round) => usableTime(round[i]))));
}

/** A clock that was reset or too coarse says 0 or less; who has such times never wins. */
function usableTime(ms: number): number {
  return ms > 0 ? ms : Number.POSITIVE_INFINITY;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
