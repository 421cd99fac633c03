/**
 * A convolution in pieces, where its tensors are larger than what the device binds at once: parts of its batch or, where one
 * image is too large, bands of its rows.
 *
 * @module
 */
import { bandOf, bandRows } from '../conv/band';
import type { ConvProblem, ConvSizes } from '../conv/problem';
import { transposeBandOf, transposeBandRows } from '../conv/transpose-band';
import type { TransposeProblem } from '../conv/transpose-problem';
import { bandPieces, type Cut } from './bands';
import type { Limits } from './kernel';
import type { Whole } from './operation';
import { alikePieces, grainOf, type Piece } from './pieces';

/** The fewest pieces that can be bound, the one with the most outputs first; none if even the smallest cannot be bound. */
export function convPieces(whole: Whole<ConvProblem>, limits: Limits): readonly Piece<ConvProblem>[] {
  const { problem: p } = whole;
  return piecesOf(whole, limits, {
    // Wherever a band begins, a binding of its input may begin, too. Without padding the input then begins at the first
    // tap, so a kernel for problems without padding serves the bands as well as the whole.
    step: (inBytes, outBytes) => grainOf([...outBytes, inBytes * p.strideHeight], limits),
    rows: (most, step, grain) => bandRows(p, most, step, grain),
    band: (first, rows, grain) => bandOf(p, first, rows, grain),
  });
}

/** The same for a transposed convolution. */
export function transposePieces(whole: Whole<TransposeProblem>, limits: Limits): readonly Piece<TransposeProblem>[] {
  const { problem: p } = whole;
  return piecesOf(whole, limits, {
    // All bands begin in one phase of the stride, so that a program serves them all.
    step(_, outBytes) {
      const strides = outBytes.map((bytes) => bytes * p.strideHeight);
      return p.strideHeight * grainOf(strides, limits);
    },
    rows: (most, step, grain) => transposeBandRows(p, most, step, grain),
    band: (first, rows, grain) => transposeBandOf(p, first, rows, grain),
  });
}

function piecesOf<P extends ConvSizes>(whole: Whole<P>, limits: Limits, cut: Cut<P>): readonly Piece<P>[] {
  const { problem: p, inputs, outputs } = whole;
  const parts = alikePieces({ x: inputs.x, ...outputs }, p.batch, limits, (batch) => ({ ...p, batch }));
  // In planes of channels the rows of a band are not neighbours.
  if (parts.length > 0 || p.dataFormat === 'NCHW') return parts;
  return bandPieces({ ...p, x: inputs.x, outputs, count: p.batch }, limits, cut);
}
