/**
 * A .tflite file as nodes, constants, inputs and outputs. What the nodes do is not looked at here.
 *
 * @module
 */
import { check, fail, show } from '../../conv/check';
import type { HostValue } from '../host-value';
import { CONSTANT, labelOf, PLACEHOLDER, type Endpoint, type GraphNode, type Reference, type Topology } from '../node';
import type { Weights } from '../place';
import { attributesOf } from './attributes';
import { constantOf } from './constants';
import { bytesOf, numberOf, numbersOf, rootTable, tableOf, tablesOf, textOf, type FlatTable } from './flatbuffer';
import { CUSTOM, MODEL, OPERATOR, OPERATOR_CODE, OPS, OPTIONS, SIGNATURE, SUBGRAPH, TENSOR, TENSOR_MAP } from './schema'; // prettier-ignore
import { dtypeOf, tensorsOf, type TfliteTensor } from './tensors';

/** What a file says. */
export interface TfliteFile {
  readonly topology: Topology;
  readonly weights: Weights;
}

/** The only version of the schema. */
const VERSION = 3;

/**
 * Reads a file.
 *
 * @param what the function and the file, for errors: `loadTfliteModel: hands.tflite`
 * @param bytes the reader's own: constants are decoded from them when they are asked for
 * @throws if an offset, a size or a number in it is not what a .tflite file may have
 */
export function tfliteFile(what: string, bytes: Uint8Array): TfliteFile {
  check(isTflite(bytes), () => `${what} is no .tflite file: it lacks 'TFL3' at byte 4, and has ${bytes.length} bytes`);
  const model = rootTable(what, bytes, MODEL);
  const version = numberOf(model, 'version', 'uint32');
  check(
    version === VERSION,
    () => `${what} has version ${version} of the schema but only version ${VERSION} can be read`,
  );
  const graphs = tablesOf(model, 'subgraphs', SUBGRAPH);
  check(graphs.length > 0, () => `${what} has no graph`);
  const signature = signatureOf(model);
  const tensors = tensorsOf(model, tablesOf(graphs[0], 'tensors', TENSOR));
  const list = (table: FlatTable, field: string): readonly number[] =>
    (numbersOf(table, field, 'int32') ?? []).map((n) => {
      check(
        n >= -1 && n < tensors.length,
        () => `${what} is damaged: ${table.path}.${field} names tensor ${n}, but there are ${tensors.length}`,
      );
      return n;
    });
  const inputs = list(graphs[0], 'inputs');
  const nodes = new Map<string, GraphNode>();
  const made = new Map<number, Reference>();
  const add = (node: GraphNode, outputs: readonly number[]): void => {
    nodes.set(node.name, node);
    for (const [output, n] of outputs.entries()) {
      check(!made.has(n), () => `${what}: tensor ${show(tensors[n].name)} is made by ${made.get(n)!.node} and ${node.label}`); // prettier-ignore
      made.set(n, { node: node.name, output });
    }
  };
  for (const n of new Set(inputs.filter((i) => i >= 0))) add(inputNode(what, tensors[n]), [n]);
  const codes = tablesOf(model, 'operator_codes', OPERATOR_CODE).map(opOf);
  const operators = tablesOf(graphs[0], 'operators', OPERATOR).map((table, i) => {
    const outputs = list(table, 'outputs').filter((n) => n >= 0);
    // An operator without results only affects something else, and nothing here depends on that.
    return outputs.length === 0 ? undefined : { table, i, outputs, reads: list(table, 'inputs') };
  });
  for (const operator of operators) {
    if (operator === undefined) continue;
    const { table, outputs } = operator;
    const code = numberOf(table, 'opcode_index', 'uint32');
    const op = codes[code] ?? fail(`${what} is damaged: ${table.path} has op ${code}, but there are ${codes.length}`);
    const { name } = tensors[outputs[0]];
    const label = labelOf(name, op);
    const custom = bytesOf(table, 'custom_options');
    const results = outputs.map((n) => tensors[n]);
    add({ name, op, inputs: [], label, attributes: attributesOf(`${what}: ${label}`, optionsOf(table, op, label), custom, results) }, outputs); // prettier-ignore
  }
  // Tensors that nothing makes are constants.
  const constants = new Map<string, TfliteTensor>();
  const reference = (n: number): Reference | undefined => {
    if (n < 0) return undefined;
    const known = made.get(n);
    if (known !== undefined) return known;
    add(constantNode(tensors[n]), [n]);
    constants.set(tensors[n].name, tensors[n]);
    return made.get(n);
  };
  for (const operator of operators) {
    if (operator === undefined) continue;
    const { name } = tensors[operator.outputs[0]];
    nodes.set(name, { ...nodes.get(name)!, inputs: operator.reads.map(reference) });
  }
  const end = (n: number, name?: string): Endpoint => {
    const tensor = tensors[n] ?? fail(`${what} is damaged: a signature names tensor ${n}, but there are ${tensors.length}`); // prettier-ignore
    return { name: name ?? tensor.name, reference: reference(n)!, shape: tensor.signature, dtype: dtypeOf(tensor) };
  };
  const ends = (field: 'inputs' | 'outputs'): readonly Endpoint[] =>
    signature?.[field].map(([name, n]) => end(n, name)) ??
    list(graphs[0], field).filter((n) => n >= 0).map((n) => end(n)); // prettier-ignore
  return {
    topology: {
      nodes,
      signature: { inputs: ends('inputs'), outputs: ends('outputs') },
      find: (name) => made.get(tensors.findIndex((tensor) => tensor.name === name)),
    },
    weights: {
      get(name): HostValue | undefined {
        const tensor = constants.get(name);
        return tensor && constantOf(what, tensor);
      },
    },
  };
}

/** Whether the bytes are a .tflite file's. */
function isTflite(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3';
}

/** An op by its name: that of the schema, or the file's own. */
function opOf(code: FlatTable<(typeof OPERATOR_CODE)[number]>): string {
  // The older field holds what fits into a byte.
  const number = Math.max(numberOf(code, 'deprecated_builtin_code', 'int8'), numberOf(code, 'builtin_code', 'int32'));
  return number === CUSTOM ? (textOf(code, 'custom_code') ?? 'CUSTOM') : (OPS[number] ?? `BUILTIN_${number}`);
}

function optionsOf(table: FlatTable<(typeof OPERATOR)[number]>, op: string, label: string): FlatTable | undefined {
  const options = OPTIONS.get(op);
  const type = numberOf(table, 'builtin_options_type', 'uint8');
  if (options === undefined || type === 0) return undefined;
  check(
    type === options.type,
    () => `${table.file.what} is damaged: ${label} has options of kind ${type}, but those of ${op} are ${options.type}`,
  );
  return tableOf(table, 'builtin_options', options.fields);
}

/** The names that the model's own function gives to inputs and outputs, with the numbers of their tensors. */
function signatureOf(
  model: FlatTable<(typeof MODEL)[number]>,
): Readonly<Record<'inputs' | 'outputs', readonly (readonly [string, number])[]>> | undefined {
  // prettier-ignore
  const signatures = tablesOf(model, 'signature_defs', SIGNATURE);
  const others = signatures.filter((table) => numberOf(table, 'subgraph_index', 'uint32') !== 0);
  check(
    others.length === 0,
    () =>
      `${model.file.what} has ${signatures.length} signatures of several graphs: ${signatures.map((table) => show(textOf(table, 'signature_key'))).join(', ')}; convert one of them alone`,
  );
  if (signatures.length === 0) return undefined;
  const side = (field: 'inputs' | 'outputs'): readonly (readonly [string, number])[] =>
    tablesOf(signatures[0], field, TENSOR_MAP).map((map) => [
      textOf(map, 'name') ?? '',
      numberOf(map, 'tensor_index', 'uint32'),
    ]);
  const [inputs, outputs] = [side('inputs'), side('outputs')];
  return outputs.length === 0 ? undefined : { inputs, outputs };
}

function inputNode(what: string, tensor: TfliteTensor): GraphNode {
  const { name } = tensor;
  const label = `input ${show(name)}`;
  const attributes = attributesOf(`${what}: ${label}`, undefined, undefined, [tensor]);
  return {
    name,
    op: PLACEHOLDER,
    inputs: [],
    label,
    attributes: { ...attributes, dtype: () => attributes.dtype('output0'), shape: () => tensor.signature },
  };
}

function constantNode({ name }: TfliteTensor): GraphNode {
  const label = `constant ${show(name)}`;
  return { name, op: CONSTANT, inputs: [], label, attributes: attributesOf(label, undefined, undefined, []) };
}
