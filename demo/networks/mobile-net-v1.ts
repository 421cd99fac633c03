import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import type { Network } from './network';

/** Outputs and stride of each separable block. */
const BLOCKS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** @see https://arxiv.org/abs/1704.04861, table 1 */
export function mobileNetV1(options: NetworkOptions = {}): Network {
  const activation = 'relu6';
  const net = new NetworkBuilder(options);
  net.conv({ channels: widened(32, options), size: 3, strides: 2, activation });
  for (const [channels, strides] of BLOCKS) {
    net.depthwise(3, strides, activation).conv({ channels: widened(channels, options), activation });
  }
  return net.mean().classifier(options).build('mobileNetV1');
}
