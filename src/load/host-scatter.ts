/**
 * Elements put into arrays by their indices, on the CPU.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import type { Scalar } from './host-arithmetic';
import { axisIn } from './host-layout';
import { allocateHost, type HostNumbers, type HostValue } from './host-value';
import { spend } from './host-work';

/** How a new value is combined with the element at its place. */
export type Scattering = 'none' | 'add' | 'mul' | 'max' | 'min';

const REDUCTIONS: Readonly<Record<Scattering, Scalar>> = {
  none: (_, v) => v,
  add: (old, v) => old + v,
  mul: (old, v) => old * v,
  max: Math.max,
  min: Math.min,
};

/**
 * Slices put into an array: the last axis of `indices` names the first axes of x. If several have the same place, the last
 * stays, or all are reduced.
 *
 * @param indices negative ones count from the end
 * @see https://onnx.ai/onnx/operators/onnx__ScatterND.html
 */
export function scatterNd(x: HostValue, indices: HostValue, updates: HostValue, how: Scattering = 'none'): HostValue {
  const depth = indices.shape.at(-1) ?? 0;
  const lead = indices.shape.slice(0, -1);
  const needed = [...lead, ...x.shape.slice(depth)];
  check(
    indices.shape.length > 0 && depth <= x.shape.length,
    () => `its indices ${describe(indices.shape)} name ${depth} axes but its input is ${describe(x.shape)}`,
  );
  check(
    needed.length === updates.shape.length && needed.every((n, axis) => n === updates.shape[axis]),
    () => `its updates are ${describe(updates.shape)} but its indices and input need ${describe(needed)}`,
  );
  const values = copyOf(x);
  if (sizeOf(needed) === 0) return { shape: x.shape, dtype: x.dtype, values };
  const inner = sizeOf(x.shape.slice(depth));
  const strides = stridesOf(x.shape);
  const rows = sizeOf(lead);
  spend(rows * (depth + inner + 4));
  const [list, from, put] = [indices.values, updates.values, REDUCTIONS[how]];
  for (let row = 0; row < rows; row++) {
    let at = 0;
    for (let axis = 0; axis < depth; axis++) at += placeIn(list[row * depth + axis], x.shape[axis]) * strides[axis];
    for (let i = 0; i < inner; i++) values[at + i] = put(values[at + i], from[row * inner + i]);
  }
  return { shape: x.shape, dtype: x.dtype, values };
}

/**
 * Elements put into an array at their own place, except along one axis, where an index gives it.
 *
 * @see https://onnx.ai/onnx/operators/onnx__ScatterElements.html
 */
export function scatterElements(
  x: HostValue,
  indices: HostValue,
  updates: HostValue,
  axis: number,
  how: Scattering = 'none',
): HostValue {
  const { shape } = indices;
  const rank = x.shape.length;
  const at = axisIn(axis, rank);
  check(
    shape.length === rank && shape.every((n, i) => n === updates.shape[i] && (i === at || n <= x.shape[i])),
    () =>
      `its indices ${describe(shape)} and updates ${describe(updates.shape)} must be of one shape that fits in ${describe(x.shape)} beside axis ${at}`,
  );
  const values = copyOf(x);
  const [own, outer] = [stridesOf(shape), stridesOf(x.shape)];
  const [list, from, put] = [indices.values, updates.values, REDUCTIONS[how]];
  spend(list.length * (rank + 2));
  for (let i = 0; i < list.length; i++) {
    let to = placeIn(list[i], x.shape[at]) * outer[at];
    for (let j = 0; j < rank; j++) if (j !== at) to += (Math.floor(i / own[j]) % shape[j]) * outer[j];
    values[to] = put(values[to], from[i]);
  }
  return { shape: x.shape, dtype: x.dtype, values };
}

/**
 * An array of one number with some places that differ.
 *
 * @param indices [], [n] or [n, rank]
 * @param values one for all, or one for each
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops/SparseToDense
 */
export function sparseToDense(
  indices: HostValue,
  shape: readonly number[],
  values: HostValue,
  fill: HostValue,
): HostValue {
  const rows = indices.shape.length === 0 ? 1 : indices.shape[0];
  const depth = indices.shape.length === 2 ? indices.shape[1] : 1;
  check(
    indices.shape.length <= 2 && depth === shape.length,
    () => `its indices ${describe(indices.shape)} name ${depth} axes but its output is ${describe(shape)}`,
  );
  const x = { shape, dtype: values.dtype, values: allocateHost(values.dtype, shape).fill(fill.values[0]) };
  const updates =
    sizeOf(values.shape) === 1
      ? { ...values, shape: [rows], values: allocateHost(values.dtype, [rows]).fill(values.values[0]) }
      : values;
  return scatterNd(x, { ...indices, shape: [rows, depth] }, updates);
}

/** ScatterNd of TensorFlow: starts with zeros, and adds all values for the same place. */
export function scatterToZeros(indices: HostValue, updates: HostValue, shape: readonly number[]): HostValue {
  const zeros = { shape, dtype: updates.dtype, values: allocateHost(updates.dtype, shape) };
  return scatterNd(zeros, indices, updates, 'add');
}

function copyOf(x: HostValue): HostNumbers {
  const values = allocateHost(x.dtype, x.shape);
  values.set(x.values);
  return values;
}

function placeIn(index: number, size: number): number {
  check(index >= -size && index < size, () => `it writes to index ${index} of an axis of size ${size}`);
  return index < 0 ? index + size : index;
}
