/**
 * Padding, and the other options that have a number for each axis.
 *
 * @module
 */
import { check, fail, isCount, show } from './check';

/** Zero padding: by rule, the same on all four sides, or [[top, bottom], [left, right]]. */
export type Padding =
  | 'same'
  | 'valid'
  | 'SAME'
  | 'VALID'
  | number
  | readonly [readonly [top: number, bottom: number], readonly [left: number, right: number]];

/** A number for both axes, or [height, width]. */
export type PerAxis = number | readonly [height: number, width: number];

/**
 * The two numbers of an option.
 *
 * @throws unless both are whole numbers of at least 1
 */
export function perAxis(op: string, name: string, value: PerAxis): readonly [number, number] {
  const pair = typeof value === 'number' ? [value, value] : value;
  check(
    isPair(pair, isCount),
    () => `${op}: ${name} is ${show(value)} but must be a whole number of at least 1, or [height, width] of such`,
  );
  return pair;
}

/** Whether both parts of a pair pass the test. `every` would skip the holes of an array. */
export function isPair<T>(value: unknown, isPart: (part: unknown) => part is T): value is readonly [T, T] {
  return Array.isArray(value) && value.length === 2 && isPart(value[0]) && isPart(value[1]);
}

/** The rule that a padding names; undefined if it is given as numbers, or is no padding at all. */
export function ruleOf(padding: Padding): 'same' | 'valid' | undefined {
  const name = typeof padding === 'string' ? padding.toLowerCase() : '';
  return name === 'same' || name === 'valid' ? name : undefined;
}

/** Throws from 2^31 on: shaders count pixels, with padding, in 32 bits, and take the upper half as left of the image. */
export function checkReach(op: string, name: string, reach: number): void {
  check(
    reach < 2 ** 31,
    () =>
      `${op}: along ${name} strides, dilations and padding reach over ${reach} pixels but the most is ${2 ** 31 - 1}; choose smaller ones`,
  );
}

/**
 * The padding before and after along an axis, as numbers.
 *
 * @throws unless they are whole numbers of at least 0
 */
export function explicitPadding(op: string, padding: Padding, index: 0 | 1): readonly [number, number] {
  const isPad = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  const isSide = (side: unknown): side is readonly [number, number] => isPair(side, isPad);
  if (isPad(padding)) return [padding, padding];
  if (isPair(padding, isSide)) return padding[index];
  return fail(
    `${op}: padding is ${show(padding)}; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such`,
  );
}
