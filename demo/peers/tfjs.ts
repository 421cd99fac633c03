import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
/**
 * TensorFlow.js, bias and relu6 fused. It has no grouped convolution; the fastest of the ways around that is a
 * convolution per group.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Problem, Stage } from '../problem';
import type { Strategy } from './strategy';

export async function open(): Promise<Strategy> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('the webgpu backend does not start');
  await tf.ready();
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error('the backend is not webgpu');
  return {
    plan: (problem) => ({
      how: problem.stages.some(isGrouped) ? 'split -> a conv2d per group -> concat' : undefined,
      async prepare() {
        const x = tf.tensor4d(problem.x, [...problem.layer.input]);
        const layer = layerOf(problem);
        let last: tf.Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = tf.tidy(() => layer.apply(x));
          },
          async sync() {
            // A submit while a compute pass is open is refused, and the output is wrong.
            backend.endComputePassEncoder();
            backend.ensureCommandEncoderReady();
            backend.submitQueue();
            await backend.queue.onSubmittedWorkDone();
          },
          read: async () => (await last?.data()) as Float32Array,
          dispose() {
            tf.dispose([x, ...layer.weights, ...(last === undefined ? [] : [last])]);
          },
        };
      },
    }),
  };
}

interface Applicable {
  readonly apply: (x: tf.Tensor4D) => tf.Tensor4D;
  readonly weights: readonly tf.Tensor[];
}

function layerOf({ stages }: Problem): Applicable {
  const applicables = stages.map(applicableOf);
  return {
    apply: (x) => applicables.reduce((value, { apply }) => apply(value), x),
    weights: applicables.flatMap(({ weights }) => weights),
  };
}

function applicableOf(stage: Stage): Applicable {
  const { conv, filter: values } = stage;
  const [height, width, perGroup, outputs] = conv.filter;
  const { groups, strides, dilations, padding: pad } = conv;
  const common = { strides, dilations, pad, activation: stage.activation } as const;
  if (isGrouped(stage)) {
    // The weights are split once, as an app would.
    const filters = tf.split<tf.Tensor4D>(tf.tensor4d(values, [height, width, perGroup, outputs]), groups, 3);
    const biases = stage.bias === undefined ? undefined : tf.split(tf.tensor1d(stage.bias), groups);
    const apply = (x: tf.Tensor4D): tf.Tensor4D => {
      const parts = tf.split<tf.Tensor4D>(x, groups, 3);
      return tf.concat(
        parts.map((part, g) => tf.fused.conv2d({ ...common, x: part, filter: filters[g], bias: biases?.[g] })),
        3,
      );
    };
    return { apply, weights: [...filters, ...(biases ?? [])] };
  }
  const bias = stage.bias === undefined ? undefined : tf.tensor1d(stage.bias);
  const isDepthwise = groups > 1;
  const shape: [number, number, number, number] = isDepthwise
    ? [height, width, groups, outputs / groups]
    : [height, width, perGroup, outputs];
  const filter = tf.tensor4d(values, shape);
  const apply = isDepthwise
    ? (x: tf.Tensor4D) => tf.fused.depthwiseConv2d({ ...common, x, filter, bias })
    : (x: tf.Tensor4D) => tf.fused.conv2d({ ...common, x, filter, bias });
  return { apply, weights: bias === undefined ? [filter] : [filter, bias] };
}

function isGrouped({ conv: { groups, filter } }: Stage): boolean {
  return groups > 1 && filter[2] > 1;
}
