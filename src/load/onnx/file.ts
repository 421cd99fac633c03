/**
 * From the bytes of an ONNX file to nodes and constants. In ONNX values have names and most nodes have none, so a node has
 * the name of its first output, also in errors.
 *
 * @module
 * @see https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import { check, fail, show } from '../../conv/check';
import type { HostValue } from '../host-value';
import { CONSTANT, labelOf, PLACEHOLDER, type Endpoint, type GraphNode, type Reference, type Topology } from '../node';
import type { Weights } from '../place';
import { attributesOf, OUTPUTS, saying, ZERO_POINT } from './attributes';
import { constantIn, kindOf } from './constant-node';
import { locationOf } from './external';
import { readModel, type OnnxGraph, type OnnxNode, type OnnxTensor, type OnnxValue } from './proto';
import { constantOfTensor, dtypeOfType, typeName } from './tensor';

/** A file that has been read. */
export interface OnnxFile {
  readonly topology: Topology;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** The names of the files in which constants lie. */
  readonly locations: readonly string[];
  /** Its constants, with those files' bytes. */
  readonly weights: (files: ReadonlyMap<string, Uint8Array>) => Weights;
}

/** Gives a constant once it is known to be needed. */
type Source = (files: ReadonlyMap<string, Uint8Array>) => HostValue;

/** The meaning of earlier versions is not known here. */
const OLDEST_OPSET = 7;

/** A file that is being read. */
interface Reading {
  readonly op: string;
  readonly nodes: Map<string, GraphNode>;
  readonly sources: Map<string, Source>;
  readonly locations: Set<string>;
  /** What gives a value, by its name. */
  readonly values: Map<string, Reference>;
  /** The types of constants, by their names. */
  readonly types: Map<string, number>;
}

/**
 * @param bytes which stay as they are: constants are read when they are needed
 * @throws if it is no ONNX file, is damaged, or has names that cannot be told apart
 */
export function onnxFileOf(op: string, bytes: Uint8Array): OnnxFile {
  const { graph, opsets } = readModel(op, bytes);
  if (graph === undefined)
    return fail(`${op}: the file has no graph, so it is no ONNX model; give the .onnx file of a model`);
  const opset = opsets.get('') ?? 1;
  check(
    opset >= OLDEST_OPSET,
    () =>
      `${op}: the file has opset ${opset} but the oldest that can be read is ${OLDEST_OPSET}; export the model with a newer opset, or convert it with onnx.version_converter`,
  );
  const reading: Reading = {
    op,
    nodes: new Map(),
    sources: new Map(),
    locations: new Set(),
    values: new Map(),
    types: new Map(),
  };
  const { nodes, sources, locations, values } = reading;
  addInitializers(reading, graph);
  const inputs = graph.inputs.flatMap((value) => addInput(reading, value));
  // A node may come before those that it needs: all values first, then all nodes.
  const named = graph.nodes.flatMap((node) => nameNode(reading, node));
  for (const [name, node] of named) addNode(reading, name, node);
  const outputs = graph.outputs.map((value) => outputOf(reading, value));
  return {
    topology: { nodes, signature: { inputs, outputs }, find: (name) => values.get(name) },
    opset,
    locations: [...locations],
    weights: (files) => ({ get: (name) => sources.get(name)?.(files) }),
  };
}

function addInitializers(reading: Reading, { initializers, sparse }: OnnxGraph): void {
  const { op } = reading;
  for (const tensor of initializers) {
    addValue(reading, 'an initializer', tensor.name, { node: tensor.name, output: 0 });
    addConstant(reading, tensor.name, `initializer ${show(tensor.name)}`, tensor);
  }
  for (const name of sparse) {
    addValue(reading, 'a sparse initializer', name, { node: name, output: 0 });
    const label = `initializer ${show(name)}`;
    addSource(reading, name, label, () =>
      fail(`${op}: ${label} is sparse, which cannot be read; save the model with dense weights`),
    );
  }
}

/** A constant of the file, under a unique name. */
function addConstant(reading: Reading, name: string, label: string, tensor: OnnxTensor): void {
  const { op, locations, types } = reading;
  types.set(name, tensor.type);
  const what = `${op}: ${label}`;
  const location = locationOf(what, tensor);
  if (location !== undefined) locations.add(location);
  addSource(reading, name, label, (files) =>
    constantOfTensor(what, name, tensor, location === undefined ? undefined : files.get(location)),
  );
}

function addSource({ nodes, sources }: Reading, name: string, label: string, source: Source): void {
  sources.set(name, source);
  nodes.set(name, { name, op: CONSTANT, inputs: [], attributes: saying({}), label });
}

/** The inputs that are fed. Old files list every constant among the inputs, too. */
function addInput(reading: Reading, { name, type, shape }: OnnxValue): readonly Endpoint[] {
  const { nodes } = reading;
  if (nodes.get(name)?.op === CONSTANT) return [];
  const reference = { node: name, output: 0 };
  addValue(reading, 'an input', name, reference);
  const dtype = dtypeOfType(type);
  // An input of texts is an error only where a node needs it.
  const op = type === undefined || dtype !== undefined ? PLACEHOLDER : `input of type ${typeName(type)}`;
  nodes.set(name, { name, op, inputs: [], attributes: saying({ dtype, shape }), label: `input ${show(name)}` });
  return [{ name, reference, shape, dtype }];
}

function outputOf({ op, values }: Reading, { name, type, shape }: OnnxValue): Endpoint {
  const reference = values.get(name) ?? fail(`${op}: the file has an output ${show(name)}, but no node gives it`);
  return { name, reference, shape, dtype: dtypeOfType(type) };
}

/** Every value is given once. */
function addValue({ op, values }: Reading, what: string, name: string, reference: Reference): void {
  check(name !== '', () => `${op}: the file has ${what} without a name, to which nothing can refer`);
  check(!values.has(name), () => `${op}: ${show(name)} is given twice, the second time by ${what}; names must differ`);
  values.set(name, reference);
}

/** Names a node and its values. A node without outputs is left out. */
function nameNode(reading: Reading, node: OnnxNode): readonly (readonly [name: string, node: OnnxNode])[] {
  const name = node.outputs.find((output) => output !== '');
  if (name === undefined) return [];
  node.outputs.forEach((value, output) => {
    if (value !== '') addValue(reading, labelOf(name, kindOf(node)), value, { node: name, output });
  });
  return [[name, node]];
}

function addNode(reading: Reading, name: string, node: OnnxNode): void {
  const { op, nodes, values, types } = reading;
  const kind = kindOf(node);
  const label = labelOf(name, kind);
  if (kind === 'Constant') {
    const constant = constantIn(`${op}: ${label}`, node);
    if (typeof constant === 'function') addSource(reading, name, label, () => constant(name));
    else addConstant(reading, name, label, constant);
    return;
  }
  const inputs = node.inputs.map((input) => (input === '' ? undefined : (values.get(input) ?? outputZero(input))));
  const known = new Map([[OUTPUTS, node.outputs.length]]);
  const zero = types.get(node.inputs[kind.startsWith('QLinear') ? 7 : 2] ?? '');
  if (zero !== undefined) known.set(ZERO_POINT, zero);
  const attributes = attributesOf(`${op}: ${label}`, node.attributes, known);
  // A tensor among the attributes is one more input, as newer operators have them.
  const { tensor } = node.attributes.get('value') ?? {};
  if (kind === 'ConstantOfShape' && tensor !== undefined) {
    let constant = `${name}/value`;
    while (nodes.has(constant) || values.has(constant)) constant += "'";
    addConstant(reading, constant, label, tensor);
    inputs.push(outputZero(constant));
  }
  nodes.set(name, { name, op: kind, inputs, attributes, label });
}

function outputZero(node: string): Reference {
  return { node, output: 0 };
}
