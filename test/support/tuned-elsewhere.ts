/**
 * An app that uses what another page has measured, in a worker: its modules are its own, so it has no tuner and not the tuner's
 * kernels.
 *
 * @module
 */
// The index would import the tuner.
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d';
import { explain } from '../../src/ops/explain';
import { openGpu, type Gpu } from '../../src/tensor/gpu';
import { importTuning, loadTuning, type Tuning } from '../../src/tune/cache';

/** Why a layer's kernel was chosen: before there was a tuning, soon after importTuning, and at once after loadTuning. */
export type Reasons = Readonly<Record<'before' | 'imported' | 'loaded', string>>;

/** A device that calls itself a GPU, for which the kernels of CPU adapters are not loaded. */
export async function likeAGpu(): Promise<GPUDevice> {
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  return Object.defineProperty(device, 'adapterInfo', { value: { vendor: 'nvidia', architecture: 'ampere' } });
}

/** The layer that was tuned. */
export function layerOn(gpu: Gpu): string {
  using x = gpu.tensor(new Float32Array(8 * 8 * 4), [1, 8, 8, 4]);
  using filter = gpu.tensor(new Float32Array(3 * 3 * 4), [3, 3, 4, 1]);
  using y = depthwiseConv2d(x, filter, { padding: 'same' });
  return explain(y).why;
}

async function reasonsWith(tuning: Tuning): Promise<Reasons> {
  const gpu = await openGpu({ device: await likeAGpu() });
  const before = layerOn(gpu);
  importTuning(gpu, tuning);
  for (let i = 0; i < 100 && layerOn(gpu) === before; i++) await new Promise((done) => setTimeout(done, 10));
  const imported = layerOn(gpu);
  const next = await openGpu({ device: await likeAGpu() });
  await loadTuning(next, { load: async () => tuning, save: async () => {} });
  return { before, imported, loaded: layerOn(next) };
}

if (typeof window === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Tuning>) => {
    void reasonsWith(data).then((reasons) => postMessage(reasons));
  });
}
