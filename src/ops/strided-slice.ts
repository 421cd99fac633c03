/**
 * Parts of a tensor by steps, forwards and backwards.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import { copy } from '../kernels/copy';
import type { Tensor } from '../tensor/tensor';
import { axisOf, checkPerAxis, checkRank } from './arguments';
import { contextOf, run } from './call';

/**
 * Takes elements in steps along each axis, as Python's x[begin:end:step] does.
 *
 * @param x up to 8 axes
 * @param begin the first index along each axis; negative ones count from the end
 * @param end the index before which it ends along each axis, or null for the whole rest
 * @param strides the steps, other than 0; negative ones go backwards; default 1
 * @returns a tensor of what is taken
 * @throws at once if a list does not have a whole number per axis, or nothing is taken of an axis
 * @example
 * ```ts
 * const half = stridedSlice(x, [0, 0, 0, 0], [1, null, null, 64], [1, 2, 2, 1]); // [1, 56, 56, 64] -> [1, 28, 28, 64]
 * const mirrored = stridedSlice(x, [0, 0, -1, 0], [1, null, null, 64], [1, 1, -1, 1]);
 * ```
 * @see https://js.tensorflow.org/api/latest/#stridedSlice
 */
export function stridedSlice(
  x: Tensor,
  begin: readonly number[],
  end: readonly (number | null)[],
  strides: readonly number[] = x.shape.map(() => 1),
): Tensor {
  const op = 'stridedSlice';
  contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  checkPerAxis(op, 'begin', begin, x.shape, -Infinity);
  check(
    Array.isArray(end) && end.length === x.shape.length,
    () =>
      `${op}: end is ${show(end)} but x ${describe(x.shape)} has ${x.shape.length} axes; give one number or null per axis`,
  );
  const ends: readonly (number | null)[] = end;
  checkPerAxis(op, 'end', ends.map((n) => n ?? 0), x.shape, -Infinity); // prettier-ignore
  checkPerAxis(op, 'strides', strides, x.shape, -Infinity);
  const walks = x.shape.map((size, axis): Walk => {
    const step = strides[axis];
    check(step !== 0, () => `${op}: strides ${show(strides)} has 0 on axis ${axis}; give steps other than 0`);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, low), high);
    const first = clamp(begin[axis]);
    const last = ends[axis];
    const count = Math.ceil(((last === null ? (step > 0 ? high : low) : clamp(last)) - first) / step);
    check(
      count > 0,
      () =>
        `${op}: from ${begin[axis]} to ${show(last)} in steps of ${step} there is nothing on axis ${axis} of x ${describe(x.shape)}; end after the beginning, or step the other way`,
    );
    return { first, step, count };
  });
  return walked(op, x, walks);
}

/**
 * Reverses some axes of a tensor.
 *
 * @param x up to 8 axes
 * @param axes which; negative ones count from the end; default all
 * @returns a tensor of x's shape
 * @throws at once if there is no such axis, or one is named twice
 * @example
 * ```ts
 * const mirrored = reverse(photo, 2); // left and right of [1, height, width, 3]
 * ```
 * @see https://js.tensorflow.org/api/latest/#reverse
 */
export function reverse(x: Tensor, axes?: number | readonly number[]): Tensor {
  const op = 'reverse';
  contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  const named = axes === undefined ? [...x.shape.keys()] : Array.isArray(axes) ? (axes as number[]) : [axes as number];
  const reversed = named.map((axis) => axisOf(op, axis, x.shape));
  check(
    new Set(reversed).size === reversed.length,
    () => `${op}: axes ${show(axes)} name an axis of x ${describe(x.shape)} twice; name each once`,
  );
  return walked(
    op,
    x,
    x.shape.map((count, axis) =>
      reversed.includes(axis) ? { first: count - 1, step: -1, count } : { first: 0, step: 1, count },
    ),
  );
}

/** What is taken of an axis. */
interface Walk {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

function walked(op: string, x: Tensor, walks: readonly Walk[]): Tensor {
  const strides = stridesOf(x.shape);
  const shape = walks.map(({ count }) => count);
  const offset = walks.reduce((sum, { first }, axis) => sum + first * strides[axis], 0);
  const from = { strides: walks.map(({ step }, axis) => step * strides[axis]), offset };
  const problem = { sizes: shape, x: from, output: { strides: stridesOf(shape) } };
  return run(op, x.context, { operation: copy, problem, inputs: { x } }, { shape });
}
