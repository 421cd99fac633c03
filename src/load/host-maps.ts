/**
 * Arithmetic on the CPU as ops, for the tables of all dialects.
 *
 * @module
 */
import type { HostOp } from './dialect';
import { apply, combine, common, type Scalar } from './host-arithmetic';

/** An operator with two operands, and another one for whole numbers where it differs. */
export function hostOperator(fn: Scalar, ints: Scalar = fn): HostOp {
  return ([a, b]) => {
    const dtype = common(a, b);
    return combine(a, b, dtype, dtype === 'int32' ? ints : fn);
  };
}

/** A comparison, or another question about two. */
export function hostCompare(fn: (a: number, b: number) => boolean): HostOp {
  return ([a, b]) => combine(a, b, 'bool', (v, w) => Number(fn(v, w)));
}

/** A function of every element. */
export function hostMap(fn: (v: number) => number): HostOp {
  return ([x]) => apply(x, x.dtype, fn);
}

/** The first input as it is. */
export const hostPass: HostOp = ([x]) => x;
