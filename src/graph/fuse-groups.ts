/**
 * Replaces the TensorFlow emulation of a grouped convolution, depthwise -> reshape -> reduceSum, by the grouped convolution
 * itself. It is the same sum of the same products, without the intermediate, which is as many times as large as a group.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Call } from '../gpu/call';
import { groupedByFusedSum } from '../kernels/convolutions';
import { reduce, type ReduceProblem } from '../kernels/reduce';
import type { Graph } from './graph';
import { isConv, isDepthwise, isOf } from './kinds';

export function fuseGroups(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isOf(reduce, call) || call.problem.reduction !== 'sum') continue;
    const depthwise = graph.writerFor(call, call.inputs.x.value);
    const grouped = isConv(depthwise) ? groupedOf(depthwise, call) : undefined;
    if (grouped !== undefined) graph.replace([depthwise!, call], grouped);
  }
}

function groupedOf(depthwise: Call<ConvProblem>, sum: Call<ReduceProblem>): Call | undefined {
  const { problem } = depthwise;
  if (!isDepthwise(problem) || depthwise.endings.length > 0) return undefined;
  const form = formOf(problem, sum.problem);
  return (
    form && {
      ...depthwise,
      operation: groupedByFusedSum,
      problem: { ...problem, ...form },
      output: sum.output,
      why: 'depthwise, reshape and reduceSum as one sum',
    }
  );
}

/** The grouped convolution's groups and outputs, if the sum is over the channels of each group. */
function formOf(
  p: ConvProblem,
  { shape, axes: [axis, ...more] }: ReduceProblem,
): Pick<ConvProblem, 'groups' | 'grouping' | 'outChannels'> | undefined {
  const isLast = p.dataFormat === 'NHWC';
  const image = [p.outHeight, p.outWidth];
  // The channels, cut into axes.
  const parts = isLast ? shape.slice(3) : shape.slice(1, -2);
  const outer = isLast ? shape.slice(1, 3) : shape.slice(-2);
  if (more.length > 0 || shape[0] !== p.batch || String(outer) !== String(image)) return undefined;
  const at = axis - (isLast ? 3 : 1);
  const multiplier = p.outChannels / p.inChannels;
  // [groups, members, multiplier]: neighbours form a group.
  if (parts.length === 3 && at === 1 && parts[2] === multiplier) {
    return { groups: parts[0], grouping: 'contiguous', outChannels: parts[0] * multiplier };
  }
  // [members, outputs]: every groups-th channel is of a group.
  const groups = p.inChannels / parts[0];
  if (parts.length === 2 && at === 0 && Number.isInteger(groups)) {
    return { groups, grouping: 'strided', outChannels: parts[1] };
  }
  return undefined;
}
