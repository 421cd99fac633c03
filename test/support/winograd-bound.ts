/** How far Winograd's algorithm may be off, in float64. */
import type { ConvProblem } from '../../src/conv/problem';
import { EPSILON } from './close';

type Matrix = readonly (readonly number[])[];

/** The matrices of F(4x4, 3x3) with the points 0, 1/2, -1/2, 2, -2 and infinity; the shaders have them as sums. */
export const MATRICES: Readonly<Record<'output' | 'filter' | 'input', Matrix>> = {
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1 / 2, -1 / 2, 2, -2, 0],
    [0, 1 / 4, 1 / 4, 4, 4, 0],
    [0, 1 / 8, -1 / 8, 8, -8, 1],
  ],
  filter: [
    [1, 0, 0],
    [-1 / 1.875, -0.5 / 1.875, -0.25 / 1.875],
    [-1 / 1.875, 0.5 / 1.875, -0.25 / 1.875],
    [1 / 30, 2 / 30, 4 / 30],
    [1 / 30, -2 / 30, 4 / 30],
    [0, 0, 1],
  ],
  input: [
    [1, 0, -4.25, 0, 1, 0],
    [0, -2, -4, 0.5, 1, 0],
    [0, 2, -4, -0.5, 1, 0],
    [0, -0.5, -0.25, 2, 1, 0],
    [0, 0.5, -0.25, -2, 1, 0],
    [0, 1, 0, -4.25, 0, 1],
  ],
};

/** Roundings that a value passes besides those of the sum over the channels. */
const ROUNDINGS = 20;

/** How much larger an output's magnitudes may be than those of one tap, along both axes. */
export function gainOf({ output, filter, input }: typeof MATRICES): number {
  const [g, b] = [filter, input].map((matrix) => matrix.map((row) => magnitude(row)));
  return Math.max(...output.map((row) => magnitude(row.map((value, i) => value * g[i] * b[i])))) ** 2;
}

/** The bound of every output of a tensor, from the largest numbers. */
export function largestError({ inChannels }: ConvProblem, x: Float32Array, weights: Float32Array): number {
  return gainOf(MATRICES) * inChannels * (inChannels + ROUNDINGS) * EPSILON * largest(x) * largest(weights);
}

/** The bound of each output: (C + 20) e |A^T| [ sum over c of (|G| |g| |G^T|) (|B^T| |d| |B|) ] |A|. */
export function winogradBound(p: ConvProblem, x: Float32Array, weights: Float32Array): Float64Array {
  const { inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = p;
  const [output, filter, input] = [MATRICES.output, MATRICES.filter, MATRICES.input].map(absolute);
  const taps = Array.from({ length: inChannels * outChannels }, (_, at) =>
    around(filter, (y, tap) => Math.abs(weights[(y * 3 + tap) * inChannels * outChannels + at])),
  );
  const bound = new Float64Array(p.batch * outHeight * outWidth * outChannels);
  for (let n = 0; n < p.batch; n++) {
    for (let top = 0; top < outHeight; top += 4) {
      for (let left = 0; left < outWidth; left += 4) {
        const pixels = Array.from({ length: inChannels }, (_, c) =>
          around(input, (i, j) => {
            const [y, column] = [top + i - p.padTop, left + j - p.padLeft];
            const isInside = y >= 0 && y < inHeight && column >= 0 && column < inWidth;
            return isInside ? Math.abs(x[((n * inHeight + y) * inWidth + column) * inChannels + c]) : 0;
          }),
        );
        for (let o = 0; o < outChannels; o++) {
          const sums = Array.from({ length: 36 }, () => 0);
          for (const [c, pixel] of pixels.entries()) {
            const tap = taps[c * outChannels + o];
            for (let place = 0; place < 36; place++) sums[place] += pixel[place] * tap[place];
          }
          const tile = around(output, (i, j) => sums[i * 6 + j]);
          for (let i = 0; i < 4 && top + i < outHeight; i++) {
            for (let j = 0; j < 4 && left + j < outWidth; j++) {
              bound[((n * outHeight + top + i) * outWidth + left + j) * outChannels + o] =
                (inChannels + ROUNDINGS) * EPSILON * tile[i * 4 + j];
            }
          }
        }
      }
    }
  }
  // What is left out is of second order.
  return bound.map((b) => 1.001 * b);
}

/** matrix v matrix^T, row by row. */
function around(matrix: Matrix, v: (i: number, j: number) => number): readonly number[] {
  const size = matrix[0].length;
  const left = matrix.map((row) =>
    Array.from({ length: size }, (_, j) => row.reduce((sum, value, i) => sum + value * v(i, j), 0)),
  );
  return left.flatMap((row) => matrix.map((other) => other.reduce((sum, value, j) => sum + value * row[j], 0)));
}

function absolute(matrix: Matrix): Matrix {
  return matrix.map((row) => row.map(Math.abs));
}

function magnitude(row: readonly number[]): number {
  return row.reduce((sum, value) => sum + Math.abs(value), 0);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
