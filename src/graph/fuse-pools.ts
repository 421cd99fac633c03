/**
 * Max pooling of a convolution and then an activation that never falls, such as relu, becomes the pooling of the activated
 * convolution, which is the same: the largest of them stays the largest. So the activation costs no dispatch.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import { virtualStorage, type GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { outputs } from '../kernels/conv-step';
import { elementwiseStep } from '../kernels/elementwise';
import type { Stage } from '../kernels/epilogue';
import { inHalf } from '../kernels/half';
import { isWhole, valueOf, type Graph } from './graph';

const RISING: ReadonlySet<string> = new Set(['relu', 'relu6', 'clip']);

/** Puts activations before poolings, where a convolution takes them. */
export function fusePools(graph: Graph, context: GpuContext): void {
  for (const dispatch of graph.dispatches) {
    const { meaning, operands } = dispatch;
    if (meaning?.kind !== 'map' || !isWhole(operands.x) || !meaning.epilogue.every(isRising)) continue;
    const pooled = valueOf(operands.x);
    const pool = graph.onlyReaderOf(pooled) === dispatch ? graph.writerOf(pooled) : undefined;
    const problem = pool && problemBefore(pool, graph);
    if (pool === undefined || problem === undefined) continue;
    const { x } = pool.operands;
    const { halves, epilogue } = meaning;
    if (graph.writerOf(valueOf(operands.output)) !== dispatch) continue;
    // A change of element type would come before the pooling, too.
    if (halves?.stored.has('x') !== halves?.stored.has('output')) continue;
    const size = outputs(problem);
    const channels = { size, channels: size, inner: 1 };
    const step = elementwiseStep(channels, epilogue, context.target);
    const output = virtualStorage(x.byteLength);
    graph.replace([pool], {
      step: halves === undefined ? step : inHalf(step, halves, context.target.features),
      operands: { x, output },
      meaning: { kind: 'map', channels, epilogue, halves },
      why: 'before the pooling, where the convolution takes it',
    });
    graph.replace([dispatch], { ...pool, operands: { x: output, output: operands.output } });
  }
}

function isRising(stage: Stage): boolean {
  return stage.kind === 'activation' && RISING.has(stage.code.name);
}

/** The convolution of which the dispatch is a max pooling, if nobody else reads it. */
function problemBefore({ meaning, operands }: Dispatch, graph: Graph): ConvProblem | undefined {
  if (meaning?.kind !== 'maxPool' || !isWhole(operands.x)) return undefined;
  const value = valueOf(operands.x);
  const before = graph.onlyReaderOf(value) && graph.writerOf(value)?.meaning;
  return before?.kind === 'convolution' ? before.question.problem : undefined;
}
