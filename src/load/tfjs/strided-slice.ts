/**
 * What StridedSlice means: NumPy's indexing, with its masks.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/strided_slice
 */
import { check, describe } from '../../conv/check';
import type { Stride } from '../host-layout';
import type { GraphNode } from '../node';

/** A strided slice worked out. */
export interface StridedBox {
  /** Per axis of the input. */
  readonly strides: readonly Stride[];
  /** The result's, with axes that are new and without those that are single indices. */
  readonly shape: readonly number[];
}

/** The elements that a StridedSlice node takes of an input of this shape. */
export function stridedBox(
  { attributes }: GraphNode,
  shape: readonly number[],
  begin: ArrayLike<number>,
  end: ArrayLike<number>,
  steps: ArrayLike<number>,
): StridedBox {
  const mask = (name: string): ((i: number) => boolean) => {
    const bits = attributes.integer(`${name}_mask`, 0);
    return (i) => i < 31 && (bits & (1 << i)) !== 0;
  };
  const [beginMask, endMask, ellipsis, newAxis, shrink] = ['begin', 'end', 'ellipsis', 'new_axis', 'shrink_axis'].map(
    mask,
  );
  const count = begin.length;
  check(
    end.length === count && steps.length === count && count <= 31,
    () =>
      `begin, end and strides have ${count}, ${end.length} and ${steps.length} elements; they must be equal, at most 31`,
  );
  const places = Array.from({ length: count }, (_, i) => i);
  const named = places.filter((i) => !ellipsis(i) && !newAxis(i)).length;
  check(
    named <= shape.length && places.filter(ellipsis).length <= 1,
    () => `it names ${named} axes but its input ${describe(shape)} has ${shape.length}`,
  );
  const strides: Stride[] = [];
  const result: number[] = [];
  const all = (): void => {
    const size = shape[strides.length];
    strides.push({ begin: 0, count: size, step: 1 });
    result.push(size);
  };
  for (const i of places) {
    if (ellipsis(i)) {
      for (let n = shape.length - named; n > 0; n--) all();
    } else if (newAxis(i)) {
      result.push(1);
    } else {
      const size = shape[strides.length];
      const stride = shrink(i)
        ? index(begin[i], size)
        : range(size, beginMask(i) ? undefined : begin[i], endMask(i) ? undefined : end[i], steps[i]);
      strides.push(stride);
      if (!shrink(i)) result.push(stride.count);
    }
  }
  while (strides.length < shape.length) all();
  return { strides, shape: result };
}

function index(i: number, size: number): Stride {
  const begin = i < 0 ? i + size : i;
  check(begin >= 0 && begin < size, () => `it reads index ${i} of an axis of size ${size}`);
  return { begin, count: 1, step: 1 };
}

function range(size: number, begin: number | undefined, end: number | undefined, step: number): Stride {
  check(Number.isSafeInteger(step) && step !== 0, () => `a stride is ${step}; it must be a whole number other than 0`);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, low), high);
  const first = begin === undefined ? (step > 0 ? 0 : size - 1) : clamp(begin);
  const last = end === undefined ? (step > 0 ? size : -1) : clamp(end);
  return { begin: first, count: Math.max(0, Math.ceil((last - first) / step)), step };
}
