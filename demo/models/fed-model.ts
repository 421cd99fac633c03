/** A model's files and a photograph for it, as plain data that every library reads its own way. */
import { sizeOf } from '../convolution';
import { toNchw } from '../peers/layouts';
import { bytesOfModel, type FileModel } from './file-models';
import { fileUrl, modelUrl, pixelsOf, photograph, type RealModel } from './real-models';

/** A model of any format. */
export type FedModel = FedGraph | FedFile;

/** A TFLite or ONNX file. */
export interface FedFile {
  readonly name: string;
  readonly format: FileModel['format'];
  readonly bytes: Uint8Array;
  /** The data of its only input. */
  readonly x: { readonly dtype: 'float32' | 'int32'; readonly shape: readonly number[]; readonly values: Float32Array };
}

/** A graph model of TensorFlow.js. */
export interface FedGraph {
  readonly name: string;
  readonly format: 'graph';
  /** The text of model.json. */
  readonly json: string;
  readonly weights: Uint8Array;
  readonly x: {
    /** The name of the input node. */
    readonly node: string;
    readonly dtype: 'float32' | 'int32';
    readonly shape: readonly number[];
    readonly values: Float32Array;
  };
  /** Nodes that are fed instead of computed, and output nodes, if they are not the file's own. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** All outputs: the name in the file, and the node with the number of its output. */
  readonly ends: readonly { readonly name: string; readonly node: string }[];
}

/** The numbers of each output, by name. */
export type ModelOutputs = Readonly<Record<string, ArrayLike<number>>>;

/** The program that our library made of a model. */
export interface ModelProgram {
  /** The number of nodes that a run computes. */
  readonly nodes: number;
  /** The number of dispatches before the calls were fused. */
  readonly traced: number;
  /** The number of dispatches in a run, by kernel. */
  readonly kernels: Readonly<Record<string, number>>;
}

interface Signature {
  readonly name: string;
  readonly dtype?: string;
  readonly tensorShape?: { readonly dim: readonly { readonly size: string }[] };
}

interface ModelJson {
  readonly signature?: Signatures;
  readonly userDefinedMetadata?: { readonly signature?: Signatures };
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

interface Signatures {
  readonly inputs: Readonly<Record<string, Signature>>;
  readonly outputs: Readonly<Record<string, Signature>>;
}

export async function fedModel(real: RealModel): Promise<FedGraph> {
  const { name, inputs, outputs } = real;
  const json = await (await fetch(modelUrl(name))).text();
  const model: ModelJson = JSON.parse(json);
  const [shard, ...more] = model.weightsManifest.flatMap(({ paths }) => paths);
  if (more.length > 0) throw new Error(`${name} has ${more.length + 1} files of weights`);
  const weights = await (await fetch(fileUrl(`human/models/${shard}`))).arrayBuffer();

  const signature = model.signature ?? model.userDefinedMetadata?.signature;
  if (signature === undefined) throw new Error(`${name} does not say what its inputs and outputs are`);
  const [own] = Object.values(signature.inputs);
  const [, height, width, channels] = own.tensorShape?.dim.map(({ size }) => Number(size)) ?? [];
  const [rows, columns] = real.size ?? [height, width];
  return {
    name,
    format: 'graph',
    json,
    weights: new Uint8Array(weights),
    x: {
      node: inputs?.[0] ?? withoutOutput(own.name),
      // The file's signature does not describe an input in the middle of the model.
      dtype: inputs === undefined && own.dtype === 'DT_INT32' ? 'int32' : 'float32',
      shape: [1, rows, columns, channels],
      values: await photograph(real, [rows, columns]),
    },
    inputs,
    outputs,
    ends:
      outputs?.map((node) => ({ name: node, node })) ??
      Object.entries(signature.outputs).map(([key, { name: node }]) => ({ name: withoutOutput(key), node })),
  };
}

/** A file, fed with a photograph in its own layout. A fourth channel, which in some models holds an earlier result, is zero. */
export async function fedFile(model: FileModel): Promise<FedFile> {
  const { name, format, photo, shape, dtype = 'float32', value } = model;
  const [height, width, channels] = format === 'onnx' ? [shape[2], shape[3], shape[1]] : shape.slice(1);
  const pixels = await pixelsOf(photo, [height, width]);
  const values = Float32Array.from({ length: sizeOf([1, height, width, channels]) }, (_, i) => {
    const channel = i % channels;
    return channel > 2 ? 0 : value(pixels[4 * Math.floor(i / channels) + channel]);
  });
  const x = format === 'onnx' ? toNchw(values, [1, height, width, channels]) : values;
  return { name, format, bytes: await bytesOfModel(model), x: { dtype, shape, values: x } };
}

/** For the same node, some files write `node:0` and others `node`. */
export function withoutOutput(name: string): string {
  return name.replace(/:0$/, '');
}
