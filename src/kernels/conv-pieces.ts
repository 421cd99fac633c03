/**
 * A convolution in pieces, where its tensors are larger than what the device binds at once: parts of its batch or, where one
 * image is too large, bands of its rows.
 *
 * @module
 */
import { bandOf, bandRows } from '../conv/band';
import type { ConvProblem } from '../conv/problem';
import type { Limits } from './kernel';
import type { Whole } from './operation';
import { alikePieces, bytesPerUnit, grainOf, mostUnits, rangesOf, stretches, type Piece } from './pieces';

/** The fewest pieces that can be bound, the one with the most outputs first; none if not even the smallest can be. */
export function convPieces(whole: Whole<ConvProblem>, limits: Limits): readonly Piece<ConvProblem>[] {
  const { problem: p, inputs, outputs } = whole;
  const parts = alikePieces({ x: inputs.x, ...outputs }, p.batch, limits, (batch) => ({ ...p, batch }));
  return parts.length > 0 ? parts : bandsOf(whole, limits);
}

/** Bands of every image; none if a band of the fewest rows is too large, or an image begins where no binding may. */
function bandsOf({ problem: p, inputs, outputs }: Whole<ConvProblem>, limits: Limits): readonly Piece<ConvProblem>[] {
  const { x } = inputs;
  const [inRows, outRows] = [p.batch * p.inHeight, p.batch * p.outHeight];
  const [inBytes] = bytesPerUnit({ x }, inRows);
  const outBytes = bytesPerUnit(outputs, outRows);
  const grain = grainOf([inBytes], limits);
  const isAligned = p.batch === 1 || grainOf(bytesPerUnit({ x, ...outputs }, p.batch), limits) === 1;
  // In planes of channels the rows of a band are no neighbours.
  if (p.dataFormat === 'NCHW' || !isAligned) return [];
  // Where a band begins, its input may, too: without padding it then does so at the first tap, and a kernel for problems
  // without padding serves the bands as it serves the whole.
  const step = grainOf([...outBytes, inBytes * p.strideHeight], limits);
  const most = bandRows(p, mostUnits([inBytes], 1, limits), step, grain);
  const bands = stretches(p.outHeight, Math.min(most, mostUnits(outBytes, step, limits)));
  return stretches(p.batch, 1).flatMap(({ first: n }) =>
    bands.map(({ first, count }) => {
      const { problem, firstIn } = bandOf(p, first, count, grain);
      const input = { first: n * p.inHeight + firstIn, count: problem.inHeight };
      const output = { first: n * p.outHeight + first, count };
      return { problem, ranges: { ...rangesOf({ x }, inRows, input), ...rangesOf(outputs, outRows, output) } };
    }),
  );
}
