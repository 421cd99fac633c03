/** Small .tflite files, described as tensors and operators. */
import { Builder } from 'flatbuffers';
import { OPS, OPTIONS, TENSOR_TYPES, WORDS } from '../../src/load/tflite/schema';

/** A tensor; a tensor with data is a constant. */
export interface TinyTensor {
  readonly shape: readonly number[];
  /** Default FLOAT32. */
  readonly type?: string;
  /** The bytes of the file. */
  readonly data?: ArrayBufferView;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  /** The axis of several scales. */
  readonly axis?: number;
  /** The shape with -1 for open sizes. */
  readonly signature?: readonly number[];
  readonly sparsity?: TinySparsity;
}

/** A list of places, as int32, uint16 or uint8. */
type Places = Int32Array | Uint16Array | Uint8Array;

/** Where the numbers of a sparse tensor belong: its levels in order, those of dense ones by their size. */
export interface TinySparsity {
  readonly order: readonly number[];
  /** The axes that blocks lie along. */
  readonly blocks?: readonly number[];
  readonly levels: readonly (number | { readonly segments: Places; readonly indices: Places })[];
}

/** An operator. Its tensors are given by name, and an empty name is an input that is left out. */
export interface TinyOperator {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options?: Readonly<Record<string, number | boolean | string | readonly number[]>>;
  /** Default 1. */
  readonly version?: number;
  /** The options of a custom op. Its name, `op`, is not in the schema. */
  readonly custom?: Uint8Array;
}

/** A file. */
export interface TinyTflite {
  readonly tensors: Readonly<Record<string, TinyTensor>>;
  readonly operators: readonly TinyOperator[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly signature?: { readonly inputs: Readonly<Record<string, string>>; readonly outputs: Readonly<Record<string, string>> }; // prettier-ignore
  /** Default 'TFL3'. */
  readonly identifier?: string;
}

/** Options that are floating-point numbers. */
const FLOATS = new Set(['alpha', 'beta', 'bias']);

/** A file's bytes. */
export function tinyTflite(file: TinyTflite): Uint8Array<ArrayBuffer> {
  const builder = new Builder(1024);
  const names = Object.keys(file.tensors);
  const ids = (list: readonly string[]): number[] => list.map((name) => names.indexOf(name));

  const offsets = (list: readonly number[]): number => {
    builder.startVector(4, list.length, 4);
    for (const offset of list.toReversed()) builder.addOffset(offset);
    return builder.endVector();
  };
  const ints = (list: readonly number[]): number => {
    builder.startVector(4, list.length, 4);
    for (const n of list.toReversed()) builder.addInt32(n);
    return builder.endVector();
  };
  const floats = (list: readonly number[]): number => {
    builder.startVector(4, list.length, 4);
    for (const n of list.toReversed()) builder.addFloat32(n);
    return builder.endVector();
  };
  const longs = (list: readonly number[]): number => {
    builder.startVector(8, list.length, 8);
    for (const n of list.toReversed()) builder.addInt64(BigInt(n));
    return builder.endVector();
  };
  const bytes = (view: ArrayBufferView): number => {
    const list = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    builder.startVector(1, list.length, 16);
    for (const n of list.toReversed()) builder.addInt8(n);
    return builder.endVector();
  };
  /** Fields in the schema's order; an undefined field is left out. */
  const table = (
    ...fields: readonly (readonly ['offset' | 'int8' | 'int32' | 'float32', number] | undefined)[]
  ): number => {
    // prettier-ignore
    builder.startObject(fields.length);
    for (const [i, field] of fields.entries()) {
      if (field === undefined) continue;
      const [kind, value] = field;
      // Written even if it is the schema's default.
      builder.forceDefaults(kind !== 'offset');
      if (kind === 'offset') builder.addFieldOffset(i, value, 0);
      else if (kind === 'int8') builder.addFieldInt8(i, value, 0);
      else if (kind === 'int32') builder.addFieldInt32(i, value, 0);
      else builder.addFieldFloat32(i, value, 0);
    }
    return builder.endObject();
  };

  const placesOf = (list: Places): readonly [kind: number, vector: number] => {
    builder.startVector(list.BYTES_PER_ELEMENT, list.length, 4);
    for (const n of list.toReversed()) {
      if (list instanceof Int32Array) builder.addInt32(n);
      else if (list instanceof Uint16Array) builder.addInt16(n);
      else builder.addInt8(n);
    }
    const values = builder.endVector();
    return [3 - Math.floor(list.BYTES_PER_ELEMENT / 2), table(['offset', values])];
  };
  const sparse = ({ order, blocks = [], levels }: TinySparsity): number => {
    const dimensions = levels.map((level) => {
      if (typeof level === 'number') return table(['int8', 0], ['int32', level]);
      const [[segmentsKind, segments], [indicesKind, indices]] = [placesOf(level.segments), placesOf(level.indices)];
      return table(['int8', 1], undefined, ['int8', segmentsKind], ['offset', segments], ['int8', indicesKind], ['offset', indices]); // prettier-ignore
    });
    const [axes, along, list] = [ints(order), ints(blocks), offsets(dimensions)];
    return table(['offset', axes], ['offset', along], ['offset', list]);
  };

  const buffers = [table()];
  const tensors = names.map((name) => {
    const { shape, type = 'FLOAT32', data, scales, zeroPoints, axis = 0, signature, sparsity } = file.tensors[name];
    let buffer = 0;
    if (data !== undefined) {
      buffer = buffers.length;
      buffers.push(table(['offset', bytes(data)]));
    }
    let quantization: number | undefined;
    if (scales !== undefined) {
      const [scale, zero] = [floats(scales), longs(zeroPoints ?? scales.map(() => 0))];
      quantization = table(undefined, undefined, ['offset', scale], ['offset', zero], undefined, undefined, ['int32', axis]); // prettier-ignore
    }
    const places = sparsity && sparse(sparsity);
    const [dims, text] = [ints(shape), builder.createString(name)];
    const open = signature === undefined ? undefined : ints(signature);
    return table(
      ['offset', dims],
      ['int8', TENSOR_TYPES.findIndex((known) => known.name === type)],
      ['int32', buffer],
      ['offset', text],
      quantization === undefined ? undefined : ['offset', quantization],
      undefined,
      places === undefined ? undefined : ['offset', places],
      open === undefined ? undefined : ['offset', open],
      ['int8', 1],
    );
  });
  const ops = [...new Set(file.operators.map(({ op }) => op))];
  const operators = file.operators.map(({ op, inputs, outputs, options = {}, custom }) => {
    const known = OPTIONS.get(op);
    const fields = known?.fields.map((name) => {
      const value = options[name];
      if (value === undefined) return undefined;
      if (typeof value === 'object') return ['offset', ints(value)] as const;
      if (typeof value === 'string') return ['int8', WORDS.get(name)!.indexOf(value)] as const;
      if (typeof value === 'boolean') return ['int8', Number(value)] as const;
      if (name.endsWith('_type')) return ['int8', value] as const;
      return [FLOATS.has(name) ? 'float32' : 'int32', value] as const;
    });
    const made = fields && table(...fields);
    const [read, written] = [ints(ids(inputs)), ints(ids(outputs))];
    return table(
      ['int32', ops.indexOf(op)],
      ['offset', read],
      ['offset', written],
      made === undefined ? undefined : ['int8', known!.type],
      made === undefined ? undefined : ['offset', made],
      custom && ['offset', bytes(custom)],
    );
  });
  const versions = new Map(file.operators.map(({ op, version }) => [op, version]));
  const codes = ops.map((op) => {
    const code = OPS.indexOf(op);
    const custom = code < 0 ? builder.createString(op) : undefined;
    const number = code < 0 ? OPS.indexOf('CUSTOM') : code;
    return table(['int8', Math.min(number, 127)], custom === undefined ? undefined : ['offset', custom], ['int32', versions.get(op) ?? 1], ['int32', number]); // prettier-ignore
  });
  const lists = [offsets(tensors), ints(ids(file.inputs)), ints(ids(file.outputs)), offsets(operators)];
  const graph = table(...lists.map((list) => ['offset', list] as const));
  const maps = (side: Readonly<Record<string, string>>): number =>
    offsets(
      Object.entries(side).map(([name, tensor]) => {
        const text = builder.createString(name);
        return table(['offset', text], ['int32', names.indexOf(tensor)]);
      }),
    );
  let signatures: number | undefined;
  if (file.signature !== undefined) {
    const [inputs, outputs, key] = [maps(file.signature.inputs), maps(file.signature.outputs), builder.createString('serving_default')]; // prettier-ignore
    signatures = offsets([table(['offset', inputs], ['offset', outputs], ['offset', key])]);
  }
  const parts = [offsets(codes), offsets([graph]), builder.createString('a test'), offsets(buffers)];
  const model = table(
    ['int32', 3],
    ...parts.map((part) => ['offset', part] as const),
    undefined,
    undefined,
    signatures === undefined ? undefined : ['offset', signatures],
  );
  builder.finish(model, file.identifier ?? 'TFL3');
  return builder.asUint8Array().slice();
}
