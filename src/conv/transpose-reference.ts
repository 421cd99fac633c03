/**
 * Transposed convolution as plain loops in float64, by its definition: every input, times every tap of the filter, is ADDED
 * to the output that it reaches. The shaders instead find, for every output, the inputs that reach it; the two share no
 * arithmetic.
 *
 * @module
 */
import type { TransposeProblem } from './transpose-problem';

/**
 * The transposed convolution itself.
 *
 * For |x| and |filter| it gives the sum of the terms' magnitudes, which bounds the rounding error.
 *
 * @param x the input, in the problem's data format
 * @param filter the filter, in the problem's filter form
 * @returns the output in the problem's data format
 */
export function transposeReference(p: TransposeProblem, x: ArrayLike<number>, filter: ArrayLike<number>): Float64Array {
  const out = new Float64Array(p.batch * p.outHeight * p.outWidth * p.outChannels);
  for (let n = 0; n < p.batch; n++) {
    for (let inY = 0; inY < p.inHeight; inY++) {
      for (let inX = 0; inX < p.inWidth; inX++) {
        for (let c = 0; c < p.inChannels; c++) {
          const input = x[place(p.dataFormat, [p.batch, p.inHeight, p.inWidth, p.inChannels], [n, inY, inX, c])];
          scatter(p, filter, input, [n, inY, inX, c], out);
        }
      }
    }
  }
  return out;
}

/** Adds one input to all outputs that it reaches. */
function scatter(
  p: TransposeProblem,
  filter: ArrayLike<number>,
  input: number,
  [n, inY, inX, c]: readonly number[],
  out: Float64Array,
): void {
  const outputsPerGroup = p.outChannels / p.groups;
  const group = Math.floor(c / (p.inChannels / p.groups));
  for (let tapY = 0; tapY < p.filterHeight; tapY++) {
    const outY = inY * p.strideHeight + tapY * p.dilationHeight - p.padTop;
    if (outY < 0 || outY >= p.outHeight) continue;
    for (let tapX = 0; tapX < p.filterWidth; tapX++) {
      const outX = inX * p.strideWidth + tapX * p.dilationWidth - p.padLeft;
      if (outX < 0 || outX >= p.outWidth) continue;
      for (let member = 0; member < outputsPerGroup; member++) {
        const [rows, columns] = [outputsPerGroup, p.inChannels];
        const tap = tapY * p.filterWidth + tapX;
        const weight =
          p.filterForm === 'grouped'
            ? filter[(tap * rows + member) * columns + c]
            : filter[(tap * columns + c) * rows + member];
        const o = group * outputsPerGroup + member;
        out[place(p.dataFormat, [p.batch, p.outHeight, p.outWidth, p.outChannels], [n, outY, outX, o])] +=
          input * weight;
      }
    }
  }
}

/** The index of an element [n, y, x, c]. */
function place(dataFormat: TransposeProblem['dataFormat'], sizes: readonly number[], at: readonly number[]): number {
  const order = dataFormat === 'NHWC' ? [0, 1, 2, 3] : [0, 3, 1, 2];
  return order.reduce((index, axis) => index * sizes[axis] + at[axis], 0);
}
