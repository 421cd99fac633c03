/** Shared parts of the generators: awkward sizes, with few enough elements for an interpreter's loops. */
import fc from 'fast-check';

export type Pair<T = number> = readonly [T, T];

export const from = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
export const seed: fc.Arbitrary<number> = from(1, 2 ** 31 - 100);

/** One, a few, primes, and numbers next to a multiple of four. */
export const size: fc.Arbitrary<number> = fc.oneof(
  { withCrossShrink: true },
  fc.constant(1),
  from(1, 5),
  fc.constantFrom(3, 7, 8, 9, 11, 13, 16, 17),
);

/** Elements of a tensor. */
const MOST = 1200;

/** The same shape with smaller last axes, so that it has few enough elements. */
export function cut(shape: readonly number[], most: number = MOST): number[] {
  let left = most;
  return shape.map((n) => {
    const fits = Math.max(Math.min(n, left), 1);
    left = Math.floor(left / fits);
    return fits;
  });
}

export const shapeOf = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(size, { minLength: least, maxLength: most, size: 'max' }).map((shape) => cut(shape));

/** [batch, height, width, channels], or in another order. */
export const image: fc.Arbitrary<number[]> = fc.tuple(from(1, 3), size, size, size).map((shape) => cut(shape));

/** A number for each axis, or for other things of which there are up to eight. */
export const picks: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 999 }), { minLength: 8, maxLength: 8 });

export const pairOf = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Pair<T>> => fc.tuple(arbitrary, arbitrary);

/** An axis of a shape, counted from either end. */
export const axisOf = (pick: number, rank: number): number => (pick % (2 * rank)) - rank;

/** The same axis counted from the first. */
export const fromFirst = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The shapes of operands that repeat to one another: some axes are 1, and the first ones may be missing. */
export function operandsOf(shape: readonly number[], pick: readonly number[], count: number): number[][] {
  return Array.from({ length: count }, (_, side) => {
    const own = shape.map((n, i) => (pick[i] % (count + 2) === side ? 1 : n));
    return pick[6] % (2 * count) === side ? own.slice(pick[7] % (own.length + 1)) : own;
  });
}
