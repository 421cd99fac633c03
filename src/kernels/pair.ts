/**
 * A depthwise and a pointwise convolution, one on the output of the other: one problem, which one dispatch computes, or the
 * kernels of each convolution in turn.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import { outputShape } from '../conv/window';
import { chainOf, type Chain } from './chain';
import { multiplyAdds, outputs } from './conv-step';
import { depthwise, pointwise } from './convolutions';
import type { DType } from './dtype';
import { BETWEEN, operandsOf, type Epilogue } from './epilogue';
import type { Kernel } from './kernel';
import type { Operation } from './operation';

export interface ConvPair {
  readonly depthwise: ConvProblem;
  readonly pointwise: ConvProblem;
  /** What is done to the sums of the first convolution. */
  readonly between: Epilogue;
  /** Element type of that result, if it is stored and differs from the type of x. */
  readonly middle?: DType;
}

const OPERATIONS = { depthwise, pointwise } as const;

/** The roles of their filters. */
export const FILTERS = { depthwise: 'weights', pointwise: 'mix' } as const;

type Member = keyof typeof FILTERS;

export type Order = readonly [first: Member, second: Member];

/** The most taps that are unrolled; five rows of five leave room for the sums. */
const TAPS_LIMIT = 25;

/** Storage buffers that every device can bind, and those that the shaders themselves need. */
const BUFFERS = { most: 8, own: 4 } as const;

/** Whether a pair suits four lanes of channels and unrolled taps. */
export function isSimple({ depthwise: d, pointwise: w }: ConvPair): boolean {
  return (
    d.dataFormat === 'NHWC' &&
    d.inChannels === d.outChannels &&
    w.inChannels % 4 === 0 &&
    w.outChannels % 4 === 0 &&
    d.filterHeight * d.filterWidth <= TAPS_LIMIT &&
    d.dilationHeight * d.dilationWidth === 1
  );
}

/**
 * Whether a kernel computes a pair in one dispatch.
 *
 * @param operands tensors that its two epilogues read
 */
export function pairFits(kernel: Kernel<ConvPair>, pair: ConvPair, operands: number): boolean {
  return kernel.supports(pair) && BUFFERS.own + operands <= BUFFERS.most;
}

/** The two convolutions one after the other, each by its own kernels. */
export function inTwo(name: string, why: string, [first, second]: Order): Chain<ConvPair> {
  return chainOf(
    {
      name,
      why,
      get wgsl() {
        return [first, second].flatMap((member) => OPERATIONS[member].kernels.map(({ wgsl }) => wgsl)).join('');
      },
      supports: () => true,
      tiles: () => [{}],
    },
    (pair, end) => ({
      middles: { middle: { shape: outputShape(pair[first]), dtype: pair.middle } },
      links: [
        {
          operation: OPERATIONS[first],
          problem: pair[first],
          inputs: { x: 'x', weights: FILTERS[first] },
          epilogue: pair.between,
          operands: operandsOf(pair.between).map((operand) => `${BETWEEN}${operand}`),
          output: 'middle',
        },
        {
          operation: OPERATIONS[second],
          problem: pair[second],
          inputs: { x: 'middle', weights: FILTERS[second] },
          epilogue: end,
          operands: operandsOf(end),
          output: 'output',
        },
      ],
    }),
  );
}

/** Pairs as an operation. Its inputs are `x`, the filters, and what is read between; see `inputsBetween`. */
export function pairOperation(
  names: Pick<Operation<ConvPair>, 'kind' | 'name' | 'summary'>,
  [, second]: Order,
  kernels: Operation<ConvPair>['kernels'],
): Operation<ConvPair> {
  return {
    ...names,
    kernels,
    multiplyAdds: (pair) => multiplyAdds(pair.depthwise) + multiplyAdds(pair.pointwise),
    channels: (pair) => ({ size: outputs(pair[second]), channels: pair[second].outChannels, inner: 1 }),
  };
}
