/**
 * Nodes of convolutions, dense layers and pooling, with what TensorFlow has fused into them.
 *
 * @module
 */
import { check, fail, show, sizeOf, describe } from '../../conv/check';
import type { Padding } from '../../conv/padding';
import { add } from '../../ops/binary';
import { conv2d } from '../../ops/conv2d';
import { conv2dTranspose } from '../../ops/conv2d-transpose';
import type { ConvOptions } from '../../ops/convolve';
import { depthwiseConv2d } from '../../ops/depthwise-conv2d';
import { activate } from '../../ops/elementwise';
import type { EpilogueOptions } from '../../ops/epilogue';
import { matMul } from '../../ops/mat-mul';
import { pointwiseConv2d } from '../../ops/pointwise-conv2d';
import { averagePool2d, maxPool2d } from '../../ops/pool';
import { reshape } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, GpuResult } from '../dialect';
import type { GraphNode } from '../node';
import { channelsLast, ordered } from '../order';
import { asImage, imageOrders, isChannelsFirst, refusesLayout, spatialOf } from './layout';

type Geometry = Pick<ConvOptions, 'strides' | 'padding' | 'dilations'>;

/** What follows a convolution in its node: options of the call, and an activation that the options lack. */
interface Fused {
  readonly options: EpilogueOptions;
  /** Slopes that are not per channel, [height, width, channels], say. */
  readonly slopes?: Tensor;
}

/** Convolutions, dense layers and pooling by op. */
export const CONV_OPS: Readonly<Record<string, GpuOp>> = {
  Conv2D: convolution('conv2d'),
  _FusedConv2D: convolution('conv2d'),
  DepthwiseConv2dNative: convolution('depthwiseConv2d'),
  FusedDepthwiseConv2dNative: convolution('depthwiseConv2d'),
  Conv2DBackpropInput: { host: [0], orders: imageOrders(2), refuses: refusesLayout, run: transposed },
  MatMul: { run: (call) => product(call, 'transpose_a', 'transpose_b') },
  _FusedMatMul: { refuses: refusesFusion, run: (call) => product(call, 'transpose_a', 'transpose_b') },
  BatchMatMul: { run: (call) => product(call, 'adj_x', 'adj_y') },
  BatchMatMulV2: { run: (call) => product(call, 'adj_x', 'adj_y') },
  MaxPool: pooling(maxPool2d),
  AvgPool: pooling(averagePool2d),
};

function convolution(kind: 'conv2d' | 'depthwiseConv2d'): GpuOp {
  return {
    orders: imageOrders(),
    refuses: (node) => refusesLayout(node) ?? refusesFusion(node),
    run(call) {
      const { node } = call;
      for (const [i, what] of ['image', 'filter'].entries()) {
        const shape = call.shape(i);
        check(shape.length === 4, () => `its ${what} is ${describe(shape)} but must have 4 axes`);
      }
      const filter = call.tensor(1);
      const [, , ins, outs] = filter.shape;
      const { options, slopes } = fused(call, kind === 'conv2d' ? outs : ins * outs);
      const x = call.tensor(0);
      const all = { ...geometryOf(node), ...options };
      const y =
        kind === 'depthwiseConv2d'
          ? depthwiseConv2d(x, filter, all)
          : // Where a filter has fewer inputs than the image, TensorFlow convolves in groups.
            conv2d(x, filter, { ...all, groups: x.shape[3] / ins });
      return asImage(node, activated(call, y, slopes));
    },
  };
}

/** The gradient of a convolution whose input has the size that the node is told. */
function transposed(call: GpuCall): GpuResult {
  const { node } = call;
  const sizes = [...call.host(0).values];
  const outputShape = isChannelsFirst(node) ? ordered(sizes, channelsLast(sizes.length)) : sizes;
  const filter = call.tensor(1);
  check(
    outputShape.length === 4,
    () => `its input_sizes are ${show(outputShape)}; what can be computed is [batch, height, width, channels]`,
  );
  check(filter.shape.length === 4, () => `its filter is ${describe(filter.shape)} but must have 4 axes`);
  // As in Conv2D, a filter for fewer channels means groups.
  const [channels, perGroup] = [outputShape[3], filter.shape[2]];
  const groups = channels / perGroup;
  check(
    Number.isInteger(groups),
    () =>
      `its input_sizes are ${show(outputShape)} but its filter gives ${perGroup} channels, which do not divide ${channels}`,
  );
  return asImage(node, conv2dTranspose(call.tensor(2), filter, { ...geometryOf(node), outputShape, groups }));
}

/** A matrix product; one with a bias or an activation as a pointwise convolution of one row, which fuses them. */
function product(call: GpuCall, flagA: string, flagB: string): Tensor {
  const { node } = call;
  const [transposeA, transposeB] = [flagA, flagB].map((name) => node.attributes.flag(name, false));
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const { options, slopes } = fused(call, b.shape.at(transposeB ? -2 : -1) ?? 0);
  if (Object.keys(options).length === 0 || transposeA || transposeB || a.shape.length !== 2) {
    const y = matMul(a, b, { transposeA, transposeB });
    if (Object.keys(options).length === 0) return activated(call, y, slopes);
    const { bias, activation = 'linear' } = options;
    const sum = bias === undefined ? call.scratch(y) : call.scratch(add(call.scratch(y), bias));
    return activated(call, activate(sum, activation), slopes);
  }
  const [rows, depth] = a.shape;
  const image = call.scratch(reshape(a, [1, rows, 1, depth]));
  const y = call.scratch(pointwiseConv2d(image, b, options));
  return activated(call, reshape(y, [rows, b.shape[1]]), slopes);
}

function pooling(pool: typeof maxPool2d): GpuOp {
  return {
    orders: imageOrders(),
    refuses: refusesLayout,
    run({ node, tensor }) {
      const windowSize = spatial(node, 'ksize', undefined);
      const { strides, padding } = geometryOf(node);
      return asImage(node, pool(tensor(0), { windowSize, strides, padding }));
    },
  };
}

/** Slopes that an epilogue cannot apply, applied afterwards. */
function activated(call: GpuCall, y: Tensor, slopes: Tensor | undefined): Tensor {
  return slopes === undefined ? y : activate(call.scratch(y), { name: 'prelu', alpha: slopes });
}

const ACTIVATIONS: ReadonlyMap<string, EpilogueOptions['activation']> = new Map([
  ['relu', 'relu'],
  ['relu6', 'relu6'],
  ['elu', 'elu'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
]);

/** The names in `fused_ops`, without what does nothing. */
function fusedOps({ attributes }: GraphNode): readonly string[] {
  return attributes
    .texts('fused_ops')
    .map((name) => name.toLowerCase())
    .filter((name) => name !== 'noop' && name !== 'linear');
}

/** A bias first and an activation last, either of which may be missing. */
function refusesFusion(node: GraphNode): string | undefined {
  const names = fusedOps(node);
  const [activation, ...more] = names[0] === 'biasadd' ? names.slice(1) : names;
  const known =
    activation === undefined || activation === 'prelu' || activation === 'leakyrelu' || ACTIVATIONS.has(activation);
  if (known && more.length === 0) {
    const needed = 2 + Number(names[0] === 'biasadd') + Number(activation === 'prelu');
    return node.inputs.length === needed
      ? undefined
      : `it fuses ${show(names)}, which needs ${needed} inputs, but has ${node.inputs.length}`;
  }
  return `it fuses ${show(names)}; what can be is BiasAdd and after it Relu, Relu6, Elu, LeakyRelu, Prelu, Sigmoid or Tanh`;
}

function fused(call: GpuCall, channels: number): Fused {
  const { node } = call;
  const names = fusedOps(node);
  const biased = names[0] === 'biasadd';
  const name = names[biased ? 1 : 0];
  const bias = biased ? { bias: perChannel(call, 2, channels) } : {};
  if (name === undefined) return { options: bias };
  if (name === 'leakyrelu') {
    const alpha = node.attributes.number('leakyrelu_alpha', 0.2);
    return { options: { ...bias, activation: { name: 'leakyRelu', alpha } } };
  }
  if (name !== 'prelu') return { options: { ...bias, activation: ACTIVATIONS.get(name) } };
  const slopes = biased ? 3 : 2;
  if (sizeOf(call.shape(slopes)) !== channels) return { options: bias, slopes: call.tensor(slopes) };
  return { options: { ...bias, activation: { name: 'prelu', alpha: perChannel(call, slopes, channels) } } };
}

/** An input as [channels]: files have [1, 1, channels], too. */
function perChannel(call: GpuCall, input: number, channels: number): Tensor {
  const tensor = call.tensor(input);
  return tensor.shape.length === 1 ? tensor : call.scratch(reshape(tensor, [channels]));
}

function geometryOf(node: GraphNode): Geometry {
  const ones = [1, 1, 1, 1];
  return {
    strides: spatial(node, 'strides', ones),
    dilations: spatial(node, 'dilations', ones),
    padding: paddingOf(node),
  };
}

/** The numbers for height and width in a list of four; those for batch and channels must be 1. */
function spatial(node: GraphNode, name: string, fallback: readonly number[] | undefined): readonly [number, number] {
  const given = node.attributes.integers(name);
  const list = given === undefined || given.length === 0 ? fallback : given;
  if (list === undefined) return fail(`it has no ${name}`);
  return (
    spatialOf(node, list) ??
    fail(`its ${name} is ${show(list)}; what can be computed is ${isChannelsFirst(node) ? '[1, 1, height, width]' : '[1, height, width, 1]'}`) // prettier-ignore
  );
}

function paddingOf(node: GraphNode): Padding {
  const { attributes } = node;
  const rule = attributes.text('padding', '').toUpperCase();
  if (rule === 'SAME' || rule === 'VALID') return rule;
  const list = attributes.integers('explicit_paddings') ?? [];
  check(
    rule === 'EXPLICIT' && list.length === 8,
    () => `its padding is ${show(rule)} with ${show(list)}; it is SAME, VALID, or EXPLICIT with 8 explicit_paddings`,
  );
  const [top, bottom, left, right] = list.slice(isChannelsFirst(node) ? 4 : 2);
  return [
    [top, bottom],
    [left, right],
  ];
}
