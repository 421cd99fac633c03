/**
 * The kernels that a layer gets over time, in a worker: its modules are its own, so nothing has loaded a late kernel before.
 *
 * @module
 */
// The index would import the tuner, which imports all kernels.
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d';
import { explain } from '../../src/ops/explain';
import { Gpu, openGpu } from '../../src/tensor/gpu';

/** Kernels of a layer for which CPU adapters want strips. */
export interface LateKernels {
  readonly isFallback: boolean;
  /** On a gpu that nobody awaited: at once, and when its late kernels are there. */
  readonly early: string;
  readonly later: string;
  /** On a gpu of openGpu, at once. */
  readonly opened: string;
}

function kernelOf(gpu: Gpu): string {
  using x = gpu.tensor(new Float32Array(8 * 8 * 4), [1, 8, 8, 4]);
  using filter = gpu.tensor(new Float32Array(3 * 3 * 4), [3, 3, 4, 1]);
  using y = depthwiseConv2d(x, filter, { padding: 'same' });
  return explain(y).steps[0].kernel;
}

/** Returns the kernel that a gpu uses when it no longer uses `before`, or `before` after a second. */
async function kernelAfter(gpu: Gpu, before: string): Promise<string> {
  for (let i = 0; i < 100 && kernelOf(gpu) === before; i++) await new Promise((done) => setTimeout(done, 10));
  return kernelOf(gpu);
}

async function lateKernels(): Promise<LateKernels> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const gpu = new Gpu(device, { device });
  const early = kernelOf(gpu);
  const later = await kernelAfter(gpu, early);
  const opened = kernelOf(await openGpu());
  return { isFallback: gpu.isFallback, early, later, opened };
}

postMessage(await lateKernels());
