/** A network as a .tflite file: fp32, padding 'same', activations fused where TensorFlow Lite fuses them. */
import type { Model, Weights } from '../networks/model';
import {
  isDepthwise,
  NORM_EPSILON,
  readBy,
  type ConvLayer,
  type LayerActivation,
  type NetworkLayer,
} from '../networks/network';
import { filterToOhwi } from './layouts';
import { TfliteFile } from './tflite-file';

/** ActivationFunctionType of those that an operator may end with. */
const FUSED: Readonly<Partial<Record<LayerActivation, number>>> = { linear: 0, relu: 1, relu6: 3 };

export function tfliteModel({ network: { layers }, weights }: Model): Uint8Array {
  const file = new TfliteFile();
  const values = [file.tensor(layers[0].shape)];
  for (let i = 1; i < layers.length; i++) {
    const [x, other] = readBy(layers[i]).map((place) => values[place]);
    values.push(addLayer(file, layers[i], x, other, weights[i]));
  }
  return file.finish(values[0], values[layers.length - 1]);
}

/** Adds the operators of a layer; returns the number of its output tensor. */
function addLayer(file: TfliteFile, layer: NetworkLayer, x: number, other: number | undefined, own?: Weights): number {
  const { shape } = layer;
  switch (layer.kind) {
    case 'input':
      return x;
    case 'conv':
      return activated(file, layer, x, other, own as Weights);
    case 'maxPool':
      return file.maxPool2d(x, shape, layer.window.strides, layer.window.filter);
    case 'mean':
      return file.mean(x, [1, 2], shape);
    case 'scale':
      return file.multiply([x, other as number], shape);
    case 'layerNorm': {
      const [n, height, width, channels] = shape;
      const { filter, bias = new Float32Array(channels) } = own as Weights;
      const perPixel = [n, height, width, 1];
      const mean = file.mean(x, [3], perPixel);
      const variance = file.mean(file.squaredDifference([x, mean], shape), [3], perPixel);
      const shifted = file.add([variance, file.floats([1], Float32Array.of(NORM_EPSILON))], perPixel);
      const normalized = file.multiply([file.subtract([x, mean], shape), file.rsqrt(shifted, perPixel)], shape);
      const scaled = file.multiply([normalized, file.floats([channels], filter)], shape);
      return file.add([scaled, file.floats([channels], bias)], shape);
    }
  }
}

/** The convolution, the residual, and the activation, which is fused into the last of them or an operator of its own. */
function activated(file: TfliteFile, layer: ConvLayer, x: number, residual: number | undefined, own: Weights): number {
  const { activation, shape } = layer;
  const fused = FUSED[activation] ?? 0;
  const sums = convolution(file, layer, x, own, residual === undefined ? fused : 0);
  const added = residual === undefined ? sums : file.add([sums, residual], shape, fused);
  switch (activation) {
    case 'hardSwish':
      return file.hardSwish(added, shape);
    case 'gelu':
      return file.gelu(added, shape);
    case 'hardSigmoid': {
      const clamped = file.add([added, file.floats([1], Float32Array.of(3))], shape, FUSED.relu6);
      return file.multiply([clamped, file.floats([1], Float32Array.of(1 / 6))], shape);
    }
    default:
      return added;
  }
}

function convolution(
  file: TfliteFile,
  { conv, shape }: ConvLayer,
  x: number,
  own: Weights,
  activation: number,
): number {
  const [height, width, perGroup, outputs] = conv.filter;
  const bias = file.floats([outputs], own.bias ?? new Float32Array(outputs));
  const { strides, dilations } = conv;
  if (isDepthwise(conv)) {
    const filter = file.floats([1, height, width, outputs], own.filter);
    const multiplier = outputs / conv.groups;
    return file.depthwiseConv2d([x, filter, bias], shape, { strides, dilations, multiplier, activation });
  }
  const filter = file.floats([outputs, height, width, perGroup], filterToOhwi(own.filter, conv.filter));
  return file.conv2d([x, filter, bias], shape, { strides, dilations, activation });
}
