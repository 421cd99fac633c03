/**
 * Small arrays on the CPU: constants, shapes and what is computed from them, and the results that a model's tail works on.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';

/** Element types of host values. */
export type HostDType = 'float32' | 'int32' | 'bool';

/** What host values hold their elements in: by element type. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** An array on the CPU. A scalar's shape is []; a size may be 0. */
export interface HostValue {
  readonly shape: readonly number[];
  readonly dtype: HostDType;
  /** Row-major. Of a large constant it is decoded at each call: keep it. */
  readonly values: HostNumbers;
  /** The name of the node, if the value is the same in every run; such a value is uploaded once. */
  readonly constant?: string;
  /** Whether every element is a float16, as the file has it. */
  readonly half?: boolean;
}

/**
 * The most elements of a host value. They are for shapes, indices and the like; a file must not be able to name a size
 * that fills the memory.
 */
const MAX_HOST_SIZE = 2 ** 24;

/** An empty array for so many elements, after checking that there are not too many. */
export function allocateHost(dtype: HostDType, shape: readonly number[]): HostNumbers {
  const size = sizeOf(shape);
  check(
    shape.every((n) => Number.isSafeInteger(n) && n >= 0) && size <= MAX_HOST_SIZE,
    () =>
      `its result would be ${describe(shape)}, but an array on the CPU has sizes of at least 0 and at most ${MAX_HOST_SIZE} elements`,
  );
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/** A host value of these numbers. */
export function hostValue(dtype: HostDType, shape: readonly number[], numbers: ArrayLike<number>): HostValue {
  const values = allocateHost(dtype, shape);
  values.set(numbers);
  return { dtype, shape, values };
}

/** A list of whole numbers, as shapes and axes are. */
export function integers(values: readonly number[]): HostValue {
  return hostValue('int32', [values.length], values);
}
