/**
 * Padding with a constant, or with the elements of the tensor.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import { MIRROR_MODES, mirrorPad, type MirrorMode } from '../kernels/mirror-pad';
import { pad as operation, type PaddedAxis } from '../kernels/pad';
import { unwritten } from '../kernels/unwritten';
import type { Tensor } from '../tensor/tensor';
import { checkRank } from './arguments';
import { contextOf, run } from './call';

/** Axis by axis, how many elements are added before the others and after them, or cut off there. */
export type Paddings = readonly (readonly [before: number, after: number])[];

/**
 * Pads a tensor. Convolutions pad with zeros by themselves: see their `padding`.
 *
 * @param x up to 8 axes
 * @param paddings per axis [before, after]
 * @param constantValue what the padding holds, by default 0; infinities and NaN are allowed. Or `'reflect'`: the
 *   elements before the edge in reverse, without the edge's own; `'symmetric'`: with it; `'edge'`: the edge's own alone
 * @returns a tensor that is before + after longer along each axis
 * @throws at once if the paddings are not one pair of whole numbers per axis, or x has too few elements to mirror
 * @example
 * ```ts
 * const y = pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]); // [1, 56, 56, 64] -> [1, 58, 58, 64]
 * const z = pad(x, [[0, 0], [4, 4], [4, 4], [0, 0]], 'reflect');
 * ```
 * @see https://js.tensorflow.org/api/latest/#pad
 * @see https://www.w3.org/TR/webnn/#api-mlgraphbuilder-pad
 */
export function pad(x: Tensor, paddings: Paddings, constantValue: number | MirrorMode = 0): Tensor {
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
  const shape = axes.map(({ size, before, after }) => before + size + after);
  if (typeof constantValue === 'string') {
    checkMirror(op, axes, constantValue);
    const problem = { axes, mode: constantValue };
    return run(op, context, { operation: mirrorPad, problem, inputs: { x } }, { shape });
  }
  check(
    typeof constantValue === 'number' &&
      (Number.isFinite(Math.fround(constantValue)) || !Number.isFinite(constantValue)),
    () =>
      `${op}: constantValue is ${show(constantValue)}; give a number that float32 holds, at most 3.4e38, or Infinity; or 'reflect', 'symmetric' or 'edge'`,
  );
  return run(
    op,
    context,
    { operation, problem: { axes, value: constantValue, name: unwritten(constantValue) }, inputs: { x } },
    { shape },
  );
}

/** @throws if there is no such mode, or the mirror would need to be mirrored itself */
function checkMirror(op: string, axes: readonly PaddedAxis[], mode: MirrorMode): void {
  check(
    MIRROR_MODES.includes(mode),
    () => `${op}: constantValue is ${show(mode)}; give a number, or one of ${MIRROR_MODES.join(', ')}`,
  );
  for (const [axis, { size, before, after }] of axes.entries()) {
    const most = mode === 'edge' ? Infinity : mode === 'reflect' ? size - 1 : size;
    check(
      Math.max(before, after) <= most,
      () =>
        `${op}: paddings has [${before}, ${after}] on axis ${axis} but '${mode}' has only ${most} of its ${size} elements to mirror there; give at most ${most}`,
    );
  }
}
