/**
 * Arrays on the CPU that describe shapes, or are made of a few numbers.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { apply, broadcastShape, sources } from './host-arithmetic';
import { axisIn, reshapeHost } from './host-layout';
import { allocateHost, listOf, type HostDType, type HostValue } from './host-value';
import { spend } from './host-work';

/** The single number in an input. */
export function numberOf(x: HostValue): number {
  const count = sizeOf(x.shape);
  check(count === 1, () => `an input has ${count} elements but must be a single number`);
  return x.values[0];
}

/** Where a new axis goes in a tensor of this rank. */
export function newAxis(axis: number, rank: number): number {
  return axisIn(axis, rank + 1);
}

/** A shape without its axes of size 1: without the named ones, or without all. */
export function squeezed(shape: readonly number[], named: readonly number[]): readonly number[] {
  const axes = new Set(named.map((axis) => axisIn(axis, shape.length)));
  for (const axis of axes) {
    check(
      shape[axis] === 1,
      () => `it squeezes axis ${axis} of ${describe(shape)}, whose size is ${shape[axis]}, not 1`,
    );
  }
  return shape.filter((n, axis) => (axes.size === 0 ? n !== 1 : !axes.has(axis)));
}

/** An array of one number. */
export function fill(dims: HostValue, value: HostValue): HostValue {
  const shape = listOf(dims);
  return { shape, dtype: value.dtype, values: allocateHost(value.dtype, shape).fill(numberOf(value)) };
}

/** A cast to whole numbers drops the fraction; a cast to truth values makes all but 0 true. */
export function cast(x: HostValue, dtype: HostDType): HostValue {
  const truth = dtype === 'bool';
  return apply(x, dtype, (v) => (truth ? Number(v !== 0) : dtype === 'int32' ? Math.trunc(v) : v));
}

/** Numbers from the first up to the limit, which is left out. */
export function range(first: HostValue, limit: HostValue, delta: HostValue): HostValue {
  const [start, end, step] = [first, limit, delta].map(numberOf);
  check(step !== 0, () => `its step is 0`);
  const count = Math.max(0, Math.ceil((end - start) / step));
  const values = allocateHost(first.dtype, [count]);
  for (let i = 0; i < count; i++) values[i] = start + i * step;
  return { shape: [count], dtype: first.dtype, values };
}

/** The older Select takes a list of conditions for the first axis. */
export function leading(condition: HostValue, x: HostValue): HostValue {
  return condition.shape.length === 1 && x.shape.length > 1
    ? reshapeHost(condition, [...condition.shape, ...x.shape.slice(1).map(() => 1)])
    : condition;
}

/** Elements of x where the condition holds, and of y where it does not. */
export function select(condition: HostValue, x: HostValue, y: HostValue): HostValue {
  const shape = broadcastShape(condition.shape, broadcastShape(x.shape, y.shape));
  const values = allocateHost(x.dtype, shape);
  spend(4 * values.length);
  const [test, left, right] = [condition, x, y].map((part) => {
    const at = sources(part.shape, shape);
    const from = part.values;
    return (i: number) => from[at(i)];
  });
  for (let i = 0; i < values.length; i++) values[i] = test(i) !== 0 ? left(i) : right(i);
  return { shape, dtype: x.dtype, values };
}
