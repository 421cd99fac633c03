/**
 * Runs one ONNX node in ONNX Runtime's wasm, to compare it with what this library computes on the CPU.
 *
 * @module
 */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
  type AttributeProtoSchema,
} from 'onnx-buf';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { hostValue, type HostValue } from '../../src/load/host-value';

env.wasm.numThreads = 1;
env.logLevel = 'error';

type OrtType = 'float32' | 'int64' | 'int32' | 'bool';

const TYPES: Readonly<Record<OrtType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
};

/** An input of a node. */
export interface OrtInput {
  readonly type: OrtType;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export const floatsOf = (shape: readonly number[], values: ArrayLike<number>): OrtInput => ({ type: 'float32', shape, values }); // prettier-ignore
export const longsOf = (shape: readonly number[], values: ArrayLike<number>): OrtInput => ({ type: 'int64', shape, values }); // prettier-ignore

/** The outputs of one node, whole numbers as int32. */
export async function runOrtNode(
  op: string,
  inputs: readonly OrtInput[],
  attributes: Readonly<Record<string, number | string | readonly number[]>>,
  outputs: readonly OrtType[],
  opset = 18,
): Promise<HostValue[]> {
  const name = (i: number): string => `x${i}`;
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: 'one',
      node: [
        {
          opType: op,
          name: op,
          input: inputs.map((_, i) => name(i)),
          output: outputs.map((_, i) => `y${i}`),
          attribute: Object.entries(attributes).map(attributeOf),
        },
      ],
      input: inputs.map(({ type, shape }, i) => ({
        name: name(i),
        type: {
          value: {
            case: 'tensorType' as const,
            value: {
              elemType: TYPES[type],
              shape: { dim: shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
            },
          },
        },
      })),
      output: outputs.map((type, i) => ({
        name: `y${i}`,
        type: { value: { case: 'tensorType' as const, value: { elemType: TYPES[type] } } },
      })),
    },
  });
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model));
  try {
    const feeds = inputs.map(({ type, shape, values }, i) => [name(i), new Tensor(type, dataOf(type, values), shape)]);
    const results = await session.run(Object.fromEntries(feeds));
    return outputs.map((type, i) => {
      const { data, dims } = results[`y${i}`];
      const dtype = type === 'int64' ? 'int32' : type;
      return hostValue(dtype, dims, Array.from(data as ArrayLike<number | bigint>, Number));
    });
  } finally {
    await session.release();
  }
}

function dataOf(type: OrtType, values: ArrayLike<number>): Float32Array | BigInt64Array | Int32Array | Uint8Array {
  if (type === 'int64') return BigInt64Array.from(Array.from(values, BigInt));
  return type === 'float32' ? Float32Array.from(values) : type === 'int32' ? Int32Array.from(values) : Uint8Array.from(values); // prettier-ignore
}

function attributeOf([name, value]: [string, number | string | readonly number[]]): MessageInitShape<
  typeof AttributeProtoSchema
> {
  if (typeof value === 'string') {
    return { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  return typeof value === 'number'
    ? { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }
    : { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
}
