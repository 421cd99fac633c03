/**
 * Graph models small enough to write by hand: nodes and weights in the form of TensorFlow.js's converter.
 */

/** A node in JSON. */
export interface TinyNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

/** A weight and its stored contents. */
export interface TinyWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly quantization?: Readonly<Record<string, unknown>>;
  readonly stored: Float32Array | Int32Array | Uint16Array | Uint8Array;
}

/** A model.json. */
export interface TinyModel {
  readonly format: string;
  readonly modelTopology: { readonly node: readonly TinyNode[]; readonly versions: object };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
  readonly signature?: object;
}

/** Its files. */
export interface TinyFiles {
  readonly model: TinyModel;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** Attribute values in the JSON of protocol buffers. */
export const text = (value: string): object => ({ s: btoa(value) });
export const texts = (...values: string[]): object => ({ list: { s: values.map((value) => btoa(value)) } });
export const integer = (value: number): object => ({ i: String(value) });
export const integers = (...values: number[]): object => ({ list: { i: values.map(String) } });
export const float = (value: number): object => ({ f: value });
export const flag = (value: boolean): object => ({ b: value });
export const type = (value: string | number): object => ({ type: value });
export const sizes = (...shape: number[]): object => ({
  shape: { dim: shape.map((size) => ({ size: String(size) })) },
});

/** A node that is fed. */
export function placeholder(name: string, shape: readonly number[], dtype = 'DT_FLOAT'): TinyNode {
  return { name, op: 'Placeholder', attr: { dtype: type(dtype), shape: sizes(...shape) } };
}

/** A constant of whole numbers. */
export function ints(name: string, values: ArrayLike<number>, shape: readonly number[] = [values.length]): TinyWeight {
  return { name, shape, dtype: 'int32', stored: Int32Array.from(values) };
}

/** A constant of float32. */
export function floats(name: string, shape: readonly number[], values: ArrayLike<number>): TinyWeight {
  return { name, shape, stored: Float32Array.from(values) };
}

const DTYPES: ReadonlyMap<string, string> = new Map([
  ['float32', 'DT_FLOAT'],
  ['int32', 'DT_INT32'],
  ['uint8', 'DT_UINT8'],
  ['bool', 'DT_BOOL'],
]);

/** The files of a model; every weight gets its Const node. */
export function tinyModel(
  nodes: readonly TinyNode[],
  weights: readonly TinyWeight[] = [],
  more: object = {},
): TinyFiles {
  const consts = weights.map(({ name, dtype = 'float32' }) => ({
    name,
    op: 'Const',
    attr: { dtype: type(DTYPES.get(dtype) ?? dtype) },
  }));
  const specs = weights.map(({ name, shape, dtype = 'float32', quantization }) => ({
    name,
    shape,
    dtype,
    ...(quantization && { quantization }),
  }));
  const bytes = weights.flatMap(({ stored }) => [
    ...new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength),
  ]);
  return {
    model: {
      format: 'graph-model',
      modelTopology: { node: [...consts, ...nodes], versions: { producer: 1 } },
      weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
      ...more,
    },
    weights: Uint8Array.from(bytes),
  };
}
