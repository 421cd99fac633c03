/**
 * Padding with a constant.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { pad as operation } from '../kernels/pad';
import { unwritten } from '../kernels/unwritten';
import type { Tensor } from '../tensor/tensor';
import { checkRank } from './arguments';
import { contextOf, run } from './call';

/**
 * A tensor with a constant around it. The convolutions pad by themselves: see their `padding`.
 *
 * @param x up to 8 axes
 * @param paddings per axis [before, after]
 * @param constantValue what the padding holds; default 0. An infinity or NaN may be
 * @returns a tensor that is before + after longer along each axis
 * @throws at once if the paddings are not one pair of whole numbers per axis
 * @example
 * ```ts
 * const y = pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]); // [1, 56, 56, 64] -> [1, 58, 58, 64]
 * ```
 * @see https://js.tensorflow.org/api/latest/#pad
 */
export function pad(
  x: Tensor,
  paddings: readonly (readonly [before: number, after: number])[],
  constantValue = 0,
): Tensor {
  const op = 'pad';
  const context = contextOf(op, { x });
  checkRank(op, 'x', x.shape);
  check(
    Array.isArray(paddings) && paddings.length === x.shape.length,
    () =>
      `${op}: paddings is ${show(paddings)} but x ${describe(x.shape)} has ${x.shape.length} axes; give a list of ${x.shape.length} pairs [before, after]`,
  );
  const axes = x.shape.map((size, axis) => {
    const pair: readonly number[] = paddings[axis];
    check(
      Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isSafeInteger(n) && n >= 0),
      () =>
        `${op}: paddings has ${show(pair)} on axis ${axis} of x ${describe(x.shape)}; give [before, after], two whole numbers of at least 0`,
    );
    return { size, before: pair[0], after: pair[1] };
  });
  check(
    typeof constantValue === 'number' &&
      (Number.isFinite(Math.fround(constantValue)) || !Number.isFinite(constantValue)),
    () =>
      `${op}: constantValue is ${show(constantValue)}; give a number that float32 holds, at most 3.4e38, or Infinity`,
  );
  const shape = axes.map(({ size, before, after }) => before + size + after);
  return run(
    op,
    context,
    { operation, problem: { axes, value: constantValue, name: unwritten(constantValue) }, inputs: { x } },
    { shape },
  );
}
