/**
 * Reads FlatBuffers of unknown content. Every offset is checked before it is followed, and a file that refers to the same
 * bytes again and again is refused: in a file that a writer made, each byte is read about once.
 *
 * @module
 * @see https://flatbuffers.dev/internals/
 */
import { check } from '../../conv/check';

/** A whole file. */
export interface FlatFile {
  /** For errors: the function and what is read. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** How many more elements of lists and texts may be read. */
  left: number;
}

/** A table: fields by name, in the order of the schema. */
export interface FlatTable<Field extends string = string> {
  readonly file: FlatFile;
  readonly fields: readonly Field[];
  /** For errors: `subgraphs[0].tensors[3]`. */
  readonly path: string;
  /** Where it begins. */
  readonly at: number;
  /** Where its list of places of fields begins, and how many bytes that has. */
  readonly vtable: number;
  readonly vtableBytes: number;
}

/** The kinds of numbers that fields and lists have, and their bytes. */
const BYTES = { int8: 1, uint8: 1, uint16: 2, int32: 4, uint32: 4, float32: 4, int64: 8 } as const;

type Kind = keyof typeof BYTES;

/** The first table of a file. */
export function rootTable<F extends string>(what: string, bytes: Uint8Array, fields: readonly F[]): FlatTable<F> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file: FlatFile = { what, bytes, view, left: 4 * bytes.length + 2 ** 16 };
  checkInside(file, 'the file', 0, 8);
  return tableAt(file, fields, 'the model', view.getUint32(0, true));
}

/** A number; `fallback` if the file leaves it out, as writers do where it is the schema's default. */
export function numberOf<F extends string>(table: FlatTable<F>, field: F, kind: Kind, fallback = 0): number {
  const at = placeOf(table, field, BYTES[kind]);
  return at === 0 ? fallback : numberAt(table.file.view, at, kind);
}

/** A text; undefined if there is none. */
export function textOf<F extends string>(table: FlatTable<F>, field: F): string | undefined {
  const bytes = bytesOf(table, field);
  if (bytes === undefined) return undefined;
  spendOn(table, field, bytes.length);
  return new TextDecoder().decode(bytes);
}

/** A list of bytes, within those of the file; undefined if there is none. */
export function bytesOf<F extends string>(table: FlatTable<F>, field: F): Uint8Array | undefined {
  const list = listAt(table, field, 1);
  return list && table.file.bytes.subarray(list.start, list.start + list.count);
}

/** A list of numbers; undefined if there is none. */
export function numbersOf<F extends string>(table: FlatTable<F>, field: F, kind: Kind): number[] | undefined {
  const list = listAt(table, field, BYTES[kind]);
  if (list === undefined) return undefined;
  spendOn(table, field, list.count);
  return Array.from({ length: list.count }, (_, i) => numberAt(table.file.view, list.start + i * BYTES[kind], kind));
}

/** A table in a field; undefined if there is none. */
export function tableOf<F extends string, G extends string>(
  table: FlatTable<F>,
  field: F,
  fields: readonly G[],
): FlatTable<G> | undefined {
  const at = placeOf(table, field, 4);
  if (at === 0) return undefined;
  const { file } = table;
  return tableAt(file, fields, pathOf(table, field), at + file.view.getUint32(at, true));
}

/** A list of tables; an empty one if there is none. */
export function tablesOf<F extends string, G extends string>(
  table: FlatTable<F>,
  field: F,
  fields: readonly G[],
): readonly FlatTable<G>[] {
  const list = listAt(table, field, 4);
  if (list === undefined) return [];
  // Even an empty table has 8 bytes, with its place in the list.
  spendOn(table, field, 16 * list.count);
  const { file } = table;
  return Array.from({ length: list.count }, (_, i) => {
    const at = list.start + 4 * i;
    return tableAt(file, fields, `${pathOf(table, field)}[${i}]`, at + file.view.getUint32(at, true));
  });
}

/** What an error calls a field. */
function pathOf<F extends string>({ path }: FlatTable<F>, field: F): string {
  return `${path}.${field}`;
}

function tableAt<F extends string>(file: FlatFile, fields: readonly F[], path: string, at: number): FlatTable<F> {
  checkInside(file, path, at, 4);
  const vtable = at - file.view.getInt32(at, true);
  checkInside(file, `${path}'s list of fields`, vtable, 4);
  const vtableBytes = file.view.getUint16(vtable, true);
  checkInside(file, `${path}'s list of fields`, vtable, vtableBytes);
  return { file, fields, path, at, vtable, vtableBytes };
}

/** Where a field's bytes are; 0 if it is left out. */
function placeOf<F extends string>(table: FlatTable<F>, field: F, bytes: number): number {
  const { file, at, vtable, vtableBytes } = table;
  // The list begins with two sizes.
  const slot = 4 + 2 * table.fields.indexOf(field);
  const offset = slot + 2 <= vtableBytes ? file.view.getUint16(vtable + slot, true) : 0;
  if (offset === 0) return 0;
  checkInside(file, pathOf(table, field), at + offset, bytes);
  return at + offset;
}

function listAt<F extends string>(
  table: FlatTable<F>,
  field: F,
  bytes: number,
): { readonly start: number; readonly count: number } | undefined {
  const { file } = table;
  const at = placeOf(table, field, 4);
  if (at === 0) return undefined;
  const head = at + file.view.getUint32(at, true);
  checkInside(file, pathOf(table, field), head, 4);
  const count = file.view.getUint32(head, true);
  checkInside(file, pathOf(table, field), head + 4, count * bytes);
  return { start: head + 4, count };
}

function numberAt(view: DataView, at: number, kind: Kind): number {
  switch (kind) {
    case 'int8':
      return view.getInt8(at);
    case 'uint8':
      return view.getUint8(at);
    case 'uint16':
      return view.getUint16(at, true);
    case 'int32':
      return view.getInt32(at, true);
    case 'uint32':
      return view.getUint32(at, true);
    case 'float32':
      return view.getFloat32(at, true);
    case 'int64':
      return Number(view.getBigInt64(at, true));
  }
}

function checkInside({ what, bytes }: FlatFile, path: string, at: number, count: number): void {
  check(
    at >= 0 && at + count <= bytes.length,
    () =>
      `${what} is damaged: ${path} is at byte ${at} and has ${count} bytes or more, but the file has ${bytes.length}; it was cut off or changed: fetch it again`,
  );
}

function spendOn<F extends string>(table: FlatTable<F>, field: F, count: number): void {
  const { file } = table;
  file.left -= count;
  check(
    file.left >= 0,
    () =>
      `${file.what} is damaged: its lists, up to ${pathOf(table, field)} with ${count} elements, have more elements than its ${file.bytes.length} bytes can hold; fetch it again`,
  );
}
