/** Networks that keep large maps: segmentation by DeepLab and U-Net, detection by YOLO. */
import { mobileNetV2 } from '../networks/mobile-net-v2';
import type { Network } from '../networks/network';
import { Sketch, type Family, type Pick } from './family';

/** The pyramid over each backbone, by output stride: 16 has rates 6, 12 and 18, 8 has twice those. */
const deepLab: Family = {
  name: 'DeepLab',
  network: (pick) => pick([pyramid, pyramid, pyramid, dilatedMobileNet, decoder])(pick),
};

/** ASPP: dense as in version 3, separable as in 3+, over ResNet's or Xception's 2048 or MobileNetV2's 320. */
function pyramid(pick: Pick): Network {
  const strides = pick([16, 8]);
  const channels = pick([2048, 320]);
  const isSeparable = pick([true, false]);
  const size = Math.ceil(pick([257, 321, 513]) / strides);
  const net = new Sketch({}).resume(channels, size);
  for (const rate of [6, 12, 18]) {
    const dilations = (rate * 16) / strides;
    if (isSeparable) net.square(3, channels, { groups: channels, dilations }).pointwise(256);
    else net.square(3, 256, { dilations });
    net.resume(channels);
  }
  return net
    .pointwise(256)
    .resume(5 * 256)
    .pointwise(256)
    .build('');
}

/** Version 3+: depthwise, with a dilation in place of the stride, from the stage on that would halve the map too far. */
function dilatedMobileNet(pick: Pick): Network {
  const resolution = pick([257, 321, 513]);
  const width = pick([0.5, 1]);
  const strides = pick([16, 8]);
  const source = mobileNetV2({ resolution, width }).layers;
  const net = new Sketch({ resolution });
  let [stride, dilations] = [1, 1];
  for (const layer of source) {
    if (layer.kind !== 'conv') continue;
    const { filter, groups, strides: own } = layer.conv;
    const isKept = stride * own <= strides;
    net.square(filter[0], filter[3], { groups, strides: isKept ? own : 1, dilations: filter[0] > 1 ? dilations : 1 });
    if (isKept) stride *= own;
    else dilations *= own;
    // The network ends before the classifier's average.
    if (filter[3] === 320 * width || net.channels >= 1280) break;
  }
  return net.build('');
}

/** The pyramid's output, upsampled and joined with 48 channels of an early map. */
function decoder(pick: Pick): Network {
  const size = Math.ceil(pick([257, 321, 513]) / 4);
  const net = new Sketch({})
    .resume(pick([24, 256]), size)
    .pointwise(48)
    .resume(304);
  if (pick([true, false])) net.depthwise(3, 1, 'linear').pointwise(256).depthwise(3, 1, 'linear').pointwise(256);
  else net.square(3, 256).square(3, 256);
  return net.pointwise(21).build('');
}

/** Two 3x3 at each of five sizes, on the way down and up again. @see https://arxiv.org/abs/1505.04597, figure 1 */
const uNet: Family = {
  name: 'U-Net',
  network(pick) {
    const first = pick([16, 32, 64]);
    const resolution = pick([128, 256, 512, 572]);
    const net = new Sketch({ resolution }).resume(pick([1, 3]));
    const sizes = [0, 1, 2, 3, 4].map((depth) => ({ channels: first * 2 ** depth, size: resolution >> depth }));
    for (const { channels, size } of sizes) net.resume(net.channels, size).square(3, channels).square(3, channels);
    // The upsampled map is joined with the one from the way down, so there are twice the channels.
    for (const { channels, size } of sizes.slice(0, -1).toReversed()) {
      net
        .resume(2 * channels, size)
        .square(3, channels)
        .square(3, channels);
    }
    return net.pointwise(2).build('');
  },
};

/**
 * Version 8, without its depth: the width and the largest number of channels by size.
 *
 * @see https://github.com/ultralytics/ultralytics
 */
const YOLO_V8 = [
  [0.25, 1024],
  [0.5, 1024],
  [0.75, 768],
  [1, 512],
] as const;

const yolo: Family = {
  name: 'YOLO',
  network(pick) {
    const resolution = pick([320, 416, 640]);
    return pick([yoloV8, yoloV8, yoloX])(pick, new Sketch({ resolution }));
  },
};

function yoloV8(pick: Pick, net: Sketch): Network {
  const [width, most] = pick(YOLO_V8);
  const wide = (channels: number): number => Math.min(channels, most) * width;
  net.square(3, wide(64), { strides: 2 });
  for (const stage of [128, 256, 512, 1024]) {
    const channels = wide(stage);
    net.square(3, channels, { strides: 2 });
    // C2f: a 1x1, half of it through bottlenecks of two 3x3, then all of them joined into a 1x1.
    net.pointwise(channels);
    net
      .resume(channels / 2)
      .square(3, channels / 2)
      .resume(2 * channels)
      .pointwise(channels);
    if (stage < 256) continue;
    // The head: boxes are 64 numbers, classes 80.
    const { size } = net;
    const boxes = Math.max(16, wide(256) / 4, 64);
    const classes = Math.max(wide(256), 80);
    net.square(3, boxes).square(3, boxes).pointwise(64).resume(channels, size);
    net.square(3, classes).square(3, classes).pointwise(80).resume(channels, size);
  }
  return net.build('');
}

/** YOLOX-Nano, whose 3x3 are depthwise and 1x1. @see https://arxiv.org/abs/2107.08430 */
function yoloX(pick: Pick, net: Sketch): Network {
  const width = pick([0.25, 0.375]);
  net.resume(12, net.size / 2).square(3, 64 * width);
  for (const stage of [128, 256, 512, 1024]) {
    const channels = stage * width;
    net.depthwise(3, 2, 'linear').pointwise(channels);
    net
      .pointwise(channels / 2)
      .pointwise(channels / 2)
      .depthwise(3, 1, 'linear')
      .pointwise(channels / 2);
    net.resume(channels).pointwise(channels);
  }
  return net.build('');
}

export const denseMaps: readonly Family[] = [deepLab, uNet, yolo];
