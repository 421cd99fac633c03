/** Calls of `conv2dTranspose` with seeded numbers, and their expected results. */
import { transposeProblem, type TransposeGeometry, type TransposeProblem } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { outputShape } from '../../src/conv/window';
import type { DType, Gpu, Tensor } from '../../src/index';
import { asHalves, EPSILON, halfBound, sumBound } from './close';
import { randomValues } from './random';

/** The shapes and the geometry of a call. */
export interface TransposeCall {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly geometry?: TransposeGeometry;
}

/** The sums of a call, and their error bounds. */
export interface Sums {
  readonly problem: TransposeProblem;
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly bound: Float64Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Seeded numbers of a shape, rounded to the element type. */
export function numbersFor(shape: readonly number[], seed: number, dtype: DType = 'f32'): Float32Array {
  const values = randomValues(sizeOf(shape), seed);
  return dtype === 'f16' ? asHalves(values) : values;
}

export function tensorOf(gpu: Gpu, shape: readonly number[], seed: number, dtype: DType = 'f32'): Tensor {
  return gpu.tensor(numbersFor(shape, seed, dtype), shape, { dtype });
}

/**
 * The sums of a call whose x has seed 1 and whose filter has seed 2.
 *
 * @param dtype the type of both, and of the sums
 * @param epsilon the rounding error of the type of the sum
 */
export function sumsOf({ x, filter, geometry }: TransposeCall, dtype: DType = 'f32', epsilon: number = EPSILON): Sums {
  const problem = transposeProblem('conv2dTranspose', x, filter, geometry);
  const [input, weights] = [numbersFor(x, 1, dtype), numbersFor(filter, 2, dtype)];
  const values = transposeReference(problem, input, weights);
  const terms = problem.filterHeight * problem.filterWidth * (problem.inChannels / problem.groups);
  const magnitudes = transposeReference(problem, input.map(Math.abs), weights.map(Math.abs));
  const bound = sumBound(terms, magnitudes, undefined, epsilon);
  return { problem, shape: outputShape(problem), values, bound: dtype === 'f16' ? halfBound(bound, values) : bound };
}
