/**
 * Twin of shaders/mat-mul.wgsl.
 *
 * @module
 */
import shader from '../../shaders/mat-mul.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { leadingAxes, nestSizes, nestStrides, repeatedStrides, shortestNest } from './axes';
import type { Epilogue } from './epilogue';
import { flatStep } from './flat-step';
import type { Limits, Target } from './kernel';
import { soleOperation, type Operation, type Whole } from './operation';
import { alikePieces, type Piece } from './pieces';

/** A batch of products of [rows, depth] and [depth, columns]. */
export interface MatMulProblem {
  /** The output's axes before rows and columns. */
  readonly batch: readonly number[];
  /** The same axes of a, which repeats to `batch`: an axis of size 1, or a missing one, serves all of it. */
  readonly aBatch: readonly number[];
  readonly bBatch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Whether a holds [depth, rows]. */
  readonly transposeA: boolean;
  /** Whether b holds [columns, depth]. */
  readonly transposeB: boolean;
}

/** The dispatch of a matrix product; its operands are `a`, `b` and the epilogue's. */
export function matMulStep(p: MatMulProblem, epilogue: Epilogue, target: Target): Step {
  const { rows, columns, depth, transposeA, transposeB } = p;
  const batch = sizeOf(p.batch);
  // The strides of matrices, in elements.
  const strides = (own: readonly number[]): readonly number[] =>
    repeatedStrides([...own, 1, 1], [...p.batch, 1, 1]).slice(0, -2);
  const nest = shortestNest(p.batch, strides(p.aBatch), strides(p.bBatch));
  // A tile larger than the matrix would only compute outputs that are thrown away.
  const tile = { TILE_ROWS: Math.min(rows, 4), TILE_COLUMNS: Math.min(columns, 4) };
  return flatStep(target, {
    kernel: 'mat-mul/tile',
    shader,
    sizes: summary(p),
    tile,
    knobs: { BATCH_RANK: nest.length },
    epilogue,
    uniforms: {
      batch,
      rows,
      columns,
      depth,
      // The fewest additions come with as many blocks as terms in a block; below 64 terms, adding up the blocks would take many.
      span: Math.max(Math.ceil(Math.sqrt(depth)), 64),
      a_row: transposeA ? 1 : depth,
      a_depth: transposeA ? rows : 1,
      b_depth: transposeB ? 1 : columns,
      b_column: transposeB ? depth : 1,
      batch_sizes: nestSizes(nest),
      a_batch_strides: nestStrides(nest, 0).map((stride) => stride * rows * depth),
      b_batch_strides: nestStrides(nest, 1).map((stride) => stride * depth * columns),
    },
    invocations: batch * Math.ceil(rows / tile.TILE_ROWS) * Math.ceil(columns / tile.TILE_COLUMNS),
  });
}

function summary({ batch, rows, depth, columns }: MatMulProblem): string {
  return `${sizeOf(batch)}x${rows}x${depth}x${columns}`;
}

/** Its inputs are `a` and `b`. */
export const matMul: Operation<MatMulProblem> = /* @__PURE__ */ soleOperation({
  name: 'mat-mul/tile',
  why: 'the one kernel for matrix products',
  wgsl: shader.code,
  summary,
  multiplyAdds: ({ batch, rows, depth, columns }) => sizeOf(batch) * rows * depth * columns,
  channels: ({ batch, rows, columns }) => ({ size: sizeOf(batch) * rows * columns, channels: columns, inner: 1 }),
  step: (p, _tile, epilogue, target) => matMulStep(p, epilogue, target),
  pieces,
});

function pieces(
  { problem: p, inputs: { a, b }, outputs }: Whole<MatMulProblem>,
  limits: Limits,
): readonly Piece<MatMulProblem>[] {
  // All rows that share one b form one matrix.
  if (sizeOf(p.bBatch) === 1 && !p.transposeA) {
    return alikePieces({ a, ...outputs }, sizeOf(p.batch) * p.rows, limits, (rows) => ({
      ...p,
      batch: [],
      aBatch: [],
      bBatch: [],
      rows,
    }));
  }
  const { outer, walked } = leadingAxes(p.batch, { a: p.aBatch, b: p.bBatch });
  const units = sizeOf(p.batch.slice(0, outer));
  const cut = { ...(walked.includes('a') && { a }), ...(walked.includes('b') && { b }), ...outputs };
  // An operand that repeats along these axes is bound whole, and keeps its own remaining axes.
  const part = (own: readonly number[], count: number): readonly number[] => [
    count,
    ...own.slice(Math.max(outer - p.batch.length + own.length, 0)),
  ];
  return alikePieces(cut, units, limits, (count) => ({
    ...p,
    batch: part(p.batch, count),
    aBatch: part(p.aBatch, walked.includes('a') ? count : 1),
    bBatch: part(p.bBatch, walked.includes('b') ? count : 1),
  }));
}
