/**
 * Repeating tensors.
 *
 * @module
 */
import { check, checkShape, describe, show } from '../conv/check';
import { MAX_RANK, repeatedStrides, shortestNest, stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import type { Tensor } from '../tensor/tensor';
import { checkPerAxis, checkRank } from './arguments';
import { compose, contextOf, run } from './call';

/**
 * Repeats a tensor along its axes.
 *
 * @param x up to 8 axes
 * @param repetitions how many times along each axis, at least 1
 * @returns a tensor that is that many times as long along each axis
 * @throws at once if there is not one whole number per axis
 * @example
 * ```ts
 * const grid = tile(x, [1, 3, 3, 1]); // [1, 8, 8, 4] -> [1, 24, 24, 4]
 * ```
 * @see https://js.tensorflow.org/api/latest/#tile
 */
export function tile(x: Tensor, repetitions: readonly number[]): Tensor {
  const op = 'tile';
  const context = contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  checkPerAxis(op, 'repetitions', repetitions, x.shape, 1);
  const problem = tiling(x.shape, repetitions);
  if (shortestNest(problem.sizes, problem.x.strides, problem.output.strides).length <= MAX_RANK)
    return tiled(op, x, repetitions);
  // Each axis that is repeated counts twice.
  const half = x.shape.length / 2;
  return compose(context, 'two copies, since one walks at most 8 axes', () => {
    using inner = tiled(op, x, repetitions.map((n, axis) => (axis < half ? 1 : n))); // prettier-ignore
    return tiled(op, inner, repetitions.map((n, axis) => (axis < half ? n : 1))); // prettier-ignore
  });
}

/**
 * Repeats a tensor to a larger shape, as operators between two tensors repeat the smaller one: shapes are aligned at
 * their last axes, and an axis of size 1, or one that is missing, repeats.
 *
 * @param x up to 8 axes
 * @param shape the result's
 * @returns a tensor of that shape
 * @throws at once if x's shape does not repeat to it
 * @example
 * ```ts
 * const biases = broadcastTo(bias, [1, 56, 56, 64]); // of [64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#broadcastTo
 */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  const op = 'broadcastTo';
  const context = contextOf(op, { x });
  checkShape(`${op}: shape`, shape);
  checkRank(op, 'shape', shape);
  const missing = shape.length - x.shape.length;
  check(
    missing >= 0 && x.shape.every((n, axis) => n === 1 || n === shape[axis + missing]),
    () =>
      `${op}: x ${describe(x.shape)} does not repeat to ${show(shape)}; give a shape whose last axes are x's, or longer where x has 1`,
  );
  const problem = {
    sizes: shape,
    x: { strides: repeatedStrides(x.shape, shape) },
    output: { strides: stridesOf(shape) },
  };
  return run(op, context, { operation: copy, problem, inputs: { x } }, { shape });
}

function tiled(op: string, x: Tensor, repetitions: readonly number[]): Tensor {
  const shape = x.shape.map((n, axis) => n * repetitions[axis]);
  return run(op, x.context, { operation: copy, problem: tiling(x.shape, repetitions), inputs: { x } }, { shape });
}

type Tiling = Parameters<typeof copy.summary>[0];

/** Every axis as two: which copy, and the place in it. Axes with one copy are dropped, so that 8 axes can be walked. */
function tiling(shape: readonly number[], repetitions: readonly number[]): Tiling {
  const sizes = shape.flatMap((n, axis) => [repetitions[axis], n]);
  const own = stridesOf(shape).flatMap((stride) => [0, stride]);
  const output = stridesOf(sizes);
  const kept = [...sizes.keys()].filter((axis) => sizes[axis] > 1 || sizes.length <= MAX_RANK);
  return {
    sizes: kept.map((axis) => sizes[axis]),
    x: { strides: kept.map((axis) => own[axis]) },
    output: { strides: kept.map((axis) => output[axis]) },
  };
}
