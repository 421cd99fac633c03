/**
 * A part of a concatenation is written where it belongs, if that is one range of the whole, and a binding may begin there:
 * its copy goes.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { readBy } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { copy, placeOf } from '../kernels/copy';
import { bytesOf } from '../kernels/dtype';
import type { Graph } from './graph';
import { isOf } from './kinds';

/** Comes last: what writes a part takes no maps at its end. */
export function fuseConcat(graph: Graph, { device }: GpuContext): void {
  for (const call of graph.calls) {
    if (!isOf(copy, call)) continue;
    const { inputs, output } = call;
    const isAll = sizeOf(call.problem.sizes) === sizeOf(inputs.x.shape);
    const place = isAll ? placeOf(call.problem) : undefined;
    const writer = graph.writerFor(call, inputs.x.value);
    if (place === undefined || writer === undefined) continue;
    // A change of element type is what the copy is for, and no buffer is read and written in one dispatch.
    if (inputs.x.dtype !== output.dtype || readBy(writer).some(({ value }) => value === output.value)) continue;
    const offset = bytesOf({ shape: [place], dtype: output.dtype });
    if (offset % device.limits.minStorageBufferOffsetAlignment !== 0) continue;
    graph.replace([writer, call], {
      ...writer,
      output: { ...writer.output, value: output.value, offset: (output.offset ?? 0) + offset },
    });
  }
}
