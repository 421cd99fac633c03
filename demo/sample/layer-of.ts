/** A convolution as a layer of the benchmark: the op that computes it, and a name that describes it fully. */
import type { Convolution } from '../convolution';
import { PLAIN, type Layer, type Op } from '../layer';

export function opOf({ input, filter, groups, strides }: Convolution): Op {
  if (groups > 1) return groups === input[3] && filter[2] === 1 ? 'depthwiseConv2d' : 'groupedConv2d';
  return filter[0] === 1 && filter[1] === 1 && strides === 1 ? 'pointwiseConv2d' : 'conv2d';
}

export function layerOf(conv: Convolution, family: string): Layer {
  const { input, filter, groups, strides, dilations } = conv;
  const op = opOf(conv);
  const shape = op === 'depthwiseConv2d' ? [filter[0], filter[1], input[3], filter[3] / input[3]] : filter;
  return {
    ...PLAIN,
    name: `${family} ${nameOf(conv, op)}`,
    family,
    network: family,
    op,
    input,
    filter: shape as unknown as Layer['filter'],
    groups: op === 'groupedConv2d' ? groups : 1,
    strides,
    dilations,
  };
}

/** `dw3x3 8 x 28x28x64 s2`, or `g4 1x1 28x28 60->240`. */
function nameOf(conv: Convolution, op: Op): string {
  const { input, filter, groups, strides, dilations } = conv;
  const [batch, height, width, channels] = input;
  const isDepthwise = op === 'depthwiseConv2d';
  const size = `${filter[0]}x${filter[1]}`;
  const kind = isDepthwise ? `dw ${size}` : op === 'groupedConv2d' ? `g${groups} ${size}` : size;
  const maps = `${batch === 1 ? '' : `${batch} x `}${height}x${width}`;
  const words = [kind, isDepthwise ? `${maps}x${channels}` : `${maps} ${channels}->${filter[3]}`];
  if (isDepthwise && filter[3] > channels) words.push(`multiplier ${filter[3] / channels}`);
  if (strides > 1) words.push(`s${strides}`);
  if (dilations > 1) words.push(`dilation ${dilations}`);
  return words.join(' ');
}
