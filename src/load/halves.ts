/**
 * Float16 numbers decoded by a table.
 *
 * @module
 */
import { halfValue } from '../kernels/dtype';

let table: Float32Array | undefined;

/** What each of the 65536 halves stands for: a look-up is a tenth of the arithmetic. */
export function halves(): Float32Array {
  return (table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfValue(bits)));
}
