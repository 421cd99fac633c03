/**
 * The times at which nodes run: a stretch of calls on the GPU, a read of its results, arithmetic on those, and so on.
 *
 * @module
 */
import type { Reference } from './node';
import type { PlacedNode } from './place';

/** A stretch of calls on the GPU, and the arithmetic that waits for it. */
export interface Stage {
  /** On the GPU, and on shapes, in order. */
  readonly nodes: readonly PlacedNode[];
  /** On the CPU when `reads` have arrived, in order. */
  readonly after: readonly PlacedNode[];
  /** What comes from before as tensors: inputs, results of earlier stages, and arrays, which are uploaded. */
  readonly takes: readonly Reference[];
  /** What comes from before as arrays: shapes, axes and the like, which calls are made with. */
  readonly knows: readonly Reference[];
  /** Results on the GPU that are wanted when the calls are made. */
  readonly gives: readonly Reference[];
  /** Those of them that are read back. */
  readonly reads: readonly Reference[];
  /** How often nodes and `gives` use a node's results: they are freed after the last use. */
  readonly uses: ReadonlyMap<string, number>;
}

/** A list in which each reference is once. */
interface References {
  add(reference: Reference): void;
  readonly all: readonly Reference[];
}

/**
 * @param inputs nodes that are fed
 * @param outputs results that are wanted, whatever computes them
 */
export function stagesOf(
  nodes: readonly PlacedNode[],
  inputs: readonly string[],
  outputs: readonly Reference[],
): readonly Stage[] {
  const count = nodes.reduce((most, { stage }) => Math.max(most, stage + 1), 1);
  const stages = Array.from({ length: count }, () => ({
    nodes: [] as PlacedNode[],
    after: [] as PlacedNode[],
    takes: references(),
    knows: references(),
    gives: references(),
    reads: references(),
  }));
  for (const node of nodes) stages[node.stage][node.place === 'readback' ? 'after' : 'nodes'].push(node);
  const placed = new Map(nodes.map((node) => [node.name, node]));
  const fed = new Set(inputs);
  for (const node of inputs) stages[0].takes.add({ node, output: 0 });
  const stageOf = ({ node }: Reference): number => placed.get(node)?.stage ?? 0;
  const isOnGpu = ({ node }: Reference): boolean => fed.has(node) || placed.get(node)?.place === 'gpu';
  const isConstant = ({ node }: Reference): boolean => !fed.has(node) && !placed.has(node);
  const read = (reference: Reference): void => {
    if (!isOnGpu(reference)) return;
    const { gives, reads } = stages[stageOf(reference)];
    gives.add(reference);
    reads.add(reference);
  };
  for (const { inputs: from, place, stage, definition } of nodes) {
    const early = new Set(definition.gpu?.host?.map((i) => (i < 0 ? i + from.length : i)));
    for (const [i, reference] of from.entries()) {
      if (reference === undefined || isConstant(reference)) continue;
      const made = stageOf(reference);
      if (place === 'readback') read(reference);
      else if (early.has(i) || (!isOnGpu(reference) && placed.get(reference.node)!.place === 'host')) {
        if (isOnGpu(reference) || made < stage) stages[stage].knows.add(reference);
        read(reference);
      } else if (made < stage) {
        stages[stage].takes.add(reference);
        if (isOnGpu(reference) && !fed.has(reference.node)) stages[made].gives.add(reference);
      }
    }
  }
  for (const reference of outputs) if (isOnGpu(reference)) stages[stageOf(reference)].gives.add(reference);
  return stages.map(({ takes, knows, gives, reads, ...stage }) => {
    const uses = new Map<string, number>();
    const used = [...stage.nodes.flatMap(({ inputs: from }) => from), ...gives.all];
    for (const reference of used) {
      if (reference !== undefined) uses.set(reference.node, (uses.get(reference.node) ?? 0) + 1);
    }
    return { ...stage, takes: takes.all, knows: knows.all, gives: gives.all, reads: reads.all, uses };
  });
}

/** `split:1`: one text for one result. */
export function keyOf({ node, output }: Reference): string {
  return `${node}:${output}`;
}

function references(): References {
  const all = new Map<string, Reference>();
  return {
    add: (reference) => void all.set(keyOf(reference), reference),
    get all() {
      return [...all.values()];
    },
  };
}
