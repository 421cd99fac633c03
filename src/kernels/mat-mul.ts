/**
 * Twin of shaders/mat-mul.wgsl.
 *
 * @module
 */
import shader from '../../shaders/mat-mul.wgsl';
import type { Step } from '../step';
import { flatStep } from './flat-step';
import type { Target } from './kernel';

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
