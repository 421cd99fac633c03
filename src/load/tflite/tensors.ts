/**
 * The tensors of a .tflite file: what they are called, their shapes, types and scales, and where their bytes are.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../../conv/check';
import { MAX_RANK } from '../../kernels/axes';
import type { HostDType } from '../host-value';
import { bytesOf, numberOf, numbersOf, tableOf, tablesOf, textOf, type FlatTable } from './flatbuffer';
import { BUFFER, QUANTIZATION, TENSOR_TYPES, type MODEL, type TENSOR, type TensorType } from './schema';
import { sparsityOf, type Sparsity } from './sparse';

/** What whole numbers stand for: scale * (number - zero point), with one of each or one per place along an axis. */
export interface Scales {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** A tensor as the file has it. */
export interface TfliteTensor {
  /** No other tensor has it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The same, with -1 for sizes that are open. */
  readonly signature: readonly number[];
  readonly type: TensorType;
  readonly scales?: Scales;
  /** Where the numbers of a constant belong, if only those other than 0 are stored. */
  readonly sparsity?: Sparsity;
  /** Of a constant. */
  readonly bytes?: Uint8Array;
  /** Why its elements cannot be computed with, if so. */
  readonly refused?: string;
}

/** A browser's array holds no more. */
const MAX_BYTES = 2 ** 31;

/** The tensors of a graph. */
export function tensorsOf(
  model: FlatTable<(typeof MODEL)[number]>,
  tables: readonly FlatTable<(typeof TENSOR)[number]>[],
): readonly TfliteTensor[] {
  const buffers = tablesOf(model, 'buffers', BUFFER).map((buffer) => bufferBytes(buffer));
  const names = new Set<string>();
  return tables.map((table, i) => {
    const name = uniqueName(names, textOf(table, 'name') ?? '', i);
    const number = numberOf(table, 'buffer', 'uint32');
    check(
      number === 0 || number < buffers.length,
      () => `${table.file.what} is damaged: ${table.path} is in buffer ${number}, but there are ${buffers.length}`,
    );
    return tensorOf(table, name, number === 0 ? undefined : buffers[number]);
  });
}

/** What the elements of a tensor are computed as: those with scales are the real numbers that they stand for. */
export function dtypeOf({ type, scales }: TfliteTensor): HostDType | undefined {
  return scales === undefined ? type.dtype : 'float32';
}

/** How many numbers of a constant the file has, if no size is open. */
export function storedOf({ shape, sparsity }: Pick<TfliteTensor, 'shape' | 'sparsity'>): number {
  return sparsity?.count ?? sizeOf(shape);
}

/** And how many bytes those are. */
export function storedBytes(tensor: Pick<TfliteTensor, 'shape' | 'type' | 'sparsity'>): number {
  return Math.ceil((storedOf(tensor) * tensor.type.bits) / 8);
}

function tensorOf(
  table: FlatTable<(typeof TENSOR)[number]>,
  name: string,
  bytes: Uint8Array | undefined,
): TfliteTensor {
  const { file, path } = table;
  const what = `${file.what}: tensor ${show(name)}`;
  const shape = numbersOf(table, 'shape', 'int32') ?? [];
  const signature = numbersOf(table, 'shape_signature', 'int32') ?? [];
  const number = numberOf(table, 'type', 'int8');
  const type = TENSOR_TYPES[number] ?? { name: `type ${number}`, bits: 0 };
  check(
    shape.length <= MAX_RANK && shape.every((n) => n >= -1) && (signature.length === 0 || signature.length === shape.length), // prettier-ignore
    () =>
      `${what} has shape ${show(shape)}, open ${show(signature)}; a shape has at most ${MAX_RANK} sizes of at least 0`,
  );
  check(
    // In a tensor without elements the other sizes still count, since loops go over them.
    shape.reduce((product, n) => product * Math.max(n, 1), 8) <= 8 * MAX_BYTES,
    () => `${what} has shape ${describe(shape)}, whose sizes other than 0 multiply to more than ${MAX_BYTES}`,
  );
  const made = {
    name,
    shape,
    signature: signature.length === 0 ? shape : signature.map((n) => Math.max(n, -1)),
    type,
    ...(bytes !== undefined && bytes.length > 0 ? { bytes } : {}),
  };
  const sparsity = sparsityOf(table, shape);
  const { scales, details } = scalesOf(table, what, made);
  const refused =
    details !== 0
      ? 'has scales of another kind than one, or one per channel; convert the model with those'
      : type.dtype === undefined
        ? `is ${type.name}, which cannot be computed with`
        : undefined;
  return { ...made, ...(scales && { scales }), ...(sparsity && { sparsity }), ...(refused !== undefined && { refused: `${path} ${show(name)} ${refused}` }) }; // prettier-ignore
}

/** The types whose numbers may stand for real ones; those of 32 bits and more are biases. */
const WHOLE: ReadonlySet<string> = new Set(['INT8', 'UINT8', 'INT16', 'INT32', 'INT64', 'INT4']);

function scalesOf(
  table: FlatTable<(typeof TENSOR)[number]>,
  what: string,
  { shape, type }: Pick<TfliteTensor, 'shape' | 'type'>,
): { readonly scales?: Scales; readonly details: number } {
  const quantization = tableOf(table, 'quantization', QUANTIZATION);
  if (quantization === undefined || !WHOLE.has(type.name)) return { details: 0 };
  const details = numberOf(quantization, 'details_type', 'uint8');
  const scales = numbersOf(quantization, 'scale', 'float32') ?? [];
  const zeroPoints = numbersOf(quantization, 'zero_point', 'int64') ?? [];
  if (scales.length === 0 || (scales.length === 1 && scales[0] === 0)) return { details };
  const axis = scales.length === 1 ? 0 : numberOf(quantization, 'quantized_dimension', 'int32');
  check(
    scales.length === 1 || scales.length === shape[axis],
    () =>
      `${what} ${describe(shape)} has ${scales.length} scales along axis ${axis}; give 1, or one for each place there`,
  );
  check(
    zeroPoints.length <= 1 || zeroPoints.length === scales.length,
    () => `${what} has ${scales.length} scales but ${zeroPoints.length} zero points; there must be as many, or 1`,
  );
  const wrong = [...scales, ...zeroPoints].find((n) => !Number.isFinite(n) || Math.abs(n) > 2 ** 53);
  check(wrong === undefined, () => `${what} has a scale or zero point of ${wrong}; all must be finite`);
  return { scales: { scales, zeroPoints, axis }, details };
}

/** In files beyond 2 GB a buffer is given by its place. */
function bufferBytes(buffer: FlatTable<(typeof BUFFER)[number]>): Uint8Array | undefined {
  const [start, size] = [numberOf(buffer, 'offset', 'int64'), numberOf(buffer, 'size', 'int64')];
  if (start <= 1) return bytesOf(buffer, 'data');
  const { what, bytes } = buffer.file;
  check(
    size >= 0 && start + size <= bytes.length,
    () => `${what} is damaged: ${buffer.path} is ${size} bytes from ${start} on, but the file has ${bytes.length}`,
  );
  return bytes.subarray(start, start + size);
}

/** Names need not differ in a file, and may be empty. */
function uniqueName(names: Set<string>, given: string, index: number): string {
  // As in `model.run`, the first output of a node goes by the node's own name.
  const plain = given.replace(/:0$/, '');
  let name = plain === '' || names.has(plain) ? `${plain === '' ? 'tensor' : plain}#${index}` : plain;
  while (names.has(name)) name += '#';
  names.add(name);
  return name;
}
