/**
 * The nodes of a layers model while it is read.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';
import type { HostValue } from '../host-value';
import type { Endpoint, GraphNode, Reference } from '../node';
import { configAttributes } from './config';
import type { Inbound } from './inbound';
import type { FindWeight } from './weight-names';

/** A layer as the file has it, or a model. */
export interface Layer {
  readonly name: string;
  readonly kind: string;
  readonly config: unknown;
  readonly calls: readonly (readonly Inbound[])[];
}

/** What is being read. */
export interface Reading {
  readonly op: string;
  readonly find: FindWeight;
  readonly nodes: Map<string, GraphNode>;
  /** Names that stand for results of other nodes. */
  readonly aliases: Map<string, readonly Reference[]>;
  readonly constants: Map<string, HostValue>;
  readonly inputs: Endpoint[];
}

/** The most nodes: a model that is called twice is there twice. */
const MAX_NODES = 2 ** 14;

export const labelOf = (name: string, kind: string): string => `layer ${show(name)} (${kind.slice(0, 60)})`;

/** Numbers of a layer's configuration, as a constant. */
export function addNumbers(reading: Reading, name: string, numbers: readonly number[]): Reference {
  const shape = numbers.length === 1 ? [] : [numbers.length];
  reading.constants.set(name, { shape, dtype: 'float32', values: Float32Array.from(numbers), constant: name });
  return addConst(reading, name);
}

/** A layer that is called twice has one set of weights. */
export function addConst(reading: Reading, name: string): Reference {
  if (reading.nodes.get(name)?.op !== 'Const') add(reading, name, 'Const', [], {});
  return { node: name, output: 0 };
}

/** Adds a node. */
export function add(
  reading: Reading,
  name: string,
  kind: string,
  inputs: readonly (Reference | undefined)[],
  config: unknown,
): GraphNode {
  const { op, nodes } = reading;
  check(!nodes.has(name), () => `${op}: there are two layers ${show(name)}; names must differ`);
  check(nodes.size < MAX_NODES, () => `${op}: the model has more than ${MAX_NODES} calls of layers and weights`);
  const label = labelOf(name, kind);
  const attributes = configAttributes(`${op}: ${label}`, config);
  const node = { name, op: kind, inputs, attributes, label } as GraphNode;
  nodes.set(name, node);
  return node;
}

/** The nodes, with each name that stands for another replaced. */
export function resolved(reading: Reading): ReadonlyMap<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const node of reading.nodes.values()) {
    const inputs = node.inputs.map((input) => (input === undefined ? input : follow(reading, input)));
    nodes.set(node.name, { ...node, inputs });
  }
  return nodes;
}

/** The result that a reference means, after following names that stand for others. */
export function follow({ op, aliases }: Reading, reference: Reference): Reference {
  let at = reference;
  for (let steps = 0; aliases.has(at.node); steps++) {
    const outputs = aliases.get(at.node)!;
    const { node, output } = at;
    check(steps <= aliases.size, () => `${op}: model ${show(node)} depends on itself`);
    at =
      outputs[output] ??
      fail(`${op}: model ${show(node)} has ${outputs.length} outputs, but output ${output} is needed`);
  }
  return at;
}
