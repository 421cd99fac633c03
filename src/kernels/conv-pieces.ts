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
import type { Limits } from './kernel';
import type { Whole } from './operation';
import { alikePieces, bytesPerUnit, grainOf, mostUnits, rangesOf, stretches, type Piece } from './pieces';

/** The fewest pieces that can be bound, the one with the most outputs first; none if not even the smallest can be. */
export function convPieces(whole: Whole<ConvProblem>, limits: Limits): readonly Piece<ConvProblem>[] {
  return piecesOf(whole, limits, {
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
interface Cut<P> {
  /** Bands begin at multiples of so many rows; the bytes are those of a row of the input, and of what is like the output. */
  step(problem: P, inBytes: number, outBytes: readonly number[]): number;
  /** As {@link bandRows}. */
  rows(problem: P, most: number, step: number, grain: number): number;
  /** As {@link bandOf}. */
  band(problem: P, first: number, rows: number, grain: number): Band<P>;
}

function piecesOf<P extends ConvSizes>(whole: Whole<P>, limits: Limits, cut: Cut<P>): readonly Piece<P>[] {
  const { problem: p, inputs, outputs } = whole;
  const parts = alikePieces({ x: inputs.x, ...outputs }, p.batch, limits, (batch) => ({ ...p, batch }));
  return parts.length > 0 ? parts : bandsOf(whole, limits, cut);
}

/** Bands of every image; none if a band of the fewest rows is too large, or an image begins where no binding may. */
function bandsOf<P extends ConvSizes>(
  { problem: p, inputs, outputs }: Whole<P>,
  limits: Limits,
  cut: Cut<P>,
): readonly Piece<P>[] {
  const { x } = inputs;
  const [inRows, outRows] = [p.batch * p.inHeight, p.batch * p.outHeight];
  const [inBytes] = bytesPerUnit({ x }, inRows);
  const outBytes = bytesPerUnit(outputs, outRows);
  const grain = grainOf([inBytes], limits);
  const isAligned = p.batch === 1 || grainOf(bytesPerUnit({ x, ...outputs }, p.batch), limits) === 1;
  // In planes of channels the rows of a band are no neighbours.
  if (p.dataFormat === 'NCHW' || !isAligned) return [];
  const step = cut.step(p, inBytes, outBytes);
  const most = cut.rows(p, mostUnits([inBytes], 1, limits), step, grain);
  const bands = stretches(p.outHeight, Math.min(most, mostUnits(outBytes, step, limits)));
  return stretches(p.batch, 1).flatMap(({ first: n }) =>
    bands.map(({ first, count }) => {
      const { problem, firstIn } = cut.band(p, first, count, grain);
      const input = { first: n * p.inHeight + firstIn, count: problem.inHeight };
      const output = { first: n * p.outHeight + first, count };
      return { problem, ranges: { ...rangesOf({ x }, inRows, input), ...rangesOf(outputs, outRows, output) } };
    }),
  );
}
