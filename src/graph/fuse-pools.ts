/**
 * Moves an activation from behind a max pooling to the convolution before it, if the activation never falls, as relu. The result
 * is the same, since the largest element stays the largest, and the activation costs no dispatch.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { virtualStorage } from '../gpu/tape';
import { elementwise } from '../kernels/elementwise';
import type { Stage } from '../kernels/epilogue';
import { pool } from '../kernels/pool';
import type { Graph } from './graph';
import { isConv, isOf } from './kinds';

const RISING: ReadonlySet<string> = new Set(['relu', 'relu6', 'clip']);

/** Moves activations before poolings if a convolution takes them there. */
export function fusePools(graph: Graph): void {
  for (const call of graph.calls) {
    if (!isOf(elementwise, call) || !call.endings.every(({ stage }) => isRising(stage))) continue;
    const pooling = graph.writerFor(call, call.inputs.x.value);
    if (!isOf(pool, pooling) || pooling.problem.pooling !== 'max') continue;
    const { x } = pooling.inputs;
    if (!isConv(graph.writerFor(pooling, x.value)) || graph.writerOf(call.output.value) !== call) continue;
    const size = sizeOf(x.shape);
    const activated = { ...x, value: virtualStorage(x.value.byteLength) };
    graph.replace([pooling], {
      ...call,
      problem: { size, channels: size, inner: 1 },
      inputs: { x },
      output: activated,
      why: 'moved before the max pooling, where it is fused into the convolution',
    });
    graph.replace([call], { ...pooling, inputs: { x: activated }, output: call.output });
  }
}

function isRising(stage: Stage): boolean {
  return stage.kind === 'activation' && RISING.has(stage.code.name);
}
