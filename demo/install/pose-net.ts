import { outputShape, type Shape } from '../convolution';
import { widened, type NetworkOptions } from '../networks/builder';
import type { ConvLayer, LayerActivation, Network, NetworkLayer } from '../networks/network';

/** Outputs, stride and dilation of each separable block: MobileNetV1, continued at a sixteenth of the image's size. */
const BLOCKS = [
  [64, 1, 1],
  [128, 2, 1],
  [128, 1, 1],
  [256, 2, 1],
  [256, 1, 1],
  [512, 2, 1],
  [512, 1, 1],
  [512, 1, 1],
  [512, 1, 1],
  [512, 1, 1],
  [512, 1, 1],
  [1024, 1, 1],
  [1024, 1, 2],
] as const;

/** Heat maps and offsets of 17 points, and displacements along 16 bones, forwards and backwards. */
const HEADS = [17, 34, 32, 32] as const;

/**
 * The network of PoseNet on MobileNetV1 at stride 16, with random numbers: the published files are not on npm.
 *
 * @see https://arxiv.org/abs/1803.08225
 */
export function poseNet(options: NetworkOptions = {}): Network {
  const { resolution = 257 } = options;
  const layers: NetworkLayer[] = [{ kind: 'input', shape: [1, resolution, resolution, 3] }];
  const add = (
    channels: number,
    size: number,
    strides: number,
    dilations: number,
    activation: LayerActivation,
    x = layers.length - 1,
    groups = 1,
  ): void => {
    const input = layers[x].shape;
    const filter: Shape = [size, size, input[3] / groups, channels];
    const conv: ConvLayer['conv'] = { input, filter, strides, groups, dilations, padding: 'same' };
    layers.push({ kind: 'conv', x, conv, activation, shape: outputShape(conv) });
  };
  add(widened(32, options), 3, 2, 1, 'relu6');
  for (const [channels, strides, dilations] of BLOCKS) {
    const before = layers[layers.length - 1].shape[3];
    add(before, 3, strides, dilations, 'relu6', layers.length - 1, before);
    add(widened(channels, options), 1, 1, 1, 'relu6');
  }
  const features = layers.length - 1;
  for (const channels of HEADS) add(channels, 1, 1, 1, 'linear', features);
  return { name: 'poseNet', layers };
}
