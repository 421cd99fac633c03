/**
 * Twin of shaders/norm.wgsl.
 *
 * @module
 */
import shader from '../../shaders/norm.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, stridesOf, vectorType, type Axis } from './axes';
import type { Channels } from './elementwise';
import { readsChannel, type Epilogue } from './epilogue';
import { flatStep, WORKGROUP } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';

/**
 * With at least this many terms, a CPU adapter has a workgroup share a row; with fewer, its barriers cost more than they save.
 */
const LONG = 1024;

export interface NormProblem {
  /** At most 8 axes. */
  readonly shape: readonly number[];
  /** The axes of a row, as indices of `shape`. */
  readonly axes: readonly number[];
  /** Added to the variance. */
  readonly epsilon: number;
  /** What the epilogue treats as channels. */
  readonly channels: Omit<Channels, 'size'>;
}

/** The dispatch that normalizes. */
function normStep({ shape, axes, epsilon, channels }: NormProblem, epilogue: Epilogue, target: Target): Step {
  const rows = nestOf(shape, (axis) => !axes.includes(axis));
  const terms = nestOf(shape, (axis) => axes.includes(axis));
  // The epilogue's operands are vectors of channels.
  const isFree = !epilogue.some(readsChannel) || (channels.inner === 1 && channels.channels % 4 === 0);
  const isAlong = isFree && lanesOf(terms, strides(rows)) === 4;
  const isAcross = isFree && !isAlong && lanesOf(rows, strides(terms)) === 4;
  const vector = isAlong || isAcross ? 4 : 1;
  const kept = isAcross ? inLanes(rows, vector) : rows;
  const gone = isAlong ? inLanes(terms, vector) : terms;
  const count = sizeOf(nestSizes(kept));
  const length = sizeOf(nestSizes(gone));
  const lanes = sharers(length, count, target);
  // The nest that has the vectors counts in vectors already.
  const inVectors = (nest: readonly Axis[], isCounted: boolean): number[] =>
    nestStrides(nest, 0).map((stride) => (isCounted ? stride : stride / vector));
  return flatStep(target, {
    kernel: 'norm/rows',
    shader,
    sizes: `${shape.join('x')} axes ${axes.join(' ')}`,
    tile: { LANES: lanes },
    knobs: { KEPT_RANK: kept.length, TERM_RANK: gone.length },
    aliases: { V: vectorType(vector) },
    slots: isAlong ? { total: { body: 'return V(v.x + v.y + v.z + v.w);' } } : {},
    epilogue,
    uniforms: {
      rows: count,
      terms: length,
      span: Math.max(Math.ceil(Math.sqrt(length / lanes)), 16),
      channels: Math.ceil(channels.channels / vector),
      inner: channels.inner,
      size: sizeOf(nestSizes(terms)),
      epsilon,
      kept_sizes: nestSizes(kept),
      kept_strides: inVectors(kept, isAcross),
      term_sizes: nestSizes(gone),
      term_strides: inVectors(gone, isAlong),
    },
    invocations: count * lanes,
  });
}

/** A GPU stays busy during loads with this many times the invocations that leave no core idle. */
const BUSY = 8;

/** How many invocations share a row: on GPUs a few terms for each, unless the rows alone are enough. */
function sharers(terms: number, rows: number, { profile }: Target): number {
  if (profile.cpu) return terms >= LONG ? WORKGROUP : 1;
  let lanes = 1;
  while (lanes < WORKGROUP && lanes * 4 < terms && lanes * rows < BUSY * profile.invocations) lanes *= 2;
  return lanes;
}

function strides(nest: readonly Axis[]): number[] {
  return nest.flatMap((axis) => axis.strides);
}

function nestOf(shape: readonly number[], wanted: (axis: number) => boolean): Axis[] {
  const all = stridesOf(shape);
  return shortestNest(
    shape.filter((_, axis) => wanted(axis)),
    all.filter((_, axis) => wanted(axis)),
  );
}

/** Its input is `x`; an epilogue may follow. */
export const norm: Operation<NormProblem> = /* @__PURE__ */ soleOperation({
  name: 'norm/rows',
  why: 'the one kernel for layerNorm and instanceNorm',
  wgsl: shader.code,
  summary: ({ shape, axes }) => `${shape.join('x')} axes ${axes.join(' ')}`,
  channels: ({ shape, channels }) => ({ size: sizeOf(shape), ...channels }),
  step: (problem, _tile, epilogue, target) => normStep(problem, epilogue, target),
  pieces: ({ problem, epilogue, inputs, outputs }, limits) => {
    const { shape, axes, channels } = problem;
    // Rows stay whole. Where the epilogue reads something per channel, the channels also stay whole.
    let outer = Math.min(shape.length, ...axes);
    const unit = epilogue.some(readsChannel) ? channels.channels * channels.inner : 1;
    while (outer > 0 && sizeOf(shape.slice(outer)) % unit !== 0) outer--;
    return alikePieces({ ...inputs, ...outputs }, sizeOf(shape.slice(0, outer)), limits, (count) => ({
      ...problem,
      shape: [count, ...shape.slice(outer)],
      axes: axes.map((axis) => axis - outer + 1),
    }));
  },
});
