import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import type { Network } from './network';

/** Channels in the middle of the blocks, how many blocks, stride of the first. */
const STAGES = [
  [128, 3, 1],
  [256, 4, 2],
  [512, 6, 2],
  [1024, 3, 2],
] as const;

/** Of the first stage: 128 channels are 32 groups of them. */
const CHANNELS_PER_GROUP = 4;

/**
 * ResNeXt-50 32x4d; a smaller width has fewer groups.
 *
 * @see https://arxiv.org/abs/1611.05431, table 1
 */
export function resNeXt50(options: NetworkOptions = {}): Network {
  const activation = 'relu';
  const groups = widened(STAGES[0][0], options) / CHANNELS_PER_GROUP;
  const net = new NetworkBuilder(options);
  net.conv({ channels: widened(64, options), size: 7, strides: 2, activation }).maxPool(3, 2);
  for (const [width, count, first] of STAGES) {
    const middle = widened(width, options);
    const channels = 2 * middle;
    for (let i = 0; i < count; i++) {
      const x = net.last;
      const strides = i === 0 ? first : 1;
      const residual = net.channels === channels ? x : net.conv({ channels, strides }).last;
      net.conv({ x, channels: middle, activation });
      net.conv({ channels: middle, size: 3, groups, strides, activation });
      net.conv({ channels, residual, activation });
    }
  }
  return net.mean().classifier(options).build('resNeXt50_32x4d');
}
