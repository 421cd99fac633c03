/**
 * Twin of shaders/softmax.wgsl.
 *
 * @module
 */
import shader from '../../shaders/softmax.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { flatStep, WORKGROUP } from './flat-step';
import type { Limits, Target } from './kernel';
import { levelsOf } from './long-sum';
import { LARGER } from './nan';
import { soleOperation, type Operation, type Whole } from './operation';
import { alikePieces, type Piece } from './pieces';

const LOGARITHM = { finish: { body: 'return distance - log(sum);' } };

/** The dispatch of a softmax along one axis, or of its logarithm. */
export function softmaxStep(shape: readonly number[], axis: number, target: Target, kernel = 'softmax/rows'): Step {
  const size = shape[axis];
  const rows = sizeOf(shape) / size;
  // With fewer elements than a workgroup has lanes, most lanes of a shared row would have nothing to do.
  const lanes = size >= WORKGROUP ? WORKGROUP : 1;
  return flatStep(target, {
    kernel,
    shader,
    sizes: `${shape.join('x')} axis ${axis}`,
    tile: { LANES: lanes },
    slots: { larger: { body: LARGER }, ...(kernel === 'log-softmax/rows' && LOGARITHM) },
    knobs: { LEVELS: levelsOf(size / lanes) },
    uniforms: { rows, size, inner: sizeOf(shape.slice(axis + 1)) },
    invocations: rows * lanes,
  });
}

export interface RowsProblem {
  readonly shape: readonly number[];
  /** The axis along which the rows lie. */
  readonly axis: number;
}

/** Its input is `x`. */
export const softmax: Operation<RowsProblem> = /* @__PURE__ */ soleOperation({
  name: 'softmax/rows',
  why: 'the one kernel for softmax',
  wgsl: shader.code,
  summary: ({ shape, axis }) => `${shape.join('x')} axis ${axis}`,
  step: ({ shape, axis }, _tile, _epilogue, target) => softmaxStep(shape, axis, target),
  pieces: rowPieces,
});

/** Its input is `x`. */
export const logSoftmax: Operation<RowsProblem> = /* @__PURE__ */ soleOperation({
  name: 'log-softmax/rows',
  why: 'the one kernel for logSoftmax',
  wgsl: shader.code,
  summary: ({ shape, axis }) => `${shape.join('x')} axis ${axis}`,
  step: ({ shape, axis }, _tile, _epilogue, target) => softmaxStep(shape, axis, target, 'log-softmax/rows'),
  pieces: rowPieces,
});

/** Parts of the axes before the one along which the rows lie. */
export function rowPieces(
  { problem: { shape, axis }, inputs, outputs }: Whole<RowsProblem>,
  limits: Limits,
): readonly Piece<RowsProblem>[] {
  return alikePieces({ ...inputs, ...outputs }, sizeOf(shape.slice(0, axis)), limits, (count) => ({
    shape: [count, ...shape.slice(axis)],
    axis: 1,
  }));
}
