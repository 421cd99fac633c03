/**
 * The same problems as plain loops in float64; every kernel is checked against them. They follow the standard's words and share
 * no index arithmetic with the shaders, so that a mistake would have to be made twice.
 *
 * @module
 */
import type { ConvProblem } from './problem';

/**
 * The convolution itself: out[n, outY, outX, o] is the sum over the taps and over the input channels of o's group.
 *
 * For |x| and |filter| it gives the sum of the terms' magnitudes, which bounds the rounding error.
 *
 * @param x the input, in the problem's data format
 * @param filter the filter, in the problem's filter form
 * @returns the output in the problem's data format
 */
export function convReference(p: ConvProblem, x: ArrayLike<number>, filter: ArrayLike<number>): Float64Array {
  const out = new Float64Array(p.batch * p.outHeight * p.outWidth * p.outChannels);
  for (let n = 0; n < p.batch; n++) {
    for (let outY = 0; outY < p.outHeight; outY++) {
      for (let outX = 0; outX < p.outWidth; outX++) {
        for (let o = 0; o < p.outChannels; o++) {
          out[outputIndex(p, n, outY, outX, o)] = oneOutput(p, x, filter, n, outY, outX, o);
        }
      }
    }
  }
  return out;
}

function oneOutput(
  p: ConvProblem,
  x: ArrayLike<number>,
  filter: ArrayLike<number>,
  n: number,
  outY: number,
  outX: number,
  o: number,
): number {
  const outputsPerGroup = p.outChannels / p.groups;
  const inputsPerGroup = p.inChannels / p.groups;
  const group = Math.floor(o / outputsPerGroup);
  let sum = 0;
  for (let tapY = 0; tapY < p.filterHeight; tapY++) {
    const inY = outY * p.strideHeight + tapY * p.dilationHeight - p.padTop;
    if (inY < 0 || inY >= p.inHeight) continue;
    for (let tapX = 0; tapX < p.filterWidth; tapX++) {
      const inX = outX * p.strideWidth + tapX * p.dilationWidth - p.padLeft;
      if (inX < 0 || inX >= p.inWidth) continue;
      for (let member = 0; member < inputsPerGroup; member++) {
        const c = p.grouping === 'contiguous' ? group * inputsPerGroup + member : member * p.groups + group;
        const weight =
          p.filterForm === 'grouped'
            ? at(filter, [p.filterHeight, p.filterWidth, inputsPerGroup, p.outChannels], [tapY, tapX, member, o])
            : at(
                filter,
                [p.filterHeight, p.filterWidth, p.inChannels, outputsPerGroup],
                [tapY, tapX, c, o % outputsPerGroup],
              );
        sum += weight * inputAt(p, x, n, inY, inX, c);
      }
    }
  }
  return sum;
}

function inputAt(p: ConvProblem, x: ArrayLike<number>, n: number, y: number, xx: number, c: number): number {
  return p.dataFormat === 'NHWC'
    ? at(x, [p.batch, p.inHeight, p.inWidth, p.inChannels], [n, y, xx, c])
    : at(x, [p.batch, p.inChannels, p.inHeight, p.inWidth], [n, c, y, xx]);
}

function outputIndex(p: ConvProblem, n: number, y: number, x: number, o: number): number {
  return p.dataFormat === 'NHWC'
    ? ((n * p.outHeight + y) * p.outWidth + x) * p.outChannels + o
    : ((n * p.outChannels + o) * p.outHeight + y) * p.outWidth + x;
}

/** Element of a row-major array. */
function at(values: ArrayLike<number>, shape: readonly number[], index: readonly number[]): number {
  return values[((index[0] * shape[1] + index[1]) * shape[2] + index[2]) * shape[3] + index[3]];
}
