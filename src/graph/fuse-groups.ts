import type { ConvProblem } from '../conv/problem';
/**
 * The TensorFlow emulation of a grouped convolution, depthwise -> reshape -> reduceSum, becomes the grouped convolution that
 * it stands for: the same sum of the same products, without the intermediate, which is as many times as large as a group.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { stepOf } from '../kernels/choice';
import { conv2dGeneral } from '../kernels/conv2d';
import { fusedReshapeSum } from '../kernels/grouped';
import { choose } from '../tune/choose';
import { isWhole, valueOf, type Graph } from './graph';

export function fuseGroups(graph: Graph, context: GpuContext): void {
  for (const dispatch of graph.dispatches) {
    const { meaning, operands } = dispatch;
    if (meaning?.kind !== 'sum' || !isWhole(operands.x)) continue;
    const value = valueOf(operands.x);
    const depthwise = graph.onlyReaderOf(value) === dispatch ? graph.writerOf(value) : undefined;
    const grouped = depthwise && groupedOf(depthwise, dispatch, context);
    if (grouped !== undefined) graph.replace([depthwise!, dispatch], grouped);
  }
}

function groupedOf(depthwise: Dispatch, sum: Dispatch, context: GpuContext): Dispatch | undefined {
  const { meaning: first, operands } = depthwise;
  const { meaning: second } = sum;
  if (first?.kind !== 'convolution' || second?.kind !== 'sum' || first.question.epilogue.length > 0) return undefined;
  const { problem } = first.question;
  if (problem.filterForm !== 'depthwise' || problem.groups !== problem.inChannels) return undefined;
  const form = formOf(problem, second.shape, second.axes);
  if (form === undefined) return undefined;
  const question = {
    ...first.question,
    kernels: [fusedReshapeSum, conv2dGeneral],
    problem: { ...problem, ...form },
  };
  const choice = choose(question, context);
  return {
    step: stepOf(question, choice, context.target),
    operands: { ...operands, output: sum.operands.output },
    meaning: { ...first, question },
    why: `depthwise, reshape and reduceSum as one sum; ${choice.why}`,
  };
}

/** Groups and outputs, if what is summed are the channels of each group. */
function formOf(
  p: ConvProblem,
  shape: readonly number[],
  axes: ReadonlySet<number>,
): Pick<ConvProblem, 'groups' | 'grouping' | 'outChannels'> | undefined {
  const [axis, ...more] = axes;
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
