/**
 * TensorFlow.js as this library sees it: its module, which the app hands over so that there is never a second copy of it, and
 * its WebGPU backend by the members that are used. Read off version 4.22.
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

/** What TensorFlow.js keeps of a tensor. */
export interface TfData {
  readonly dtype: string;
  /** Numbers on the CPU: not uploaded yet, or read once. */
  readonly values?: unknown;
  /** Where it is on the GPU; none before its upload. A texture where it came from an image. */
  readonly resource?: unknown;
  /** Whether the buffer is the app's, and may go at any time. */
  readonly external?: boolean;
}

/** Its WebGPU backend, as far as that is public. */
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
  /** Private, and absent unless tf.profile or tf.time is measuring: each dispatch has a pass of its own then. */
  readonly activeTimers?: unknown;
}

const MEMBERS = ['makeTensorInfo', 'uploadToGPU', 'endComputePassEncoder', 'ensureCommandEncoderReady', 'submitQueue'];

/** Whether a backend of TensorFlow.js is the one that runs on WebGPU. By what it has: an app may bundle it twice. */
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
      `${op}: TensorFlow.js computes on the backend '${name}' but its buffers are wanted; await tf.setBackend('webgpu') first, with @tensorflow/tfjs-backend-webgpu imported`,
  );
  return backend;
}

/** While a backend is opened, asking for it throws. */
function readyBackend(tf: TensorFlow): unknown {
  try {
    return tf.backend();
  } catch {
    return undefined;
  }
}
