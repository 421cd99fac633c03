/**
 * A depthwise convolution and the pointwise one after it become one call where a kernel could compute both. Whether it does is
 * for the choice to say: two dispatches are a way to compute that call, too.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Call } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { tooLarge } from '../kernels/pieces';
import { isUnpadded, skipsPixels } from '../kernels/pointwise';
import { stagesOf } from '../kernels/request';
import { betweenInputs, pairFits, separable, type SeparablePair } from '../kernels/separable';
import type { Graph } from './graph';
import { isConv, isDepthwise } from './kinds';

export function fuseSeparable(graph: Graph, { target }: GpuContext): void {
  for (const first of graph.calls) {
    const second = graph.onlyReaderOf(first.output.value);
    if (!isConv(first) || !isConv(second) || graph.writerOf(first.output.value) !== first) continue;
    // A reshape in between may move pixels, which keep their order, but no channels.
    const isPair = isDepthwise(first.problem) && isMixing(second.problem) && meet(first.problem, second.problem);
    if (!isPair || second.inputs.x.value !== first.output.value) continue;
    const operands = [first, second].flatMap(({ endings }) => endings.flatMap((ending) => ending.operands));
    if (!pairFits(first.problem, second.problem, operands.length)) continue;
    // One dispatch is not cut into parts.
    const bound = Object.fromEntries([first.inputs.x, second.output, ...operands].entries());
    if (tooLarge(bound, target.limits) !== undefined) continue;
    graph.replace([first, second], fused(first, second));
  }
}

function fused(first: Call<ConvProblem>, second: Call<ConvProblem>): Call<SeparablePair> {
  const { dtype } = first.output;
  const pair: SeparablePair = {
    depthwise: first.problem,
    pointwise: second.problem,
    between: stagesOf(first),
    ...(dtype !== first.inputs.x.dtype && { middle: dtype }),
  };
  const read = first.endings.flatMap(({ operands }) => operands);
  return {
    ...second,
    operation: separable,
    problem: pair,
    inputs: { ...first.inputs, mix: second.inputs.weights, ...betweenInputs(pair, read) },
    sums: first.sums === second.sums ? first.sums : 'f32',
  };
}

/** Whether every output is a sum over the channels of one pixel. */
function isMixing(p: ConvProblem): boolean {
  return p.groups === 1 && p.filterHeight * p.filterWidth === 1 && !skipsPixels(p) && isUnpadded(p);
}

function meet(first: ConvProblem, second: ConvProblem): boolean {
  return first.outChannels === second.inChannels && first.dataFormat === second.dataFormat;
}
