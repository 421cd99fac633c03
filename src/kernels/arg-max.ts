/**
 * Twin of shaders/arg-max.wgsl.
 *
 * @module
 */
import shader from '../../shaders/arg-max.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep, WORKGROUP } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { rowPieces, type RowsProblem } from './softmax';

/** Without the sign, the bits of NaN are greater than those of infinity. */
const UNLESS_NAN = 'return select(value, otherwise, (bitcast<Bits>(v) & Bits(0x7fffffff)) > Bits(0x7f800000));';

/** The dispatch that finds the largest along one axis, or the smallest. */
export function argMaxStep(shape: readonly number[], axis: number, target: Target, kernel = 'arg-max/rows'): Step {
  const size = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const vector = inner % 4 === 0 ? 4 : 1;
  const rows = sizeOf(shape) / size / vector;
  // With fewer elements than a workgroup has lanes, most lanes of a shared row would have nothing to do.
  const lanes = size >= WORKGROUP ? WORKGROUP : 1;
  return flatStep(target, {
    kernel,
    shader,
    sizes: `${shape.join('x')} axis ${axis}`,
    tile: { LANES: lanes },
    aliases: { V: vectorType(vector) },
    slots: { unless_nan: { body: UNLESS_NAN }, ...(kernel === 'arg-min/rows' && { compared: { body: 'return -v;' } }) },
    uniforms: { rows, size, inner: inner / vector },
    invocations: rows * lanes,
  });
}

/** Its input is `x`; the output is float32. */
export const argMax: Operation<RowsProblem> = /* @__PURE__ */ soleOperation({
  name: 'arg-max/rows',
  why: 'the one kernel for argMax',
  wgsl: shader.code,
  summary: ({ shape, axis }) => `${shape.join('x')} axis ${axis}`,
  step: ({ shape, axis }, _tile, _epilogue, target) => argMaxStep(shape, axis, target),
  pieces: rowPieces,
});

/** Its input is `x`; the output is float32. */
export const argMin: Operation<RowsProblem> = /* @__PURE__ */ soleOperation({
  name: 'arg-min/rows',
  why: 'the one kernel for argMin',
  wgsl: shader.code,
  summary: ({ shape, axis }) => `${shape.join('x')} axis ${axis}`,
  step: ({ shape, axis }, _tile, _epilogue, target) => argMaxStep(shape, axis, target, 'arg-min/rows'),
  pieces: rowPieces,
});
