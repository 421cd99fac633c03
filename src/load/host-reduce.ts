/**
 * Arrays on the CPU, reduced along axes.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import type { Scalar } from './host-arithmetic';
import { axisIn, walk } from './host-layout';
import { allocateHost, type HostValue } from './host-value';
import { spend } from './host-work';

/** Every lane of an axis as a row, and the shape without it. */
function lanes(
  x: HostValue,
  axis: number,
): { readonly rows: HostValue; readonly size: number; readonly rest: number[] } {
  const at = axisIn(axis, x.shape.length);
  const size = x.shape[at];
  const rest = x.shape.toSpliced(at, 1);
  if (at === x.shape.length - 1) return { rows: x, size, rest };
  const strides = stridesOf(x.shape);
  return { rows: walk(x, [...rest, size], [...strides.toSpliced(at, 1), strides[at]], 0), size, rest };
}

/** A fold over some axes. */
export function reduceHost(
  x: HostValue,
  axes: ArrayLike<number>,
  keepDims: boolean,
  fn: Scalar,
  start: number,
  mean: boolean,
): HostValue {
  const reduced = new Set(Array.from(axes, (axis) => axisIn(axis, x.shape.length)));
  const kept = x.shape.map((n, axis) => (reduced.has(axis) ? 1 : n));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.has(axis));
  const outer = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const inner = stridesOf(x.shape);
  // Sums are in float64: nothing else here needs more memory than its result.
  const sums = new Float64Array(allocateHost(x.dtype, shape).length).fill(start);
  const from = x.values;
  spend(from.length * (inner.length + 1));
  for (let i = 0; i < from.length; i++) {
    let at = 0;
    for (let axis = 0; axis < inner.length; axis++) at += (Math.floor(i / inner[axis]) % x.shape[axis]) * outer[axis];
    sums[at] = fn(sums[at], from[i]);
  }
  const count = sizeOf([...reduced].map((axis) => x.shape[axis]));
  const values = allocateHost(x.dtype, shape);
  for (let i = 0; i < values.length; i++) values[i] = mean ? sums[i] / count : sums[i];
  return { shape, dtype: x.dtype, values };
}

/** The place of each lane's extreme; the first if several are equal. */
export function argExtreme(x: HostValue, axis: number, better: (v: number, best: number) => boolean): HostValue {
  const { rows, size, rest } = lanes(x, axis);
  check(size > 0, () => `its input ${describe(x.shape)} has nothing along axis ${axis}`);
  const values = allocateHost('int32', rest);
  const from = rows.values;
  spend(from.length);
  for (let row = 0; row < values.length; row++) {
    let best = 0;
    for (let i = 1; i < size; i++) if (better(from[row * size + i], from[row * size + best])) best = i;
    values[row] = best;
  }
  return { shape: rest, dtype: 'int32', values };
}

/**
 * The k largest along an axis (or the k smallest), the largest first, equal ones in their order; and where they are.
 */
export function topK(x: HostValue, k: number, axis = -1, smallest = false): readonly [HostValue, HostValue] {
  // A single number is a list of one.
  const { rows, size, rest } = x.shape.length === 0 ? { rows: x, size: 1, rest: [] } : lanes(x, axis);
  check(
    Number.isSafeInteger(k) && k >= 0 && k <= size,
    () => `its k is ${k} but axis ${axis} of its input ${describe(x.shape)} has ${size} elements`,
  );
  const shape = [...rest, k];
  const values = allocateHost(x.dtype, shape);
  const indices = allocateHost('int32', shape);
  const from = rows.values;
  // In the worst case each goes in front of all that are kept; above the limit they are sorted.
  spend(k === 0 ? 0 : from.length * (k > KEPT_IN_ORDER ? 32 : 4 + k / 8));
  const better = smallest ? (a: number, b: number): number => a - b : (a: number, b: number): number => b - a;
  for (let row = 0; row * k < values.length; row++) {
    const best = foremost(from, row * size, size, k, better);
    for (const [i, at] of best.entries()) {
      values[row * k + i] = from[at];
      indices[row * k + i] = at - row * size;
    }
  }
  return [
    lastAxisTo({ shape, dtype: x.dtype, values }, axis),
    lastAxisTo({ shape, dtype: 'int32', values: indices }, axis),
  ];
}

/** The last axis moved to where `axis` says. */
function lastAxisTo(x: HostValue, axis: number): HostValue {
  const last = x.shape.length - 1;
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (at === last) return x;
  const strides = stridesOf(x.shape);
  const order = [...x.shape.keys()].slice(0, -1).toSpliced(at, 0, last);
  return walk(x, order.map((i) => x.shape[i]), order.map((i) => strides[i]), 0); // prettier-ignore
}

/** Up to so many, the best are kept in order in one pass; for more, all elements are sorted. */
const KEPT_IN_ORDER = 1024;

/** The places of the first k of some neighbours, in an order. */
function foremost(
  from: ArrayLike<number>,
  start: number,
  size: number,
  k: number,
  order: (a: number, b: number) => number,
): readonly number[] {
  if (k > KEPT_IN_ORDER) {
    const all = Array.from({ length: size }, (_, i) => start + i);
    return all.toSorted((a, b) => order(from[a], from[b]) || a - b).slice(0, k);
  }
  const best: number[] = [];
  for (let i = start; i < start + size; i++) {
    if (best.length === k && !(order(from[i], from[best[k - 1]]) < 0)) continue;
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(from[i], from[best[middle]]) < 0) high = middle;
      else low = middle + 1;
    }
    best.splice(low, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Softmax along the last axis. */
export function softmaxHost(x: HostValue): HostValue {
  const size = x.shape.at(-1) ?? 1;
  const values = allocateHost('float32', x.shape);
  const from = x.values;
  spend(4 * values.length);
  for (let start = 0; start < values.length; start += size) {
    let top = -Infinity;
    for (let i = start; i < start + size; i++) top = Math.max(top, from[i]);
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += Math.exp(from[i] - top);
    for (let i = start; i < start + size; i++) values[i] = Math.exp(from[i] - top) / sum;
  }
  return { shape: x.shape, dtype: 'float32', values };
}
