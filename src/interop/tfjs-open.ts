/**
 * Puts TensorFlow.js and this library on one device, whichever of them opens it.
 *
 * @module
 */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { check, checkKind, checkOptions } from '../conv/check';
import { pause } from '../gpu/life';
import { checkJoin, Gpu, JOIN_OPTIONS, openContext, type JoinOptions } from '../tensor/gpu';
import { backendOf, isWebGpu, type TensorFlow, type TfBackend } from './tfjs-backend';

const gpus = new WeakMap<TfBackend, Gpu>();

/** The gpu on the device of a backend: always the same one, unless it was destroyed. */
export function gpuOn(backend: TfBackend, options: JoinOptions): Gpu {
  const known = gpus.get(backend);
  if (known !== undefined && known.device === backend.device && known.context.life.loss === undefined) return known;
  const { device } = backend;
  const gpu = new Gpu(device, { ...options, device });
  gpus.set(backend, gpu);
  return gpu;
}

/**
 * Opens this library on TensorFlow.js's device, so that tensors go from one to the other as they are ({@link fromTf},
 * {@link toTf}). Another call for the same backend gives the same gpu; only the options of the first call count.
 *
 * TensorFlow.js opens its device with `timestamp-query` and `bgra8unorm-storage` only: there is no float16 and no kernel with
 * subgroups. {@link registerBackendOn} goes the other way around, and has both.
 *
 * @param tf the app's TensorFlow.js, with the backend `webgpu` ready
 * @param options onError, onLost and memoryBudget, as for `openGpu`; TensorFlow.js's tensors do not count towards the budget
 * @throws (rejects) if TensorFlow.js's backend is not `webgpu` or not ready, if its device is lost, or there is no such option
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-webgpu';
 * import * as tf from '@tensorflow/tfjs-core';
 * import { openGpuOn } from 'depthwise/tfjs';
 *
 * await tf.setBackend('webgpu');
 * const gpu = await openGpuOn(tf);
 * ```
 * @see https://js.tensorflow.org/api/latest/#setBackend
 */
export async function openGpuOn(tf: TensorFlow, options: JoinOptions = {}): Promise<Gpu> {
  const op = 'openGpuOn';
  const backend = backendOf(op, tf);
  checkOpenOn(op, options);
  await checkAlive(op, backend);
  return gpuOn(backend, options);
}

/** @throws if there is no such option, or one is no function or number */
export function checkOpenOn(op: string, options: JoinOptions): void {
  checkOptions(op, options, JOIN_OPTIONS);
  checkJoin(op, options);
}

/** Throws if the device is lost. No property says so, but in a race its settled promise wins over one that settles later. */
async function checkAlive(op: string, { device }: TfBackend): Promise<void> {
  const loss = await Promise.race([device.lost, pause(0)]);
  if (typeof loss !== 'object') return;
  throw new Error(
    `${op}: TensorFlow.js's device was lost (${loss.reason}), and it opens no other; remove and register its backend again, or reload the page`,
  );
}

/** `WebGPUBackend` of `@tensorflow/tfjs-backend-webgpu`. */
export type WebGpuBackendClass = new (device: GPUDevice, adapterInfo?: GPUAdapterInfo) => KernelBackend;

/**
 * Puts TensorFlow.js on this library's device: it registers TensorFlow.js's backend `webgpu` anew on `gpu.device` and sets it. So
 * the device has what `openGpu` asks for: `shader-f16` and `subgroups` where the adapter has them, and more storage buffers for a
 * shader. TensorFlow.js itself uses none of that. Call it before TensorFlow.js makes its first tensor.
 *
 * @param tf the app's TensorFlow.js
 * @param WebGPUBackend the class of that name, of `@tensorflow/tfjs-backend-webgpu`
 * @param gpu the gpu that {@link openGpuOn} gives from now on. TensorFlow.js does not move to another device if this one is lost
 * @throws (rejects) if the present backend `webgpu` has tensors, which would be lost, or the new one does not start
 * @example
 * ```ts
 * import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
 * import * as tf from '@tensorflow/tfjs-core';
 *
 * const gpu = await openGpu();
 * await registerBackendOn(tf, WebGPUBackend, gpu);
 * ```
 * @see https://js.tensorflow.org/api/latest/#registerBackend
 */
export async function registerBackendOn(tf: TensorFlow, WebGPUBackend: WebGpuBackendClass, gpu: Gpu): Promise<void> {
  const op = 'registerBackendOn';
  const { device } = openContext(op, gpu);
  checkKind(op, 'WebGPUBackend', WebGPUBackend, 'function');
  const engine = tf.engine();
  const present: unknown = engine.registry.webgpu;
  if (isWebGpu(present)) {
    const tensors = present.numDataIds();
    check(
      tensors === 0,
      () =>
        `${op}: the backend 'webgpu' of TensorFlow.js holds ${tensors} tensors, which a new one would lose; call this before the first tensor is made, or dispose them`,
    );
  }
  if (engine.registryFactory.webgpu !== undefined) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, device.adapterInfo), 3);
  check(await tf.setBackend('webgpu'), () => `${op}: TensorFlow.js's backend 'webgpu' does not start on this device`);
  gpus.set(backendOf(op, tf), gpu);
}
