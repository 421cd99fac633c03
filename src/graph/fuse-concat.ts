/**
 * A part of a concatenation is written where it belongs, if that is one range of the whole, and a binding may begin there:
 * its copy goes.
 *
 * @module
 */
import { partOf } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { isWhole, readBy, valueOf, type Graph } from './graph';

/** Comes last: what writes a part takes no maps at its end. */
export function fuseConcat(graph: Graph, context: GpuContext): void {
  for (const copy of graph.dispatches) {
    if (copy.meaning?.kind !== 'place' || !isWhole(copy.operands.x)) continue;
    const value = valueOf(copy.operands.x);
    const writer = graph.onlyReaderOf(value) === copy ? graph.writerOf(value) : undefined;
    const placed = writer && writtenInPlace(writer, copy, context);
    if (placed !== undefined) graph.replace([writer!, copy], placed);
  }
}

function writtenInPlace(writer: Dispatch, copy: Dispatch, { device }: GpuContext): Dispatch | undefined {
  const { meaning, operands } = copy;
  if (meaning?.kind !== 'place') return undefined;
  const isHalf = meaning.halves?.stored.has('output') ?? false;
  // A change of element type is what the copy is for.
  if ((meaning.halves?.stored.has('x') ?? false) !== isHalf) return undefined;
  const offset = meaning.first * (isHalf ? 2 : 4);
  const whole = valueOf(operands.output);
  // No buffer is read and written in one dispatch.
  if (offset % device.limits.minStorageBufferOffsetAlignment !== 0 || readBy(writer).includes(whole)) return undefined;
  const { byteLength } = operands.x;
  return { ...writer, operands: { ...writer.operands, output: partOf(whole, offset, byteLength) } };
}
