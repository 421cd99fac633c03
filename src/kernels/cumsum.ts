/**
 * Twin of shaders/cumsum.wgsl.
 *
 * @module
 */
import shader from '../../shaders/cumsum.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep, WORKGROUP } from './flat-step';
import type { Target } from './kernel';
import { levelsOf } from './long-sum';
import { soleOperation, type Operation } from './operation';
import { rowPieces, type RowsProblem } from './softmax';

export interface CumsumProblem extends RowsProblem {
  /** Whether an element's sum excludes the element itself. */
  readonly exclusive: boolean;
  /** Whether the sums begin at the end. */
  readonly reverse: boolean;
}

/** Its input is `x`. */
export const cumsum: Operation<CumsumProblem> = /* @__PURE__ */ soleOperation({
  name: 'cumsum/rows',
  why: 'the one kernel for cumsum',
  wgsl: shader.code,
  summary: ({ shape, axis }) => `${shape.join('x')} axis ${axis}`,
  step: (problem, _tile, _epilogue, target) => cumsumStep(problem, target),
  pieces: (whole, limits) => {
    const { exclusive, reverse } = whole.problem;
    return rowPieces(whole, limits).map(({ problem, ranges }) => ({
      problem: { ...problem, exclusive, reverse },
      ranges,
    }));
  },
});

function cumsumStep({ shape, axis, exclusive, reverse }: CumsumProblem, target: Target): Step {
  const size = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const vector = inner % 4 === 0 ? 4 : 1;
  const rows = sizeOf(shape) / size / vector;
  // With fewer elements than a workgroup has lanes, most lanes of a shared row would have nothing to do.
  const lanes = size >= WORKGROUP ? WORKGROUP : 1;
  return flatStep(target, {
    kernel: 'cumsum/rows',
    shader,
    sizes: `${shape.join('x')} axis ${axis}`,
    tile: { LANES: lanes },
    knobs: { LEVELS: levelsOf(size / lanes), IS_EXCLUSIVE: exclusive, IS_REVERSE: reverse },
    aliases: { V: vectorType(vector) },
    uniforms: { rows, size, inner: inner / vector },
    invocations: rows * lanes,
  });
}
