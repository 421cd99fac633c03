/** What a library must be able to do to be measured beside ours: one file per library keeps its peculiarities. */
import { devDependencies as versions } from '../../package.json';
import type { Kernels } from '../kernels-of';
import type { FedModel, ModelOutputs, ModelProgram } from '../models/fed-model';
import type { Model } from '../networks/model';
import type { Problem } from '../problem';
import type { Contender } from '../timing';

export interface Strategy {
  /** The work of build time: layouts, model files. It is not timed. */
  plan(model: Model): Plan | Unsupported;
  /** The same of a layer, for a library that has calls of its own for it; for the others it is a network of one. */
  planLayer?(problem: Problem): Plan | Unsupported;
  /** The same of the files of a model, for a library that reads them. */
  planModel?(model: FedModel): Plan<ModelOutputs> | Unsupported;
}

export interface Plan<R = Float32Array> {
  /** How it is computed, where that is not one call for one layer. */
  readonly how?: string;
  /** Uploads what is needed. With the first run it makes the first call, which is timed. */
  prepare(): Promise<Prepared<R>>;
}

export interface Prepared<R = Float32Array> extends Contender {
  /** What a model was compiled to, by a library that says so. */
  readonly program?: ModelProgram;
  /** How the last run was computed, by a library that says so. */
  kernels?(): Kernels;
  /** Hands over what `run` has queued, where it does not do so itself. */
  submit?(): void;
  /** The last run's output, NHWC. */
  read(): Promise<R>;
  dispose(): void;
}

export interface Unsupported {
  readonly unsupported: string;
}

/** Who is measured on layers, ours first. */
export const CONTENDERS = ['ours', 'tfjs', 'ort', 'ort-nhwc', 'jax-js', 'litert'] as const;

/** On networks ours is measured twice: compiled, and by its calls alone. */
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
