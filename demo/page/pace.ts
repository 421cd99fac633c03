/** How far a run is. The estimates of its parts are corrected by the time that the finished parts took. */

export interface Pace {
  readonly share: number;
  readonly secondsLeft: number;
}

/** The estimates weigh as much as this many seconds of the run: the first parts alone do not predict the others. */
const TRUST_S = 10;

/** @param seconds estimated, of each part */
export function createPace(seconds: readonly number[], now: () => number): (done: number) => Pace {
  const start = now();
  let [part, partStart, share] = [0, start, 0];
  const sum = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);
  return (done) => {
    if (done !== part) [part, partStart] = [done, now()];
    const before = sum(seconds.slice(0, part));
    const scale = ((partStart - start) / 1000 + TRUST_S) / (before + TRUST_S);
    const inPart = (now() - partStart) / 1000;
    const secondsLeft = scale * sum(seconds.slice(part + 1)) + Math.max(0, scale * (seconds[part] ?? 0) - inPart);
    const elapsed = (now() - start) / 1000;
    // A corrected estimate may be longer. The bar waits then, and never moves back.
    share = Math.max(share, elapsed / Math.max(elapsed + secondsLeft, 1e-3));
    return { share: Math.min(share, 0.99), secondsLeft };
  };
}
