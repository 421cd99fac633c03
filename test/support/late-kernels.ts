/**
 * The kernels that a layer gets over time, in a worker: its modules are its own, so nothing has loaded a late kernel before.
 *
 * @module
 */
import { Gpu, openGpu } from '../../src/tensor/gpu';
import { layerOn, until } from './late-layer';

/** Kernels of a layer for which CPU adapters want strips. */
export interface LateKernels {
  readonly isFallback: boolean;
  /** On a gpu that nobody awaited: at once, and when its late kernels are there. */
  readonly early: string;
  readonly later: string;
  /** On a gpu of openGpu, at once. */
  readonly opened: string;
}

async function lateKernels(): Promise<LateKernels> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const gpu = new Gpu(device, { device });
  const early = layerOn(gpu).kernel;
  const { isFallback } = gpu;
  if (isFallback) await until(() => layerOn(gpu).kernel !== early);
  return { isFallback, early, later: layerOn(gpu).kernel, opened: layerOn(await openGpu()).kernel };
}

postMessage(await lateKernels());
