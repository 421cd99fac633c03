/** Layers that TensorFlow.js cannot make or save, in Keras's format, with their meaning. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersFiles } from './layers-model';
import { randomValues } from './random';

/** A layer by itself. */
export interface LayerFile {
  readonly name: string;
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly input: readonly number[];
  /** Shapes of its weights, by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly reference: (x: tf.Tensor, weights: Readonly<Record<string, tf.Tensor>>) => tf.Tensor;
}

const X = [2, 5, 6, 4] as const;
const ROW = [2, 7, 3] as const;

function one(
  kind: string,
  config: LayerFile['config'],
  input: readonly number[],
  reference: LayerFile['reference'],
  weights: LayerFile['weights'] = {},
): LayerFile {
  return { name: [kind, ...Object.entries(config).map((entry) => entry.join(' '))].join(', '), kind, config, input, weights, reference }; // prettier-ignore
}

const named = (config: object): LayerFile['config'] => ({ activation: config });
const sequence = (y: tf.Tensor): tf.Tensor => tf.squeeze(y, [1]);
const row = (x: tf.Tensor): tf.Tensor4D => tf.expandDims(x, 1);

export const layerFiles: readonly LayerFile[] = [
  one('CenterCrop', { height: 3, width: 3 }, X, (x) => tf.slice(x, [0, 1, 1, 0], [-1, 3, 3, -1])),
  one('ReLU', { max_value: 0.5, negative_slope: 0.25 }, X, (x) => tf.minimum(tf.leakyRelu(x, 0.25), 0.5)),
  one('LeakyReLU', { negative_slope: 0.4 }, X, (x) => tf.leakyRelu(x, 0.4)),
  one('ELU', { alpha: 0.5 }, X, (x) => tf.where(tf.greater(x, 0), x, tf.mul(0.5, tf.expm1(x)))),
  one('Softmax', { axis: [2] }, X, (x) => tf.transpose(tf.softmax(tf.transpose(x, [0, 1, 3, 2])), [0, 1, 3, 2])),
  one('Rescaling', { scale: [1, 2, 3, 4], offset: [0.5, 0, -0.5, 1] }, X, (x) =>
    tf.add(tf.mul(x, [1, 2, 3, 4]), [0.5, 0, -0.5, 1]),
  ),
  one('Normalization', { mean: [[0, 1, 2, 3]], variance: [[1, 4, 9, 0.25]] }, X, (x) => tf.div(tf.sub(x, [0, 1, 2, 3]), [1, 2, 3, 0.5])), // prettier-ignore
  one('Normalization', { axis: [-1] }, X, (x, { mean, variance }) => tf.div(tf.sub(x, mean), tf.sqrt(variance)), { mean: [4], variance: [4] }), // prettier-ignore
  one('ZeroPadding1D', { padding: [1, 2] }, ROW, (x) => tf.pad(x, [[0, 0], [1, 2], [0, 0]])), // prettier-ignore
  one('Cropping1D', { cropping: 1 }, ROW, (x) => tf.slice(x, [0, 1, 0], [-1, 5, -1])),
  one('UpSampling1D', { size: 2 }, [2, 2, 3], (x) => tf.gather(x, [0, 0, 1, 1], 1)),
  one(
    'Conv1D',
    { strides: [1], padding: 'causal', dilation_rate: [2] },
    ROW,
    (x, { kernel, bias }) =>
    tf.add(tf.conv1d(tf.pad(x, [[0, 0], [4, 0], [0, 0]]) as tf.Tensor3D, kernel as tf.Tensor3D, 1, 'valid', 'NWC', 2), bias), // prettier-ignore
    { kernel: [3, 3, 5], bias: [5] },
  ),
  one(
    'Conv2D',
    { groups: 2, use_bias: false, padding: 'same' },
    X,
    (x, { kernel }) => {
      const [[a, b], [k, l]] = [tf.split(x, 2, 3), tf.split(kernel, 2, 3)];
      return tf.concat([tf.conv2d(a as tf.Tensor4D, k as tf.Tensor4D, 1, 'same'), tf.conv2d(b as tf.Tensor4D, l as tf.Tensor4D, 1, 'same')], 3); // prettier-ignore
    },
    { kernel: [3, 3, 2, 6] },
  ),
  one(
    'DepthwiseConv2D',
    { dilation_rate: 2, use_bias: false },
    X,
    (x, { depthwise_kernel: kernel }) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'valid', 'NHWC', 2),
    { depthwise_kernel: [3, 3, 4, 1] },
  ),
  one('DepthwiseConv1D', { padding: 'same' }, ROW, (x, { depthwise_kernel: kernel, bias }) =>
    sequence(tf.add(tf.depthwiseConv2d(row(x), tf.expandDims(kernel, 0), 1, 'same'), bias)), { depthwise_kernel: [3, 3, 2], bias: [6] }), // prettier-ignore
  one(
    'SeparableConv1D',
    { padding: 'same', activation: 'tanh' },
    ROW,
    (x, { depthwise_kernel: d, pointwise_kernel: p, bias }) =>
    tf.tanh(sequence(tf.add(tf.separableConv2d(row(x), tf.expandDims(d, 0), tf.expandDims(p, 0), 1, 'same'), bias))), // prettier-ignore
    { depthwise_kernel: [3, 3, 2], pointwise_kernel: [1, 6, 5], bias: [5] },
  ),
  one('Conv2DTranspose', { strides: 2, padding: 'same', output_padding: 1, use_bias: false }, X, (x, { kernel }) =>
    tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, [2, 10, 12, 3], 2, 'same'), { kernel: [3, 3, 3, 4] }), // prettier-ignore
  one('GlobalAveragePooling2D', { keepdims: true, data_format: 'channels_first' }, X, (x) => tf.mean(x, [2, 3], true)),
  one('Dense', { ...named({ class_name: 'LeakyReLU', config: { alpha: 0.1 } }), use_bias: false }, [3, 4], (x, { kernel }) =>
    tf.leakyRelu(tf.matMul(x, kernel), 0.1), { kernel: [4, 5] }), // prettier-ignore
  one('Activation', { activation: 'exponential' }, X, (x) => tf.exp(x)),
  one('Activation', { activation: 'hard_swish' }, X, (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6))),
  one(
    'SeparableConv2D',
    { padding: 'same', activation: 'softmax', data_format: 'channels_first', use_bias: false },
    [1, 3, 5, 6],
    (x, { depthwise_kernel: d, pointwise_kernel: p }) => // prettier-ignore
    tf.softmax(tf.transpose(tf.separableConv2d(tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 1, 'same'), [0, 3, 1, 2])), // prettier-ignore
    { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4] },
  ),
];

/** Random weights of a layer; weights under a root are positive. */
function valuesOf({ weights }: LayerFile): readonly (readonly [string, readonly number[], Float32Array])[] {
  return Object.entries(weights).map(([name, shape], i) => {
    const values = randomValues(tf.util.sizeFromShape([...shape]), i + 5);
    return [name, shape, name === 'variance' ? values.map((v) => v + 1.5) : values] as const;
  });
}

/** The files of a model of the layer alone. */
export function filesOfLayer(given: LayerFile): LayersFiles {
  const { kind, config, input } = given;
  const first = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, ...input.slice(1)] } };
  const values = valuesOf(given);
  return {
    model: {
      modelTopology: {
        class_name: 'Sequential',
        config: [first, { class_name: kind, config: { name: 'y', ...config } }],
      },
      weightsManifest: [
        { paths: ['w.bin'], weights: values.map(([name, shape]) => ({ name: `y/${name}`, shape, dtype: 'float32' })) },
      ],
    },
    weights: new Uint8Array(Float32Array.from(values.flatMap(([, , numbers]) => [...numbers])).buffer),
  };
}

/** The result of the layer by its reference. */
export async function resultOfLayer(
  given: LayerFile,
  x: Float32Array,
): Promise<{ shape: number[]; values: Float32Array }> {
  const weights = Object.fromEntries(
    valuesOf(given).map(([name, shape, numbers]) => [name, tf.tensor(numbers, [...shape])]),
  );
  const y = given.reference(tf.tensor(x, [...given.input]), weights);
  return { shape: y.shape, values: await y.data<'float32'>() };
}
