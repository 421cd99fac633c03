/** MobileNetV1 to V4. The first three are already networks of the benchmark. */
import { mobileNetV1 } from '../networks/mobile-net-v1';
import { mobileNetV2 } from '../networks/mobile-net-v2';
import { mobileNetV3Large, mobileNetV3Small } from '../networks/mobile-net-v3';
import { rounded, Sketch, type Family } from './family';

/** Widths and resolutions as published with each paper's weights. */
const v1: Family = {
  name: 'MobileNetV1',
  network: (pick) => mobileNetV1({ width: pick([0.25, 0.5, 0.75, 1]), resolution: pick([128, 160, 192, 224]) }),
};

const v2: Family = {
  name: 'MobileNetV2',
  network: (pick) =>
    mobileNetV2({ width: pick([0.35, 0.5, 0.75, 1, 1.3, 1.4]), resolution: pick([96, 128, 160, 192, 224]) }),
};

const v3: Family = {
  name: 'MobileNetV3',
  network: (pick) => pick([mobileNetV3Large, mobileNetV3Small])({ width: pick([0.75, 1]), resolution: 224 }),
};

/**
 * Universal inverted bottlenecks: depthwise before the 1x1 up (0: none), depthwise in the middle (0: none), expansion, channels,
 * stride.
 */
type Uib = readonly [before: number, middle: number, expansion: number, channels: number, strides: number];

const V4_SMALL: readonly Uib[] = [
  [5, 5, 3, 96, 2],
  [0, 3, 2, 96, 1],
  [3, 0, 4, 96, 1],
  [3, 3, 6, 128, 2],
  [5, 5, 4, 128, 1],
  [0, 5, 4, 128, 1],
  [0, 5, 3, 128, 1],
  [0, 3, 4, 128, 1],
];

const V4_MEDIUM: readonly Uib[] = [
  [3, 5, 4, 80, 2],
  [3, 3, 2, 80, 1],
  [3, 5, 6, 160, 2],
  [3, 3, 4, 160, 1],
  [3, 5, 4, 160, 1],
  [3, 0, 4, 160, 1],
  [0, 0, 2, 160, 1],
  [5, 5, 6, 256, 2],
  [5, 5, 4, 256, 1],
  [3, 5, 4, 256, 1],
  [0, 0, 4, 256, 1],
  [3, 0, 4, 256, 1],
  [3, 5, 2, 256, 1],
  [5, 0, 2, 256, 1],
];

/** Conv-S and Conv-M. @see https://arxiv.org/abs/2404.10518, tables 11 and 12 */
const v4: Family = {
  name: 'MobileNetV4',
  network(pick) {
    const isSmall = pick([true, false]);
    const width = pick([1, 1, 0.5]);
    const net = new Sketch({ resolution: pick([224, 256]) });
    const wide = (channels: number): number => rounded(channels * width);
    net.square(3, wide(32), { strides: 2 });
    // Conv-S begins with plain convolutions, Conv-M with a block whose first 1x1 and depthwise are merged into one convolution.
    if (isSmall) {
      net.square(3, wide(32), { strides: 2 }).pointwise(wide(32));
      net.square(3, wide(96), { strides: 2 }).pointwise(wide(64));
    } else {
      net.square(3, 4 * net.channels, { strides: 2 }).pointwise(wide(48));
    }
    for (const [before, middle, expansion, channels, strides] of isSmall ? V4_SMALL : V4_MEDIUM) {
      if (before > 0) net.depthwise(before, middle > 0 ? 1 : strides, 'linear');
      net.pointwise(rounded(net.channels * expansion));
      if (middle > 0) net.depthwise(middle, strides, 'linear');
      net.pointwise(wide(channels));
    }
    return net.pointwise(wide(960)).resume(wide(960), 1).pointwise(1280).build('');
  },
};

export const mobileNets: readonly Family[] = [v1, v2, v3, v4];
