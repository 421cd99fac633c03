/** How far two libraries may be apart that both compute in float32. */
import { EPSILON } from '../../support/close';
import { functionBound } from '../../support/function-bounds';
import type { Bound } from './peer-call';

/** So many roundings of each result by both together. What is smaller than a normal number may be 0. */
export const roundings =
  (count: number): Bound =>
  (y) =>
    y.map((v) => count * EPSILON * Math.abs(v) + 2 ** -126);

/** So many roundings of numbers up to `most`. */
export const roundingsOf =
  (count: number, most: number): Bound =>
  (y) =>
    y.map(() => count * EPSILON * most);

/** A function of one number, of which the other library rounds a few times, too. */
export const functionOf =
  (name: string, theirs: (y: number) => number): Bound =>
  (y, [x]) =>
    y.map((v, i) => functionBound(name, x[i], v) + theirs(v));

/** Exponentials of x, each off by 3 + 2 |x| units in the last place, in what is of the size of 1 and the result. */
export const exponential: Bound = (y, [x]) => y.map((v, i) => (24 + 6 * Math.abs(x[i])) * EPSILON * (1 + Math.abs(v)));
