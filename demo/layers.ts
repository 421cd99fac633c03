/**
 * The layers that are measured: MobileNetV1 at 224, the grouped layers of ResNeXt-50 32x4d by every method, the dilated
 * layers of DeepLabv3+ on its 33 x 33 map, separable pairs, and shapes on which fast kernels are left for slow ones. All
 * end in a bias and relu6.
 */
import { hard, separable } from './hard-layers';
import { PLAIN, type Layer } from './layer';

export { convolutionOf, type Layer } from './layer';

/** MobileNetV1's blocks: size and channels of the input, outputs, stride of the depthwise half, how many in a row. */
const BLOCKS = [
  { size: 112, channels: 32, outputs: 64, strides: 1, count: 1, quick: true },
  { size: 112, channels: 64, outputs: 128, strides: 2, count: 1, quick: false },
  { size: 56, channels: 128, outputs: 128, strides: 1, count: 1, quick: true },
  { size: 56, channels: 128, outputs: 256, strides: 2, count: 1, quick: true },
  { size: 28, channels: 256, outputs: 256, strides: 1, count: 1, quick: false },
  { size: 28, channels: 256, outputs: 512, strides: 2, count: 1, quick: false },
  { size: 14, channels: 512, outputs: 512, strides: 1, count: 5, quick: true },
  { size: 14, channels: 512, outputs: 1024, strides: 2, count: 1, quick: false },
  { size: 7, channels: 1024, outputs: 1024, strides: 1, count: 1, quick: true },
] as const;

const stem: Layer = {
  ...PLAIN,
  name: 'stem 224x224 3->32 s2',
  family: 'MobileNetV1 stem',
  op: 'conv2d',
  input: [1, 224, 224, 3],
  filter: [3, 3, 3, 32],
  strides: 2,
};

const depthwise: readonly Layer[] = BLOCKS.map(({ size, channels, strides, count, quick }, i) => ({
  ...PLAIN,
  name: `${numbered('dw', i)} ${size}x${size}x${channels}${strides === 1 ? '' : ` s${strides}`}`,
  family: 'MobileNetV1 depthwise 3x3',
  op: 'depthwiseConv2d',
  input: [1, size, size, channels],
  filter: [3, 3, channels, 1],
  strides,
  count,
  quick,
}));

const pointwise: readonly Layer[] = BLOCKS.map(({ size, channels, outputs, strides, count, quick }, i) => ({
  ...PLAIN,
  name: `${numbered('pw', i)} ${size / strides}x${size / strides} ${channels}->${outputs}`,
  family: 'MobileNetV1 pointwise',
  op: 'pointwiseConv2d',
  input: [1, size / strides, size / strides, channels],
  filter: [1, 1, channels, outputs],
  count,
  quick,
}));

const grouped: readonly Layer[] = [
  { size: 56, channels: 128, count: 3, quick: true },
  { size: 28, channels: 256, count: 3, quick: false },
  { size: 14, channels: 512, count: 5, quick: false },
].map(({ size, channels, count, quick }) => ({
  ...PLAIN,
  name: `g32 ${size}x${size}x${channels} width ${channels / 32}`,
  family: 'ResNeXt-50 32x4d grouped 3x3',
  op: 'groupedConv2d',
  input: [1, size, size, channels],
  filter: [3, 3, channels / 32, channels],
  groups: 32,
  methods: ['direct', 'fused-reshape-sum', 'reshape-sum', 'split-concat'],
  count,
  quick,
}));

/** Dilation 2 closes the MobileNetV2 backbone (960 channels); 6, 12 and 18 are the pyramid over Xception's 2048. */
const dilated: readonly Layer[] = [
  { channels: 960, dilations: 2, count: 3, quick: true },
  { channels: 2048, dilations: 6, count: 1, quick: false },
  { channels: 2048, dilations: 12, count: 1, quick: true },
  { channels: 2048, dilations: 18, count: 1, quick: false },
].map(({ channels, dilations, count, quick }) => ({
  ...PLAIN,
  name: `dilation ${dilations} 33x33x${channels}`,
  family: 'DeepLab dilated depthwise 3x3',
  op: 'depthwiseConv2d',
  input: [1, 33, 33, channels],
  filter: [3, 3, channels, 1],
  dilations,
  count,
  quick,
}));

const LAYERS: readonly Layer[] = [stem, ...depthwise, ...pointwise, ...grouped, ...dilated, ...separable, ...hard];

/** The layers of a run: those whose family or name matches. */
export function layersOf({ pattern, quick }: { readonly pattern: RegExp; readonly quick: boolean }): readonly Layer[] {
  return LAYERS.filter(({ name, family, quick: isQuick }) => pattern.test(`${family} ${name}`) && (isQuick || !quick));
}

/** `dw3`, or `dw7-11` where a block is repeated. */
function numbered(prefix: string, block: number): string {
  const first = 1 + BLOCKS.slice(0, block).reduce((sum, { count }) => sum + count, 0);
  const { count } = BLOCKS[block];
  return count === 1 ? `${prefix}${first}` : `${prefix}${first}-${first + count - 1}`;
}
