/**
 * Small arrays on the CPU: constants, shapes and what is computed from them, and the results that a model's tail works on.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { checkWork, spend } from './host-work';

/** Element types of host values. */
export type HostDType = 'float32' | 'int32' | 'bool';

/** What host values hold their elements in: by element type. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** An array on the CPU. A scalar's shape is []; a size may be 0. */
export interface HostValue {
  readonly shape: readonly number[];
  readonly dtype: HostDType;
  /** Row-major. A large constant is decoded at each call, so keep the result. */
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

/** The most axes of a host value: all that an index of 31 bits may make of a tensor. */
const MAX_HOST_RANK = 32;

/**
 * Throws unless a host value may have this shape. If it has no elements, the other sizes still count, since loops go over
 * them.
 */
export function checkHostShape(shape: readonly number[]): void {
  check(
    shape.length <= MAX_HOST_RANK,
    () => `its result would have ${shape.length} axes, but an array on the CPU has at most ${MAX_HOST_RANK}`,
  );
  check(
    shape.every((n) => Number.isSafeInteger(n) && n >= 0),
    () => `its result would be ${describe(shape)}, but sizes are whole numbers of at least 0`,
  );
  checkWork(
    shape.reduce((size, n) => size * Math.max(n, 1), 1) <= MAX_HOST_SIZE,
    () => `its result would be ${describe(shape)}, but an array on the CPU has at most ${MAX_HOST_SIZE} elements`,
  );
}

/** An empty array for so many elements, after checking that there are not too many. */
export function allocateHost(dtype: HostDType, shape: readonly number[]): HostNumbers {
  checkHostShape(shape);
  const size = sizeOf(shape);
  spend(size);
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/** A host value of these numbers. */
export function hostValue(dtype: HostDType, shape: readonly number[], numbers: ArrayLike<number>): HostValue {
  const values = allocateHost(dtype, shape);
  values.set(numbers);
  return { dtype, shape, values };
}

/** The numbers of a shape, a list of axes or the like; limited, since a file may give millions. */
export function listOf(x: HostValue, most: number = MAX_HOST_RANK): number[] {
  const count = sizeOf(x.shape);
  check(
    count <= most,
    () => `one of its inputs has ${count} elements, but a shape or a list of axes has at most ${most}`,
  );
  return [...x.values];
}

/** A list of whole numbers, as shapes and axes are. */
export function integers(values: readonly number[]): HostValue {
  return hostValue('int32', [values.length], values);
}
