/**
 * Moves zero padding around an image into the convolution that reads it.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import { pad, type PadProblem } from '../kernels/pad';
import type { Graph } from './graph';
import { isConv, isOf } from './kinds';

/** The padding call stays if others read it; otherwise it is dead. */
export function fusePads(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isConv(call)) continue;
    const padding = graph.writerOf(call.inputs.x.value);
    if (!isOf(pad, padding)) continue;
    const problem = paddedBy(padding.problem, call.problem);
    if (problem === undefined) continue;
    graph.replace([call], { ...call, problem, inputs: { ...call.inputs, x: padding.inputs.x } });
  }
}

/** The problem with the padding in it; undefined unless the padding is of zeros and around the image. */
function paddedBy({ axes, value }: PadProblem, p: ConvProblem): ConvProblem | undefined {
  if (value !== 0 || axes.length !== 4) return undefined;
  const isLast = p.dataFormat === 'NHWC';
  const [rows, columns] = isLast ? [axes[1], axes[2]] : [axes[2], axes[3]];
  const others = [axes[0], isLast ? axes[3] : axes[1]];
  if (others.some(({ before, after }) => before + after > 0)) return undefined;
  // A reshape between the two would change what the padding means.
  const isImage =
    rows.before + rows.size + rows.after === p.inHeight &&
    columns.before + columns.size + columns.after === p.inWidth &&
    others[0].size === p.batch;
  if (!isImage) return undefined;
  return {
    ...p,
    inHeight: rows.size,
    inWidth: columns.size,
    padTop: p.padTop + rows.before,
    padLeft: p.padLeft + columns.before,
  };
}
