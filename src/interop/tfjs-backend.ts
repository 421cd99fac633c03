/**
 * The types of TensorFlow.js that this library uses: its module, which the app hands over so that there is never a second copy
 * of it, and the members of its WebGPU backend. Taken from version 4.22.
 *
 * @module
 */
import type * as core from '@tensorflow/tfjs-core';
import { check, show } from '../conv/check';

/** The app's TensorFlow.js: `import * as tf from '@tensorflow/tfjs'`, or from `'@tensorflow/tfjs-core'`. */
export type TensorFlow = Pick<
  typeof core,
  | 'backend'
  | 'backend_util'
  | 'clone'
  | 'engine'
  | 'env'
  | 'getBackend'
  | 'getKernel'
  | 'keep'
  | 'registerBackend'
  | 'registerKernel'
  | 'removeBackend'
  | 'setBackend'
  | 'tensor'
  | 'tidy'
  | 'unregisterKernel'
>;

/** The data that TensorFlow.js keeps for a tensor. */
export interface TfData {
  readonly dtype: string;
  /** Numbers on the CPU: not uploaded yet, or read once. */
  readonly values?: unknown;
  /** The buffer on the GPU; none before the upload. A texture if the tensor came from an image. */
  readonly resource?: unknown;
  /** Whether the buffer is the app's, which may destroy it at any time. */
  readonly external?: boolean;
}

/** The public part of its WebGPU backend. */
export interface TfBackend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): TfData; has(dataId: object): boolean };
  numDataIds(): number;
  makeTensorInfo(shape: number[], dtype: 'float32'): core.TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  checkCompileCompletionAsync(): Promise<void>;
  /** Private. Present only while tf.profile or tf.time is measuring: each dispatch then has a pass of its own. */
  readonly activeTimers?: unknown;
}

const MEMBERS = ['makeTensorInfo', 'uploadToGPU', 'endComputePassEncoder', 'ensureCommandEncoderReady', 'submitQueue'];

/** Whether a backend of TensorFlow.js is the one for WebGPU. It tests members, since an app may bundle the class twice. */
export function isWebGpu(backend: unknown): backend is TfBackend {
  const members = backend as Readonly<Record<string, unknown>> | null;
  return (
    typeof members === 'object' &&
    members !== null &&
    members.device !== undefined &&
    members.tensorMap !== undefined &&
    MEMBERS.every((name) => typeof members[name] === 'function')
  );
}

/**
 * The WebGPU backend that TensorFlow.js computes on.
 *
 * @throws if `tf` is not TensorFlow.js, or its backend is another one or not ready
 */
export function backendOf(op: string, tf: TensorFlow): TfBackend {
  check(
    typeof tf === 'object' && tf !== null && typeof tf.getBackend === 'function' && typeof tf.engine === 'function',
    () => `${op}: tf is ${show(tf)}; give the module: import * as tf from '@tensorflow/tfjs-core'`,
  );
  const name = tf.getBackend();
  const backend: unknown = name ? readyBackend(tf) : undefined;
  check(
    backend !== undefined,
    () =>
      `${op}: TensorFlow.js's backend ${name ? `'${name}' is not ready` : 'is not chosen yet'}; await tf.setBackend('webgpu') first, with @tensorflow/tfjs-backend-webgpu imported`,
  );
  check(
    isWebGpu(backend),
    () =>
      `${op}: TensorFlow.js computes on the backend '${name}' but its WebGPU buffers are needed; await tf.setBackend('webgpu') first, with @tensorflow/tfjs-backend-webgpu imported`,
  );
  return backend;
}

/** The backend; undefined while it is being opened, since asking for it throws then. */
function readyBackend(tf: TensorFlow): unknown {
  try {
    return tf.backend();
  } catch {
    return undefined;
  }
}
