/**
 * Twin of shaders/gather.wgsl.
 *
 * @module
 */
import shader from '../../shaders/gather.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { vectorType } from './axes';
import { flatStep } from './flat-step';
import type { Limits, Target } from './kernel';
import { soleOperation, type Forms, type Operation, type Whole } from './operation';
import { bytesPerUnit, grainOf, mostUnits, rangesOf, stretches, tooLarge, type Piece, type Range } from './pieces';

/** x is [blocks, ...sizes, inner], and the output [blocks, picks, inner]. */
export interface GatherProblem {
  readonly blocks: number;
  /** How many consecutive blocks share the same indices. */
  readonly sharing: number;
  readonly picks: number;
  /** Sizes of the indexed axes, at most 8. */
  readonly sizes: readonly number[];
  readonly inner: number;
  /** The first bound block, counted among the blocks that the indices cover; default 0. */
  readonly firstBlock?: number;
  readonly firstPick?: number;
  /** The bound runs of the only block, if not all are bound. */
  readonly held?: Range;
}

/** Its inputs are `x` and `indices`. */
export const gather: Operation<GatherProblem> = /* @__PURE__ */ soleOperation({
  name: 'gather/runs',
  why: 'the one kernel for gather and gatherND',
  wgsl: shader.code,
  summary,
  step: (problem, _tile, _epilogue, target) => gatherStep(problem, target),
  pieces,
});

function summary({ blocks, sizes, inner, picks }: GatherProblem): string {
  return `${blocks}x${sizes.join('x')}x${inner} at ${picks}`;
}

function gatherStep(problem: GatherProblem, target: Target): Step {
  const { blocks, sharing, picks, sizes, inner, firstBlock = 0, firstPick = 0, held } = problem;
  const lanes = inner % 4 === 0 ? 4 : 1;
  const count = (blocks * picks * inner) / lanes;
  return flatStep(target, {
    kernel: 'gather/runs',
    shader,
    sizes: summary(problem),
    knobs: { DEPTH: sizes.length },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      inner: inner / lanes,
      picks,
      per_list: sharing,
      first_block: firstBlock,
      first_pick: firstPick,
      first: held?.first ?? 0,
      held: held?.count ?? sizeOf(sizes),
      sizes,
    },
    invocations: count,
  });
}

/**
 * Pieces are parts of the blocks; or, for a single block, parts of the block and of its runs: then each dispatch takes what
 * it holds. The indices are bound whole.
 */
function pieces({ problem, inputs, outputs }: Whole<GatherProblem>, limits: Limits): readonly Piece<GatherProblem>[] {
  const { x } = inputs;
  const { blocks, picks, sizes } = problem;
  if (tooLarge({ x, ...outputs }, limits) === undefined) return [{ problem }];
  if (blocks > 1) {
    return cut({ x, ...outputs }, blocks, limits).map((part) => ({
      problem: { ...problem, blocks: part.count, firstBlock: part.first },
      ranges: rangesOf({ x, ...outputs }, blocks, part),
    }));
  }
  const runs = cut({ x }, sizeOf(sizes), limits);
  const parts = cut(outputs, picks, limits);
  return runs.flatMap((held) =>
    parts.map((part) => ({
      problem: { ...problem, picks: part.count, firstPick: part.first, held },
      ranges: {
        ...(runs.length > 1 && rangesOf({ x }, sizeOf(sizes), held)),
        ...(parts.length > 1 && rangesOf(outputs, picks, part)),
      },
    })),
  );
}

/** The fewest stretches of units that can be bound; none if even the smallest cannot be bound. */
function cut(tensors: Forms, units: number, limits: Limits): readonly Range[] {
  if (tooLarge(tensors, limits) === undefined) return [{ first: 0, count: units }];
  const bytes = bytesPerUnit(tensors, units);
  return stretches(units, mostUnits(bytes, grainOf(bytes, limits), limits));
}
