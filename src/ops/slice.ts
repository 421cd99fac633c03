/**
 * Parts of a tensor: a box of it, or all of it in pieces along one axis.
 *
 * @module
 */
import { check, checkFilled, describe, isCount, show } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import type { Tensor } from '../tensor/tensor';
import { axisOf, checkPerAxis, checkRank } from './arguments';
import { composeAll, contextOf, run } from './call';

/**
 * Copies a box out of a tensor.
 *
 * @param x up to 8 axes
 * @param begin the first index along each axis
 * @param size how many along each axis; -1 for all that are left
 * @returns a tensor of those sizes
 * @throws at once if the box reaches beyond x
 * @example
 * ```ts
 * const half = slice(x, [0, 0, 0, 32], [-1, -1, -1, 32]); // [1, 56, 56, 64] -> [1, 56, 56, 32]
 * ```
 * @see https://js.tensorflow.org/api/latest/#slice
 */
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  const op = 'slice';
  contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  checkPerAxis(op, 'begin', begin, x.shape, 0);
  checkPerAxis(op, 'size', size, x.shape, -1);
  checkFilled(`${op}: size`, size);
  const sizes = size.map((n, axis) => {
    const left = x.shape[axis] - begin[axis];
    check(
      left > 0,
      () =>
        `${op}: begin ${describe(begin)} is ${begin[axis]} on axis ${axis} but x ${describe(x.shape)} has only ${x.shape[axis]} elements there; give a smaller begin`,
    );
    check(
      n <= left,
      () =>
        `${op}: size ${describe(size)} is ${n} on axis ${axis} but from begin ${begin[axis]} on x ${describe(x.shape)} has ${left}; give 1 to ${left}, or -1 for all that are left`,
    );
    return n === -1 ? left : n;
  });
  return copyBox(op, x, begin, sizes);
}

/**
 * Cuts a tensor into pieces along one axis.
 *
 * @param x up to 8 axes
 * @param numOrSizes how many equal pieces, or the size of each; one size may be -1 and takes what is left
 * @param axis negative counts from the end; default 0
 * @returns the pieces, in order
 * @throws at once if the pieces do not make up the axis
 * @example
 * ```ts
 * const [low, high] = split(x, 2, -1); // [1, 56, 56, 64] -> two of [1, 56, 56, 32]
 * const [head, rest] = split(x, [3, -1], -1); // [1, 56, 56, 64] -> [1, 56, 56, 3] and [1, 56, 56, 61]
 * ```
 * @see https://js.tensorflow.org/api/latest/#split
 */
export function split(x: Tensor, numOrSizes: number | readonly number[], axis = 0): Tensor[] {
  const op = 'split';
  contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  const at = axisOf(op, axis, x.shape);
  let begin = 0;
  const boxes = pieces(op, numOrSizes, x.shape, at).map((size) => {
    const box = {
      begin: x.shape.map((_, i) => (i === at ? begin : 0)),
      sizes: x.shape.map((n, i) => (i === at ? size : n)),
    };
    begin += size;
    return box;
  });
  return composeAll(x.context, () => boxes.map((box) => copyBox(op, x, box.begin, box.sizes)));
}

function pieces(
  op: string,
  numOrSizes: number | readonly number[],
  shape: readonly number[],
  axis: number,
): readonly number[] {
  const size = shape[axis];
  if (!Array.isArray(numOrSizes)) {
    const count = numOrSizes as number;
    check(
      isCount(count),
      () => `${op}: numOrSizes is ${show(count)}; give a whole number of at least 1, or a list of sizes`,
    );
    check(
      size % count === 0,
      () =>
        `${op}: ${count} equal pieces do not make up the ${size} of axis ${axis} of x ${describe(shape)}; give a divisor of ${size}, or a list of sizes`,
    );
    return Array.from({ length: count }, () => size / count);
  }
  const sizes: readonly number[] = numOrSizes;
  checkFilled(`${op}: numOrSizes`, sizes);
  const unknown = sizes.filter((n) => n === -1).length;
  check(
    sizes.every((n) => n === -1 || isCount(n)) && unknown <= 1,
    () => `${op}: numOrSizes is ${show(sizes)}; give whole numbers of at least 1, and -1 for at most one of them`,
  );
  const sum = sizes.reduce((total, n) => total + Math.max(n, 0), 0);
  check(
    unknown === 1 || sum === size,
    () =>
      `${op}: the sizes ${describe(sizes)} add up to ${sum} but axis ${axis} of x ${describe(shape)} has ${size}; make them add up, or give -1 for one of them`,
  );
  check(
    unknown === 0 || sum < size,
    () =>
      `${op}: the sizes ${describe(sizes)} without -1 add up to ${sum}, which leaves nothing of the ${size} on axis ${axis} of x ${describe(shape)}; make them smaller`,
  );
  return sizes.map((n) => (n === -1 ? size - sum : n));
}

function copyBox(op: string, x: Tensor, begin: readonly number[], sizes: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const offset = begin.reduce((sum, n, axis) => sum + n * strides[axis], 0);
  const problem = { sizes, x: { strides, offset }, output: { strides: stridesOf(sizes) } };
  return run(op, x.context, { operation: copy, problem, inputs: { x } }, { shape: sizes });
}
