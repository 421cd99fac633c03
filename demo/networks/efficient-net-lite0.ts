import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import { invertedResidual } from './inverted-residual';
import type { Network } from './network';

/** Expansion, size of the filter, channels, how many in a row, stride of the first. */
const STAGES = [
  [1, 3, 16, 1, 1],
  [6, 3, 24, 2, 2],
  [6, 5, 40, 2, 2],
  [6, 3, 80, 3, 2],
  [6, 5, 112, 3, 1],
  [6, 5, 192, 4, 2],
  [6, 3, 320, 1, 1],
] as const;

/**
 * EfficientNet-B0 without squeeze and excite, and with relu6.
 *
 * @see https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
 */
export function efficientNetLite0(options: NetworkOptions = {}): Network {
  const activation = 'relu6';
  const net = new NetworkBuilder(options);
  net.conv({ channels: widened(32, options), size: 3, strides: 2, activation });
  for (const [expansion, size, width, count, first] of STAGES) {
    const channels = widened(width, options);
    for (let i = 0; i < count; i++) {
      const expanded = net.channels * expansion;
      invertedResidual(net, { size, expanded, channels, strides: i === 0 ? first : 1, activation });
    }
  }
  net.conv({ channels: widened(1280, options), activation });
  return net.mean().classifier(options).build('efficientNetLite0');
}
