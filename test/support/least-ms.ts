/** Measures how long something takes on an otherwise idle machine. */

/** A slow try is repeated: a machine that pauses for a second does not do so three times. */
const TRIES = 3;

/**
 * The fewest milliseconds that `act` takes in a few tries.
 *
 * @param enough there are no more tries once `act` takes less than this
 */
export async function leastMs(act: () => unknown, enough: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < TRIES && least >= enough; i++) {
    const begin = performance.now();
    await act();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}
