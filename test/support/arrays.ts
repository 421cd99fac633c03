/**
 * Support for tests of the array ops: random arrays on the GPU and on the CPU, and cases whose titles contain their arguments.
 * The lists in a title, in order, are the case's arguments, so that the tables stay readable.
 */
import { expect } from 'vitest';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { NdArray } from './array-reference';
import { expectClose } from './close';
import { randomValues } from './random';

/** The lists of numbers in a title. */
export function listsIn(title: string): number[][] {
  return (title.match(/\[[^\]]*\]/g) ?? []).map((list) => JSON.parse(list) as number[]);
}

/** The data format with which a title begins. */
export function formatIn(title: string): 'NHWC' | 'NCHW' {
  return title.startsWith('NHWC') ? 'NHWC' : 'NCHW';
}

/** Seeded numbers of that shape. */
export function randomArray(shape: readonly number[], seed = 1): NdArray {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, values: Float64Array.from(randomValues(size, seed)) };
}

/** Uploads arrays to the file's gpu. */
export function uploads(gpu: () => Gpu): (array: NdArray) => Tensor {
  return ({ shape, values }) => gpu().tensor(Float32Array.from(values), shape);
}

/** Compares and disposes. */
export async function expectTensor(actual: Tensor, expected: NdArray, bound: Float64Array | number = 0): Promise<void> {
  using tensor = actual;
  expect(tensor.shape).toEqual(expected.shape);
  expectClose(await tensor.read(), expected.values, expected.shape, bound);
}
