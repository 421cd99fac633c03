/** What TensorFlow.js holds, and what it does on the device. */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

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

/** What a device was told while `fn` ran. */
export interface Traffic {
  submits: number;
  dispatches: number;
  /** Buffers that were mapped: reads, and uploads through a staging buffer. */
  maps: number;
}

/** Counts what all devices of the page are told while `fn` runs. */
export async function trafficOf(fn: () => unknown): Promise<Traffic> {
  const traffic: Traffic = { submits: 0, dispatches: 0, maps: 0 };
  const { submit } = GPUQueue.prototype;
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  const { mapAsync } = GPUBuffer.prototype;
  GPUQueue.prototype.submit = function (...list) {
    traffic.submits++;
    submit.apply(this, list);
  };
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...list) {
    traffic.dispatches++;
    dispatchWorkgroups.apply(this, list);
  };
  GPUBuffer.prototype.mapAsync = function (...list) {
    traffic.maps++;
    return mapAsync.apply(this, list);
  };
  try {
    await fn();
  } finally {
    GPUQueue.prototype.submit = submit;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = dispatchWorkgroups;
    GPUBuffer.prototype.mapAsync = mapAsync;
  }
  return traffic;
}

/** Errors of TensorFlow.js's device that nobody asked for, from now on. */
export function deviceErrors(): readonly string[] {
  const errors: string[] = [];
  webgpu().device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return errors;
}
