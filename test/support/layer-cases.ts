/** One layer of every kind, in TensorFlow.js's form, and models of several layers. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** A model, and the shapes of its inputs. */
export interface LayerCase {
  readonly name: string;
  readonly make: () => tfl.LayersModel;
  /** The shapes include the batch. */
  readonly inputs: readonly (readonly number[])[];
  /** The right result where TensorFlow.js is wrong. It gets the model's weights in order. */
  readonly reference?: (x: tf.Tensor, weights: readonly tf.Tensor[]) => tf.Tensor;
}

type Layer = tfl.layers.Layer;

const { layers } = tfl;
const X = [1, 5, 6, 4] as const;
const ROW = [2, 7, 3] as const;

function one(
  name: string,
  shape: readonly number[],
  layer: () => Layer,
  reference?: LayerCase['reference'],
): LayerCase {
  const make = (): tfl.LayersModel => {
    const x = tfl.input({ shape: shape.slice(1) });
    return tfl.model({ inputs: x, outputs: layer().apply(x) as tfl.SymbolicTensor });
  };
  return { name, make, inputs: [shape], reference };
}

function merge(name: string, shapes: readonly (readonly number[])[], layer: () => Layer): LayerCase {
  const make = (): tfl.LayersModel => {
    const inputs = shapes.map((shape) => tfl.input({ shape: shape.slice(1) }));
    return tfl.model({ inputs, outputs: layer().apply(inputs) as tfl.SymbolicTensor });
  };
  return { name, make, inputs: shapes };
}

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'sigmoid', 'hardSigmoid', 'tanh', 'softmax', 'logSoftmax', 'elu', 'selu', 'softplus', 'softsign', 'swish', 'mish', 'gelu', 'gelu_new'] as const; // prettier-ignore

const convolution = { filters: 3, kernelSize: 3 } as const;

/** TensorFlow.js's CPU kernel takes means and variances in the wrong order if the axis is not the last. */
const normOfAxis1 = (x: tf.Tensor, [gamma, beta, mean, variance]: readonly tf.Tensor[]): tf.Tensor => {
  const last = tf.transpose(x, [0, 2, 3, 1]);
  return tf.transpose(tf.batchNorm(last, mean as tf.Tensor1D, variance as tf.Tensor1D, beta as tf.Tensor1D, gamma as tf.Tensor1D, 1e-3), [0, 3, 1, 2]); // prettier-ignore
};
const sized =
  (method: 'resizeBilinear' | 'resizeNearestNeighbor') =>
  (x: tf.Tensor): tf.Tensor =>
    tf.image[method](x as tf.Tensor4D, [9, 7], false, true);

/** One layer each. */
export const layerCases: readonly LayerCase[] = [
  ...ACTIVATIONS.map((name) =>
    one(`Activation ${name}`, [2, 3, 4], () => layers.activation({ activation: name as 'relu' })),
  ),
  ...ACTIVATIONS.map((name) =>
    one(`Dense ${name}`, [3, 6], () => layers.dense({ units: 4, activation: name as 'relu' })),
  ),
  one('Dense of rank 3, no bias', [2, 3, 6], () => layers.dense({ units: 4, useBias: false })),
  one('Conv2D valid', X, () => layers.conv2d(convolution)),
  one('Conv2D same, strides, softmax', X, () => layers.conv2d({ ...convolution, strides: [2, 1], padding: 'same', activation: 'softmax' })), // prettier-ignore
  one('Conv2D dilated, relu', [1, 9, 9, 2], () => layers.conv2d({ ...convolution, kernelSize: [3, 2], dilationRate: [2, 1], activation: 'relu', useBias: false })), // prettier-ignore
  one('Conv2D channels first', [1, 4, 5, 6], () =>
    layers.conv2d({ ...convolution, dataFormat: 'channelsFirst', useBias: false }),
  ),
  one('Conv1D valid', ROW, () => layers.conv1d({ filters: 5, kernelSize: 3, strides: 2, activation: 'relu' })),
  one('Conv1D same, dilated', ROW, () =>
    layers.conv1d({ filters: 5, kernelSize: [3], padding: 'same', dilationRate: [2] }),
  ),
  one('DepthwiseConv2D', X, () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' })),
  one('DepthwiseConv2D strides', X, () =>
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, useBias: false, activation: 'relu6' }),
  ),
  one('SeparableConv2D', X, () => layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', depthMultiplier: 2, activation: 'relu' })), // prettier-ignore
  one('SeparableConv2D strides, elu', X, () => layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, useBias: false, activation: 'elu' })), // prettier-ignore
  one('Conv2DTranspose same', X, () => layers.conv2dTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' })), // prettier-ignore
  one('Conv2DTranspose valid', X, () => layers.conv2dTranspose({ filters: 3, kernelSize: [2, 4], strides: [3, 2] })),
  one('Conv2DTranspose channels first', [1, 4, 3, 5], () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, dataFormat: 'channelsFirst', useBias: false })), // prettier-ignore
  one('BatchNormalization', X, () => layers.batchNormalization()),
  one('BatchNormalization without scale and center', X, () =>
    layers.batchNormalization({ scale: false, center: false, epsilon: 0.01 }),
  ),
  one('BatchNormalization axis 1', [1, 4, 5, 6], () => layers.batchNormalization({ axis: 1 }), normOfAxis1),
  one('BatchNormalization axis 1 of 2', [3, 4], () => layers.batchNormalization({ axis: 1, scale: false })),
  one('LayerNormalization', X, () => layers.layerNormalization()),
  one('LayerNormalization of two axes, no scale', X, () =>
    layers.layerNormalization({ axis: [2, 3], scale: false, epsilon: 0.01 }),
  ),
  one('ReLU', X, () => layers.reLU()),
  one('ReLU 6', X, () => layers.reLU({ maxValue: 0.5 })),
  one('LeakyReLU', X, () => layers.leakyReLU({ alpha: 0.1 })),
  one('PReLU', X, () => layers.prelu({ sharedAxes: [1, 2] })),
  one('PReLU per element', X, () => layers.prelu()),
  one('ELU', X, () => layers.elu()),
  one('Softmax', X, () => layers.softmax({ axis: -1 })),
  one('Softmax axis 3', X, () => layers.softmax({ axis: 3 })),
  one('ThresholdedReLU', X, () => layers.thresholdedReLU({ theta: 0.3 })),
  one('MaxPooling2D', X, () => layers.maxPooling2d({ poolSize: 2 })),
  one('MaxPooling2D same', X, () => layers.maxPooling2d({ poolSize: [3, 2], strides: [2, 1], padding: 'same' })),
  one('MaxPooling2D channels first', [1, 4, 5, 6], () =>
    layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }),
  ),
  one('AveragePooling2D same', X, () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  one('MaxPooling1D', ROW, () => layers.maxPooling1d({ poolSize: 2 })),
  one('AveragePooling1D', ROW, () => layers.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' })),
  one('GlobalAveragePooling2D', X, () => layers.globalAveragePooling2d({})),
  one('GlobalMaxPooling2D channels first', X, () => layers.globalMaxPooling2d({ dataFormat: 'channelsFirst' })),
  one('GlobalAveragePooling1D', ROW, () => layers.globalAveragePooling1d({})),
  one('GlobalMaxPooling1D', ROW, () => layers.globalMaxPooling1d({})),
  one('ZeroPadding2D', X, () => layers.zeroPadding2d()),
  one('ZeroPadding2D pairs', X, () => layers.zeroPadding2d({ padding: [[0, 1], [2, 3]] })), // prettier-ignore
  one('ZeroPadding2D channels first', [1, 4, 5, 6], () =>
    layers.zeroPadding2d({ padding: [1, 2], dataFormat: 'channelsFirst' }),
  ),
  one('Cropping2D', X, () => layers.cropping2D({ cropping: [[1, 0], [2, 1]] })), // prettier-ignore
  one('UpSampling2D', X, () => layers.upSampling2d({ size: [2, 3] })),
  one('UpSampling2D bilinear', X, () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  one('UpSampling2D channels first', [1, 4, 5, 6], () => layers.upSampling2d({ dataFormat: 'channelsFirst' })),
  one('Flatten', X, () => layers.flatten()),
  one('Flatten channels first', X, () => layers.flatten({ dataFormat: 'channelsFirst' })),
  one('Reshape', X, () => layers.reshape({ targetShape: [-1, 8] })),
  one('Permute', X, () => layers.permute({ dims: [3, 1, 2] })),
  one('RepeatVector', [2, 5], () => layers.repeatVector({ n: 3 })),
  one('Dropout', X, () => layers.dropout({ rate: 0.5 })),
  one('SpatialDropout1D', ROW, () => layers.spatialDropout1d({ rate: 0.5 })),
  one('GaussianNoise', X, () => layers.gaussianNoise({ stddev: 1 })),
  one('Rescaling', X, () => layers.rescaling({ scale: 1 / 127.5, offset: -1 })),
  one('Resizing', X, () => layers.resizing({ height: 9, width: 7 }), sized('resizeBilinear')),
  one(
    'Resizing nearest',
    X,
    () => layers.resizing({ height: 9, width: 7, interpolation: 'nearest' }),
    sized('resizeNearestNeighbor'),
  ),
  merge('Concatenate', [X, [1, 5, 6, 3]], () => layers.concatenate()),
  merge('Concatenate axis 1', [X, [1, 2, 6, 4], X], () => layers.concatenate({ axis: 1 })),
  merge('Add', [X, X, X], () => layers.add()),
  merge('Add of other ranks', [X, [1, 4]], () => layers.add()),
  merge('Multiply', [X, [1, 1, 1, 4]], () => layers.multiply()),
  merge('Average', [X, X, X], () => layers.average()),
  merge('Maximum', [X, X], () => layers.maximum()),
  merge('Minimum', [X, X], () => layers.minimum()),
];

/** Several layers, in the forms of real models. */
export const modelCases: readonly LayerCase[] = [
  {
    name: 'a Sequential model',
    make: () =>
      tfl.sequential({
        layers: [
          layers.zeroPadding2d({ padding: [[0, 1], [0, 1]], inputShape: [8, 8, 3] }), // prettier-ignore
          layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, useBias: false }),
          layers.batchNormalization(),
          layers.reLU({ maxValue: 6 }),
          layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.globalAveragePooling2d({}),
          layers.dropout({ rate: 0.2 }),
          layers.dense({ units: 5, activation: 'softmax' }),
        ],
      }),
    inputs: [[2, 8, 8, 3]],
  },
  {
    name: 'a Sequential model whose first layers are models',
    make: () => {
      const x = tfl.input({ shape: [6, 6, 2], name: 'image' });
      const features = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: 'features' }).apply(x);
      const backbone = tfl.model({ inputs: x, outputs: features as tfl.SymbolicTensor, name: 'backbone' });
      const head = tfl.sequential({
        layers: [layers.flatten({ inputShape: [4, 4, 4] }), layers.dense({ units: 3, activation: 'softmax' })],
      });
      return tfl.sequential({ layers: [backbone, head] });
    },
    inputs: [[1, 6, 6, 2]],
  },
  {
    name: 'two inputs, two outputs, a layer that is shared and a model that is called twice',
    make: () => {
      const [a, b] = ['a', 'b'].map((name) => tfl.input({ shape: [4, 4, 3], name }));
      const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', name: 'shared' });
      const t = tfl.input({ shape: [4, 4, 3] });
      const tower = tfl.model({
        inputs: t,
        outputs: layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }).apply(t) as tfl.SymbolicTensor,
        name: 'tower',
      });
      const left = shared.apply(a) as tfl.SymbolicTensor;
      const right = shared.apply(b) as tfl.SymbolicTensor;
      const sum = layers.add({ name: 'sum' }).apply([left, right]) as tfl.SymbolicTensor;
      const again = shared.apply(sum) as tfl.SymbolicTensor;
      return tfl.model({
        inputs: [a, b],
        outputs: [tower.apply(again), tower.apply(left), sum] as tfl.SymbolicTensor[],
      });
    },
    inputs: [
      [1, 4, 4, 3],
      [1, 4, 4, 3],
    ],
  },
  {
    name: 'channels first from end to end',
    make: () => {
      const dataFormat = 'channelsFirst';
      const x = tfl.input({ shape: [3, 8, 8] });
      let y = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', dataFormat, useBias: false }).apply(x);
      y = layers.reLU().apply(y);
      y = layers.maxPooling2d({ poolSize: 2, dataFormat }).apply(y);
      y = layers.conv2d({ filters: 5, kernelSize: 1, dataFormat, useBias: false }).apply(y);
      y = layers.globalAveragePooling2d({ dataFormat }).apply(y);
      return tfl.model({ inputs: x, outputs: y as tfl.SymbolicTensor });
    },
    inputs: [[1, 3, 8, 8]],
  },
];
