/** A layer whose kernel depends on what is loaded, for workers without the tuner: the index would import it. */
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d';
import { explain } from '../../src/ops/explain';
import type { Gpu } from '../../src/tensor/gpu';

/** The kernel of a layer for which CPU adapters want strips, and why it was chosen. */
export function layerOn(gpu: Gpu): { readonly kernel: string; readonly why: string } {
  using x = gpu.tensor(new Float32Array(8 * 8 * 4), [1, 8, 8, 4]);
  using filter = gpu.tensor(new Float32Array(3 * 3 * 4), [3, 3, 4, 1]);
  using y = depthwiseConv2d(x, filter, { padding: 'same' });
  const { steps, why } = explain(y);
  return { kernel: steps[0].kernel, why };
}

/** Waits until something is true, or for a minute. */
export async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isTrue() && performance.now() < end) await new Promise((done) => setTimeout(done, 10));
}
