/**
 * Where nodes run, and when.
 *
 * Four places. A `constant` is the same in every run: a weight, or what is computed from weights alone, once, at loading. A
 * `host` node works on shapes, on the CPU, before or between the calls of the GPU, and waits for nothing. A `gpu` node is a
 * call of a public op. A `readback` node works on the CPU on results that are read back: what is small and depends on data,
 * as indices do.
 *
 * A stage is a stretch of calls on the GPU, its results that are read back, and the arithmetic on those. What the GPU
 * computes from such arithmetic belongs to the next stage. Most graphs have one stage.
 *
 * @module
 */
import { check, describe, fail, show } from '../conv/check';
import type { Dialect, HostOp, OpDefinition } from './dialect';
import type { HostDType, HostValue } from './host-value';
import { newWork, working, type HostWork } from './host-work';
import { CONSTANT, PLACEHOLDER, type GraphNode } from './node';

/** Where a node runs. */
export type NodePlace = 'constant' | 'host' | 'gpu' | 'readback';

/** A node, what it is, and where and when it runs. */
export interface PlacedNode extends GraphNode {
  readonly definition: OpDefinition;
  readonly place: Exclude<NodePlace, 'constant'>;
  readonly stage: number;
  /** Why it waits, if it does. */
  readonly why?: string;
}

/** The constants of a file, by the name of their node. */
export type Weights = Pick<ReadonlyMap<string, HostValue>, 'get'>;

/** What is known of a node before it runs. */
interface Known {
  readonly place: NodePlace;
  readonly stage: number;
  readonly dtypes: readonly HostDType[];
}

/** What is computed in each run, and what is not, since it is the same every time. */
export interface Placed {
  readonly nodes: readonly PlacedNode[];
  readonly constants: ReadonlyMap<string, readonly HostValue[]>;
  readonly dtypes: ReadonlyMap<string, readonly HostDType[]>;
}

/**
 * Places nodes.
 *
 * @param sorted each after those that it needs
 * @param cuts nodes that are fed
 * @throws if a node cannot be computed where it would have to be
 */
export function placed(
  op: string,
  { ops }: Dialect,
  sorted: readonly GraphNode[],
  cuts: ReadonlySet<string>,
  weights: Weights,
): Placed {
  const known = new Map<string, Known>();
  const constants = new Map<string, readonly HostValue[]>();
  const nodes: PlacedNode[] = [];
  const work = newWork();
  for (const node of sorted) {
    const { name } = node;
    if (cuts.has(name) || node.op === PLACEHOLDER) {
      const dtype = node.op === PLACEHOLDER ? node.attributes.dtype('dtype') : undefined;
      known.set(name, { place: 'gpu', stage: 0, dtypes: [dtype ?? 'float32'] });
      continue;
    }
    if (node.op === CONSTANT) {
      const weight = weights.get(name) ?? fail(`${op}: ${node.label} has no weight in the file`);
      constants.set(name, [weight]);
      known.set(name, { place: 'constant', stage: 0, dtypes: [weight.dtype] });
      continue;
    }
    const definition = ops.get(node.op)!;
    const from = node.inputs.map((input) => (input === undefined ? undefined : known.get(input.node)!));
    const given = node.inputs.map((input, i) => from[i]?.dtypes[input!.output] ?? 'float32');
    const dtypes = dtypesOf(node, definition, given);
    const { place, stage, why } = placeOf(op, node, definition, from, given);
    const values =
      place === 'constant' && definition.host !== undefined ? fold(op, node, definition, constants, work) : undefined;
    if (values !== undefined) {
      constants.set(name, values);
      known.set(name, { place: 'constant', stage: 0, dtypes: values.map(({ dtype }) => dtype) });
      continue;
    }
    const runs = place === 'constant' ? 'gpu' : place;
    known.set(name, { place: runs, stage, dtypes });
    nodes.push({ ...node, definition, place: runs, stage, why });
  }
  return { nodes, constants, dtypes: new Map([...known].map(([name, { dtypes }]) => [name, dtypes])) };
}

function dtypesOf(
  node: GraphNode,
  { outputs, dtype = (_, [first = 'float32']) => first }: OpDefinition,
  inputs: readonly HostDType[],
): readonly HostDType[] {
  return Array.from({ length: outputs?.(node) ?? 1 }, (_, output) => dtype(node, inputs, output));
}

function placeOf(
  op: string,
  node: GraphNode,
  { gpu, host, shapeOnly = false }: OpDefinition,
  from: readonly (Known | undefined)[],
  dtypes: readonly HostDType[],
): { readonly place: NodePlace; readonly stage: number; readonly why?: string } {
  const places = from.map((known) => known?.place);
  const stage = latest(from.map((known) => known?.stage ?? 0));
  const needsData = places.includes('readback');
  if (!places.includes('gpu') && !needsData) {
    if (host === undefined) return { place: 'gpu', stage };
    return { place: places.includes('host') ? 'host' : 'constant', stage };
  }
  if (shapeOnly && !needsData) return { place: 'host', stage };
  const inputAt = (i: number): string => show(node.inputs[i]?.node);
  // What depends on data is small, and its size changes: the GPU would need another program each time.
  if (needsData && host !== undefined) {
    return { place: 'readback', stage, why: `${inputAt(places.indexOf('readback'))} is computed on the CPU` };
  }
  const refused = gpu?.refuses?.(node, dtypes);
  const early = gpu?.host?.map((i) => (i < 0 ? i + from.length : i)).filter((i) => places[i] === 'gpu') ?? [];
  if (gpu !== undefined && refused === undefined && (early.length === 0 || host === undefined)) {
    const waits = from.map((known, i) => (known?.place === 'readback' || early.includes(i) ? known!.stage + 1 : 0));
    const waiting = waits.findIndex((at) => at > stage);
    const why = waiting < 0 ? undefined : `${inputAt(waiting)} must be read before it`;
    return { place: 'gpu', stage: Math.max(stage, latest(waits)), why };
  }
  if (host !== undefined) {
    const why =
      gpu === undefined
        ? 'it has no GPU kernel'
        : (refused ?? `its input ${early[0]}, ${inputAt(early[0])}, is a result of the GPU but must be known before`);
    return { place: 'readback', stage, why };
  }
  return fail(`${op}: ${node.label} cannot be computed: ${refused}`);
}

/** A loop: a node of a file may have more inputs than a call takes arguments. */
function latest(stages: readonly number[]): number {
  return stages.reduce((last, stage) => Math.max(last, stage), 0);
}

/**
 * The result of a node of constants; undefined if it is too much for the CPU but not for the GPU, which also computes it
 * once.
 */
function fold(
  op: string,
  node: GraphNode,
  { gpu, host }: OpDefinition,
  constants: ReadonlyMap<string, readonly HostValue[]>,
  work: HostWork,
): readonly HostValue[] | undefined {
  const inputs = node.inputs.map((input) =>
    input === undefined ? undefined : constants.get(input.node)![input.output],
  );
  try {
    const values = runHostOp(op, node, host!, inputs, work);
    // An Identity of a weight is that weight.
    return values.map((value, i) =>
      value.constant === undefined ? { ...value, constant: `${node.name}:${i}` } : value,
    );
  } catch (error) {
    const dtypes = inputs.map((input) => input?.dtype ?? 'float32');
    if (!work.exceeded || gpu === undefined || gpu.refuses?.(node, dtypes) !== undefined) throw error;
    return undefined;
  }
}

/** Runs an op on the CPU, and takes its steps from those that are left; its errors name the node. */
export function runHostOp(
  op: string,
  node: GraphNode,
  hostOp: HostOp,
  inputs: readonly (HostValue | undefined)[],
  work: HostWork,
): readonly HostValue[] {
  try {
    const missing = inputs.findIndex((input, i) => input === undefined && node.inputs[i] !== undefined);
    check(
      missing === -1,
      () => `its input ${show(node.inputs[missing]?.node)} has no output ${node.inputs[missing]?.output}`,
    );
    // An op knows which of its inputs may be left out.
    const result = working(work, () => hostOp(inputs as readonly HostValue[], node));
    return Array.isArray(result) ? result : [result as HostValue];
  } catch (cause) {
    throw new Error(
      `${op}: ${node.label} on ${inputs.map((x) => describe(x?.shape ?? [])).join(', ')}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
