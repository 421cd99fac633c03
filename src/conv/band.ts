/**
 * A convolution, or a pooling, of some rows only: neighbouring rows of the output as a problem of their own, on those rows of
 * the input that their taps fall on. Channels last, where the rows of an image are one piece of memory.
 *
 * Of what lies above the band's input, nothing is padding but what lies above the image. Where the input begins with more
 * rows than are needed, `padTop` is negative: the shaders' unsigned arithmetic takes it as it takes a positive one.
 *
 * @module
 */
import type { WindowProblem } from './window';

/** Rows of outputs as a problem. */
export interface Band<P> {
  /** Of one image: `inHeight` and `outHeight` are the band's. */
  readonly problem: P;
  /** Where its input begins, in rows of the image. */
  readonly firstIn: number;
  /** The problem's. */
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
  // Where all taps lie on padding there is a row even so: a binding is never empty.
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
