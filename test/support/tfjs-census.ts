/** What TensorFlow.js holds, and what it does on the device. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/** Has TensorFlow.js compute there; that the backends are imported registers them. */
export async function useBackend(name: 'webgpu' | 'cpu'): Promise<void> {
  if (await tf.setBackend(name)) return;
  const known = [`cpu ${version_cpu}`, WebGPUBackend.name].join(', ');
  throw new Error(`TensorFlow.js's backend ${name} does not start; there are ${known}`);
}

/** TensorFlow.js's WebGPU backend, which is set. */
export function webgpu(): WebGPUBackend {
  return tf.backend() as WebGPUBackend;
}

/** Submits what it has queued, so that what is disposed is given back. */
export function submitTf(): void {
  const backend = webgpu();
  backend.endComputePassEncoder();
  backend.ensureCommandEncoderReady();
  backend.submitQueue();
}

/** All that a leak would show in. */
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

/** What devices were told while `fn` ran. */
export interface Traffic {
  readonly submits: number;
  readonly dispatches: number;
  /** Buffers that were mapped to be read or written. */
  readonly maps: number;
  /** Programs that were compiled at once. */
  readonly compilations: number;
}

/** Counts what all devices of the page are told while `fn` runs. */
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

/** Calls `count` at every call of a method, until what is returned is called. */
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

/** Errors of TensorFlow.js's device that nobody asked for, from now on. */
export function deviceErrors(): readonly string[] {
  const errors: string[] = [];
  webgpu().device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return errors;
}
