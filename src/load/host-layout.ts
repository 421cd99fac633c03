/**
 * Arrays on the CPU, rearranged: parts, axes, gathered rows.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { allocateHost, checkHostShape, type HostValue } from './host-value';
import { spend } from './host-work';

/** Which elements of one axis are taken. */
export interface Stride {
  readonly begin: number;
  readonly count: number;
  /** Negative from the end to the beginning. */
  readonly step: number;
}

/** The same elements in another shape; one size may be -1. */
export function reshapeHost(x: HostValue, shape: readonly number[]): HostValue {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const size = sizeOf(x.shape);
  const resolved = shape.map((n) => (n === -1 ? size / known : n));
  check(
    shape.filter((n) => n === -1).length <= 1 &&
      resolved.every((n) => Number.isSafeInteger(n) && n >= 0) &&
      sizeOf(resolved) === size,
    () => `its input ${describe(x.shape)} has ${size} elements, which do not make up ${describe(shape)}`,
  );
  checkHostShape(resolved);
  return { shape: resolved, dtype: x.dtype, values: x.values };
}

/** An axis as an index; negative ones count from the end. */
export function axisIn(axis: number, rank: number): number {
  check(
    Number.isSafeInteger(axis) && axis >= -rank && axis < rank,
    () => `its axis is ${show(axis)} but its input has ${rank} axes`,
  );
  return axis < 0 ? axis + rank : axis;
}

/** The elements that a walk over some strides meets. */
export function walk(x: HostValue, shape: readonly number[], strides: readonly number[], offset: number): HostValue {
  const values = allocateHost(x.dtype, shape);
  spend(values.length * shape.length);
  const from = x.values;
  const outer = stridesOf(shape);
  for (let i = 0; i < values.length; i++) {
    let at = offset;
    for (let axis = 0; axis < shape.length; axis++) at += (Math.floor(i / outer[axis]) % shape[axis]) * strides[axis];
    values[i] = from[at];
  }
  return { shape, dtype: x.dtype, values };
}

/** Some elements of each axis. */
export function sliceHost(x: HostValue, box: readonly Stride[]): HostValue {
  for (const [axis, { begin, count, step }] of box.entries()) {
    const last = begin + (count - 1) * step;
    const size = x.shape[axis];
    check(
      Number.isSafeInteger(count) &&
        count >= 0 &&
        (count === 0 || (Math.min(begin, last) >= 0 && Math.max(begin, last) < size)),
      () => `it takes ${count} elements from ${begin} on axis ${axis} but its input ${describe(x.shape)} has ${size}`,
    );
  }
  const strides = stridesOf(x.shape);
  const offset = box.reduce((sum, { begin }, axis) => sum + begin * strides[axis], 0);
  return walk(
    x,
    box.map(({ count }) => count),
    box.map(({ step }, axis) => step * strides[axis]),
    offset,
  );
}

/** The most pieces that a tensor is cut into: each is an array or a call of its own, and a file may ask for millions. */
export const MAX_PARTS = 4096;

/** Steps counted for each separate array, however small it is, and for each copied row. */
const [PER_PART, PER_ROW] = [256, 4];

/** @throws if there are too many pieces */
export function checkParts(count: number): void {
  check(count <= MAX_PARTS, () => `it cuts its input into ${count} pieces; the most is ${MAX_PARTS}`);
}

/** Pieces of these sizes along an axis; one may be -1. */
export function splitHost(x: HostValue, axis: number, sizes: readonly number[]): HostValue[] {
  checkParts(sizes.length);
  spend(sizes.length * PER_PART);
  const total = x.shape[axis];
  const known = sizes.reduce((sum, n) => sum + Math.max(n, 0), 0);
  const resolved = sizes.map((n) => (n === -1 ? total - known : n));
  check(
    resolved.reduce((sum, n) => sum + n, 0) === total,
    () => `its pieces ${describe(sizes)} do not make up the ${total} of axis ${axis} of ${describe(x.shape)}`,
  );
  let begin = 0;
  return resolved.map((count) => {
    const whole = x.shape.map((size) => ({ begin: 0, count: size, step: 1 }));
    const piece = sliceHost(x, whole.with(axis, { begin, count, step: 1 }));
    begin += count;
    return piece;
  });
}

/** Arrays side by side along an axis. */
export function concatHost(parts: readonly HostValue[], axis: number): HostValue {
  const [{ shape: first, dtype }] = parts;
  const at = axisIn(axis, first.length);
  spend(parts.length * PER_ROW);
  for (const { shape } of parts) {
    check(
      shape.length === first.length && shape.every((n, i) => i === at || n === first[i]),
      () => `its inputs ${describe(first)} and ${describe(shape)} may differ in axis ${at} only`,
    );
  }
  const shape = first.with(
    at,
    parts.reduce((sum, part) => sum + part.shape[at], 0),
  );
  const values = allocateHost(dtype, shape);
  const outer = sizeOf(first.slice(0, at));
  const whole = sizeOf(shape.slice(at));
  if (values.length === 0) return { shape, dtype, values };
  spend(parts.length * outer * PER_ROW);
  let start = 0;
  for (const part of parts) {
    const row = sizeOf(part.shape.slice(at));
    const from = part.values;
    for (let i = 0; i < outer; i++) values.set(from.subarray(i * row, (i + 1) * row), i * whole + start);
    start += row;
  }
  return { shape, dtype, values };
}

/** Entries of an axis by their indices; the first `batchDims` axes of both are walked together. */
export function gather(x: HostValue, indices: HostValue, axis: number, batchDims: number): HostValue {
  const at = axisIn(axis, x.shape.length);
  const batch = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
  check(
    batch >= 0 &&
      batch <= at &&
      batch <= indices.shape.length &&
      x.shape.slice(0, batch).every((n, i) => n === indices.shape[i]),
    () =>
      `its batch_dims is ${batchDims}, which does not fit ${describe(x.shape)}, ${describe(indices.shape)} and axis ${axis}`,
  );
  const shape = [...x.shape.slice(0, at), ...indices.shape.slice(batch), ...x.shape.slice(at + 1)];
  const values = allocateHost(x.dtype, shape);
  const [from, rows] = [x.values, indices.values];
  const batches = sizeOf(x.shape.slice(0, batch));
  const outer = sizeOf(x.shape.slice(batch, at));
  const count = sizeOf(indices.shape.slice(batch));
  const size = x.shape[at];
  const inner = sizeOf(x.shape.slice(at + 1));
  if (values.length === 0) return { shape, dtype: x.dtype, values };
  spend(batches * outer * count * PER_ROW);
  let to = 0;
  for (let b = 0; b < batches; b++) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < count; i++) {
        const row = checkedIndex(rows[b * count + i], size);
        const start = ((b * outer + o) * size + row) * inner;
        values.set(from.subarray(start, start + inner), to);
        to += inner;
      }
    }
  }
  return { shape, dtype: x.dtype, values };
}

/** Slices by lists of indices: the last axis of `indices` names the first axes of x. */
export function gatherNd(x: HostValue, indices: HostValue): HostValue {
  const depth = indices.shape.at(-1) ?? 0;
  check(
    indices.shape.length > 0 && depth <= x.shape.length,
    () => `its indices ${describe(indices.shape)} name ${depth} axes but its input is ${describe(x.shape)}`,
  );
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
  const values = allocateHost(x.dtype, shape);
  const [from, list] = [x.values, indices.values];
  const strides = stridesOf(x.shape);
  const inner = sizeOf(x.shape.slice(depth));
  if (values.length === 0) return { shape, dtype: x.dtype, values };
  spend((values.length / inner) * (depth + PER_ROW));
  for (let i = 0; i * inner < values.length; i++) {
    let start = 0;
    for (let axis = 0; axis < depth; axis++)
      start += checkedIndex(list[i * depth + axis], x.shape[axis]) * strides[axis];
    values.set(from.subarray(start, start + inner), i * inner);
  }
  return { shape, dtype: x.dtype, values };
}

function checkedIndex(index: number, size: number): number {
  check(index >= 0 && index < size, () => `it reads index ${index} of an axis of size ${size}`);
  return index;
}
