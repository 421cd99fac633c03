/**
 * A convolution in pieces, where its tensors are larger than what the device binds at once: parts of its batch or, where one
 * image is too large, bands of its rows.
 *
 * @module
 */
import { bandOf, bandRows, type Band } from '../conv/band';
import type { ConvProblem, ConvSizes } from '../conv/problem';
import { transposeBandOf, transposeBandRows } from '../conv/transpose-band';
import type { TransposeProblem } from '../conv/transpose-problem';
import { bandPieces } from './bands';
import type { Limits } from './kernel';
import type { Whole } from './operation';
import { alikePieces, grainOf, type Piece } from './pieces';

/** The fewest pieces that can be bound, the one with the most outputs first; none if not even the smallest can be. */
export function convPieces(whole: Whole<ConvProblem>, limits: Limits): readonly Piece<ConvProblem>[] {
  return piecesOf<ConvProblem>(whole, limits, {
    // Where a band begins, its input may, too: without padding it then does so at the first tap, and a kernel for problems
    // without padding serves the bands as it serves the whole.
    step: ({ strideHeight }, inBytes, outBytes) => grainOf([...outBytes, inBytes * strideHeight], limits),
    rows: bandRows,
    band: bandOf,
  });
}

/** The same of a transposed convolution. */
export function transposePieces(whole: Whole<TransposeProblem>, limits: Limits): readonly Piece<TransposeProblem>[] {
  return piecesOf(whole, limits, {
    // All bands begin in one phase of the stride, so that a program serves them all.
    step({ strideHeight }, _, outBytes) {
      const strides = outBytes.map((bytes) => bytes * strideHeight);
      return strideHeight * grainOf(strides, limits);
    },
    rows: transposeBandRows,
    band: transposeBandOf,
  });
}

/** How a kind of convolution is cut into bands. */
interface ConvCut<P> {
  /** Bands begin at multiples of so many rows; the bytes are those of a row of the input, and of what is like the output. */
  step(problem: P, inBytes: number, outBytes: readonly number[]): number;
  /** As {@link bandRows}. */
  rows(problem: P, most: number, step: number, grain: number): number;
  /** As {@link bandOf}. */
  band(problem: P, first: number, rows: number, grain: number): Band<P>;
}

function piecesOf<P extends ConvSizes>(whole: Whole<P>, limits: Limits, cut: ConvCut<P>): readonly Piece<P>[] {
  const { problem: p, inputs, outputs } = whole;
  const { x } = inputs;
  const { batch, inHeight, outHeight, dataFormat } = p;
  const parts = alikePieces({ x, ...outputs }, batch, limits, (count) => ({ ...p, batch: count }));
  // In planes of channels the rows of a band are no neighbours.
  if (parts.length > 0 || dataFormat === 'NCHW') return parts;
  return bandPieces({ x, outputs, count: batch, inHeight, outHeight }, limits, {
    step: (inBytes, outBytes) => cut.step(p, inBytes, outBytes),
    rows: (most, step, grain) => cut.rows(p, most, step, grain),
    band(first, rows, grain) {
      const { problem, firstIn } = cut.band(p, first, rows, grain);
      return { problem, firstIn, inHeight: problem.inHeight };
    },
  });
}
