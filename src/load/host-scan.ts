/**
 * Arrays on the CPU, walked along an axis.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { axisIn, walk } from './host-layout';
import { allocateHost, type HostDType, type HostNumbers, type HostValue } from './host-value';
import { spend } from './host-work';

/** Calls `row` for every row along an axis, with its start in both arrays, the step between elements, and their number. */
function along(
  x: HostValue,
  axis: number,
  dtype: HostDType,
  row: (from: HostNumbers, to: HostNumbers, start: number, step: number, count: number) => void,
): HostValue {
  const at = axisIn(axis, x.shape.length);
  const values = allocateHost(dtype, x.shape);
  const step = stridesOf(x.shape)[at];
  const count = x.shape[at];
  spend(values.length * 5);
  const from = x.values;
  for (let i = 0; i < values.length; i += step * count) {
    for (let start = i; start < i + step; start++) row(from, values, start, step, count);
  }
  return { shape: x.shape, dtype, values };
}

/** Softmax along an axis, or its logarithm. */
export function softmaxAlong(x: HostValue, axis: number, log = false): HostValue {
  return along(x, axis, 'float32', (from, to, start, step, count) => {
    const end = start + step * count;
    let top = -Infinity;
    for (let i = start; i < end; i += step) top = Math.max(top, from[i]);
    let sum = 0;
    for (let i = start; i < end; i += step) sum += Math.exp(from[i] - top);
    const lost = Math.log(sum);
    for (let i = start; i < end; i += step) to[i] = log ? from[i] - top - lost : Math.exp(from[i] - top) / sum;
  });
}

/** How sums are taken along an axis. */
export interface Sums {
  /** Without the element itself. */
  readonly exclusive?: boolean;
  /** From the end. */
  readonly reverse?: boolean;
}

/**
 * The sums of all elements up to each.
 *
 * @see https://www.tensorflow.org/api_docs/python/tf/math/cumsum
 */
export function cumsumHost(x: HostValue, axis: number, { exclusive = false, reverse = false }: Sums = {}): HostValue {
  return along(x, axis, x.dtype, (from, to, start, step, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const at = start + step * (reverse ? count - 1 - i : i);
      const value = from[at];
      to[at] = exclusive ? sum : sum + value;
      sum += value;
    }
  });
}

/** Some axes back to front. */
export function reverseHost(x: HostValue, axes: readonly number[]): HostValue {
  const turned = new Set(axes.map((axis) => axisIn(axis, x.shape.length)));
  const strides = stridesOf(x.shape);
  const offset = x.shape.reduce((sum, n, axis) => sum + (turned.has(axis) ? (n - 1) * strides[axis] : 0), 0);
  return walk(
    x,
    x.shape,
    strides.map((stride, axis) => (turned.has(axis) ? -stride : stride)),
    offset,
  );
}

/**
 * A new axis that has `on` at each index and `off` elsewhere.
 *
 * @param negative what becomes of negative indices: `'wrap'` counts them from the end, `'off'` sets no element for them
 * @see https://www.tensorflow.org/api_docs/python/tf/one_hot
 */
export function oneHotHost(
  indices: HostValue,
  depth: number,
  on: number,
  off: number,
  { axis = -1, dtype = 'float32', negative = 'off' }: { axis?: number; dtype?: HostDType; negative?: 'wrap' | 'off' },
): HostValue {
  check(
    Number.isSafeInteger(depth) && depth >= 0,
    () => `its depth is ${show(depth)}; give a whole number of at least 0`,
  );
  const at = axisIn(axis, indices.shape.length + 1);
  const shape = indices.shape.toSpliced(at, 0, depth);
  const values = allocateHost(dtype, shape);
  values.fill(off);
  const from = indices.values;
  const inner = stridesOf(shape)[at];
  spend(from.length * 3);
  for (let i = 0; i < from.length; i++) {
    const index = negative === 'wrap' && from[i] < 0 ? from[i] + depth : from[i];
    if (index >= 0 && index < depth) values[(Math.floor(i / inner) * depth + index) * inner + (i % inner)] = on;
  }
  return { shape, dtype, values };
}

/** The lower or the upper triangle of matrices, with k diagonals more (or less); all else is 0. */
export function triangleHost(x: HostValue, upper: boolean, k: number): HostValue {
  const [rows, columns] = x.shape.slice(-2);
  check(x.shape.length >= 2, () => `its input ${describe(x.shape)} is no matrix`);
  const values = allocateHost(x.dtype, x.shape);
  const from = x.values;
  spend(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    if (upper ? column - row >= k : column - row <= k) values[i] = from[i];
  }
  return { shape: x.shape, dtype: x.dtype, values };
}
