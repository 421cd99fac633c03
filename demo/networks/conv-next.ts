import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import type { Network } from './network';

/** Channels, and how many blocks. */
const STAGES = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const;

/**
 * ConvNeXt-T. The scale of each block's branch is folded into its last filter, as a batch norm would be.
 *
 * @see https://arxiv.org/abs/2201.03545, table 9
 */
export function convNeXtTiny(options: NetworkOptions = {}): Network {
  const net = new NetworkBuilder(options);
  for (const [i, [width, count]] of STAGES.entries()) {
    const channels = widened(width, options);
    if (i === 0) net.conv({ channels, size: 4, strides: 4 }).layerNorm();
    else net.layerNorm().conv({ channels, size: 2, strides: 2 });
    for (let block = 0; block < count; block++) {
      const residual = net.last;
      net.depthwise(7, 1, 'linear').layerNorm();
      net.conv({ channels: 4 * channels, activation: 'gelu' }).conv({ channels, residual });
    }
  }
  return net.mean().layerNorm().classifier(options).build('convNeXtTiny');
}
