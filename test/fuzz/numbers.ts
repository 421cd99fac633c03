/** The numbers of a source. */
import type { DType } from '../../src/index';
import { asHalves } from '../support/close';
import { randomValues } from '../support/random';
import type { Source } from './case';

export function numbersOf({ shape, seed, positive, dtype }: Source): Float32Array {
  const values = randomValues(
    shape.reduce((size, n) => size * n, 1),
    seed,
  );
  return storedAs(dtype, positive ? values.map((v) => 1 + v / 2) : values);
}

/** Numbers as a tensor holds them. There are no subnormal halves, because WGSL may read them as zero. */
export function storedAs(dtype: DType, values: Float32Array): Float32Array {
  return dtype === 'f32' ? values : asHalves(values).map((v) => (Math.abs(v) < 2 ** -14 ? 0 : v));
}
