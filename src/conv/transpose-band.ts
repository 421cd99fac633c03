/**
 * A transposed convolution of some rows only: neighbouring rows of the output as a problem of their own, on those rows of the
 * input that reach them. For channels last, where the rows of an image are one piece of memory.
 *
 * The input never begins below the place of the band's first output: the shaders rely on `padTop` not being negative.
 *
 * @module
 */
import type { Band } from './band';
import type { TransposeProblem } from './transpose-problem';

/**
 * The band of `rows` rows of outputs from the row `first` on.
 *
 * @param grain the input begins at a multiple of so many rows
 */
export function transposeBandOf(p: TransposeProblem, first: number, rows: number, grain = 1): Band<TransposeProblem> {
  // The place of the first output in the range that the taps of all inputs reach, and the last output's place in whole strides.
  const place = first + p.padTop;
  const last = Math.floor((place + rows - 1) / p.strideHeight);
  // Begin no later than at the first output's place, even if it is in a gap that no input reaches.
  const firstReaching = Math.min(
    Math.ceil((place + 1 - extentOf(p)) / p.strideHeight),
    Math.floor(place / p.strideHeight),
  );
  // Take at least one row, even if no input reaches any output: a binding must not be empty.
  const firstIn = Math.floor(Math.min(Math.max(firstReaching, 0), p.inHeight - 1) / grain) * grain;
  const inHeight = Math.min(last, p.inHeight - 1) - firstIn + 1;
  const padTop = place - firstIn * p.strideHeight;
  return { problem: { ...p, batch: 1, inHeight, outHeight: rows, padTop }, firstIn, inHeight };
}

/**
 * The most rows of outputs, a multiple of `step`, of which each band's input has at most `most` rows: 0 if there are none,
 * Infinity if the whole input has no more.
 *
 * @param grain as for {@link transposeBandOf}
 */
export function transposeBandRows(p: TransposeProblem, most: number, step: number, grain: number): number {
  if (most >= p.inHeight) return Infinity;
  const rows = (most - (grain - 1)) * p.strideHeight + 1 - Math.max(extentOf(p), p.strideHeight);
  return Math.max(Math.floor(rows / step) * step, 0);
}

/** Rows from the first to the last tap, both included. */
function extentOf(p: TransposeProblem): number {
  return (p.filterHeight - 1) * p.dilationHeight + 1;
}
