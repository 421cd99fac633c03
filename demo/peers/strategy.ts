/** What a library must be able to do to be measured beside ours: one file per library keeps its peculiarities. */
import { devDependencies as versions } from '../../package.json';
import type { Problem } from '../problem';
import type { Contender } from '../timing';

export interface Strategy {
  /** The work of build time: layouts, model files. It is not timed. */
  plan(problem: Problem): Plan | Unsupported;
}

export interface Plan {
  /** How the layer is computed, where that is not one call for one layer. */
  readonly how?: string;
  /** Uploads what the layer needs. With the first run it makes the first call, which is timed. */
  prepare(): Promise<Prepared>;
}

export interface Prepared extends Contender {
  /** The last run's output, NHWC. */
  read(): Promise<Float32Array>;
  dispose(): void;
}

export interface Unsupported {
  readonly unsupported: string;
}

/** Who is measured, ours first. */
export const CONTENDERS = ['ours', 'tfjs', 'ort', 'ort-nhwc', 'jax-js', 'litert'] as const;

export type ContenderName = (typeof CONTENDERS)[number];

export const TITLES: Readonly<Record<ContenderName, string>> = {
  ours: 'depthwise, this tree',
  tfjs: `TensorFlow.js webgpu ${versions['@tensorflow/tfjs-backend-webgpu']}`,
  ort: `ONNX Runtime Web ${versions['onnxruntime-web']}, default layout`,
  'ort-nhwc': `ONNX Runtime Web ${versions['onnxruntime-web']}, NHWC throughout`,
  'jax-js': `jax-js ${versions['@jax-js/jax']}`,
  litert: `LiteRT.js ${versions['@litertjs/core']}`,
};
