/**
 * Replaces a convolution between space to batch and batch to space, which is how TensorFlow writes dilation, by the dilated
 * convolution of whole images.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Ending } from '../gpu/call';
import { spaceBatch, type BlockAxis, type SpaceBatchProblem } from '../kernels/space-batch';
import type { Graph } from './graph';
import { isConv, isOf } from './kinds';
import { isElement } from './map';

export function fuseDilations(graph: Graph): void {
  for (const back of graph.calls) {
    if (!isOf(spaceBatch, back) || back.problem.to !== 'space') continue;
    const conv = graph.writerFor(back, back.inputs.x.value);
    if (!isConv(conv) || graph.writerOf(back.output.value) !== back || !conv.endings.every(isOfChannels)) continue;
    const there = graph.writerOf(conv.inputs.x.value);
    if (!isOf(spaceBatch, there) || there.problem.to !== 'batch') continue;
    const problem = dilated(there.problem, conv.problem, back.problem);
    if (problem === undefined) continue;
    const inputs = { ...conv.inputs, x: there.inputs.x };
    graph.replace([conv, back], {
      ...conv,
      problem,
      inputs,
      output: back.output,
      why: 'spaceToBatch, convolution and batchToSpace as one dilated convolution',
    });
  }
}

/** Whether a stage does the same to every pixel of a channel. */
function isOfChannels(ending: Ending): boolean {
  return ending.stage.kind !== 'residual' && !isElement(ending);
}

/** The dilated convolution of the whole images; undefined if the convolution of their parts computes something else. */
function dilated(there: SpaceBatchProblem, p: ConvProblem, back: SpaceBatchProblem): ConvProblem | undefined {
  const [from, to] = [rowsAndColumns(there), rowsAndColumns(back)];
  if (from === undefined || to === undefined || there.batch !== back.batch || p.dataFormat !== 'NHWC') return undefined;
  const [rows, columns] = from;
  const [outRows, outColumns] = to;
  const isPlain =
    p.strideHeight * p.strideWidth * p.dilationHeight * p.dilationWidth === 1 && p.padTop === 0 && p.padLeft === 0;
  const isSame =
    p.batch === there.batch * rows.block * columns.block &&
    p.inHeight === partOf(rows) &&
    p.inWidth === partOf(columns) &&
    p.outHeight === partOf(outRows) &&
    p.outWidth === partOf(outColumns) &&
    p.outHeight + p.filterHeight - 1 === p.inHeight &&
    p.outWidth + p.filterWidth - 1 === p.inWidth;
  const padTop = rows.before - outRows.before;
  const padLeft = columns.before - outColumns.before;
  const isAligned = rows.block === outRows.block && columns.block === outColumns.block && padTop >= 0 && padLeft >= 0;
  if (!isPlain || !isSame || !isAligned || there.inner !== p.inChannels || back.inner !== p.outChannels)
    return undefined;
  return {
    ...p,
    batch: there.batch,
    inHeight: rows.size,
    inWidth: columns.size,
    outHeight: outRows.size,
    outWidth: outColumns.size,
    // A filter of size 1 has no use for a dilation: set it to 1.
    dilationHeight: p.filterHeight === 1 ? 1 : rows.block,
    dilationWidth: p.filterWidth === 1 ? 1 : columns.block,
    padTop,
    padLeft,
  };
}

/** The axes of rows and columns; if there is only one axis, it is that of the columns of a single row. */
function rowsAndColumns({ axes }: SpaceBatchProblem): readonly [BlockAxis, BlockAxis] | undefined {
  const [first, second] = axes;
  if (axes.length === 1) return [{ size: 1, block: 1, before: 0, after: 0 }, first];
  return axes.length === 2 ? [first, second] : undefined;
}

function partOf({ size, block, before, after }: BlockAxis): number {
  return (before + size + after) / block;
}
