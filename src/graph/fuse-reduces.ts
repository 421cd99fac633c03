/**
 * Fuses the maps before a reduction into it, so that their result is not stored: the mean of a + b, the sum of squares of a
 * norm by root mean square.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { inputsBetween, readsChannel } from '../kernels/epilogue';
import { reduce } from '../kernels/reduce';
import type { Graph } from './graph';
import { isOf } from './kinds';
import { mapOf } from './map';

/** The storage buffers that every device binds, minus those of x and the output. */
const OPERANDS = 6;

/** Fuses maps into the reductions that read them. */
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
      inputs: { x: map.x, ...inputsBetween(before, operands) },
      why: 'the element-wise ops before the reduction are part of its dispatch',
    });
  }
}
