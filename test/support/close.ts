/**
 * Compares a float32 result with the float64 reference. The tolerance follows from the arithmetic: a sum of k terms in float32,
 * in any order, is off by at most about k * eps * (sum of the terms' magnitudes).
 */
import { expect } from 'vitest';
import { halfBits, halfValue } from '../../src/kernels/dtype';

/** Half the distance between 1 and the next float32. */
export const EPSILON: number = 2 ** -24;

/** How many differing elements a failure shows. */
const SHOWN = 10;

/**
 * Fails unless every element is within its bound; shows the first mismatches with their coordinates.
 *
 * @param bound the largest allowed difference, per element or for all
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  shape: readonly number[],
  bound: ArrayLike<number> | number,
): void {
  expect(actual.length, 'number of elements').toBe(expected.length);
  const mismatches: string[] = [];
  let count = 0;
  for (let i = 0; i < expected.length; i++) {
    const allowed = typeof bound === 'number' ? bound : bound[i];
    // Not `> allowed`: NaN must count as a mismatch.
    if (Math.abs(actual[i] - expected[i]) <= allowed) continue;
    count++;
    if (count <= SHOWN)
      mismatches.push(`[${coordinates(i, shape).join(', ')}]: ${actual[i]}, expected ${expected[i]} +- ${allowed}`);
  }
  expect(count, `${count} of ${expected.length} elements differ:\n${mismatches.join('\n')}`).toBe(0);
}

/** The error of a number: 0 if both are the same infinity or NaN, and NaN if only one is. */
export function errorOf(actual: number, expected: number): number {
  return Object.is(actual, expected) ? 0 : Math.abs(actual - expected);
}

/**
 * The bound of a sum of `terms` products in float32.
 *
 * @param magnitudes the sum of the products' magnitudes, per element
 * @param gain by how much the steps after the sum may enlarge an error (1 for every activation here, up to 1.13)
 * @param epsilon half the distance between 1 and the next number of the type of the sum
 */
export function sumBound(
  terms: number,
  magnitudes: ArrayLike<number>,
  gain = 1.2,
  epsilon: number = EPSILON,
): Float64Array {
  return Float64Array.from(magnitudes, (m) => gain * (terms + 4) * epsilon * (m + 1));
}

/**
 * The bound for the same arithmetic in two orders, where only some steps round differently: this many roundings of the largest
 * number. The worst of 3000 random networks took 8.
 */
export function roundingsBound(values: Float32Array, roundings = 32): number {
  return roundings * EPSILON * values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 1);
}

/** Numbers as float16 holds them. */
export function asHalves(values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (v) => halfValue(halfBits(v)));
}

/**
 * The error that storing as float16 adds to a bound: the distance to the next half, since WGSL rounds to either side, and all of
 * a number too small for a normal half, since it may become zero.
 */
export function halfBound(bound: ArrayLike<number>, expected: ArrayLike<number>): Float64Array {
  return Float64Array.from(bound, (b, i) => b + Math.max(2 ** -10 * (Math.abs(expected[i]) + b), 2 ** -14));
}

function coordinates(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}
