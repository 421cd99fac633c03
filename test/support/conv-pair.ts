/** Two convolutions one after the other, one depthwise and one pointwise: cases, and what they must give. */
import type { ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import type { Tensor } from '../../src/index';
import { expectClose, sumBound } from './close';

export interface PairCase {
  readonly name: string;
  readonly input: readonly [batch: number, height: number, width: number, channels: number];
  /** The taps of the depthwise convolution. */
  readonly filter: readonly [height: number, width: number];
  /** The output channels of the pointwise convolution. */
  readonly out: number;
  /** The geometry of the depthwise convolution. */
  readonly geometry: ConvGeometry;
}

/** A convolution and the bias after it. */
interface Biased {
  readonly problem: ConvProblem;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

/** Fails unless each output is the result of both convolutions in float64, with relu6 between them. Disposes nothing. */
export async function expectPair(
  outputs: readonly Tensor[],
  x: Float32Array,
  first: Biased,
  second: Biased,
): Promise<void> {
  const middle = biased(first, x).map((v) => Math.min(Math.max(v, 0), 6));
  const expected = biased(second, middle);
  // Relu6 does not enlarge errors, so the second convolution carries on the error of the first sum.
  const carried = convReference(second.problem, boundOf(first, x), absolute(second.filter));
  const own = boundOf(second, middle);
  const bound = carried.map((error, i) => error + own[i]);
  // All reads run at once, because Firefox checks only every 100 ms whether a read is done.
  const results = await Promise.all(outputs.map((output) => output.read()));
  for (const result of results) expectClose(result, expected, outputShape(second.problem), bound);
}

function biased({ problem, filter, bias }: Biased, x: ArrayLike<number>): Float64Array {
  return convReference(problem, x, filter).map((v, i) => v + bias[i % problem.outChannels]);
}

/** The error bound of the sum of the products and the bias. */
function boundOf({ problem, filter }: Biased, x: ArrayLike<number>): Float64Array {
  const terms = problem.filterHeight * problem.filterWidth * (problem.inChannels / problem.groups) + 1;
  return sumBound(terms, convReference(problem, absolute(x), absolute(filter)));
}

const absolute = (values: ArrayLike<number>): Float64Array => Float64Array.from(values, Math.abs);
