/** Layers outside the three networks: separable pairs in one call, and shapes on which libraries leave their fast kernels. */
import { PLAIN, type Layer } from './layer';

/** There is nothing between the two steps, as in tf.nn.separable_conv2d. */
export const separable: readonly Layer[] = [
  { size: 112, channels: 32, outputs: 64, methods: ['two-dispatches', 'fused'], quick: false } as const,
  { size: 56, channels: 128, outputs: 128, methods: ['two-dispatches', 'fused'], quick: true } as const,
  { size: 14, channels: 512, outputs: 512, methods: ['default'], quick: true } as const,
].map(({ size, channels, outputs, methods, quick }) => ({
  ...PLAIN,
  name: `sep ${size}x${size} ${channels}-${outputs}`,
  family: 'Separable 3x3',
  op: 'separableConv2d',
  input: [1, size, size, channels],
  filter: [3, 3, channels, 1],
  pointwise: [1, 1, channels, outputs],
  methods,
  quick,
}));

/** Large filters, a multiplier; and then as few outputs and as few inputs as MobileNetV2 has. */
const depthwise: readonly Layer[] = [
  { name: 'dw 5x5 14x14x672', size: 14, channels: 672, filter: 5, multiplier: 1 },
  { name: 'dw 7x7 56x56x96', size: 56, channels: 96, filter: 7, multiplier: 1 },
  { name: 'dw 28x28x64 multiplier 2', size: 28, channels: 64, filter: 3, multiplier: 2 },
].map(({ name, size, channels, filter, multiplier }) => ({
  ...PLAIN,
  name,
  family: 'Hard depthwise',
  op: 'depthwiseConv2d',
  input: [1, size, size, channels],
  filter: [filter, filter, channels, multiplier],
}));

const pointwise: readonly Layer[] = [
  { channels: 144, outputs: 24 },
  { channels: 24, outputs: 144 },
].map(({ channels, outputs }) => ({
  ...PLAIN,
  name: `pw 56x56 ${channels}->${outputs}`,
  family: 'Hard pointwise',
  op: 'pointwiseConv2d',
  input: [1, 56, 56, channels],
  filter: [1, 1, channels, outputs],
}));

/** ShuffleNet's 1x1 and RegNet's 3x3: few groups, whose width is no multiple of four or large. */
const grouped: readonly Layer[] = [
  { name: 'g3 1x1 28x28 60->240', size: 28, channels: 60, outputs: 240, groups: 3, filter: 1 },
  { name: 'g9 3x3 14x14x432', size: 14, channels: 432, outputs: 432, groups: 9, filter: 3 },
].map(({ name, size, channels, outputs, groups, filter }) => ({
  ...PLAIN,
  name,
  family: 'Hard grouped',
  op: 'groupedConv2d',
  input: [1, size, size, channels],
  filter: [filter, filter, channels / groups, outputs],
  groups,
}));

/** ResNet's ordinary 3x3 on its smallest maps: each has as many products, but ever fewer pixels. */
const dense: readonly Layer[] = [
  { size: 14, channels: 256 },
  { size: 7, channels: 512 },
].map(({ size, channels }) => ({
  ...PLAIN,
  name: `conv 3x3 ${size}x${size}x${channels}`,
  family: 'Hard dense',
  op: 'conv2d',
  input: [1, size, size, channels],
  filter: [3, 3, channels, channels],
}));

/** ConvNeXt's first layer: each pixel is under exactly one tap of one output. */
const patches: Layer = {
  ...PLAIN,
  name: 'patches 4x4 224x224 3->96',
  family: 'Hard dense',
  op: 'conv2d',
  input: [1, 224, 224, 3],
  filter: [4, 4, 3, 96],
  strides: 4,
};

export const hard: readonly Layer[] = [...depthwise, ...pointwise, ...grouped, ...dense, patches];
