/**
 * Twin of shaders/reduce.wgsl.
 *
 * @module
 */
import shader from '../../shaders/reduce.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, stridesOf, vectorType, type Axis } from './axes';
import { nameOf, type Epilogue } from './epilogue';
import { flatStep, WORKGROUP } from './flat-step';
import type { Target } from './kernel';
import { levelsOf } from './long-sum';
import { LARGER, SMALLER } from './nan';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';
import type { Specialization } from './specialize';

/** With at least this many terms, a whole workgroup shares an output: one invocation would keep the GPU waiting. */
const LONG = 1024;

export type Reduction = 'sum' | 'mean' | 'prod' | 'max' | 'min';

/** The reductions, as bodies of the shader's `start`, `join` and `finish`, where they differ from those of a sum. */
const REDUCTIONS: Readonly<Record<Reduction, Specialization['slots']>> = {
  sum: {},
  mean: { finish: { body: 'return v / f32(p.terms);' } },
  prod: { start: { body: 'return V(1.0);' }, join: { body: 'return left * right;' } },
  // Any term can be the start, because meeting it twice changes nothing.
  max: { start: { body: 'return term;' }, join: { body: LARGER } },
  min: { start: { body: 'return term;' }, join: { body: SMALLER } },
};

/** The dispatch that reduces over axes. */
export function reduceStep({ reduction, shape, axes: all, before = [] }: ReduceProblem, target: Target): Step {
  const axes = new Set(all);
  const kept = nestOf(shape, (axis) => !axes.has(axis));
  const terms = nestOf(shape, (axis) => axes.has(axis));
  // If the kept axes end in whole vectors, every step along the reduced axes is a whole number of vectors, too.
  const vector = lanesOf(kept);
  const keptVectors = inLanes(kept, vector);
  const outputs = sizeOf(nestSizes(keptVectors));
  const length = sizeOf(nestSizes(terms));
  const lanes = length >= LONG ? WORKGROUP : 1;
  return flatStep(target, {
    kernel: `reduce/${reduction}`,
    shader,
    sizes: [`${shape.join('x')} axes ${all.join(' ')}`, ...before.map((stage) => `of ${nameOf(stage)}`)].join(' '),
    tile: { LANES: lanes },
    knobs: { KEPT_RANK: kept.length, TERM_RANK: terms.length, LEVELS: levelsOf(length / lanes) },
    aliases: { V: vectorType(vector) },
    slots: REDUCTIONS[reduction],
    between: before,
    uniforms: {
      outputs,
      terms: length,
      kept_sizes: nestSizes(keptVectors),
      kept_strides: nestStrides(keptVectors, 0),
      term_sizes: nestSizes(terms),
      term_strides: nestStrides(terms, 0).map((stride) => stride / vector),
    },
    invocations: outputs * lanes,
  });
}

function nestOf(shape: readonly number[], wanted: (axis: number) => boolean): Axis[] {
  const strides = stridesOf(shape);
  return shortestNest(
    shape.filter((_, axis) => wanted(axis)),
    strides.filter((_, axis) => wanted(axis)),
  );
}

export interface ReduceProblem {
  readonly reduction: Reduction;
  /** At most 8 axes. */
  readonly shape: readonly number[];
  /** The reduced axes, as indices of `shape`. */
  readonly axes: readonly number[];
  /** What is done to each element first; no stage reads anything per channel. */
  readonly before?: Epilogue;
}

/** Its inputs are `x` and what is read before; see `inputsBetween`. */
export const reduce: Operation<ReduceProblem> = /* @__PURE__ */ soleOperation({
  name: 'reduce/axes',
  why: 'the one kernel for reductions; a workgroup shares one of many terms',
  wgsl: shader.code,
  summary: ({ shape, axes }) => `${shape.join('x')} axes ${axes.join(' ')}`,
  step: (problem, _tile, _epilogue, target) => reduceStep(problem, target),
  pieces: ({ problem, inputs, outputs }, limits) => {
    const { shape, axes } = problem;
    // The axes before the first reduced one are walked alike, so they are merged into one.
    const outer = Math.min(shape.length, ...axes);
    const inner = axes.map((axis) => axis - outer + 1);
    return alikePieces({ ...inputs, ...outputs }, sizeOf(shape.slice(0, outer)), limits, (count) => ({
      ...problem,
      shape: [count, ...shape.slice(outer)],
      axes: inner,
    }));
  },
});
