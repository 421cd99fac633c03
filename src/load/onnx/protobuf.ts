/**
 * The wire format of protocol buffers, as far as ONNX files need it: a message is a row of fields, each a number, a kind and
 * a value. Only texts are copied from the file, and nothing is read beyond the message that it belongs to.
 *
 * @module
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { check, fail } from '../../conv/check';

/** A message, and how far it has been read. */
export interface Cursor {
  /** The public function, for errors. */
  readonly op: string;
  /** What the message is: `graph.node`. */
  readonly what: string;
  /** The whole file: places are counted in it. */
  readonly file: Uint8Array;
  readonly view: DataView;
  /** The next byte. */
  at: number;
  /** Where the message ends. */
  readonly end: number;
  /** The field that `nextField` has found. */
  field: number;
  wire: number;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const WIRE_NAMES: readonly string[] = [
  'a varint',
  '8 bytes',
  'a row of bytes',
  'a group',
  'the end of a group',
  '4 bytes',
];

/** The message that a whole file is. */
export function openMessage(op: string, what: string, file: Uint8Array): Cursor {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return { op, what, file, view, at: 0, end: file.length, field: 0, wire: 0 };
}

/** Goes on to the next field; false at the end. Its value is to be read, or skipped, before the next. */
export function nextField(cursor: Cursor): boolean {
  if (cursor.at >= cursor.end) return false;
  const start = cursor.at;
  const key = varint(cursor);
  cursor.field = Math.floor(key / 8);
  cursor.wire = key % 8;
  check(
    cursor.field >= 1 && cursor.field < 2 ** 29,
    () => `${where(cursor, start)}: a field has number ${cursor.field}; the file is damaged, or no ONNX file`,
  );
  return true;
}

/** Passes over the value of a field that means nothing here. */
export function skip(cursor: Cursor): void {
  switch (cursor.wire) {
    case VARINT:
      varint(cursor);
      return;
    case FIXED64:
      take(cursor, 8);
      return;
    case FIXED32:
      take(cursor, 4);
      return;
    case BYTES:
      take(cursor, varint(cursor));
      return;
    default:
      fail(
        `${where(cursor, cursor.at)}: field ${cursor.field} is ${wireName(cursor)}, a kind that ONNX files do not have; ${DAMAGED}`,
      );
  }
}

/** A whole number. A 64-bit one that JavaScript cannot hold exactly becomes the nearest that it can. */
export function integer(cursor: Cursor): number {
  expect(cursor, VARINT);
  return varint(cursor);
}

/** A text of UTF-8. */
export function text(cursor: Cursor): string {
  return DECODER.decode(bytes(cursor));
}

const DECODER = new TextDecoder();

/** The bytes themselves, in the memory of the file. */
export function bytes(cursor: Cursor): Uint8Array {
  expect(cursor, BYTES);
  const length = varint(cursor);
  const start = take(cursor, length);
  return cursor.file.subarray(start, start + length);
}

/** A number of 4 bytes. */
export function float(cursor: Cursor): number {
  expect(cursor, FIXED32);
  return cursor.view.getFloat32(take(cursor, 4), true);
}

/** A message within the message. */
export function message(cursor: Cursor, what: string): Cursor {
  expect(cursor, BYTES);
  const length = varint(cursor);
  const start = take(cursor, length);
  return { ...cursor, what, at: start, end: start + length };
}

/** How numbers of a list are stored. */
export type Element = 'varint' | 'float' | 'double';

/** Gives each number of a packed list, or the single number of a field that is not packed. */
export function each(cursor: Cursor, element: Element, give: (value: number) => void): void {
  const wire = element === 'varint' ? VARINT : element === 'float' ? FIXED32 : FIXED64;
  if (cursor.wire !== BYTES) {
    expect(cursor, wire);
    give(one(cursor, element));
    return;
  }
  const length = varint(cursor);
  const start = take(cursor, length);
  const list: Cursor = { ...cursor, at: start, end: start + length };
  while (list.at < list.end) give(one(list, element));
}

function one(cursor: Cursor, element: Element): number {
  if (element === 'varint') return varint(cursor);
  if (element === 'float') return cursor.view.getFloat32(take(cursor, 4), true);
  return cursor.view.getFloat64(take(cursor, 8), true);
}

/** Up to ten bytes of seven bits each, the last ones first: a number of 64 bits with a sign. */
function varint(cursor: Cursor): number {
  const { file, end } = cursor;
  const start = cursor.at;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    check(cursor.at < end, () => `${where(cursor, start)}: ${cutShort(cursor)}`);
    const byte = file[cursor.at++];
    const bits = byte & 0x7f;
    // Two halves of 32 bits: JavaScript shifts no wider numbers.
    if (shift < 28) low += bits * 2 ** shift;
    else if (shift === 28) {
      low += (bits & 0xf) * 2 ** 28;
      high = bits >> 4;
    } else if (shift < 63) high += bits * 2 ** (shift - 32);
    else high += (bits & 1) * 2 ** 31;
    if (byte < 0x80) return (high >= 2 ** 31 ? high - 2 ** 32 : high) * 2 ** 32 + low;
  }
  return fail(`${where(cursor, start)}: a number has more than 10 bytes; the file is damaged, or no ONNX file`);
}

/** Passes over so many bytes, and says where they begin. */
function take(cursor: Cursor, length: number): number {
  const start = cursor.at;
  check(
    length >= 0 && length <= cursor.end - start,
    () =>
      `${where(cursor, start)}: field ${cursor.field} has ${length} bytes but ${cursor.end - start} are left; ${DAMAGED}`,
  );
  cursor.at = start + length;
  return start;
}

const DAMAGED = 'the file is damaged, or not all of it was fetched';

function expect(cursor: Cursor, wire: number): void {
  check(
    cursor.wire === wire,
    () =>
      `${where(cursor, cursor.at)}: field ${cursor.field} is ${wireName(cursor)} but must be ${WIRE_NAMES[wire]}; the file is damaged, or no ONNX file`,
  );
}

function cutShort(cursor: Cursor): string {
  return `a number in field ${cursor.field} ends beyond byte ${cursor.end}; ${DAMAGED}`;
}

function wireName({ wire }: Cursor): string {
  return WIRE_NAMES[wire] ?? `of kind ${wire}`;
}

/** The place in the file, with which an error begins. */
function where({ op, what }: Cursor, at: number): string {
  return `${op}: ${what} at byte ${at}`;
}
