/** How long something takes on an otherwise idle machine. */

/** A slow try is repeated: a machine that pauses for a second does not do so three times. */
const TRIES = 3;

/**
 * The milliseconds that it takes, the least of a few tries.
 *
 * @param enough no more tries once it takes less
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
