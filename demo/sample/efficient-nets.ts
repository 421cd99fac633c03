/** Networks that were found by a search: MNASNet, and EfficientNet scaled in width and resolution. */
import { rounded, Sketch, type Family, type Pick } from './family';

/** Expansion, size of the filter, channels, stride of the first; repeats have the shape of the second block. */
type Stage = readonly [expansion: number, size: number, channels: number, strides: number];

const EFFICIENT_STAGES: readonly Stage[] = [
  [1, 3, 16, 1],
  [6, 3, 24, 2],
  [6, 5, 40, 2],
  [6, 3, 80, 2],
  [6, 5, 112, 1],
  [6, 5, 192, 2],
  [6, 3, 320, 1],
];

/** Width and resolution of B0 to B7. @see https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet */
const EFFICIENT = [
  [1, 224],
  [1, 240],
  [1.1, 260],
  [1.2, 300],
  [1.4, 380],
  [1.6, 456],
  [1.8, 528],
  [2, 600],
] as const;

/** Of Lite0 to Lite4. @see https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite */
const LITE = [
  [1, 224],
  [1, 240],
  [1.1, 260],
  [1.2, 280],
  [1.4, 300],
] as const;

/** @see https://arxiv.org/abs/1905.11946, table 1 */
const efficientNet: Family = {
  name: 'EfficientNet',
  network(pick) {
    const [width, resolution] = pick(EFFICIENT);
    const net = new Sketch({ resolution });
    net.square(3, rounded(32 * width), { strides: 2 });
    for (const stage of EFFICIENT_STAGES) blocks(net, stage, width, true);
    return net.pointwise(rounded(1280 * width)).build('');
  },
};

/** No squeeze and excite; stem and head are not widened. */
const efficientNetLite: Family = {
  name: 'EfficientNet-Lite',
  network(pick) {
    const [width, resolution] = pick(LITE);
    const net = new Sketch({ resolution });
    net.square(3, 32, { strides: 2 });
    for (const stage of EFFICIENT_STAGES) blocks(net, stage, width, false);
    return net.pointwise(1280).build('');
  },
};

const MNAS_STAGES: readonly Stage[] = [
  [3, 3, 24, 2],
  [3, 5, 40, 2],
  [6, 5, 80, 2],
  [6, 3, 96, 1],
  [6, 5, 192, 2],
  [6, 3, 320, 1],
];

/** B1, as torchvision has it. @see https://arxiv.org/abs/1807.11626 */
const mnasNet: Family = {
  name: 'MNASNet',
  network(pick: Pick) {
    const width = pick([0.5, 0.75, 1, 1.3]);
    const net = new Sketch({ resolution: 224 });
    net.square(3, rounded(32 * width), { strides: 2 });
    net.depthwise(3, 1, 'linear').pointwise(rounded(16 * width));
    for (const stage of MNAS_STAGES) blocks(net, stage, width, false);
    return net.pointwise(1280).build('');
  },
};

/**
 * A stage's first block, and one of its repeated blocks. Squeeze and excite reduces to a quarter of the block's input channels.
 */
function blocks(net: Sketch, [expansion, size, width, first]: Stage, factor: number, isSqueezed: boolean): void {
  const channels = rounded(width * factor);
  for (const strides of [first, 1]) {
    const squeezed = Math.max(1, Math.floor(net.channels / 4));
    if (expansion !== 1) net.pointwise(net.channels * expansion);
    net.depthwise(size, strides, 'linear');
    if (isSqueezed) net.squeezeExcite(squeezed);
    net.pointwise(channels);
  }
}

export const efficientNets: readonly Family[] = [efficientNet, efficientNetLite, mnasNet];
