/**
 * Element types, and numbers as the bytes of each.
 *
 * @module
 */
import { check, checkEither, describe, fail, show, sizeOf } from '../conv/check';
import { LARGEST_HALF } from './half';

/**
 * Element type: `'f32'`, or `'f16'` for half the memory and 11 bits of precision up to 65504. Sums are float32 whatever the
 * storage, unless a convolution is told to `accumulate` in float16.
 */
export type DType = 'f32' | 'f16';

/** What is known of a tensor before it exists. */
export interface Form {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2 };

/** Bytes of the elements; a buffer or binding of them has whole words, see {@link wholeWords}. */
export function bytesOf({ shape, dtype }: Form): number {
  return sizeOf(shape) * BYTES[dtype];
}

/** Bytes rounded up to words of 4, as WebGPU binds and copies them. */
export function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** @throws if it is no element type */
export function checkDType(op: string, dtype: unknown, name = 'dtype'): asserts dtype is DType {
  checkEither(op, name, dtype, ['f32', 'f16']);
}

/** The element type of a result of several tensors: float32 if one of them is float32. */
export function widest(tensors: readonly { readonly dtype: DType }[]): DType {
  return tensors.some(({ dtype }) => dtype === 'f32') ? 'f32' : 'f16';
}

/** What JavaScript has for float16, in the browsers that have it; TypeScript's libraries mostly do not yet. */
interface HalfArray {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  [index: number]: number;
}
type HalfArrayConstructor = new (source: number | ArrayBufferLike, offset?: number, length?: number) => HalfArray;
const { Float16Array: NativeHalves } = globalThis as { readonly Float16Array?: HalfArrayConstructor };

/** The element type that numbers already have: float16 in a Float16Array, else float32. */
export function dtypeOf(values: ArrayLike<number>): DType {
  return NativeHalves !== undefined && values instanceof NativeHalves ? 'f16' : 'f32';
}

/** Throws unless `values` is a list; `encode` checks that its elements are numbers. */
export function checkList(what: string, values: unknown): asserts values is ArrayLike<number> {
  check(
    typeof values === 'object' && values !== null && 'length' in values,
    () => `${what} is ${show(values)}; give an array of numbers, or for an image use tensorFromImage`,
  );
}

/** Throws unless `values` has as many elements as the shape. */
export function checkLength(what: string, values: ArrayLike<number>, shape: readonly number[]): void {
  check(
    values.length === sizeOf(shape),
    () =>
      `${what} has ${show(values.length)} elements but shape ${describe(shape)} has ${sizeOf(shape)}; pass data of that length or another shape`,
  );
}

/**
 * Numbers as a tensor's bytes, in whole words. Finite numbers beyond the largest half become the largest half.
 *
 * @param what function and argument, as the message starts: `gpu.tensor: data`
 * @throws if an element is no number; JavaScript would make NaN of it
 */
export function encode(values: ArrayLike<number>, dtype: DType, what = 'data'): Float32Array | Uint16Array {
  // In a typed array, one element tells the type of all.
  const isTyped = ArrayBuffer.isView(values) && typeof values[0] === 'number';
  if (dtype === 'f32') {
    if (values instanceof Float32Array) return values;
    if (isTyped) return new Float32Array(values);
    const floats = new Float32Array(values.length);
    for (let i = 0; i < floats.length; i++) floats[i] = numberAt(what, values, i);
    return floats;
  }
  const words = new Uint16Array(wholeWords(values.length * BYTES.f16) / BYTES.f16);
  if (NativeHalves === undefined) {
    for (let i = 0; i < values.length; i++) words[i] = halfBits(numberAt(what, values, i));
  } else {
    const halves = new NativeHalves(words.buffer);
    for (let i = 0; i < values.length; i++) halves[i] = saturated(numberAt(what, values, i));
  }
  return words;
}

function numberAt(what: string, values: ArrayLike<number>, i: number): number {
  const value: unknown = values[i];
  return typeof value === 'number'
    ? value
    : fail(
        `${what}[${i}] is ${show(value)}; give numbers, all in one list: data.flat(Infinity) or Array.from(data, Number)`,
      );
}

/** A tensor's bytes as numbers: a Float16Array for float16 where there is one, else a Float32Array. */
export function decode(bytes: ArrayBuffer, { shape, dtype }: Form): Float32Array {
  const size = sizeOf(shape);
  if (dtype === 'f32') return new Float32Array(bytes, 0, size);
  if (NativeHalves !== undefined) return new NativeHalves(bytes, 0, size) as unknown as Float32Array;
  return Float32Array.from(new Uint16Array(bytes, 0, size), halfValue);
}

function saturated(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, -LARGEST_HALF), LARGEST_HALF) : value;
}

/** @internal The 16 bits of the nearest half; of two equally near halves, those of the even one. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(saturated(value));
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude === Infinity) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  // Adding 2 ** 52 to a smaller float64 rounds it to a whole number, and a half to the even one.
  const steps = magnitude / 2 ** (exponent - 10) + 2 ** 52 - 2 ** 52;
  // 1024 steps of a normal half are its hidden bit: they raise the exponent by one, and 2048 steps raise it by two.
  return sign | ((exponent + 14) * 1024 + steps);
}

/** @internal The number that 16 bits stand for. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
