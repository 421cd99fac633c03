/**
 * The constants of a .tflite file as numbers, decoded when they are asked for.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../../conv/check';
import { halves } from '../halves';
import type { HostNumbers, HostValue } from '../host-value';
import { spend } from '../host-work';
import { dtypeOf, storedBytes, storedOf, type Scales, type TfliteTensor } from './tensors';

/** Constants up to so many elements stay decoded: biases, shapes, indices. */
const KEPT_DECODED = 4096;

/**
 * A tensor as a constant.
 *
 * @throws if its bytes are not as many as its shape and type say
 */
export function constantOf(what: string, tensor: TfliteTensor): HostValue {
  const { name, shape, type, scales, sparsity, refused } = tensor;
  const dtype = dtypeOf(tensor);
  check(refused === undefined && dtype !== undefined, () => `${what}: ${refused}`);
  const given = tensor.bytes ?? new Uint8Array();
  const needed = storedBytes(tensor);
  check(
    tensor.bytes !== undefined || needed === 0,
    () => `${what}: tensor ${show(name)} ${describe(shape)} is read, but no operator makes it and it has no buffer`,
  );
  check(
    given.length === needed && shape.every((n) => n >= 0),
    () =>
      `${what}: tensor ${show(name)} ${describe(shape)} of ${type.name} needs ${needed} bytes but its buffer has ${given.length}; the file was cut off or changed`,
  );
  // Float32Array and the like need an aligned place.
  const bytes = given.byteOffset % 8 === 0 || type.bits < 16 ? given : given.slice();
  const size = sizeOf(shape);
  let kept: HostNumbers | undefined;
  return {
    shape,
    dtype,
    constant: name,
    // A number of 8 bits times its scale loses less in float16 than quantising has already lost.
    half: type.name === 'FLOAT16' || (scales !== undefined && type.bits <= 8),
    get values() {
      if (kept !== undefined) return kept;
      if (type.bits !== 32 || scales !== undefined || sparsity !== undefined) spend(size);
      const numbers = storedNumbers(type.name, bytes, storedOf(tensor));
      const stored = sparsity === undefined ? numbers : dense(numbers, sparsity.places(), size);
      const values = scales === undefined ? plain(stored, dtype) : scaled(stored, shape, scales);
      if (size <= KEPT_DECODED) kept = values;
      return values;
    },
  };
}

type Stored = HostNumbers | Float64Array | Int8Array | Int16Array | Uint16Array | Uint32Array | number[];

/** The numbers as they are stored; float16 is decoded. */
function storedNumbers(type: string, { buffer, byteOffset, byteLength }: Uint8Array, size: number): Stored {
  switch (type) {
    case 'FLOAT32':
      return new Float32Array(buffer, byteOffset, size);
    case 'FLOAT64':
      return new Float64Array(buffer, byteOffset, size);
    case 'INT32':
      return new Int32Array(buffer, byteOffset, size);
    case 'INT16':
      return new Int16Array(buffer, byteOffset, size);
    case 'INT8':
      return new Int8Array(buffer, byteOffset, size);
    case 'UINT32':
      return new Uint32Array(buffer, byteOffset, size);
    case 'UINT16':
      return new Uint16Array(buffer, byteOffset, size);
    case 'INT64':
      return Array.from(new BigInt64Array(buffer, byteOffset, size), Number);
    case 'UINT64':
      return Array.from(new BigUint64Array(buffer, byteOffset, size), Number);
    case 'FLOAT16': {
      const table = halves();
      const bits = new Uint16Array(buffer, byteOffset, size);
      // Loops, since TypedArray.from with a function takes ten times as long.
      const values = new Float32Array(size);
      for (let i = 0; i < size; i++) values[i] = table[bits[i]];
      return values;
    }
    case 'INT4': {
      // The lower half of a byte is the first of its two.
      const pairs = new Int8Array(buffer, byteOffset, byteLength);
      const values = new Int8Array(size);
      for (let i = 0; i < size; i++) values[i] = (pairs[i >> 1] << (i % 2 === 0 ? 28 : 24)) >> 28;
      return values;
    }
    default:
      return new Uint8Array(buffer, byteOffset, size);
  }
}

/** What is not stored is 0. */
function dense(stored: Stored, places: readonly number[], size: number): Stored {
  const all = stored instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  for (const [i, place] of places.entries()) all[place] = stored[i];
  return all;
}

/** Whole numbers beyond int32 become the nearest int32. */
function plain(stored: Stored, dtype: HostValue['dtype']): HostNumbers {
  if (dtype === 'float32') return stored instanceof Float32Array ? stored : Float32Array.from(stored);
  if (dtype === 'int32') {
    return stored instanceof Int32Array
      ? stored
      : Int32Array.from(stored, (n) => Math.min(Math.max(n, -(2 ** 31)), 2 ** 31 - 1));
  }
  return Uint8Array.from(stored, (n) => Number(n !== 0));
}

function scaled(stored: Stored, shape: readonly number[], { scales, zeroPoints, axis }: Scales): Float32Array {
  const values = new Float32Array(stored.length);
  const inner = scales.length === 1 ? stored.length : sizeOf(shape.slice(axis + 1));
  for (let at = 0, run = 0; at < values.length; run++) {
    const place = run % scales.length;
    const scale = scales[place];
    const zero = (zeroPoints.length > 1 ? zeroPoints[place] : zeroPoints[0]) ?? 0;
    for (const end = at + inner; at < end; at++) values[at] = scale * (stored[at] - zero);
  }
  return values;
}
