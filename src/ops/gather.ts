/**
 * Elements at places that another tensor names.
 *
 * @module
 */
import { check, checkOptions, describe, show, sizeOf } from '../conv/check';
import { MAX_RANK } from '../kernels/axes';
import { copy } from '../kernels/copy';
import { gather as operation } from '../kernels/gather';
import { Tensor } from '../tensor/tensor';
import { uploaded } from '../tensor/upload';
import { axisOf, checkCounted, checkTensor } from './arguments';
import { contextOf, run } from './call';

/** Options of {@link gather}. */
export interface GatherOptions {
  /** How many leading axes x and the indices have in common, each with places of its own; default 0. */
  readonly batchDims?: number;
}

/**
 * Slices of x along an axis, at the places that the indices name. A negative index counts from the end. The CPU does
 * not read a tensor of indices, so nothing in it throws: fractions are cut off, a place outside of x gives 0, and NaN
 * gives NaN. A list of numbers is checked at once.
 *
 * @param x at least one axis
 * @param indices a tensor of whole numbers, of any shape, float16 included; or a list of numbers, or one number
 * @param axis negative counts from the end; default 0, as in TensorFlow.js
 * @param options batchDims
 * @returns x's shape with the shape of the indices in the place of the axis; a single number removes the axis
 * @throws at once if x has no such axis, a number is no place on it, or the batches differ
 * @example
 * ```ts
 * const bgr = gather(x, [2, 1, 0], -1); // [1, 224, 224, 3] in another order
 * const embedded = gather(weights, features); // [30000, 768] at [1, 128] -> [1, 128, 768]
 * const last = gather(x, -1, 1); // [1, 49, 64] -> [1, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#gather
 */
export function gather(
  x: Tensor,
  indices: Tensor | number | readonly number[],
  axis = 0,
  options: GatherOptions = {},
): Tensor {
  const op = 'gather';
  const isTensor = indices instanceof Tensor;
  const context = contextOf(op, isTensor ? { x, indices } : { x });
  const at = axisOf(op, axis, x.shape);
  checkOptions(op, options, ['batchDims']);
  const { batchDims = 0 } = options;
  const size = x.shape[at];
  checkCounted(op, x.shape, at);
  if (!isTensor) {
    const list = placesOf(op, indices, size, x.shape, at);
    check(
      batchDims === 0,
      () => `${op}: batchDims is ${show(batchDims)} but indices is no tensor, which has no batch; leave it out`,
    );
    if (typeof indices === 'number') return only(op, x, at, list[0]);
    using places = uploaded(op, context, list, [list.length], {});
    return gather(x, places, at);
  }
  check(
    Number.isSafeInteger(batchDims) && batchDims >= 0 && batchDims <= Math.min(at, indices.shape.length),
    () =>
      `${op}: batchDims is ${show(batchDims)} but the axis is ${at} and indices ${describe(indices.shape)} has ${indices.shape.length} axes; give a whole number from 0 to ${Math.min(at, indices.shape.length)}`,
  );
  for (let i = 0; i < batchDims; i++) {
    check(
      x.shape[i] === indices.shape[i],
      () =>
        `${op}: x ${describe(x.shape)} and indices ${describe(indices.shape)} have ${x.shape[i]} and ${indices.shape[i]} on axis ${i} of the ${batchDims} that batchDims says they share; make them equal`,
    );
  }
  const [batch, own] = [x.shape.slice(0, at), indices.shape.slice(batchDims)];
  const problem = {
    blocks: sizeOf(batch),
    sharing: sizeOf(batch.slice(batchDims)),
    picks: sizeOf(own),
    sizes: [size],
    inner: sizeOf(x.shape.slice(at + 1)),
  };
  const shape = [...batch, ...own, ...x.shape.slice(at + 1)];
  return run(op, context, { operation, problem, inputs: { x, indices } }, { shape });
}

/**
 * Slices of x at the places that the indices name: their last axis holds a place along x's first axes. A negative
 * number counts from the end, fractions are cut off, a place outside of x gives 0, and NaN gives NaN.
 *
 * @param x at least one axis
 * @param indices [..., n], whole numbers: n of x's axes, from the first on
 * @returns the indices' shape without its last axis, and then x's without its first n
 * @throws at once if x has fewer than n axes
 * @example
 * ```ts
 * const corners = gatherND(x, anchors); // [64, 64, 3] at [4, 2] -> [4, 3]
 * ```
 * @see https://js.tensorflow.org/api/latest/#gatherND
 */
export function gatherND(x: Tensor, indices: Tensor): Tensor {
  const op = 'gatherND';
  checkTensor(op, 'x', x);
  checkTensor(op, 'indices', indices);
  const context = contextOf(op, { x, indices });
  const depth = indices.shape.at(-1) ?? 0;
  const most = Math.min(x.shape.length, MAX_RANK);
  check(
    depth >= 1 && depth <= most,
    () =>
      `${op}: indices ${describe(indices.shape)} have ${depth} coordinates on their last axis but x ${describe(x.shape)} has ${x.shape.length} axes; give indices whose last axis is from 1 to ${most}`,
  );
  const sizes = x.shape.slice(0, depth);
  for (const axis of sizes.keys()) checkCounted(op, x.shape, axis);
  const own = indices.shape.slice(0, -1);
  const inner = x.shape.slice(depth);
  const problem = { blocks: 1, sharing: 1, picks: sizeOf(own), sizes, inner: sizeOf(inner) };
  return run(op, context, { operation, problem, inputs: { x, indices } }, { shape: [...own, ...inner] });
}

/** The places along an axis, counted from its beginning. */
function placesOf(
  op: string,
  indices: number | readonly number[],
  size: number,
  shape: readonly number[],
  axis: number,
): readonly number[] {
  check(
    typeof indices === 'number' || (Array.isArray(indices) && indices.length > 0),
    () => `${op}: indices is ${show(indices)}; give a tensor, a whole number, or a list of at least one`,
  );
  const list: readonly number[] = typeof indices === 'number' ? [indices] : indices;
  return Array.from(list, (index) => {
    check(
      Number.isSafeInteger(index) && index >= -size && index < size,
      () =>
        `${op}: indices has ${show(index)} but x ${describe(shape)} has ${size} elements along axis ${axis}; give whole numbers from ${-size} to ${size - 1}`,
    );
    return index < 0 ? index + size : index;
  });
}

/** One place: a copy of what is there. */
function only(op: string, x: Tensor, axis: number, place: number): Tensor {
  const shape = x.shape.toSpliced(axis, 1);
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
  const problem = {
    sizes: [outer, inner],
    x: { strides: [x.shape[axis] * inner, 1], offset: place * inner },
    output: { strides: [inner, 1] },
  };
  return run(op, x.context, { operation: copy, problem, inputs: { x } }, { shape });
}
