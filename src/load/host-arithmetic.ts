/**
 * Arithmetic between arrays on the CPU, with TensorFlow's broadcasting. Results are rounded to float32 where they are
 * stored, as on the GPU; whole numbers wrap around at 32 bits.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { allocateHost, type HostDType, type HostValue } from './host-value';
import { spend } from './host-work';

/** A function of numbers. */
export type Scalar = (a: number, b: number) => number;

/** The shape of an operator's result. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    check(
      m === n || m === 1 || n === 1,
      () =>
        `its inputs ${describe(a)} and ${describe(b)} have ${m} and ${n} on axis ${i - rank}; they must be equal, or one of them 1`,
    );
    return m === 1 ? n : m;
  });
}

/** For every element of a result, its place in an input that is repeated along its axes of size 1. */
export function sources(from: readonly number[], to: readonly number[]): (i: number) => number {
  const size = sizeOf(to);
  if (sizeOf(from) === size) return (i) => i;
  if (sizeOf(from) === 1) return () => 0;
  const own = stridesOf(from);
  const outer = stridesOf(to);
  const lead = to.length - from.length;
  const axes = from.flatMap((n, axis) => (n === 1 ? [] : [{ n, own: own[axis], outer: outer[axis + lead] }]));
  spend(size * (axes.length + 1));
  return (i) => axes.reduce((at, axis) => at + (Math.floor(i / axis.outer) % axis.n) * axis.own, 0);
}

/** An operator, element by element. */
export function combine(a: HostValue, b: HostValue, dtype: HostDType, fn: Scalar): HostValue {
  const shape = broadcastShape(a.shape, b.shape);
  const values = allocateHost(dtype, shape);
  const [left, right] = [a.values, b.values];
  const [leftAt, rightAt] = [sources(a.shape, shape), sources(b.shape, shape)];
  spend(values.length);
  for (let i = 0; i < values.length; i++) values[i] = fn(left[leftAt(i)], right[rightAt(i)]);
  return { shape, dtype, values };
}

/** A function of every element. */
export function apply(x: HostValue, dtype: HostDType, fn: (v: number) => number): HostValue {
  const values = allocateHost(dtype, x.shape);
  const from = x.values;
  spend(values.length);
  for (let i = 0; i < values.length; i++) values[i] = fn(from[i]);
  return { shape: x.shape, dtype, values };
}

/** The type of an operator's result: whole numbers only for whole numbers. */
export function common(a: HostValue, b: HostValue): HostDType {
  if (a.dtype === b.dtype) return a.dtype;
  return a.dtype === 'float32' || b.dtype === 'float32' ? 'float32' : 'int32';
}

/** Rounds towards negative infinity, like Python's //. */
export const floorDiv: Scalar = (a, b) => Math.floor(a / b);

/** The remainder of floorDiv; it has the sign of b. */
export const floorMod: Scalar = (a, b) => a - Math.floor(a / b) * b;

/** Rounds to the nearest whole number, and a half to the even one. */
export function roundToEven(v: number): number {
  const rounded = Math.round(v);
  return rounded - v === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
