/** How far functions of one number may be off in float32, derived from the steps that compute them. */
import { EPSILON } from './close';

/** A unit in the last place of a number of that size. A result smaller than a normal number may be 0. */
const unit = (size: number): number => 2 * EPSILON * Math.abs(size) + 2 ** -126;

/** An exponential of `x` is off by 3 + 2 |x| units, and here it may be squared. */
const exponential = (x: number, y: number): number => (8 + 4 * Math.abs(x)) * unit(y);

const BOUNDS: Readonly<Record<string, (x: number, y: number) => number>> = {
  // The reduced angle is off by a rounding of a quarter turn, and by 1e-8 of what was subtracted.
  sin: (x, y) => 2 * unit(y) + (Math.abs(x) > 0.78 ? 2 ** -23 : 0),
  cos: (x, y) => 2 * unit(y) + (Math.abs(x) > 0.78 ? 2 ** -23 : unit(1)),
  // An error of the angle becomes an error of the slope, 1 + y^2 times as large.
  tan: (x, y) => 8 * unit(y) + (Math.abs(x) > 0.78 ? 2 ** -23 * (1 + y * y) : 0),
  // A root is off by a few units, and a difference by units of the right angle.
  asin: (x, y) => 6 * unit(y) + (Math.abs(x) > 0.5 ? 4 * unit(1) : 0),
  acos: (x, y) => 8 * unit(y) + (x > 0.5 ? 0 : 4 * unit(1)),
  atan: (_, y) => 8 * unit(y),
  sinh: (x, y) => exponential(x, y) + unit(y) * 8,
  cosh: exponential,
  // Five terms are off by 1.5e-7.
  erf: (x, y) => 6 * unit(y) + (Math.abs(x) >= 1 ? 1.5e-7 + unit(1) : 0),
  // The exponential is off by units of its own, and its difference from 1 by units of 1.
  expm1: (x, y) => 8 * unit(y) + (Math.abs(x) < 0.5 ? 0 : (4 + 2 * Math.abs(x)) * unit(y + 1)),
  selu: (x, y) => 8 * unit(y) + (x > -0.5 ? 0 : 1.76 * (4 + 2 * Math.min(-x, 20)) * unit(Math.exp(x)) + 2 * unit(1)),
  // WGSL's logarithm is off by 2^-21 near 1.
  log1p: (x, y) => 8 * unit(y) + (Math.abs(x) < 0.3 ? 0 : 2 ** -20),
  isNan: () => 0,
  logicalNot: () => 0,
};

/** How far `name` of `x` may be off, where `y` is the right result. */
export function functionBound(name: string, x: number, y: number): number {
  return Number.isFinite(Math.fround(y)) ? BOUNDS[name](x, y) : 0;
}
