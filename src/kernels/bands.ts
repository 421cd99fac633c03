/**
 * Images in bands of rows, for images larger than what the device binds at once: each band of neighbouring output rows is a
 * problem of its own, on the input rows that it is made of.
 *
 * @module
 */
import type { Form } from './dtype';
import type { Limits } from './kernel';
import type { Forms } from './operation';
import { bytesPerUnit, grainOf, mostUnits, rangesOf, stretches, type Piece } from './pieces';

/** Consecutive images; each row is one piece of memory. */
export interface Images {
  readonly x: Form;
  /** The output, and the other tensors of its shape. */
  readonly outputs: Forms;
  readonly count: number;
  /** Rows of an image of the input. */
  readonly inHeight: number;
  readonly outHeight: number;
}

/** How a kind of problem is cut into bands. */
export interface Cut<P> {
  /**
   * Bands begin at multiples of this many rows. The bytes are those of a row of the input, and of a row of each tensor of
   * the output's shape.
   */
  step(inBytes: number, outBytes: readonly number[]): number;
  /** The most rows of outputs, a multiple of `step`, whose input has at most `most` rows and begins at multiples of `grain`. */
  rows(most: number, step: number, grain: number): number;
  /** The problem of the rows from `first` on, and the input rows that it is given. */
  band(
    first: number,
    rows: number,
    grain: number,
  ): { readonly problem: P; readonly firstIn: number; readonly inHeight: number };
}

/** Bands of every image; none if even the smallest band is too large, or if an image begins where no binding may begin. */
export function bandPieces<P>(images: Images, limits: Limits, cut: Cut<P>): readonly Piece<P>[] {
  const { x, outputs, count: batch, inHeight, outHeight } = images;
  const [inRows, outRows] = [batch * inHeight, batch * outHeight];
  const [inBytes] = bytesPerUnit({ x }, inRows);
  const outBytes = bytesPerUnit(outputs, outRows);
  const grain = grainOf([inBytes], limits);
  if (batch > 1 && grainOf(bytesPerUnit({ x, ...outputs }, batch), limits) > 1) return [];
  const step = cut.step(inBytes, outBytes);
  const most = cut.rows(mostUnits([inBytes], 1, limits), step, grain);
  const bands = stretches(outHeight, Math.min(most, mostUnits(outBytes, step, limits)));
  return stretches(batch, 1).flatMap(({ first: n }) =>
    bands.map(({ first, count }) => {
      const band = cut.band(first, count, grain);
      const input = { first: n * inHeight + band.firstIn, count: band.inHeight };
      const output = { first: n * outHeight + first, count };
      return {
        problem: band.problem,
        ranges: { ...rangesOf({ x }, inRows, input), ...rangesOf(outputs, outRows, output) },
      };
    }),
  );
}
