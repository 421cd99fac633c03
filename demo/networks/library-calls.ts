/** A network on the GPU, and the library's calls that compute it. */
import {
  activate,
  add,
  conv2d,
  depthwiseConv2d,
  globalAveragePool,
  groupedConv2d,
  maxPool2d,
  multiply,
  pointwiseConv2d,
  reduceMean,
  rsqrt,
  squaredDifference,
  subtract,
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

/** What a convolution does to its sums. */
interface Epilogue {
  readonly bias: Tensor;
  readonly residual?: Tensor;
  readonly activation: Activation;
}

/**
 * Uploads the network's weights.
 *
 * @param isPlain whether bias, residual and activation are calls of their own, as in a model that was written elsewhere
 */
export function networkCalls(gpu: Gpu, { network, weights }: Model, isPlain = false): NetworkCalls {
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
      case 'conv': {
        const residual = layer.residual === undefined ? undefined : values[layer.residual];
        const epilogue = { bias: own.bias, residual, activation: ACTIVATIONS[layer.activation] };
        if (!isPlain) return convolve(layer, values[layer.x], own.filter, epilogue);
        using sums = convolve(layer, values[layer.x], own.filter);
        return applied(sums, epilogue);
      }
      case 'maxPool': {
        const { filter, strides, padding } = layer.window;
        return maxPool2d(values[layer.x], { windowSize: filter[0], strides, padding });
      }
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

function convolve({ conv }: ConvLayer, x: Tensor, weights: Tensor, epilogue: Partial<Epilogue> = {}): Tensor {
  const { strides, padding, groups, filter } = conv;
  const options = { strides, padding, ...epilogue };
  if (isDepthwise(conv)) return depthwiseConv2d(x, weights, options);
  if (isGrouped(conv)) return groupedConv2d(x, weights, { ...options, groups });
  return (filter[0] === 1 ? pointwiseConv2d : conv2d)(x, weights, options);
}

/** An epilogue call by call. */
function applied(sums: Tensor, { bias, residual, activation }: Epilogue): Tensor {
  using shifted = add(sums, bias);
  using sum = residual === undefined ? undefined : add(shifted, residual);
  return activate(sum ?? shifted, activation);
}

/** What TensorFlow.js and TensorFlow Lite make of it, who have no op for it either. */
function layerNorm(x: Tensor, { filter: scale, bias: offset }: Parameters): Tensor {
  using mean = reduceMean(x, 3, { keepDims: true });
  using squares = squaredDifference(x, mean);
  using variance = reduceMean(squares, 3, { keepDims: true });
  using positive = add(variance, NORM_EPSILON);
  using factor = rsqrt(positive);
  using centred = subtract(x, mean);
  using normalized = multiply(centred, factor);
  using scaled = multiply(normalized, scale);
  return add(scaled, offset);
}
