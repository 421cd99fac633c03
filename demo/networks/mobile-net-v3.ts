import { NetworkBuilder, widened, type NetworkOptions } from './builder';
import { invertedResidual } from './inverted-residual';
import type { Network } from './network';

/** Size of the filter, channels in the middle and at the end, squeeze and excite, activation, stride. */
type Row = readonly [number, number, number, 'SE' | '', 'relu' | 'hardSwish', number];

const LARGE: readonly Row[] = [
  [3, 16, 16, '', 'relu', 1],
  [3, 64, 24, '', 'relu', 2],
  [3, 72, 24, '', 'relu', 1],
  [5, 72, 40, 'SE', 'relu', 2],
  [5, 120, 40, 'SE', 'relu', 1],
  [5, 120, 40, 'SE', 'relu', 1],
  [3, 240, 80, '', 'hardSwish', 2],
  [3, 200, 80, '', 'hardSwish', 1],
  [3, 184, 80, '', 'hardSwish', 1],
  [3, 184, 80, '', 'hardSwish', 1],
  [3, 480, 112, 'SE', 'hardSwish', 1],
  [3, 672, 112, 'SE', 'hardSwish', 1],
  [5, 672, 160, 'SE', 'hardSwish', 2],
  [5, 960, 160, 'SE', 'hardSwish', 1],
  [5, 960, 160, 'SE', 'hardSwish', 1],
];

const SMALL: readonly Row[] = [
  [3, 16, 16, 'SE', 'relu', 2],
  [3, 72, 24, '', 'relu', 2],
  [3, 88, 24, '', 'relu', 1],
  [5, 96, 40, 'SE', 'hardSwish', 2],
  [5, 240, 40, 'SE', 'hardSwish', 1],
  [5, 240, 40, 'SE', 'hardSwish', 1],
  [5, 120, 48, 'SE', 'hardSwish', 1],
  [5, 144, 48, 'SE', 'hardSwish', 1],
  [5, 288, 96, 'SE', 'hardSwish', 2],
  [5, 576, 96, 'SE', 'hardSwish', 1],
  [5, 576, 96, 'SE', 'hardSwish', 1],
];

/** @see https://arxiv.org/abs/1905.02244, table 1 */
export function mobileNetV3Large(options: NetworkOptions = {}): Network {
  return mobileNetV3('mobileNetV3Large', LARGE, 1280, options);
}

/** @see https://arxiv.org/abs/1905.02244, table 2; the last layer but one has 1024 channels, as in torchvision and Keras */
export function mobileNetV3Small(options: NetworkOptions = {}): Network {
  return mobileNetV3('mobileNetV3Small', SMALL, 1024, options);
}

function mobileNetV3(name: string, rows: readonly Row[], features: number, options: NetworkOptions): Network {
  const net = new NetworkBuilder(options);
  net.conv({ channels: widened(16, options), size: 3, strides: 2, activation: 'hardSwish' });
  for (const [size, middle, end, squeeze, activation, strides] of rows) {
    const expanded = widened(middle, options);
    const squeezed = squeeze === 'SE' ? widened(expanded / 4, {}) : undefined;
    invertedResidual(net, { size, expanded, channels: widened(end, options), strides, activation, squeezed });
  }
  net.conv({ channels: 6 * net.channels, activation: 'hardSwish' });
  net.mean().conv({ channels: widened(features, options), activation: 'hardSwish' });
  return net.classifier(options).build(name);
}
