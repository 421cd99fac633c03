/**
 * The messages of an ONNX file, with the fields that matter here. What the nodes do is not looked at, and tensors are
 * described without their elements.
 *
 * @module
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { bytes, each, float, integer, message, nextField, openMessage, skip, text, type Cursor } from './protobuf';

/** A file. */
export interface OnnxModel {
  /** By domain; '' is that of ONNX itself. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Undefined where there is none, as in no ONNX file. */
  readonly graph?: OnnxGraph;
}

/** What is computed. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Names of constants that are stored as places and values. */
  readonly sparse: readonly string[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** One step of it. Inputs and outputs are names of values; '' is one that is left out. */
export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What a node is told. Only one of the fields is in use; the name says which. */
export interface OnnxAttribute {
  readonly number: number | undefined;
  readonly integer: number | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly tensor: OnnxTensor | undefined;
  readonly numbers: readonly number[];
  readonly integers: readonly number[];
  readonly texts: readonly Uint8Array[];
  /** Whether it holds what cannot be read: a graph, a type, a sparse tensor. */
  readonly other: boolean;
}

/** A constant. */
export interface OnnxTensor {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly type: number;
  readonly shape: readonly number[];
  /** The elements, where they are one row of bytes. */
  readonly raw: Uint8Array | undefined;
  /** Where the elements are in another file. */
  readonly external: ReadonlyMap<string, string> | undefined;
  /** The message, in which elements can be lists of numbers as well. */
  readonly message: Cursor;
}

/** An input or output. */
export interface OnnxValue {
  readonly name: string;
  /** TensorProto.DataType; undefined if it is no tensor, or nothing is said. */
  readonly type: number | undefined;
  /** -1 for sizes that are open; undefined if the rank is, too. */
  readonly shape: readonly number[] | undefined;
}

/** @throws if the bytes are no message */
export function readModel(op: string, file: Uint8Array): OnnxModel {
  const opsets = new Map<string, number>();
  let graph: OnnxGraph | undefined;
  const model = openMessage(op, 'the file', file);
  while (nextField(model)) {
    if (model.field === 7) graph = readGraph(message(model, 'graph'));
    else if (model.field === 8) {
      const [domain, version] = readOpset(message(model, 'opset_import'));
      opsets.set(domain, version);
    } else skip(model);
  }
  return { opsets, graph };
}

function readOpset(opset: Cursor): readonly [domain: string, version: number] {
  let domain = '';
  let version = 1;
  while (nextField(opset)) {
    if (opset.field === 1) domain = text(opset);
    else if (opset.field === 2) version = integer(opset);
    else skip(opset);
  }
  return [domain === 'ai.onnx' ? '' : domain, version];
}

function readGraph(graph: Cursor): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const sparse: string[] = [];
  while (nextField(graph)) {
    if (graph.field === 1) nodes.push(readNode(message(graph, 'graph.node')));
    else if (graph.field === 5) initializers.push(readTensor(message(graph, 'graph.initializer')));
    else if (graph.field === 11) inputs.push(readValue(message(graph, 'graph.input')));
    else if (graph.field === 12) outputs.push(readValue(message(graph, 'graph.output')));
    else if (graph.field === 15) sparse.push(readSparseName(message(graph, 'graph.sparse_initializer')));
    else skip(graph);
  }
  return { nodes, initializers, sparse, inputs, outputs };
}

function readSparseName(tensor: Cursor): string {
  let name = '';
  while (nextField(tensor)) {
    if (tensor.field === 1) ({ name } = readTensor(message(tensor, 'graph.sparse_initializer.values')));
    else skip(tensor);
  }
  return name;
}

function readNode(node: Cursor): OnnxNode {
  let op = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  while (nextField(node)) {
    if (node.field === 1) inputs.push(text(node));
    else if (node.field === 2) outputs.push(text(node));
    else if (node.field === 4) op = text(node);
    else if (node.field === 5) {
      const [name, attribute] = readAttribute(message(node, 'graph.node.attribute'));
      attributes.set(name, attribute);
    } else if (node.field === 7) domain = text(node);
    else skip(node);
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function readAttribute(attribute: Cursor): readonly [name: string, OnnxAttribute] {
  const [numbers, integers, texts]: [number[], number[], Uint8Array[]] = [[], [], []];
  const read: Writable<OnnxAttribute> = {
    number: undefined,
    integer: undefined,
    bytes: undefined,
    tensor: undefined,
    numbers,
    integers,
    texts,
    other: false,
  };
  let name = '';
  while (nextField(attribute)) {
    switch (attribute.field) {
      case 1:
        name = text(attribute);
        break;
      case 2:
        read.number = float(attribute);
        break;
      case 3:
        read.integer = integer(attribute);
        break;
      case 4:
        read.bytes = bytes(attribute);
        break;
      case 5:
        read.tensor = readTensor(message(attribute, 'graph.node.attribute.t'));
        break;
      case 7:
        each(attribute, 'float', (value) => numbers.push(value));
        break;
      case 8:
        each(attribute, 'varint', (value) => integers.push(value));
        break;
      case 9:
        texts.push(bytes(attribute));
        break;
      // Graphs, types, sparse tensors, and lists of these and of tensors.
      case 6:
      case 10:
      case 11:
      case 14:
      case 15:
      case 22:
      case 23:
        read.other = true;
        skip(attribute);
        break;
      default:
        skip(attribute);
    }
  }
  return [name, read];
}

function readTensor(tensor: Cursor): OnnxTensor {
  const shape: number[] = [];
  let [name, type, elsewhere] = ['', 0, false];
  let raw: Uint8Array | undefined;
  const external = new Map<string, string>();
  const start = tensor.at;
  while (nextField(tensor)) {
    if (tensor.field === 1) each(tensor, 'varint', (size) => shape.push(size));
    else if (tensor.field === 2) type = integer(tensor);
    else if (tensor.field === 8) name = text(tensor);
    else if (tensor.field === 9) raw = bytes(tensor);
    else if (tensor.field === 13) external.set(...readEntry(message(tensor, `${tensor.what}.external_data`)));
    else if (tensor.field === 14) elsewhere = integer(tensor) === 1;
    else skip(tensor);
  }
  return { name, type, shape, raw, external: elsewhere ? external : undefined, message: { ...tensor, at: start } };
}

function readEntry(entry: Cursor): [key: string, value: string] {
  let [key, value] = ['', ''];
  while (nextField(entry)) {
    if (entry.field === 1) key = text(entry);
    else if (entry.field === 2) value = text(entry);
    else skip(entry);
  }
  return [key, value];
}

function readValue(info: Cursor): OnnxValue {
  let name = '';
  let [type, shape]: [number | undefined, readonly number[] | undefined] = [undefined, undefined];
  while (nextField(info)) {
    if (info.field === 1) name = text(info);
    else if (info.field === 2) [type, shape] = readType(message(info, `${info.what}.type`));
    else skip(info);
  }
  return { name, type, shape };
}

/** TypeProto. Only a tensor type is read: sequences and maps cannot be inputs on a GPU. */
function readType(type: Cursor): [number | undefined, readonly number[] | undefined] {
  let read: [number | undefined, readonly number[] | undefined] = [undefined, undefined];
  while (nextField(type)) {
    if (type.field !== 1) {
      skip(type);
      continue;
    }
    const tensor = message(type, `${type.what}.tensor_type`);
    read = [undefined, undefined];
    while (nextField(tensor)) {
      if (tensor.field === 1) read[0] = integer(tensor);
      else if (tensor.field === 2) read[1] = readShape(message(tensor, `${tensor.what}.shape`));
      else skip(tensor);
    }
  }
  return read;
}

function readShape(shape: Cursor): readonly number[] {
  const sizes: number[] = [];
  while (nextField(shape)) {
    if (shape.field !== 1) {
      skip(shape);
      continue;
    }
    const dim = message(shape, `${shape.what}.dim`);
    // A name, or nothing, is a size that each run may choose; 0 and less are how some exporters write that.
    let size = -1;
    while (nextField(dim)) {
      if (dim.field === 1) size = Math.max(integer(dim), 0) || -1;
      else skip(dim);
    }
    sizes.push(size);
  }
  return sizes;
}
