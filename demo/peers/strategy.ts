/** What a library must provide to be measured beside ours. One file per library holds its peculiarities. */
import { devDependencies as versions } from '../../package.json';
import type { Kernels } from '../kernels-of';
import type { FedModel, ModelOutputs, ModelProgram } from '../models/fed-model';
import type { Model } from '../networks/model';
import type { Problem } from '../problem';
import type { Contender } from '../timing';

export interface Strategy {
  /** The work of build time: layouts, model files. It is not timed. */
  plan(model: Model): Plan | Unsupported;
  /** The same for a layer, if the library has calls of its own for it. For the other libraries a layer is a network of one. */
  planLayer?(problem: Problem): Plan | Unsupported;
  /** The same for the files of a model, if the library reads them. */
  planModel?(model: FedModel): Plan<ModelOutputs> | Unsupported;
}

export interface Plan<R = Float32Array> {
  /** How it is computed, if that is not one call for one layer. */
  readonly how?: string;
  /** Uploads what is needed. Together with the first run this is the first call, which is timed. */
  prepare(): Promise<Prepared<R>>;
}

export interface Prepared<R = Float32Array> extends Contender {
  /** The program that a model was compiled to, if the library tells. */
  readonly program?: ModelProgram;
  /** How the last run was computed, if the library tells. */
  kernels?(): Kernels;
  /** Waits until later runs are as fast as they become, if the first run did not wait for it. */
  settle?(): Promise<void>;
  /** Submits what `run` has queued, if the library does not do so itself. */
  submit?(): void;
  /** The last run's output, NHWC. */
  read(): Promise<R>;
  dispose(): void;
}

export interface Unsupported {
  readonly unsupported: string;
}

/** The libraries measured on layers, ours first. */
export const CONTENDERS = ['ours', 'tfjs', 'ort', 'ort-nhwc', 'jax-js', 'litert'] as const;

/** The libraries measured on networks. Ours is measured twice: compiled, and by its calls alone. */
export type ContenderName = (typeof CONTENDERS)[number] | 'eager';

export const TITLES: Readonly<Record<ContenderName, string>> = {
  ours: 'depthwise, this tree',
  eager: 'depthwise, this tree, call by call',
  tfjs: `TensorFlow.js webgpu ${versions['@tensorflow/tfjs-backend-webgpu']}`,
  ort: `ONNX Runtime Web ${versions['onnxruntime-web']}, default layout`,
  'ort-nhwc': `ONNX Runtime Web ${versions['onnxruntime-web']}, NHWC throughout`,
  'jax-js': `jax-js ${versions['@jax-js/jax']}`,
  litert: `LiteRT.js ${versions['@litertjs/core']}`,
};
