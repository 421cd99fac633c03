/**
 * A convolution, or a pooling, of some rows only: neighbouring rows of the output as a problem of their own, on those rows of
 * the input that their taps fall on. For channels last, where the rows of an image are one piece of memory.
 *
 * Only what lies above the image is padding, not what lies above the band's input. If the input begins with more rows than are
 * needed, `padTop` is negative: the shaders' unsigned arithmetic handles that like a positive one.
 *
 * @module
 */
import type { WindowProblem } from './window';

/** A problem of some rows of the output. */
export interface Band<P> {
  /** The problem of one image; `inHeight` and `outHeight` are the band's. */
  readonly problem: P;
  /** The row of the image at which the band's input begins. */
  readonly firstIn: number;
  /** The same as the problem's `inHeight`. */
  readonly inHeight: number;
}

/**
 * The band of `rows` rows of outputs from the row `first` on.
 *
 * @param grain the input begins at a multiple of so many rows
 */
export function bandOf<P extends WindowProblem>(p: P, first: number, rows: number, grain = 1): Band<P> {
  // Rows of the image under the first tap of the first output, and behind the last tap of the last one.
  const top = first * p.strideHeight - p.padTop;
  const bottom = top + reachOf(p, rows);
  // Take at least one row, even if all taps lie on padding: a binding must not be empty.
  const firstIn = Math.floor(Math.min(Math.max(top, 0), p.inHeight - 1) / grain) * grain;
  const inHeight = Math.min(Math.max(bottom - firstIn, 1), p.inHeight - firstIn);
  return { problem: { ...p, batch: 1, inHeight, outHeight: rows, padTop: firstIn - top }, firstIn, inHeight };
}

/**
 * The most rows of outputs, a multiple of `step`, of which each band's input has at most `most` rows: 0 if there are none,
 * Infinity if the whole input has no more.
 *
 * @param grain as for {@link bandOf}
 */
export function bandRows(p: WindowProblem, most: number, step: number, grain: number): number {
  if (most >= p.inHeight) return Infinity;
  const rows = (most - (grain - 1) - reachOf(p, 1)) / p.strideHeight + 1;
  return Math.max(Math.floor(rows / step) * step, 0);
}

/** Rows of the input from the first tap of the first of so many outputs to the last tap of the last, both included. */
function reachOf(p: WindowProblem, rows: number): number {
  return (rows - 1) * p.strideHeight + (p.filterHeight - 1) * p.dilationHeight + 1;
}
