/**
 * Searches in arrays, on the CPU, since the size of the results depends on the data.
 *
 * @module
 */
import { check, describe } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { allocateHost, type HostValue } from './host-value';
import { spend } from './host-work';

/** Where an array is not 0 (NaN is not), in order: [count, rank], as TensorFlow's Where has it. */
export function whereHost(x: HostValue): HostValue {
  return placesOf(x, false);
}

/**
 * The same as [rank, count], as ONNX's NonZero has it.
 *
 * @see https://onnx.ai/onnx/operators/onnx__NonZero.html
 */
export function nonZeroHost(x: HostValue): HostValue {
  return placesOf(x, true);
}

function placesOf(x: HostValue, byAxis: boolean): HostValue {
  const from = x.values;
  spend(from.length);
  let count = 0;
  for (let i = 0; i < from.length; i++) if (from[i] !== 0) count++;
  const rank = x.shape.length;
  const shape = byAxis ? [rank, count] : [count, rank];
  const values = allocateHost('int32', shape);
  const strides = stridesOf(x.shape);
  spend(from.length + count * (rank + 1));
  let row = 0;
  for (let i = 0; i < from.length; i++) {
    if (from[i] === 0) continue;
    for (let axis = 0; axis < rank; axis++) {
      values[byAxis ? axis * count + row : row * rank + axis] = Math.floor(i / strides[axis]) % x.shape[axis];
    }
    row++;
  }
  return { shape, dtype: 'int32', values };
}

/**
 * The distinct elements of a list.
 *
 * @param sorted in ascending order; otherwise in the order of their first appearance, as in TensorFlow
 * @returns the elements; where each appears first; for every element of the input, which of them it is; how often each appears
 * @see https://onnx.ai/onnx/operators/onnx__Unique.html
 */
export function uniqueHost(
  x: HostValue,
  sorted: boolean,
): readonly [values: HostValue, first: HostValue, inverse: HostValue, counts: HostValue] {
  const from = x.values;
  spend(16 * from.length);
  const places = new Map<number, number>();
  const [first, counts]: [number[], number[]] = [[], []];
  const inverse = allocateHost('int32', [from.length]);
  for (let i = 0; i < from.length; i++) {
    let place = places.get(from[i]);
    if (place === undefined) {
      place = first.length;
      places.set(from[i], place);
      first.push(i);
      counts.push(0);
    }
    counts[place]++;
    inverse[i] = place;
  }
  const count = first.length;
  const order = Array.from(first, (_, i) => i);
  if (sorted) {
    spend(count * Math.ceil(Math.log2(count + 1)));
    order.sort((a, b) => from[first[a]] - from[first[b]]);
    const rank = new Int32Array(count);
    for (const [i, place] of order.entries()) rank[place] = i;
    for (let i = 0; i < inverse.length; i++) inverse[i] = rank[inverse[i]];
  }
  const list = (dtype: HostValue['dtype'], of: (place: number) => number): HostValue => {
    const values = allocateHost(dtype, [count]);
    for (const [i, place] of order.entries()) values[i] = of(place);
    return { shape: [count], dtype, values };
  };
  return [
    list(x.dtype, (place) => from[first[place]]),
    list('int32', (place) => first[place]),
    { shape: [from.length], dtype: 'int32', values: inverse },
    list('int32', (place) => counts[place]),
  ];
}

/**
 * For each row of `sorted` (ascending along its last axis), where each of the values would be put.
 *
 * @param right after equal elements, otherwise before them
 * @see https://www.tensorflow.org/api_docs/python/tf/searchsorted
 */
export function searchSortedHost(sorted: HostValue, values: HostValue, right: boolean): HostValue {
  const [rows, n] = sorted.shape;
  const count = values.shape[1];
  check(
    sorted.shape.length === 2 && values.shape.length === 2 && values.shape[0] === rows,
    () =>
      `its inputs ${describe(sorted.shape)} and ${describe(values.shape)} must be matrices with the same number of rows`,
  );
  const found = allocateHost('int32', values.shape);
  spend(found.length * Math.ceil(Math.log2(n + 2)));
  const [list, wanted] = [sorted.values, values.values];
  for (let i = 0; i < found.length; i++) {
    const start = Math.floor(i / count) * n;
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >> 1;
      const value = list[start + middle];
      if (value < wanted[i] || (right && value === wanted[i])) low = middle + 1;
      else high = middle;
    }
    found[i] = low;
  }
  return { shape: values.shape, dtype: 'int32', values: found };
}
