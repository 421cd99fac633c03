/**
 * Zero padding around the image becomes the padding of the convolution that reads it.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { stepOf } from '../kernels/choice';
import { choose } from '../tune/choose';
import { isWhole, valueOf, type Graph } from './graph';

export function fusePads(graph: Graph, context: GpuContext): void {
  for (const dispatch of graph.dispatches) {
    const padded = withoutPad(graph, context, dispatch);
    if (padded !== undefined) graph.replace([dispatch], padded);
  }
}

/** The convolution of what is padded. The padding itself stays for others that read it, or is dead. */
function withoutPad(graph: Graph, context: GpuContext, dispatch: Dispatch): Dispatch | undefined {
  const { meaning, operands } = dispatch;
  if (meaning?.kind !== 'convolution' || !isWhole(operands.x)) return undefined;
  const pad = graph.writerOf(valueOf(operands.x));
  if (pad?.meaning?.kind !== 'pad' || pad.meaning.value !== 0 || pad.meaning.axes.length !== 4) return undefined;
  const { problem } = meaning.question;
  const isLast = problem.dataFormat === 'NHWC';
  const { axes } = pad.meaning;
  const [rows, columns] = isLast ? [axes[1], axes[2]] : [axes[2], axes[3]];
  const others = [axes[0], isLast ? axes[3] : axes[1]];
  if (others.some(({ before, after }) => before + after > 0)) return undefined;
  // A reshape in between would make it another padding.
  const isImage =
    rows.before + rows.size + rows.after === problem.inHeight &&
    columns.before + columns.size + columns.after === problem.inWidth;
  if (!isImage || others[0].size !== problem.batch) return undefined;
  // A change of element type on the way would be lost.
  if ((meaning.halves?.stored.has('x') ?? false) !== (pad.meaning.halves?.stored.has('x') ?? false)) return undefined;
  const question = {
    ...meaning.question,
    problem: {
      ...problem,
      inHeight: rows.size,
      inWidth: columns.size,
      padTop: problem.padTop + rows.before,
      padLeft: problem.padLeft + columns.before,
    },
  };
  const choice = choose(question, context);
  return {
    step: stepOf(question, choice, context.target),
    operands: { ...operands, x: pad.operands.x },
    meaning: { ...meaning, question },
    why: choice.why,
  };
}
