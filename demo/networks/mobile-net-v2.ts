import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import { invertedResidual } from './inverted-residual';
import type { Network } from './network';

/** Expansion, channels, how many in a row, stride of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** @see https://arxiv.org/abs/1801.04381, table 2 */
export function mobileNetV2(options: NetworkOptions = {}): Network {
  const activation = 'relu6';
  const net = new NetworkBuilder(options);
  net.conv({ channels: widened(32, options), size: 3, strides: 2, activation });
  for (const [expansion, width, count, first] of STAGES) {
    const channels = widened(width, options);
    for (let i = 0; i < count; i++) {
      const expanded = net.channels * expansion;
      invertedResidual(net, { size: 3, expanded, channels, strides: i === 0 ? first : 1, activation });
    }
  }
  net.conv({ channels: Math.max(1280, widened(1280, options)), activation });
  return net.mean().classifier(options).build('mobileNetV2');
}
