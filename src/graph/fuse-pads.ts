/**
 * Zero padding around the image becomes the padding of the convolution that reads it.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Call } from '../gpu/call';
import { pad, type PadProblem } from '../kernels/pad';
import type { Graph } from './graph';
import { isConv, isOf } from './kinds';

/** The padding itself stays for others that read it, or is dead. */
export function fusePads(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isConv(call)) continue;
    const padding = graph.writerOf(call.inputs.x.value);
    const problem = isOf(pad, padding) ? paddedBy(padding.problem, call.problem) : undefined;
    if (problem === undefined) continue;
    const { x } = (padding as Call<PadProblem>).inputs;
    graph.replace([call], { ...call, problem, inputs: { ...call.inputs, x } });
  }
}

/** The problem with the padding in it; undefined if it is not of zeros around the image. */
function paddedBy({ axes, value }: PadProblem, p: ConvProblem): ConvProblem | undefined {
  if (value !== 0 || axes.length !== 4) return undefined;
  const isLast = p.dataFormat === 'NHWC';
  const [rows, columns] = isLast ? [axes[1], axes[2]] : [axes[2], axes[3]];
  const others = [axes[0], isLast ? axes[3] : axes[1]];
  if (others.some(({ before, after }) => before + after > 0)) return undefined;
  // A reshape in between would make it another padding.
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
