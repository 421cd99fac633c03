/**
 * Twin of shaders/mat-mul.wgsl.
 *
 * @module
 */
import shader from '../../shaders/mat-mul.wgsl';
import type { Step } from '../step';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';

/** A batch of products of [rows, depth] and [depth, columns]. */
export interface MatMulProblem {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Whether a holds [depth, rows]. */
  readonly transposeA: boolean;
  /** Whether b holds [columns, depth]. */
  readonly transposeB: boolean;
  /** Whether one a serves the whole batch. */
  readonly sharedA: boolean;
  readonly sharedB: boolean;
}

/** The dispatch of a matrix product; its operands are `a` and `b`. */
export function matMulStep(p: MatMulProblem, target: Target): Step {
  const { batch, rows, columns, depth, transposeA, transposeB } = p;
  // A tile larger than the matrix would only compute what is thrown away.
  const tile = { TILE_ROWS: Math.min(rows, 4), TILE_COLUMNS: Math.min(columns, 4) };
  return flatStep(target, {
    kernel: 'mat-mul/tile',
    shader,
    sizes: `${batch}x${rows}x${depth}x${columns}`,
    tile,
    uniforms: {
      batch,
      rows,
      columns,
      depth,
      a_batch: p.sharedA ? 0 : rows * depth,
      a_row: transposeA ? 1 : depth,
      a_depth: transposeA ? rows : 1,
      b_batch: p.sharedB ? 0 : depth * columns,
      b_depth: transposeB ? 1 : columns,
      b_column: transposeB ? depth : 1,
    },
    invocations: batch * Math.ceil(rows / tile.TILE_ROWS) * Math.ceil(columns / tile.TILE_COLUMNS),
  });
}

/** Its inputs are `a` and `b`. */
export const matMul: Operation<MatMulProblem> = /* @__PURE__ */ soleOperation({
  name: 'mat-mul/tile',
  why: 'the one kernel for matrix products',
  wgsl: shader.code,
  summary: ({ batch, rows, depth, columns }) => `${batch}x${rows}x${depth}x${columns}`,
  multiplyAdds: ({ batch, rows, depth, columns }) => batch * rows * depth * columns,
  step: (p, _tile, _epilogue, target) => matMulStep(p, target),
  pieces: ({ problem: p, inputs: { a, b }, outputs }, limits) => {
    // All rows that one b serves are those of one matrix.
    const isOne = p.sharedB && !p.transposeA;
    const cut = { ...((isOne || !p.sharedA) && { a }), ...(!p.sharedB && { b }), ...outputs };
    return alikePieces(cut, isOne ? p.batch * p.rows : p.batch, limits, (count) =>
      isOne ? { ...p, batch: 1, rows: count } : { ...p, batch: count },
    );
  },
});
