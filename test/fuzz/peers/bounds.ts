/** Error bounds between two libraries that both compute in float32. */
import { EPSILON } from '../../support/close';
import { functionBound } from '../../support/function-bounds';
import type { Bound } from './peer-call';

/** This many roundings of each result, counting both libraries. A number smaller than a normal one may be 0. */
export const roundings =
  (count: number): Bound =>
  (y) =>
    y.map((v) => count * EPSILON * Math.abs(v) + 2 ** -126);

/** This many roundings of numbers up to `most`. */
export const roundingsOf =
  (count: number, most: number): Bound =>
  (y) =>
    y.map(() => count * EPSILON * most);

/** A function of one number, which the other library rounds a few times, too. */
export const functionOf =
  (name: string, theirs: (y: number) => number): Bound =>
  (y, [x]) =>
    y.map((v, i) => functionBound(name, x[i], v) + theirs(v));

/** Exponentials of x, each off by 3 + 2 |x| units in the last place of numbers of the size of 1 and of the result. */
export const exponential: Bound = (y, [x]) => y.map((v, i) => (24 + 6 * Math.abs(x[i])) * EPSILON * (1 + Math.abs(v)));
