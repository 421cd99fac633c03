/**
 * Where nodes run.
 *
 * Four places. A `constant` is the same in every run: a weight, or what is computed from weights alone, once, at loading. A
 * `host` node works on shapes, on the CPU, before or between the calls of the GPU, and waits for nothing. A `gpu` node is a
 * call of a public op. A `tail` node works on the CPU on results that are read back: what is small and depends on data, as
 * indices do. No gpu node can depend on a tail node, so a run is one stretch of calls, one read, and one stretch of arithmetic.
 *
 * @module
 */
import { check, describe, fail, show } from '../conv/check';
import { GPU_OPS } from './gpu-ops';
import { HOST_OPS, type HostOp } from './host-ops';
import type { HostValue } from './host-value';
import { newWork, working, type HostWork } from './host-work';
import type { GraphNode } from './topology';

/** Where a node runs. */
export type Place = 'constant' | 'host' | 'gpu' | 'tail';

/** A node and where it runs. */
export interface PlacedNode extends GraphNode {
  readonly place: Exclude<Place, 'constant'>;
}

/** The constants of a file, by the name of their node. */
export type Weights = Pick<ReadonlyMap<string, HostValue>, 'get'>;

/**
 * The nodes that are computed in each run, and what is not, since it is the same every time.
 *
 * @param sorted each after those that it needs
 * @param cuts nodes that are fed
 * @throws if a node cannot be computed where it would have to be
 */
export function placed(
  op: string,
  sorted: readonly GraphNode[],
  cuts: ReadonlySet<string>,
  weights: Weights,
): {
  readonly nodes: readonly PlacedNode[];
  readonly constants: ReadonlyMap<string, readonly HostValue[]>;
} {
  const places = new Map<string, Place>();
  const constants = new Map<string, readonly HostValue[]>();
  const nodes: PlacedNode[] = [];
  const blocked: string[] = [];
  const work = newWork();
  for (const node of sorted) {
    if (cuts.has(node.name) || node.op === 'Placeholder') {
      places.set(node.name, 'gpu');
      continue;
    }
    if (node.op === 'Const') {
      const weight = weights.get(node.name);
      places.set(node.name, 'constant');
      constants.set(node.name, [weight ?? fail(`${op}: ${node.label} has no weight in the manifest`)]);
      continue;
    }
    const from = node.inputs.map(({ node: name }) => places.get(name)!);
    const place = placeOf(op, node, from);
    const hostOp = HOST_OPS.get(node.op);
    const values = place === 'constant' && hostOp !== undefined ? fold(op, node, hostOp, constants, work) : undefined;
    if (values !== undefined) {
      constants.set(node.name, values);
      places.set(node.name, 'constant');
      continue;
    }
    const runs = place === 'constant' ? 'gpu' : place;
    places.set(node.name, runs);
    if (runs === 'tail' && hostOp === undefined) blocked.push(node.label);
    nodes.push({ ...node, place: runs });
  }
  check(
    blocked.length === 0,
    () =>
      `${op}: ${blocked.length} nodes run on the GPU only, but depend on results that are read back: ${blocked.slice(0, 5).join(', ')}${blocked.length > 5 ? ', ...' : ''}; choose outputs before them with options.outputs, and run what follows as a second model with options.inputs`,
  );
  return { nodes, constants };
}

/** What says something of a tensor without looking at its elements. */
const SHAPE_OPS: ReadonlySet<string> = new Set(['Shape', 'Size', 'Rank']);

function placeOf(op: string, node: GraphNode, from: readonly Place[]): Place {
  if (from.includes('tail')) return 'tail';
  const gpuOp = GPU_OPS.get(node.op);
  const hostOp = HOST_OPS.get(node.op);
  if (!from.includes('gpu')) {
    if (hostOp === undefined) return 'gpu';
    return from.includes('host') ? 'host' : 'constant';
  }
  if (SHAPE_OPS.has(node.op)) return 'host';
  const refused = gpuOp?.refuses?.(node);
  const early = gpuOp?.host?.map((i) => (i < 0 ? i + from.length : i)).find((i) => from[i] === 'gpu');
  if (gpuOp !== undefined && refused === undefined && early === undefined) return 'gpu';
  if (hostOp !== undefined) return 'tail';
  return fail(
    refused === undefined
      ? `${op}: ${node.label} needs its input ${early} (${show(node.inputs[early ?? 0].node)}) before the GPU runs, but that is a result of the GPU; choose outputs before it`
      : `${op}: ${node.label} cannot be computed: ${refused}`,
  );
}

/** A node of constants, computed; undefined if that is too much for the CPU but not for the GPU, where it is done once, too. */
function fold(
  op: string,
  node: GraphNode,
  hostOp: HostOp,
  constants: ReadonlyMap<string, readonly HostValue[]>,
  work: HostWork,
): readonly HostValue[] | undefined {
  try {
    const values = runHostOp(op, node, hostOp, inputsOf(node, constants), work);
    // An Identity of a weight is that weight.
    return values.map((value, i) =>
      value.constant === undefined ? { ...value, constant: `${node.name}:${i}` } : value,
    );
  } catch (error) {
    const gpuOp = GPU_OPS.get(node.op);
    if (!work.exceeded || gpuOp === undefined || gpuOp.refuses?.(node) !== undefined) throw error;
    return undefined;
  }
}

function inputsOf(node: GraphNode, constants: ReadonlyMap<string, readonly HostValue[]>): readonly HostValue[] {
  return node.inputs.map(({ node: name, output }) => constants.get(name)![output]);
}

/** Runs an op on the CPU, and takes its steps from those that are left; its errors name the node. */
export function runHostOp(
  op: string,
  node: GraphNode,
  hostOp: HostOp,
  inputs: readonly HostValue[],
  work: HostWork,
): readonly HostValue[] {
  try {
    const missing = inputs.findIndex((input) => input === undefined);
    check(
      missing === -1,
      () => `its input ${show(node.inputs[missing]?.node)} has no output ${node.inputs[missing]?.output}`,
    );
    const result = working(work, () => hostOp(inputs, node));
    return Array.isArray(result) ? result : [result as HostValue];
  } catch (cause) {
    throw new Error(
      `${op}: ${node.label} on ${inputs.map((x) => describe(x?.shape ?? [])).join(', ')}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
