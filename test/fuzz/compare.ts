/** Compares what a GPU gave with the expected result of a case. */
import type { Tensor } from '../../src/index';
import type { Expected } from './expected';
import { noteErrors, type Seen } from './seen';

/**
 * Reads and disposes a tensor.
 *
 * @param precision its float16 parts, in words
 * @returns what is wrong with it, if anything
 */
export async function differenceOf(
  output: Tensor,
  { shape, values, bound, dtype }: Expected,
  seen: Seen,
  precision: string,
  what: () => string,
): Promise<string | undefined> {
  using tensor = output;
  if (String(tensor.shape) !== String(shape)) return `shape [${tensor.shape.join()}] instead of [${shape.join()}]`;
  if (tensor.dtype !== dtype) return `stored as ${tensor.dtype} instead of ${dtype}`;
  return mismatch(await tensor.read(), values, bound, seen, precision, what);
}

/** The first element that differs by more than its bound, and how many do. */
export function mismatch(
  actual: Float32Array,
  values: ArrayLike<number>,
  bound: ArrayLike<number>,
  seen: Seen,
  precision: string,
  what: () => string,
): string | undefined {
  let wrong = 0;
  let first = 0;
  let largest = 0;
  for (let i = values.length - 1; i >= 0; i--) {
    const error = Math.abs(actual[i] - values[i]);
    const multiple = error === 0 ? 0 : error / bound[i];
    // Not `> 1`: NaN must count as a mismatch.
    if (multiple <= 1) {
      largest = Math.max(largest, multiple);
      continue;
    }
    wrong++;
    first = i;
  }
  noteErrors(seen, precision, largest, what);
  if (wrong === 0) return undefined;
  return `output ${first} is ${actual[first]} instead of ${values[first]} +- ${bound[first]}; ${wrong} of ${values.length} differ`;
}
