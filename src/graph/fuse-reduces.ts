/**
 * What is done to each element before a reduction becomes part of it, so that it is not stored: the mean of a + b, the sum of
 * squares of a norm by root mean square.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { readsChannel } from '../kernels/epilogue';
import { readBefore, reduce } from '../kernels/reduce';
import type { Graph } from './graph';
import { isOf } from './kinds';
import { mapOf } from './map';

/** Storage buffers that every device binds, less those of x and the output. */
const OPERANDS = 6;

/** Gives reductions the maps before them. */
export function fuseReduces(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isOf(reduce, call) || call.problem.before !== undefined) continue;
    const writer = graph.writerFor(call, call.inputs.x.value);
    const map = writer && mapOf(writer);
    if (map === undefined || sizeOf(map.x.shape) !== sizeOf(call.problem.shape)) continue;
    const before = map.endings.map(({ stage }) => stage);
    const operands = map.endings.flatMap((ending) => ending.operands);
    if (before.some(readsChannel) || operands.length > OPERANDS) continue;
    graph.replace([writer!, call], {
      ...call,
      problem: { ...call.problem, before },
      inputs: { x: map.x, ...readBefore(before, operands) },
      why: 'what is done to each element first is no dispatch of its own',
    });
  }
}
