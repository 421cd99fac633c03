/** The resolution of the page's clock. Browsers round it, and round it more on a page that is not cross-origin isolated. */

/** The measurement ends after this many ticks, or after this time. */
const TICKS = 20;
const MOST_MS = 25;

/** The shortest time between two different readings, in milliseconds. */
export function clockResolution(): number {
  const start = performance.now();
  let [last, least, ticks] = [start, Infinity, 0];
  while (ticks < TICKS && last - start < MOST_MS) {
    const now = performance.now();
    if (now === last) continue;
    least = Math.min(least, now - last);
    last = now;
    ticks++;
  }
  return least;
}
