/** A chain of calls with a read after each, which the page and its workers run at the same time. */
import { add, type Gpu } from '../../src/index';
import { randomValues } from './random';

/** The numbers of a seed, doubled this many times, which is exact in float32. */
export async function doubled(gpu: Gpu, seed: number, times: number): Promise<Float32Array> {
  let x = gpu.tensor(randomValues(16, seed), [16]);
  for (let i = 0; i < times; i++) {
    using last = x;
    x = add(last, last);
    await x.read();
  }
  using last = x;
  return last.read();
}
