/** The numbers that a source stands for. */
import { randomValues } from '../support/random';
import type { Source } from './case';

export function numbersOf({ shape, seed, positive }: Source): Float32Array {
  const values = randomValues(
    shape.reduce((size, n) => size * n, 1),
    seed,
  );
  return positive ? values.map((v) => 1 + v / 2) : values;
}
