/** Small ONNX files, written by a different library than the one under test. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import { halfBits } from '../../src/kernels/dtype';

/** Element types by their names in ONNX's documents. */
export type OnnxType = 'float' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool' | 'float16' | 'double' | 'bfloat16' | 'string'; // prettier-ignore

export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly type?: OnnxType;
  /** Stored as a list of numbers instead of raw bytes. */
  readonly listed?: true;
  /** Stored in another file, at the place that this gives. */
  readonly external?: Readonly<Record<string, string>>;
}

/** A whole number, a text and their lists are written directly; other values name their type. */
export type OnnxAttributeValue =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxConstant };

export interface OnnxFileNode {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttributeValue>>;
}

export interface OnnxFileEnd {
  readonly name: string;
  /** A text stands for a size that each run chooses; without a list there is no shape. */
  readonly shape?: readonly (number | string)[];
  /** Default float; null leaves the type out, as a file may. */
  readonly type?: OnnxType | null;
}

export interface OnnxFileParts {
  readonly nodes: readonly OnnxFileNode[];
  readonly inputs: readonly OnnxFileEnd[];
  readonly outputs: readonly OnnxFileEnd[];
  readonly constants?: Readonly<Record<string, OnnxConstant>>;
  readonly opset?: number;
}

/** The bytes of a file. */
export function onnxFile({ nodes, inputs, outputs, constants = {}, opset = 17 }: OnnxFileParts): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: opset > 20 ? 10n : 8n,
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...(nodes.some(({ domain }) => domain !== undefined) ? [{ domain: 'com.microsoft', version: 1n }] : []),
    ],
    graph: {
      name: 'graph',
      node: nodes.map(nodeOf),
      initializer: Object.entries(constants).map(([name, constant]) => ({ ...tensorOf(constant), name })),
      input: inputs.map(endOf),
      output: outputs.map(endOf),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function nodeOf({
  op,
  domain,
  inputs,
  outputs,
  attributes = {},
}: OnnxFileNode): MessageInitShape<typeof NodeProtoSchema> {
  return {
    opType: op,
    domain,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeOf(value) })),
  };
}

const UTF8 = new TextEncoder();

function attributeOf(value: OnnxAttributeValue): MessageInitShape<typeof AttributeProtoSchema> {
  const { INT, INTS, FLOAT, FLOATS, STRING, STRINGS, TENSOR } = AttributeProto_AttributeType;
  if (typeof value === 'number') return { type: INT, i: BigInt(value) };
  if (typeof value === 'string') return { type: STRING, s: UTF8.encode(value) };
  if (isList(value)) {
    return typeof value[0] === 'string'
      ? { type: STRINGS, strings: value.map((text) => UTF8.encode(text as string)) }
      : { type: INTS, ints: value.map(BigInt) };
  }
  if ('float' in value) return { type: FLOAT, f: value.float };
  if ('floats' in value) return { type: FLOATS, floats: [...value.floats] };
  return { type: TENSOR, t: tensorOf(value.tensor) };
}

function isList(value: unknown): value is readonly (number | string)[] {
  return Array.isArray(value);
}

const TYPES: Readonly<Record<OnnxType, TensorProto_DataType>> = {
  float: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  bool: TensorProto_DataType.BOOL,
  float16: TensorProto_DataType.FLOAT16,
  double: TensorProto_DataType.DOUBLE,
  bfloat16: TensorProto_DataType.BFLOAT16,
  string: TensorProto_DataType.STRING,
};

function tensorOf({
  shape,
  values,
  type = 'float',
  listed,
  external,
}: OnnxConstant): MessageInitShape<typeof TensorProtoSchema> {
  const head = { dataType: TYPES[type], dims: shape.map(BigInt) };
  if (external !== undefined) {
    const externalData = Object.entries(external).map(([key, entry]) => ({ key, value: entry }));
    return { ...head, dataLocation: TensorProto_DataLocation.EXTERNAL, externalData };
  }
  if (!listed) return { ...head, rawData: rowOf(type, values) };
  if (type === 'float') return { ...head, floatData: [...values] };
  if (type === 'double') return { ...head, doubleData: [...values] };
  if (type === 'int64') return { ...head, int64Data: values.map(BigInt) };
  if (type === 'string') return { ...head, stringData: values.map((value) => UTF8.encode(String(value))) };
  return { ...head, int32Data: bitsOf(type, values) };
}

/** Elements as they are stored in less than 32 bits. */
function bitsOf(type: OnnxType, values: readonly number[]): number[] {
  if (type === 'float16') return values.map(halfBits);
  if (type === 'bfloat16') return values.map((value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16);
  return [...values];
}

/** The elements one after the other. */
export function rowOf(type: OnnxType, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bits = bitsOf(type, values);
  switch (type) {
    case 'float':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'double':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'int8':
      return new Uint8Array(Int8Array.from(values).buffer);
    case 'float16':
    case 'bfloat16':
      return new Uint8Array(Uint16Array.from(bits).buffer);
    default:
      return Uint8Array.from(values);
  }
}

function endOf({ name, shape, type = 'float' }: OnnxFileEnd): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue', value: BigInt(size) } as const }
      : { value: { case: 'dimParam', value: size } as const },
  );
  if (type === null) return { name };
  const value = { elemType: TYPES[type], shape: dim && { dim } };
  return { name, type: { value: { case: 'tensorType', value } } };
}
