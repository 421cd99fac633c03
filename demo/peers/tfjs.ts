import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
/**
 * TensorFlow.js, with the bias and the activations that it can fuse. It has no grouped convolution; a convolution per group is
 * the fastest workaround.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Model, Weights } from '../networks/model';
import {
  isDepthwise,
  isGrouped,
  NORM_EPSILON,
  readBy,
  type ConvLayer,
  type LayerActivation,
  type NetworkLayer,
} from '../networks/network';
import type { Strategy } from './strategy';
import { planModel } from './tfjs-model';

export async function open(): Promise<Strategy> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('the webgpu backend does not start');
  await tf.ready();
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error('the backend is not webgpu');
  const submit = (): void => {
    // WebGPU refuses a submit while a compute pass is open, and the output is then wrong.
    backend.endComputePassEncoder();
    backend.ensureCommandEncoderReady();
    backend.submitQueue();
  };
  return {
    planModel: (model) => (model.format === 'graph' ? planModel(model) : { unsupported: 'it reads graph models only' }),
    plan: (model) => ({
      how: model.network.layers.some((layer) => layer.kind === 'conv' && isGrouped(layer.conv))
        ? 'split -> a conv2d per group -> concat'
        : undefined,
      async prepare() {
        const { layers } = model.network;
        const x = tf.tensor4d(model.x, [...layers[0].shape]);
        const applicables = layers.map((layer, i) => applicableOf(layer, model.weights[i]));
        let last: tf.Tensor | undefined;
        return {
          run() {
            last?.dispose();
            last = tf.tidy(() => chain(model, applicables, x));
          },
          submit,
          async sync() {
            submit();
            await backend.queue.onSubmittedWorkDone();
          },
          read: async () => (await last?.data()) as Float32Array,
          dispose() {
            const weights = applicables.flatMap((applicable) => applicable.weights);
            tf.dispose([x, ...weights, ...(last === undefined ? [] : [last])]);
          },
        };
      },
    }),
  };
}

/** A layer with its weights on the GPU. */
interface Applicable {
  readonly apply: (x: tf.Tensor4D, other?: tf.Tensor4D) => tf.Tensor4D;
  readonly weights: readonly tf.Tensor[];
}

function chain({ network: { layers } }: Model, applicables: readonly Applicable[], x: tf.Tensor4D): tf.Tensor4D {
  const values = [x];
  for (let i = 1; i < layers.length; i++) {
    const [first, second] = readBy(layers[i]);
    values.push(applicables[i].apply(values[first], values[second]));
  }
  return values[layers.length - 1];
}

function applicableOf(layer: NetworkLayer, weights?: Weights): Applicable {
  switch (layer.kind) {
    case 'input':
      return { apply: (x) => x, weights: [] };
    case 'conv':
      return convolution(layer, weights as Weights);
    case 'maxPool': {
      const { filter: window, strides } = layer.window;
      return { apply: (x) => tf.maxPool(x, [window[0], window[1]], strides, 'same'), weights: [] };
    }
    case 'mean':
      return { apply: (x) => tf.mean(x, [1, 2], true), weights: [] };
    case 'scale':
      return { apply: (x, factors) => tf.mul(x, factors as tf.Tensor4D), weights: [] };
    case 'layerNorm': {
      const { filter, bias = [] } = weights as Weights;
      const [scale, offset] = [tf.tensor1d(filter), tf.tensor1d(bias)];
      return { apply: (x) => normalized(x, scale, offset), weights: [scale, offset] };
    }
  }
}

function convolution(layer: ConvLayer, { filter, bias }: Weights): Applicable {
  const isLater = layer.residual !== undefined || !FUSED.has(layer.activation);
  const fused = fusedConvolution(layer, filter, bias, isLater ? 'linear' : (layer.activation as 'linear'));
  if (!isLater) return fused;
  const activate = ACTIVATIONS[layer.activation];
  return {
    apply(x, residual) {
      const sums = fused.apply(x);
      return activate(residual === undefined ? sums : tf.add(sums, residual));
    },
    weights: fused.weights,
  };
}

function fusedConvolution(
  { conv }: ConvLayer,
  values: Float32Array,
  shift: Float32Array | undefined,
  activation: 'linear' | 'relu' | 'relu6',
): Applicable {
  const [height, width, perGroup, outputs] = conv.filter;
  const { groups, strides, dilations, padding: pad } = conv;
  const common = { strides, dilations, pad, activation } as const;
  if (isGrouped(conv)) {
    // The weights are split once, as an app would.
    const filters = tf.split<tf.Tensor4D>(tf.tensor4d(values, [height, width, perGroup, outputs]), groups, 3);
    const biases = shift === undefined ? undefined : tf.split(tf.tensor1d(shift), groups);
    const apply = (x: tf.Tensor4D): tf.Tensor4D => {
      const parts = tf.split<tf.Tensor4D>(x, groups, 3);
      return tf.concat(
        parts.map((part, g) => tf.fused.conv2d({ ...common, x: part, filter: filters[g], bias: biases?.[g] })),
        3,
      );
    };
    return { apply, weights: [...filters, ...(biases ?? [])] };
  }
  const bias = shift === undefined ? undefined : tf.tensor1d(shift);
  const shape: [number, number, number, number] = isDepthwise(conv)
    ? [height, width, groups, outputs / groups]
    : [height, width, perGroup, outputs];
  const filter = tf.tensor4d(values, shape);
  const apply = isDepthwise(conv)
    ? (x: tf.Tensor4D) => tf.fused.depthwiseConv2d({ ...common, x, filter, bias })
    : (x: tf.Tensor4D) => tf.fused.conv2d({ ...common, x, filter, bias });
  return { apply, weights: bias === undefined ? [filter] : [filter, bias] };
}

/** Activations that its convolutions take. */
const FUSED: ReadonlySet<LayerActivation> = new Set(['linear', 'relu', 'relu6']);

const hardSigmoid = (x: tf.Tensor4D): tf.Tensor4D => tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6);

const ACTIVATIONS: Readonly<Record<LayerActivation, (x: tf.Tensor4D) => tf.Tensor4D>> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  hardSigmoid,
  hardSwish: (x) => tf.mul(x, hardSigmoid(x)),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
};

function normalized(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): tf.Tensor4D {
  const { mean, variance } = tf.moments(x, 3, true);
  const centred = tf.sub(x, mean);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, NORM_EPSILON))), scale), offset);
}
