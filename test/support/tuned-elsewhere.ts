/**
 * An app that uses what another page has measured, in a worker: its modules are its own, so it has no tuner and not the tuner's
 * kernels.
 *
 * @module
 */
import { openGpu } from '../../src/tensor/gpu';
import { importTuning, loadTuning, type Tuning } from '../../src/tune/cache';
import { layerOn, until } from './late-layer';

/** Why a layer's kernel was chosen: before there was a tuning, soon after importTuning, and at once after loadTuning. */
export type Reasons = Readonly<Record<'before' | 'imported' | 'loaded', string>>;

/** A device that calls itself a GPU, for which the kernels of CPU adapters are not loaded. */
export async function likeAGpu(): Promise<GPUDevice> {
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  return Object.defineProperty(device, 'adapterInfo', { value: { vendor: 'nvidia', architecture: 'ampere' } });
}

async function reasonsWith(tuning: Tuning): Promise<Reasons> {
  const gpu = await openGpu({ device: await likeAGpu() });
  const before = layerOn(gpu).why;
  importTuning(gpu, tuning);
  await until(() => layerOn(gpu).why !== before);
  const imported = layerOn(gpu).why;
  const next = await openGpu({ device: await likeAGpu() });
  await loadTuning(next, { load: async () => tuning, save: async () => {} });
  return { before, imported, loaded: layerOn(next).why };
}

if (typeof window === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Tuning>) => {
    void reasonsWith(data).then((reasons) => postMessage(reasons), reportError);
  });
}
