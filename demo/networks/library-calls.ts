/** A network on the GPU, and the library's calls that compute it. */
import type * as library from '../../src/index';
import type { Activation, Gpu, Tensor } from '../../src/index';
import type { Model } from './model';
import { isDepthwise, isGrouped, NORM_EPSILON, readBy, type ConvLayer, type LayerActivation } from './network';

/** The library's functions: this tree's, or those of another build of it. */
export type Library = typeof library;

export interface NetworkCalls {
  /** Makes the calls, and disposes the tensors between x and the result. */
  call(x: Tensor): Tensor;
  dispose(): void;
}

/** A layer's weights on the GPU. */
interface Parameters {
  readonly filter: Tensor;
  readonly bias: Tensor;
}

/** The options for what a convolution does to its sums. */
interface Epilogue {
  readonly bias: Tensor;
  readonly residual?: Tensor;
  readonly activation: Activation;
}

/**
 * Uploads the network's weights.
 *
 * @param from whose functions are called
 * @param gpu one that they opened
 * @param isPlain whether bias, residual and activation are calls of their own, as in a model that was written elsewhere
 */
export function networkCalls(from: Library, gpu: Gpu, { network, weights }: Model, isPlain = false): NetworkCalls {
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
        if (!isPlain) return convolve(from, layer, values[layer.x], own.filter, epilogue);
        using sums = convolve(from, layer, values[layer.x], own.filter);
        return applied(from, sums, epilogue);
      }
      case 'maxPool': {
        const { filter, strides, padding } = layer.window;
        return from.maxPool2d(values[layer.x], { windowSize: filter[0], strides, padding });
      }
      case 'mean':
        return from.globalAveragePool(values[layer.x]);
      case 'scale':
        return from.multiply(values[layer.x], values[layer.factors]);
      case 'layerNorm':
        return layerNorm(from, values[layer.x], own);
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

/** In the form that the op takes. */
function filterShape({ conv }: ConvLayer): readonly number[] {
  const [height, width, , outputs] = conv.filter;
  return isDepthwise(conv) ? [height, width, conv.groups, outputs / conv.groups] : conv.filter;
}

function convolve(
  from: Library,
  { conv }: ConvLayer,
  x: Tensor,
  weights: Tensor,
  epilogue: Partial<Epilogue> = {},
): Tensor {
  const { strides, padding, groups, filter } = conv;
  const options = { strides, padding, ...epilogue };
  if (isDepthwise(conv)) return from.depthwiseConv2d(x, weights, options);
  if (isGrouped(conv)) return from.groupedConv2d(x, weights, { ...options, groups });
  return (filter[0] === 1 ? from.pointwiseConv2d : from.conv2d)(x, weights, options);
}

/** An epilogue call by call. */
function applied(from: Library, sums: Tensor, { bias, residual, activation }: Epilogue): Tensor {
  using shifted = from.add(sums, bias);
  using sum = residual === undefined ? undefined : from.add(shifted, residual);
  return from.activate(sum ?? shifted, activation);
}

/** The calls that TensorFlow.js and TensorFlow Lite use, since they have no op for it either. */
function layerNorm(from: Library, x: Tensor, { filter: scale, bias: offset }: Parameters): Tensor {
  using mean = from.reduceMean(x, 3, { keepDims: true });
  using squares = from.squaredDifference(x, mean);
  using variance = from.reduceMean(squares, 3, { keepDims: true });
  using positive = from.add(variance, NORM_EPSILON);
  using factor = from.rsqrt(positive);
  using centred = from.subtract(x, mean);
  using normalized = from.multiply(centred, factor);
  using scaled = from.multiply(normalized, scale);
  return from.add(scaled, offset);
}
