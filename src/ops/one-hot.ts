/**
 * Rows with one value among others.
 *
 * @module
 */
import { check, checkOptions, isCount, show } from '../conv/check';
import { oneHot as operation } from '../kernels/one-hot';
import { unwritten } from '../kernels/unwritten';
import type { Tensor } from '../tensor/tensor';
import { LONGEST } from './arguments';
import { checkScalar } from './binary';
import { contextOf, run } from './call';

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** The value at the index; default 1. */
  readonly onValue?: number;
  /** The value everywhere else; default 0. */
  readonly offValue?: number;
}

/**
 * A row for each index: `onValue` at that place, and `offValue` elsewhere. If the row has no such place, all of it is
 * `offValue`; if the index is NaN, all of it is NaN.
 *
 * @param indices whole numbers, of any shape
 * @param depth elements of a row, at most 16,777,216, because float32 counts no further
 * @param options onValue and offValue; infinities are allowed
 * @returns [...indices, depth], stored as the indices are
 * @throws at once if the depth is no whole number of at least 1, or float32 cannot hold a value
 * @example
 * ```ts
 * const rows = oneHot(argMax(logits, -1), 1000); // logits [8, 1000] -> [8, 1000]
 * ```
 * @see https://js.tensorflow.org/api/latest/#oneHot
 */
export function oneHot(indices: Tensor, depth: number, options: OneHotOptions = {}): Tensor {
  const op = 'oneHot';
  const context = contextOf(op, { indices });
  check(
    isCount(depth) && depth <= LONGEST,
    () => `${op}: depth is ${show(depth)}; give a whole number from 1 to ${LONGEST}`,
  );
  checkOptions(op, options, ['onValue', 'offValue']);
  const { onValue: on = 1, offValue: off = 0 } = options;
  checkScalar(op, 'onValue', on);
  checkScalar(op, 'offValue', off);
  const problem = { rows: indices.size, depth, on, off, names: [unwritten(on), unwritten(off)] };
  const shape = [...indices.shape, depth];
  return run(op, context, { operation, problem, inputs: { indices } }, { shape });
}
