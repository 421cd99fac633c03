/**
 * The elements of a tensor in an ONNX file: one row of bytes, lists of numbers, or part of a second file. Whole numbers of
 * 64 bits become the nearest of 32: the largest number, which files write for "to the end", still means that.
 *
 * @module
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (TensorProto)
 */
import { check, describe, fail, show, sizeOf } from '../../conv/check';
import { MAX_RANK } from '../../kernels/axes';
import { halfValue } from '../../kernels/dtype';
import { halves } from '../halves';
import type { HostDType, HostNumbers, HostValue } from '../host-value';
import { spend } from '../host-work';
import { externalPart } from './external';
import type { OnnxTensor } from './proto';
import { each, nextField, skip, type Element } from './protobuf';

/** How the elements of a type are stored. */
interface Storage {
  readonly name: string;
  readonly dtype: HostDType;
  readonly bytes: number;
  /** One element of a row of bytes. */
  readonly read: (view: DataView, at: number) => number;
  /** The field and form of a list of them; for halves a list has the bits. */
  readonly list: readonly [field: number, element: Element];
  /** What a number of the list stands for, if not itself. */
  readonly of?: (listed: number) => number;
}

const brain = (bits: number): number => {
  SCRATCH.setUint32(0, (bits & 0xffff) << 16);
  return SCRATCH.getFloat32(0);
};
const SCRATCH = new DataView(new ArrayBuffer(4));

/** Unsigned numbers of 64 bits come as if they had a sign. */
const unsigned = (value: number): number => (value < 0 ? value + 2 ** 64 : value);

const INT32_LIST = [5, 'varint'] as const;

/** By TensorProto.DataType; what is not here cannot be computed with. */
const STORAGES: ReadonlyMap<number, Storage> = new Map<number, Storage>([
  [1, { name: 'float', dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at, true), list: [4, 'float'] }],
  [2, { name: 'uint8', dtype: 'int32', bytes: 1, read: (view, at) => view.getUint8(at), list: INT32_LIST }],
  [3, { name: 'int8', dtype: 'int32', bytes: 1, read: (view, at) => view.getInt8(at), list: INT32_LIST }],
  [4, { name: 'uint16', dtype: 'int32', bytes: 2, read: (view, at) => view.getUint16(at, true), list: INT32_LIST }],
  [5, { name: 'int16', dtype: 'int32', bytes: 2, read: (view, at) => view.getInt16(at, true), list: INT32_LIST }],
  [6, { name: 'int32', dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true), list: INT32_LIST }],
  [7, { name: 'int64', dtype: 'int32', bytes: 8, read: (view, at) => view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32, list: [7, 'varint'] }], // prettier-ignore
  [9, { name: 'bool', dtype: 'bool', bytes: 1, read: (view, at) => view.getUint8(at), list: INT32_LIST }],
  [10, { name: 'float16', dtype: 'float32', bytes: 2, read: (view, at) => halves()[view.getUint16(at, true)], list: INT32_LIST, of: halfValue }], // prettier-ignore
  [11, { name: 'double', dtype: 'float32', bytes: 8, read: (view, at) => view.getFloat64(at, true), list: [10, 'double'] }], // prettier-ignore
  [12, { name: 'uint32', dtype: 'int32', bytes: 4, read: (view, at) => view.getUint32(at, true), list: [11, 'varint'] }], // prettier-ignore
  [13, { name: 'uint64', dtype: 'int32', bytes: 8, read: (view, at) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32, list: [11, 'varint'], of: unsigned }], // prettier-ignore
  [16, { name: 'bfloat16', dtype: 'float32', bytes: 2, read: (view, at) => brain(view.getUint16(at, true)), list: INT32_LIST, of: brain }], // prettier-ignore
]);

const HALF = 10;

/** What TensorProto.DataType calls the others, for errors. */
const OTHERS: Readonly<Record<number, string>> = {
  0: 'of no type',
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

/** What elements of an ONNX type stand for; undefined if they cannot be computed with. */
export function dtypeOfType(type: number | undefined): HostDType | undefined {
  return type === undefined ? undefined : STORAGES.get(type)?.dtype;
}

/** An ONNX type by its name, for errors. */
export function typeName(type: number): string {
  return STORAGES.get(type)?.name ?? OTHERS[type] ?? `type ${type}`;
}

/** Constants up to so many elements stay decoded: biases, shapes, indices. */
const KEPT_DECODED = 4096;

/**
 * A tensor of the file as a constant, decoded when it is asked for.
 *
 * @param what it is, for errors: `loadOnnxModel: initializer 'conv1.weight'`
 * @param name of its node
 * @param elsewhere its bytes, if they are in another file
 * @throws if its type, shape or length is wrong
 */
export function constantOfTensor(
  what: string,
  name: string,
  tensor: OnnxTensor,
  elsewhere: Uint8Array | undefined,
): HostValue {
  const { shape, type } = tensor;
  const storage =
    STORAGES.get(type) ??
    fail(`${what} is ${typeName(type)}; only floating-point numbers, integers and booleans can be computed with`);
  checkSizes(what, shape);
  const size = sizeOf(shape);
  const row = rowOf(what, tensor, elsewhere, size * storage.bytes);
  let decode = (): HostNumbers => fromRow(row!, storage, size);
  if (row === undefined) {
    const values = fromLists(what, tensor, storage, size);
    decode = () => values;
  }
  let kept: HostNumbers | undefined;
  return {
    shape,
    dtype: storage.dtype,
    constant: name,
    half: type === HALF,
    get values() {
      if (kept !== undefined) return kept;
      const values = decode();
      if (values.length <= KEPT_DECODED) kept = values;
      return values;
    },
  };
}

/** The most bytes of a tensor: a browser's array holds no more. */
const MAX_BYTES = 2 ** 31;

function checkSizes(what: string, shape: readonly number[]): void {
  check(
    shape.length <= MAX_RANK && shape.every((n) => Number.isSafeInteger(n) && n >= 0),
    () => `${what} has shape ${show(shape)}; those that can be read have at most ${MAX_RANK} sizes of at least 0`,
  );
  check(
    // In a tensor without elements the other sizes still count, since loops go over them.
    shape.reduce((product, n) => product * Math.max(n, 1), 1) <= MAX_BYTES,
    () => `${what} has shape ${describe(shape)}, whose sizes other than 0 multiply to more than ${MAX_BYTES}`,
  );
}

/** The row of bytes that the elements are; undefined if they are lists of numbers. */
function rowOf(
  what: string,
  tensor: OnnxTensor,
  elsewhere: Uint8Array | undefined,
  needed: number,
): Uint8Array | undefined {
  const { shape, type, raw, external } = tensor;
  const row = external === undefined ? raw : externalPart(what, external, elsewhere, needed);
  check(
    row === undefined || row.length === needed,
    () =>
      `${what} is ${typeName(type)} ${describe(shape)}, which takes ${needed} bytes, but the file has ${row?.length}; the file is damaged, or not all of it was fetched`,
  );
  return row;
}

function allocate(dtype: HostDType, size: number): HostNumbers {
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/** Elements beyond what the array holds become its nearest, and truth values 0 or 1. */
function nearest(dtype: HostDType): (value: number) => number {
  if (dtype === 'float32') return (value) => value;
  if (dtype === 'bool') return (value) => Number(value !== 0);
  return (value) => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}

function fromRow(row: Uint8Array, { name, dtype, bytes, read }: Storage, size: number): HostNumbers {
  if (name === 'float' || name === 'int32') {
    // Without a copy where the place is aligned; most browsers run on little-endian machines.
    const buffer = row.byteOffset % 4 === 0 ? row.buffer : row.slice().buffer;
    const offset = buffer === row.buffer ? row.byteOffset : 0;
    return dtype === 'float32' ? new Float32Array(buffer, offset, size) : new Int32Array(buffer, offset, size);
  }
  spend(size);
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
  const values = allocate(dtype, size);
  const fit = nearest(dtype);
  for (let i = 0; i < size; i++) values[i] = fit(read(view, i * bytes));
  return values;
}

function fromLists(what: string, { message, shape, type }: OnnxTensor, storage: Storage, size: number): HostNumbers {
  const { dtype, list, of } = storage;
  const [field, element] = list;
  // Every element takes a byte at least, so that no shape fills the memory.
  check(size <= message.end - message.at, () => lacking(what, type, shape, size, 'fewer'));
  const values = allocate(dtype, size);
  const fit = nearest(dtype);
  let count = 0;
  const cursor = { ...message };
  while (nextField(cursor)) {
    if (cursor.field !== field) {
      skip(cursor);
      continue;
    }
    each(cursor, element, (value) => {
      if (count < size) values[count] = fit(of === undefined ? value : of(value));
      count++;
    });
  }
  check(count === size, () => lacking(what, type, shape, size, `${count}`));
  return values;
}

function lacking(what: string, type: number, shape: readonly number[], size: number, count: string): string {
  return `${what} is ${typeName(type)} ${describe(shape)}, which has ${size} elements, but the file has ${count}; the file is damaged`;
}
