/**
 * Where each node of a model is computed, and why.
 *
 * @module
 */
import type { Graph } from './graph';
import type { NodePlace } from './place';

/** What `model.explain` says. */
export interface ModelExplanation {
  /**
   * Every node that is computed, in order. `'gpu'`: a call of one of this library's functions. `'host'`: on the CPU, from
   * shapes. `'readback'`: on the CPU, from results that were read back. `'constant'`: computed once, when the model was loaded.
   *
   * `stage` counts the stretches of calls on the GPU: between two stretches a run waits for a read.
   */
  readonly nodes: readonly {
    readonly name: string;
    readonly op: string;
    readonly place: NodePlace;
    readonly stage: number;
    /** Why it waits for results of the GPU, if it does. */
    readonly why?: string;
  }[];
  /** The nodes whose results are read back, for arithmetic on the CPU. */
  readonly reads: readonly string[];
  /** How many stretches of calls a run has. */
  readonly stages: number;
}

export function explanationOf({ nodes, constants, stages }: Graph): ModelExplanation {
  const folded = [...constants].flatMap(([name, [{ constant }]]) =>
    constant === name ? [] : [{ name, op: 'Const', place: 'constant' as const, stage: 0 }],
  );
  return {
    nodes: [
      ...folded,
      ...nodes.map(({ name, op, place, stage, why }) => ({
        name,
        op,
        place,
        stage,
        ...(why !== undefined && { why }),
      })),
    ],
    reads: [...new Set(stages.flatMap(({ reads }) => reads.map(({ node }) => node)))],
    stages: stages.length,
  };
}
