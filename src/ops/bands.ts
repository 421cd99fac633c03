/**
 * A convolution in pieces, where its tensors are larger than what the device binds at once: parts of its batch or, where one
 * image is too large, bands of its rows.
 *
 * @module
 */
import { bandOf, bandRows } from '../conv/band';
import type { ConvProblem } from '../conv/problem';
import type { GpuContext } from '../gpu/context';
import type { Call } from './call';
import { bytesPerUnit, checkParts, mostUnits, partsOf, rangesOf, stepOf, stretches, type Forms } from './parts';

/** A problem, and what it binds of the tensors of the whole. */
export interface Piece extends Pick<Call, 'ranges'> {
  readonly problem: ConvProblem;
}

/**
 * The fewest pieces that can be bound, the one with the most outputs first; mostly the whole problem.
 *
 * @param inputs x
 * @param outputs the output, and the residual if there is one
 * @throws if a tensor does not fit into a buffer, or not even the smallest piece can be bound
 */
export function piecesOf(p: ConvProblem, inputs: Forms, outputs: Forms, context: GpuContext): readonly Piece[] {
  const all = { ...inputs, ...outputs };
  const parts = partsOf(all, p.batch, context).map(({ count, ranges }) => ({
    problem: { ...p, batch: count },
    ranges,
  }));
  const pieces = parts.length > 0 ? parts : bandsOf(p, inputs, outputs, context);
  checkParts(p.op, all, pieces.length, context, p.dataFormat === 'NCHW' ? "use dataFormat 'NHWC', or " : '');
  return pieces;
}

/** Bands of every image; none if a band of the fewest rows is too large, or an image begins where no binding may. */
function bandsOf(p: ConvProblem, inputs: Forms, outputs: Forms, context: GpuContext): readonly Piece[] {
  const [inRows, outRows] = [p.batch * p.inHeight, p.batch * p.outHeight];
  const [inBytes] = bytesPerUnit(inputs, inRows);
  const outBytes = bytesPerUnit(outputs, outRows);
  const grain = stepOf([inBytes], context);
  const isAligned = p.batch === 1 || stepOf(bytesPerUnit({ ...inputs, ...outputs }, p.batch), context) === 1;
  // In planes of channels the rows of a band are no neighbours.
  if (p.dataFormat === 'NCHW' || !isAligned) return [];
  // Where a band begins, its input may, too: without padding it then does so at the first tap, and a kernel for problems
  // without padding serves the bands as it serves the whole.
  const step = stepOf([...outBytes, inBytes * p.strideHeight], context);
  const most = bandRows(p, mostUnits([inBytes], 1, context), step, grain);
  const bands = stretches(p.outHeight, Math.min(most, mostUnits(outBytes, step, context)));
  return stretches(p.batch, 1).flatMap(({ first: n }) =>
    bands.map(({ first, count }) => {
      const { problem, firstIn } = bandOf(p, first, count, grain);
      const input = { first: n * p.inHeight + firstIn, count: problem.inHeight };
      const output = { first: n * p.outHeight + first, count };
      return { problem, ranges: { ...rangesOf(inputs, inRows, input), ...rangesOf(outputs, outRows, output) } };
    }),
  );
}
