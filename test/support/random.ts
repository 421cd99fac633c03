/** Numbers that are the same in every run, so that a failure can be reproduced. */

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `size` float32 numbers in [-1, 1). */
export function randomValues(size: number, seed: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: size }, () => next() * 2 - 1);
}
