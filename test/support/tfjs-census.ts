/** The resources that TensorFlow.js holds, and its work on the device. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/** Makes TensorFlow.js compute there. Importing the backends registers them. */
export async function useBackend(name: 'webgpu' | 'cpu'): Promise<void> {
  if (await tf.setBackend(name)) return;
  const known = [`cpu ${version_cpu}`, WebGPUBackend.name].join(', ');
  throw new Error(`TensorFlow.js's backend ${name} does not start; there are ${known}`);
}

/** TensorFlow.js's WebGPU backend, which is the current one. */
export function webgpu(): WebGPUBackend {
  return tf.backend() as WebGPUBackend;
}

/** Submits its queue, so that disposed buffers are released. */
export function submitTf(): void {
  const backend = webgpu();
  backend.endComputePassEncoder();
  backend.ensureCommandEncoderReady();
  backend.submitQueue();
}

/** All counts in which a leak would show. */
export function held(): object {
  submitTf();
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { bufferManager } = webgpu();
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    dataIds: webgpu().numDataIds(),
    usedBuffers: bufferManager.getNumUsedBuffers(),
    bytesUsed: bufferManager.numBytesUsed,
  };
}

/** The calls that devices received while `fn` ran. */
export interface Traffic {
  readonly submits: number;
  readonly dispatches: number;
  /** Buffers that were mapped for reading or writing. */
  readonly maps: number;
  /** Programs that were compiled synchronously. */
  readonly compilations: number;
}

/** Counts the calls to all devices of the page while `fn` runs. */
export async function trafficOf(fn: () => unknown): Promise<Traffic> {
  const traffic = { submits: 0, dispatches: 0, maps: 0, compilations: 0 };
  const restore = [
    counted(GPUQueue.prototype, 'submit', () => traffic.submits++),
    counted(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => traffic.dispatches++),
    counted(GPUBuffer.prototype, 'mapAsync', () => traffic.maps++),
    counted(GPUDevice.prototype, 'createComputePipeline', () => traffic.compilations++),
  ];
  try {
    await fn();
  } finally {
    for (const end of restore) end();
  }
  return traffic;
}

/** Calls `count` at every call of a method, until the returned function is called. */
function counted<T extends object>(prototype: T, name: keyof T & string, count: () => void): () => void {
  const method = prototype[name] as (...list: unknown[]) => unknown;
  const set = (value: unknown): void =>
    void Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  set(function (this: T, ...list: unknown[]) {
    count();
    return Reflect.apply(method, this, list);
  });
  return () => set(method);
}

/** Uncaptured errors of TensorFlow.js's device, from now on. */
export function deviceErrors(): readonly string[] {
  const errors: string[] = [];
  webgpu().device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return errors;
}
