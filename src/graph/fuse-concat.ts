/**
 * Writes a part of a concatenation directly into the result, if its place there is one range and a binding may begin at it.
 * That saves the copy.
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

/** Run this pass last: a call that writes only a part takes no maps at its end. */
export function fuseConcat(graph: Graph, { device }: GpuContext): void {
  for (const call of graph.calls) {
    if (!isOf(copy, call)) continue;
    const { inputs, output } = call;
    const isAll = sizeOf(call.problem.sizes) === sizeOf(inputs.x.shape);
    const place = isAll ? placeOf(call.problem) : undefined;
    const writer = graph.writerFor(call, inputs.x.value);
    if (place === undefined || writer === undefined) continue;
    // Keep a copy that changes the element type, and one without which a dispatch would read and write the same buffer.
    if (inputs.x.dtype !== output.dtype || readBy(writer).some(({ value }) => value === output.value)) continue;
    const offset = bytesOf({ shape: [place], dtype: output.dtype });
    if (offset % device.limits.minStorageBufferOffsetAlignment !== 0) continue;
    graph.replace([writer, call], {
      ...writer,
      output: { ...writer.output, value: output.value, offset: (output.offset ?? 0) + offset },
    });
  }
}
