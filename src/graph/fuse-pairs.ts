/**
 * Makes one call of a depthwise and a pointwise convolution, one on the output of the other, where a kernel could compute both.
 * The choice of the kernel decides whether it does: two dispatches are a way to compute that call, too.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Call, Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { inputsBetween } from '../kernels/epilogue';
import { expand, expandFused } from '../kernels/expand';
import type { Kernel } from '../kernels/kernel';
import type { Operation } from '../kernels/operation';
import { FILTERS, pairFits, type ConvPair, type Order } from '../kernels/pair';
import { tooLarge } from '../kernels/pieces';
import { isUnpadded, skipsPixels } from '../kernels/pointwise';
import { stagesOf } from '../kernels/request';
import { separable, separableFused } from '../kernels/separable';
import type { Graph } from './graph';
import { isConv, isDepthwise } from './kinds';

interface Kind {
  readonly order: Order;
  readonly operation: Operation<ConvPair>;
  /** The kernel that computes the pair in one dispatch. */
  readonly kernel: Kernel<ConvPair>;
}

const KINDS: readonly Kind[] = [
  { order: ['depthwise', 'pointwise'], operation: separable, kernel: separableFused },
  { order: ['pointwise', 'depthwise'], operation: expand, kernel: expandFused },
];

/** Whether a convolution can be that member of a pair. */
const IS = { depthwise: isDepthwise, pointwise: isMixing } as const;

/** Makes the pairs of one dispatch first: a convolution between two others fits both, but can be in one pair only. */
export function fusePairs(graph: Graph, context: GpuContext): void {
  makePairs(graph, context, (pair) => context.plans.of(pair).parts.length === 1);
  makePairs(graph, context, () => true);
}

function makePairs(graph: Graph, { target }: GpuContext, isWanted: (pair: Call<ConvPair>) => boolean): void {
  for (const first of graph.calls) {
    const { value } = first.output;
    const second = graph.onlyReaderOf(value);
    if (!isConv(first) || !isConv(second) || graph.writerOf(value) !== first) continue;
    const [inner, outer] = [readAtEnd(first), readAtEnd(second)];
    if (second.inputs.x.value !== value || outer.some((operand) => operand.value === value)) continue;
    // A reshape between the two may change rows and columns, since the pixels keep their order, but not the channels.
    const [p, q] = [first.problem, second.problem];
    const kind = KINDS.find(({ order: [a, b] }) => IS[a](p) && IS[b](q));
    if (kind === undefined || p.outChannels !== q.inChannels || p.dataFormat !== q.dataFormat) continue;
    const made = together(first, second, kind);
    if (!pairFits(kind.kernel, made.problem, inner.length + outer.length)) continue;
    // A pair in one dispatch cannot be cut into parts, so it must fit into the bindings.
    const bound = Object.fromEntries([first.inputs.x, second.output, ...inner, ...outer].entries());
    if (tooLarge(bound, target.limits) === undefined && isWanted(made)) graph.replace([first, second], made);
  }
}

function together(
  first: Call<ConvProblem>,
  second: Call<ConvProblem>,
  { order: [a, b], operation }: Kind,
): Call<ConvPair> {
  const { x, weights } = first.inputs;
  const { dtype } = first.output;
  const problems = { [a]: first.problem, [b]: second.problem } as Pick<ConvPair, typeof a>;
  const pair: ConvPair = {
    ...problems,
    between: stagesOf(first),
    ...(dtype !== x.dtype && { middle: dtype }),
  };
  return {
    ...second,
    operation,
    problem: pair,
    inputs: {
      x,
      [FILTERS[a]]: weights,
      [FILTERS[b]]: second.inputs.weights,
      ...inputsBetween(pair.between, readAtEnd(first)),
    },
    sums: first.sums === second.sums ? first.sums : 'f32',
  };
}

function readAtEnd({ endings }: Call): readonly Operand[] {
  return endings.flatMap(({ operands }) => operands);
}

/** Whether every output is a sum over the channels of one pixel. */
function isMixing(p: ConvProblem): boolean {
  return p.groups === 1 && p.filterHeight * p.filterWidth === 1 && !skipsPixels(p) && isUnpadded(p);
}
