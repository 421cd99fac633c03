/**
 * The nodes of a model.json, and what its signature calls inputs and outputs. What the nodes do is not looked at here.
 *
 * @module
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/graph.proto
 */
import { check, fail, show } from '../../conv/check';
import { field, fields, listOf, textOf } from '../json';
import { labelOf, PLACEHOLDER, referenceOf, type Endpoint, type GraphNode, type Topology } from '../node';
import { attributesOf, dtypeOf, shapeOf } from './attributes';

/** Fed, or else what its input gives. */
const WITH_DEFAULT = 'PlaceholderWithDefault';

/**
 * The topology of a parsed model.json.
 *
 * @throws if it is no graph model, or a node or the signature is malformed
 */
export function topologyOf(op: string, model: unknown): Topology {
  const graph = field(model, 'modelTopology');
  check(
    field(model, 'format') !== 'layers-model' && !isLayersModel(graph),
    () => `${op}: model.json is a layers model; load it with loadLayersModel`,
  );
  const list = field(graph, 'node');
  check(
    Array.isArray(list),
    () => `${op}: model.json has no modelTopology.node; give the model.json of a TensorFlow.js graph model`,
  );
  const nodes = new Map<string, GraphNode>();
  for (const entry of list) {
    const node = nodeOf(op, entry);
    check(!nodes.has(node.name), () => `${op}: there are two nodes ${show(node.name)}; names must differ`);
    nodes.set(node.name, node);
  }
  const signature = field(model, 'signature') ?? field(field(model, 'userDefinedMetadata'), 'signature') ?? undefined;
  if (signature === undefined) return { nodes };
  const side = (name: string): readonly Endpoint[] =>
    fields(field(signature, name)).map((entry) => endpointOf(op, entry));
  const [inputs, outputs] = [side('inputs'), side('outputs')];
  // A default counts only if nobody feeds the input.
  for (const { reference } of inputs) {
    const node = nodes.get(reference.node);
    if (node?.op === WITH_DEFAULT) nodes.set(node.name, { ...node, op: PLACEHOLDER, inputs: [] });
  }
  return outputs.length === 0 ? { nodes } : { nodes, signature: { inputs, outputs } };
}

/** What TensorFlow.js saves, and its converter makes of Keras models; older ones do not say so. */
function isLayersModel(topology: unknown): boolean {
  return field(field(topology, 'model_config') ?? topology, 'class_name') !== undefined;
}

function nodeOf(op: string, entry: unknown): GraphNode {
  const name = textOf(`${op}: a node's name`, field(entry, 'name'));
  const kind = textOf(`${op}: node ${show(name)}: op`, field(entry, 'op'));
  const label = labelOf(name, kind);
  const inputs = listOf(`${op}: ${label}: input`, field(entry, 'input')).map((input) =>
    textOf(`${op}: ${label}: an input`, input),
  );
  return {
    name,
    op: kind,
    // An input that begins with ^ orders side effects; there are none here.
    inputs: inputs.filter((input) => !input.startsWith('^')).map((input) => referenceOf(`${op}: ${label}`, input)),
    attributes: attributesOf(`${op}: ${label}`, field(entry, 'attr')),
    label,
  };
}

function endpointOf(op: string, [key, info]: readonly [string, unknown]): Endpoint {
  const what = `${op}: the signature's ${show(key)}`;
  const reference = field(info, 'name') ?? key;
  if (typeof reference !== 'string')
    return fail(`${what} has the name ${show(reference)} but must have that of a node`);
  return {
    name: key.replace(/:0$/, ''),
    reference: referenceOf(what, reference),
    shape: shapeOf(what, field(info, 'tensorShape') ?? undefined),
    dtype: dtypeOf(field(info, 'dtype')),
  };
}
