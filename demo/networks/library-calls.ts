/** A network on the GPU, and the library's calls that compute it. */
import {
  add,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  groupedConv2d,
  multiply,
  pointwiseConv2d,
  reduceMean,
  reshape,
  type Activation,
  type Gpu,
  type Tensor,
} from '../../src/index';
import type { Model } from './model';
import { isDepthwise, isGrouped, NORM_EPSILON, readBy, type ConvLayer, type LayerActivation } from './network';

export interface NetworkCalls {
  /** Makes the calls, and disposes of what is between x and the result. */
  call(x: Tensor): Tensor;
  dispose(): void;
}

/** A layer's weights on the GPU. */
interface Parameters {
  readonly filter: Tensor;
  readonly bias: Tensor;
}

/** Uploads the network's weights. */
export function networkCalls(gpu: Gpu, { network, weights }: Model): NetworkCalls {
  const { layers } = network;
  const parameters = layers.map((layer, i): Parameters | undefined => {
    const { filter, bias } = weights[i] ?? {};
    if (filter === undefined || bias === undefined) return undefined;
    const shape = layer.kind === 'conv' ? filterShape(layer) : [filter.length];
    return { filter: gpu.tensor(filter, shape), bias: gpu.tensor(bias, [bias.length]) };
  });
  const lastReaders = new Map(layers.flatMap((layer, i) => readBy(layer).map((read) => [read, i] as const)));

  const compute = (i: number, values: readonly Tensor[]): Tensor => {
    const layer = layers[i];
    const own = parameters[i] as Parameters;
    switch (layer.kind) {
      case 'input':
        return values[0];
      case 'conv':
        return convolve(layer, values[layer.x], own, layer.residual === undefined ? undefined : values[layer.residual]);
      case 'mean':
        return globalAveragePool(values[layer.x]);
      case 'scale':
        return multiply(values[layer.x], values[layer.factors]);
      case 'layerNorm':
        return layerNorm(values[layer.x], own);
    }
  };
  return {
    call(x) {
      const values = [x];
      for (let i = 1; i < layers.length; i++) {
        values.push(compute(i, values));
        for (const read of new Set(readBy(layers[i]))) {
          if (read > 0 && lastReaders.get(read) === i) values[read].dispose();
        }
      }
      return values[layers.length - 1];
    },
    dispose() {
      for (const own of parameters) {
        own?.filter.dispose();
        own?.bias.dispose();
      }
    },
  };
}

const ACTIVATIONS: Readonly<Record<LayerActivation, Activation>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  hardSwish: 'hardSwish',
  hardSigmoid: { name: 'hardSigmoid', alpha: 1 / 6, beta: 0.5 },
  gelu: 'gelu',
};

/** As the op takes it. */
function filterShape({ conv }: ConvLayer): readonly number[] {
  const [height, width, , outputs] = conv.filter;
  return isDepthwise(conv) ? [height, width, conv.groups, outputs / conv.groups] : conv.filter;
}

function convolve({ conv, activation }: ConvLayer, x: Tensor, own: Parameters, residual?: Tensor): Tensor {
  const { strides, padding, groups, filter } = conv;
  const options = { strides, padding, bias: own.bias, residual, activation: ACTIVATIONS[activation] };
  if (isDepthwise(conv)) return depthwiseConv2d(x, own.filter, options);
  if (isGrouped(conv)) return groupedConv2d(x, own.filter, { ...options, groups });
  return (filter[0] === 1 ? pointwiseConv2d : conv2d)(x, own.filter, options);
}

/** Each pixel is a channel of a batch norm. */
function layerNorm(x: Tensor, { filter: scale, bias: offset }: Parameters): Tensor {
  const [batch, height, width, channels] = x.shape;
  const pixels = batch * height * width;
  using mean = reduceMean(x, 3, { keepDims: true });
  using negative = multiply(mean, -1);
  using centred = add(x, negative);
  using squares = multiply(centred, centred);
  using variance = reduceMean(squares, 3);
  using rows = reshape(x, [1, pixels, 1, channels]);
  using means = reshape(mean, [pixels]);
  using variances = reshape(variance, [pixels]);
  const norm = { mean: means, variance: variances, epsilon: NORM_EPSILON };
  using normalized = batchNorm(rows, norm, { dataFormat: 'NCHW' });
  using image = reshape(normalized, x.shape);
  using scaled = multiply(image, scale);
  return add(scaled, offset);
}
