/**
 * Turns the nodes of a file into the nodes that run, in order, each with the place where it runs.
 *
 * @module
 */
import { check, fail, show } from '../conv/check';
import type { Dialect } from './dialect';
import type { HostDType, HostValue } from './host-value';
import {
  CONSTANT,
  PLACEHOLDER,
  referenceOf,
  type Endpoint,
  type GraphNode,
  type Reference,
  type Topology,
} from './node';
import { placed, type PlacedNode, type Weights } from './place';
import { stagesOf, type Stage } from './stages';

/** What is fed, or what comes out. */
export interface GraphEnd {
  readonly name: string;
  readonly reference: Reference;
  /** Sizes, -1 for those that are not fixed; undefined if not even the rank is known. */
  readonly shape?: readonly number[];
  readonly dtype: HostDType;
}

/** What is to be run. */
export interface Graph {
  readonly inputs: readonly GraphEnd[];
  readonly outputs: readonly GraphEnd[];
  /** Inputs of the file that the outputs do not need, by all their names. They may be fed, and are ignored. */
  readonly unneeded: ReadonlySet<string>;
  /** Sorted so that each comes after those that it needs; without inputs and constants. */
  readonly nodes: readonly PlacedNode[];
  /** By node; those of several outputs have several. */
  readonly constants: ReadonlyMap<string, readonly HostValue[]>;
  /** What the elements of each node's outputs stand for. */
  readonly dtypes: ReadonlyMap<string, readonly HostDType[]>;
  /** The same nodes, grouped by when they run; there is at least one stage. */
  readonly stages: readonly Stage[];
}

/** Which part of a file's graph is wanted. */
export interface GraphChoice {
  /** Nodes that are fed instead of computed. */
  readonly inputs?: readonly string[];
  /** Nodes whose results are wanted; default those of the signature, or those that no node uses. */
  readonly outputs?: readonly string[];
}

/**
 * The graph that computes some outputs.
 *
 * @param dialect what the file's ops mean
 * @param weights the constants of the file, by the name of their node
 * @throws if a node is missing, has too few inputs or depends on itself, or cannot be computed
 */
export function graphOf(
  op: string,
  dialect: Dialect,
  topology: Topology,
  weights: Weights,
  choice: GraphChoice = {},
): Graph {
  const ends = outputsOf(op, topology, choice.outputs);
  const cuts = new Set(choice.inputs?.map((name) => meantBy(op, 'inputs', topology, name).node));
  for (const name of cuts) nodeOf(op, topology, name, 'options.inputs names it');
  const { sorted, loop } = sort(op, topology, ends, cuts);
  checkKnown(op, dialect, sorted, cuts);
  // Loops are made of missing ops, too; an error that names them helps more.
  check(loop === undefined, () => loopMessage(op, loop ?? []));
  for (const node of sorted) if (!cuts.has(node.name)) checkArity(op, dialect, topology, node);
  const { constants, nodes, dtypes } = placed(op, dialect, sorted, cuts, weights);
  const inputs = sorted.filter(({ name, op: kind }) => cuts.has(name) || kind === PLACEHOLDER);
  const outputs = ends.map((end) => {
    const { node, output } = end.reference;
    return { ...end, dtype: end.dtype ?? dtypes.get(node)![output] ?? 'float32' };
  });
  const known = new Map(topology.signature?.inputs.map((end) => [end.reference.node, end]));
  return {
    inputs: inputs.map((node) => inputOf(known.get(node.name), node, dtypes.get(node.name)![0])),
    outputs,
    unneeded: unneededOf(topology, new Set(sorted.map(({ name }) => name))),
    nodes,
    constants,
    dtypes,
    stages: stagesOf(
      nodes,
      inputs.map(({ name }) => name),
      ends.map(({ reference }) => reference),
    ),
  };
}

function nodeOf(op: string, { nodes }: Topology, name: string, why: string): GraphNode {
  return nodes.get(name) ?? fail(`${op}: there is no node ${show(name)}, but ${why}`);
}

function outputsOf(op: string, topology: Topology, chosen: readonly string[] | undefined): readonly Endpoint[] {
  const { nodes, signature } = topology;
  const ends =
    chosen?.map((name): Endpoint => {
      const known = signature?.outputs.find((end) => end.name === name.replace(/:0$/, ''));
      return { ...(known ?? { reference: meantBy(op, 'outputs', topology, name) }), name };
    }) ??
    signature?.outputs ??
    sinks(nodes);
  check(ends.length > 0, () => `${op}: the model has no output; name nodes in options.outputs`);
  const names = new Set<string>();
  for (const { name, reference } of ends) {
    check(!names.has(name), () => `${op}: there are two outputs ${show(name)}; names must differ`);
    names.add(name);
    nodeOf(op, topology, reference.node, `output ${show(name)} is its result`);
  }
  return ends;
}

/** What a name in `options` means: the name of a value or of a node, which may contain the colon of a reference. */
function meantBy(op: string, option: string, { nodes, find }: Topology, name: string): Reference {
  const known = find?.(name) ?? (nodes.has(name) ? { node: name, output: 0 } : undefined);
  return known ?? referenceOf(`${op}: options.${option}`, name);
}

/** Without a signature, the results that no node uses are the outputs. */
function sinks(nodes: ReadonlyMap<string, GraphNode>): readonly Endpoint[] {
  const used = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map((input) => input?.node)));
  return [...nodes.values()]
    .filter(({ name, op }) => !used.has(name) && op !== CONSTANT && op !== 'NoOp' && op !== PLACEHOLDER)
    .map(({ name }) => ({ name, reference: { node: name, output: 0 } }));
}

/** What the outputs need, in order. A loop, not a recursion: a file may have any number of nodes in a row. */
function sort(
  op: string,
  topology: Topology,
  ends: readonly Endpoint[],
  cuts: ReadonlySet<string>,
): { readonly sorted: readonly GraphNode[]; readonly loop?: readonly string[] } {
  let loop: readonly string[] | undefined;
  const sorted: GraphNode[] = [];
  const done = new Set<string>();
  const open = new Set<string>();
  for (const { reference } of ends) {
    const stack = [{ node: nodeOf(op, topology, reference.node, ''), next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const { node } = top;
      const inputs = cuts.has(node.name) ? [] : node.inputs;
      if (done.has(node.name) || top.next === inputs.length) {
        stack.pop();
        open.delete(node.name);
        if (!done.has(node.name)) sorted.push(node);
        done.add(node.name);
        continue;
      }
      open.add(node.name);
      const name = inputs[top.next++]?.node;
      if (name === undefined) continue;
      if (open.has(name)) {
        const path = loop === undefined ? [...open] : [];
        loop ??= [...path.slice(path.indexOf(name)), name];
        continue;
      }
      if (!done.has(name)) stack.push({ node: nodeOf(op, topology, name, `it is an input of ${node.label}`), next: 0 });
    }
  }
  return { sorted, loop };
}

function loopMessage(op: string, loop: readonly string[]): string {
  const path = loop.length > 6 ? [...loop.slice(0, 5), '...', loop[loop.length - 1]] : loop;
  return `${op}: nodes depend on themselves: ${path.map((name) => (name === '...' ? name : show(name))).join(' -> ')}; loops cannot be computed: choose outputs that do not need them with options.outputs, or feed one of these nodes with options.inputs`;
}

/** One error for all of them: users should see at once what is missing and what can run anyway. */
function checkKnown(
  op: string,
  { ops, control }: Dialect,
  nodes: readonly GraphNode[],
  cuts: ReadonlySet<string>,
): void {
  const isUnknown = ({ name, op: kind }: GraphNode): boolean => !cuts.has(name) && !isSource(kind) && !ops.has(kind);
  const isControl = (node: GraphNode): boolean => isUnknown(node) && control?.has(node.op) === true;
  // Ops that decide which nodes run come first: the other missing ops may never run.
  const decided = nodes.some(isControl);
  const isMissing = decided ? isControl : isUnknown;
  if (!nodes.some(isMissing)) return;
  const missing = new Map<string, string[]>();
  // In their order, so that each comes after what it needs.
  const spoilt = new Set<string>();
  const [before, fed] = [new Set<string>(), new Set<string>()];
  const sources = new Set(nodes.filter((node) => isSource(node.op) || cuts.has(node.name)).map(({ name }) => name));
  for (const node of nodes) {
    const from = cuts.has(node.name) ? [] : node.inputs.flatMap((input) => input?.node ?? []);
    const isSpoilt = from.some((name) => spoilt.has(name));
    if (!isMissing(node) && !isSpoilt) continue;
    spoilt.add(node.name);
    if (!isMissing(node)) continue;
    fed.add(node.name);
    const names = missing.get(node.op);
    if (names === undefined) missing.set(node.op, [node.name]);
    else names.push(node.name);
    for (const name of from) if (!spoilt.has(name) && !sources.has(name)) before.add(name);
  }
  const list = [...missing].map(
    ([kind, [first, ...others]]) =>
      `${kind.slice(0, 200)} (${others.length === 0 ? '1 node' : `${others.length + 1} nodes, the first`} ${quoted(first)})`,
  );
  fail(
    `${op}: ${decided ? 'loops and branches are not computed' : `${missing.size === 1 ? '1 op is' : `${missing.size} ops are`} not supported`}: ${list.join(', ')}; choose outputs that do not need them with options.outputs${before.size === 0 ? '' : `, as ${quotedList(before)} before them`}, and feed what they give with options.inputs: ${quotedList(fed)}`,
  );
}

/** A name that can be pasted into an app. Long ones are cut: a file may name a node by a whole book. */
function quoted(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}...` : name);
}

function quotedList(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, MAX_LISTED).map(quoted);
  return `[${shown.join(', ')}${names.size > MAX_LISTED ? ', ...' : ''}]`;
}

const [MAX_QUOTED, MAX_LISTED] = [1000, 20];

function isSource(kind: string): boolean {
  return kind === CONSTANT || kind === PLACEHOLDER;
}

function checkArity(op: string, { ops }: Dialect, { nodes }: Topology, node: GraphNode): void {
  const [least, most] = ops.get(node.op)?.inputs ?? [0, 0];
  const count = node.inputs.length;
  const needed = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  check(count >= least && count <= most, () => `${op}: ${node.label} has ${count} inputs but needs ${needed}`);
  for (const [i, input] of node.inputs.entries()) {
    check(input !== undefined || i >= least, () => `${op}: ${node.label} leaves out its input ${i}, which it needs`);
    if (input === undefined) continue;
    const from = nodes.get(input.node)!;
    const outputs = isSource(from.op) ? 1 : (ops.get(from.op)?.outputs?.(from) ?? (ops.has(from.op) ? 1 : Infinity));
    check(
      input.output < outputs,
      () => `${op}: ${node.label} needs output ${input.output} of ${from.label}, which has ${outputs}`,
    );
  }
}

/** An app may feed every input of the signature, whichever outputs are wanted. */
function unneededOf({ nodes, signature }: Topology, needed: ReadonlySet<string>): ReadonlySet<string> {
  const named = signature?.inputs.map(({ name, reference: { node } }) => ({ name, node })) ?? [];
  const fed = [...nodes.values()].filter(({ op }) => op === PLACEHOLDER).map(({ name }) => ({ name, node: name }));
  return new Set([...named, ...fed].filter(({ node }) => !needed.has(node)).flatMap(({ name, node }) => [name, node]));
}

function inputOf(known: Endpoint | undefined, node: GraphNode, dtype: HostDType): GraphEnd {
  const reference = { node: node.name, output: 0 };
  // A file gives no shape for a node that is fed instead of computed.
  if (node.op !== PLACEHOLDER) return { name: node.name, reference, dtype: 'float32' };
  const shape = node.attributes.shape('shape') ?? known?.shape;
  return { name: known?.name ?? node.name, reference, shape, dtype };
}
