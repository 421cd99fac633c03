/** Comparing what a GPU gave with what a case must give. */
import type { Tensor } from '../../src/index';
import type { Expected } from './expected';
import type { Seen } from './seen';

/**
 * Reads and disposes a tensor.
 *
 * @returns what is wrong with it, if anything
 */
export async function differenceOf(
  output: Tensor,
  { shape, values, bound }: Expected,
  seen: Seen,
  what: () => string,
): Promise<string | undefined> {
  using tensor = output;
  if (String(tensor.shape) !== String(shape)) return `shape [${tensor.shape.join()}] instead of [${shape.join()}]`;
  return mismatch(await tensor.read(), values, bound, seen, what);
}

/** The first element that differs by more than its bound, and how many do. */
export function mismatch(
  actual: Float32Array,
  values: ArrayLike<number>,
  bound: ArrayLike<number>,
  { worst }: Seen,
  what: () => string,
): string | undefined {
  let wrong = 0;
  let first = 0;
  for (let i = values.length - 1; i >= 0; i--) {
    const error = Math.abs(actual[i] - values[i]);
    const multiple = error === 0 ? 0 : error / bound[i];
    if (multiple > worst.multiple && multiple <= 1) Object.assign(worst, { multiple, what: what() });
    // Not `> 1`: NaN must count as a mismatch.
    if (multiple <= 1) continue;
    wrong++;
    first = i;
  }
  if (wrong === 0) return undefined;
  return `output ${first} is ${actual[first]} instead of ${values[first]} +- ${bound[first]}; ${wrong} of ${values.length} differ`;
}
