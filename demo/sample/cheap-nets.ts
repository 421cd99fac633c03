/** Networks that save on the 1x1: GhostNet halves it, ShuffleNet groups it or takes half of the channels. */
import { rounded, Sketch, type Family } from './family';

/** Size of the filter, expanded, channels, squeeze and excite, stride. */
const GHOST_BLOCKS = [
  [3, 16, 16, false, 1],
  [3, 48, 24, false, 2],
  [3, 72, 24, false, 1],
  [5, 72, 40, true, 2],
  [5, 120, 40, true, 1],
  [3, 240, 80, false, 2],
  [3, 200, 80, false, 1],
  [3, 184, 80, false, 1],
  [3, 480, 112, true, 1],
  [3, 672, 112, true, 1],
  [5, 672, 160, true, 2],
  [5, 960, 160, false, 1],
  [5, 960, 160, true, 1],
] as const;

/** Half of a 1x1's outputs are a depthwise 3x3 of the other half. @see https://arxiv.org/abs/1911.11907, table 1 */
const ghostNet: Family = {
  name: 'GhostNet',
  network(pick) {
    const width = pick([0.5, 1, 1.3]);
    const net = new Sketch({ resolution: 224 });
    const wide = (channels: number): number => rounded(channels * width, 4);
    const ghost = (channels: number): void => {
      net
        .pointwise(Math.ceil(channels / 2))
        .depthwise(3, 1, 'linear')
        .resume(channels);
    };
    net.square(3, wide(16), { strides: 2 });
    for (const [size, expanded, channels, isSqueezed, strides] of GHOST_BLOCKS) {
      const { size: side, channels: own } = net;
      if (strides > 1 || own !== wide(channels)) {
        net.depthwise(size, strides, 'linear').pointwise(wide(channels)).resume(own, side);
      }
      ghost(wide(expanded));
      if (strides > 1) net.depthwise(size, strides, 'linear');
      if (isSqueezed) net.squeezeExcite(rounded(net.channels / 4, 4));
      ghost(wide(channels));
    }
    return net.pointwise(wide(960)).resume(wide(960), 1).pointwise(1280).build('');
  },
};

/** Channels of the second stage by groups; each later stage doubles them. */
const SHUFFLE_V1 = [
  [1, 144],
  [2, 200],
  [3, 240],
  [4, 272],
  [8, 384],
] as const;

/** @see https://arxiv.org/abs/1707.01083, table 1 */
const shuffleNetV1: Family = {
  name: 'ShuffleNetV1',
  network(pick) {
    const [groups, first] = pick(SHUFFLE_V1);
    const width = pick([0.5, 1, 1.5, 2]);
    const net = new Sketch({ resolution: 224 });
    net.square(3, 24, { strides: 2 }).resume(24, 56);
    for (let stage = 0; stage < 3; stage++) {
      const channels = first * width * 2 ** stage;
      // A quarter of the outputs, rounded to whole groups.
      const middle = groups * Math.max(1, Math.round(channels / 4 / groups));
      for (const strides of [2, 1]) {
        const own = net.channels;
        // Blocks with stride 2 append their pooled input. The first 1x1 of the network has too few channels for groups.
        const branch = strides === 2 ? groups * Math.max(1, Math.round((channels - own) / groups)) : channels;
        net.pointwise(middle, own % groups === 0 && stage + strides !== 2 ? groups : 1);
        net.depthwise(3, strides, 'linear').pointwise(branch, groups);
        net.resume(groups * Math.round(channels / groups));
      }
    }
    return net.build('');
  },
};

/** Half of the channels pass a block unchanged. @see https://arxiv.org/abs/1807.11164, table 5 */
const shuffleNetV2: Family = {
  name: 'ShuffleNetV2',
  network(pick) {
    const [first, last] = pick([
      [48, 1024],
      [116, 1024],
      [176, 1024],
      [244, 2048],
    ]);
    const net = new Sketch({ resolution: 224 });
    net.square(3, 24, { strides: 2 }).resume(24, 56);
    for (let stage = 0; stage < 3; stage++) {
      const half = (first * 2 ** stage) / 2;
      const { channels: own, size } = net;
      net.depthwise(3, 2, 'linear').pointwise(half).resume(own, size);
      net.pointwise(half).depthwise(3, 2, 'linear').pointwise(half);
      net
        .pointwise(half)
        .depthwise(3, 1, 'linear')
        .pointwise(half)
        .resume(2 * half);
    }
    return net.pointwise(last).build('');
  },
};

export const cheapNets: readonly Family[] = [ghostNet, shuffleNetV1, shuffleNetV2];
