/**
 * Convolutions and dense layers. All have their channels last here; a layer along one axis works on images with one row.
 *
 * @module
 * @see https://keras.io/api/layers/convolution_layers/
 */
import { check, describe, fail, show } from '../../conv/check';
import type { Padding } from '../../conv/padding';
import { conv2d } from '../../ops/conv2d';
import { conv2dTranspose } from '../../ops/conv2d-transpose';
import type { ConvOptions } from '../../ops/convolve';
import { depthwiseConv2d } from '../../ops/depthwise-conv2d';
import type { EpilogueOptions } from '../../ops/epilogue';
import { pointwiseConv2d } from '../../ops/pointwise-conv2d';
import { reshape } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../dialect';
import type { GraphNode } from '../node';
import { activated, fusedActivation, refusesActivation } from './gpu-activation';

/** How many axes a layer slides along: 1 in sequences, 2 in images. */
type Rank = 1 | 2;

/** By class. */
export const CONV_LAYERS: Readonly<Record<string, GpuOp>> = {
  Conv1D: convolution(1, 'conv2d'),
  Conv2D: convolution(2, 'conv2d'),
  DepthwiseConv1D: convolution(1, 'depthwiseConv2d'),
  DepthwiseConv2D: convolution(2, 'depthwiseConv2d'),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  Conv2DTranspose: { refuses: refusesLayer, run: transposed },
  Dense: { refuses: refusesActivation, run: dense },
};

function convolution(rank: Rank, kind: 'conv2d' | 'depthwiseConv2d'): GpuOp {
  return {
    refuses: refusesLayer,
    run(call) {
      const { node } = call;
      const [x, filter] = [imageOf(call, rank), filterOf(call, 1, rank)];
      const options = { ...geometryOf(node, rank, filter.shape), ...epilogueOf(call, 2) };
      const y =
        kind === 'depthwiseConv2d'
          ? depthwiseConv2d(x, filter, options)
          : // A filter for fewer channels means groups.
            conv2d(x, filter, { ...options, groups: x.shape[3] / filter.shape[2] });
      return activated(call, rowOf(call, y, rank));
    },
  };
}

function separable(rank: Rank): GpuOp {
  return {
    refuses: refusesLayer,
    run(call) {
      const { node, scratch } = call;
      const [depthwise, pointwise] = [filterOf(call, 1, rank), filterOf(call, 2, rank)];
      const x = imageOf(call, rank);
      const between = scratch(depthwiseConv2d(x, depthwise, geometryOf(node, rank, depthwise.shape)));
      return activated(call, rowOf(call, pointwiseConv2d(between, pointwise, epilogueOf(call, 3)), rank));
    },
  };
}

/** With the size of Keras' `deconv_output_length`. */
function transposed(call: GpuCall): Tensor {
  const { node } = call;
  const [x, filter] = [imageOf(call, 2), filterOf(call, 1, 2)];
  const { strides, dilations, padding } = geometryOf(node, 2, filter.shape);
  const more = pairOf(node, 'output_padding', 2);
  const sizes = [0, 1].map((axis) => {
    const size = x.shape[1 + axis];
    const taps = (filter.shape[axis] - 1) * dilations[axis] + 1;
    const same = padding === 'SAME';
    if (more !== undefined)
      return (size - 1) * strides[axis] + taps - (same ? 2 * Math.floor(taps / 2) : 0) + more[axis];
    return size * strides[axis] + (same ? 0 : Math.max(taps - strides[axis], 0));
  });
  const options = { strides, dilations, padding, outputShape: [sizes[0], sizes[1]] as const, ...epilogueOf(call, 2) };
  return activated(call, conv2dTranspose(x, filter, options));
}

/** A pointwise convolution of one column, which fuses bias and activation, whatever axes are in front. */
function dense(call: GpuCall): Tensor {
  const { scratch } = call;
  const [x, kernel] = [call.tensor(0), call.tensor(1)];
  const depth = x.shape.at(-1) ?? 1;
  const image = scratch(reshape(x, [1, x.size / depth, 1, depth]));
  const y = scratch(pointwiseConv2d(image, kernel, epilogueOf(call, 2)));
  return activated(call, reshape(y, [...x.shape.slice(0, -1), kernel.shape[1]]));
}

/** Padding that looks only at earlier elements. */
const CAUSAL = 'causal';

function refusesLayer(node: GraphNode): string | undefined {
  const { attributes, op } = node;
  const padding = attributes.text('padding', 'valid');
  const known = padding === 'same' || padding === 'valid' || (padding === CAUSAL && op.endsWith('1D'));
  return known
    ? refusesActivation(node)
    : `its padding is ${show(padding)}; it is 'same' or 'valid', or 'causal' in a sequence`;
}

/** The input as [batch, height, width, channels]. */
function imageOf(call: GpuCall, rank: Rank): Tensor {
  const x = call.tensor(0);
  const { shape } = x;
  check(shape.length === rank + 2, () => `its input is ${describe(shape)} but must have ${rank + 2} axes`);
  return rank === 2 ? x : call.scratch(reshape(x, [shape[0], 1, shape[1], shape[2]]));
}

function rowOf({ scratch }: GpuCall, y: Tensor, rank: Rank): Tensor {
  return rank === 2 ? y : reshape(scratch(y), [y.shape[0], y.shape[2], y.shape[3]]);
}

function filterOf(call: GpuCall, input: number, rank: Rank): Tensor {
  const filter = call.tensor(input);
  const { shape } = filter;
  check(shape.length === rank + 2, () => `its weight ${describe(shape)} must have ${rank + 2} axes`);
  return rank === 2 ? filter : call.scratch(reshape(filter, [1, ...shape]));
}

type Geometry = Required<Pick<ConvOptions, 'padding'>> & {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
};

function geometryOf(node: GraphNode, rank: Rank, [, taps]: readonly number[]): Geometry {
  const strides = pairOf(node, 'strides', rank) ?? [1, 1];
  const dilations = pairOf(node, 'dilation_rate', rank) ?? [1, 1];
  return { strides, dilations, padding: paddingOf(node, (taps - 1) * dilations[1]) };
}

/** @param before how far a causal filter looks back */
function paddingOf({ attributes }: GraphNode, before: number): Padding {
  const rule = attributes.text('padding', 'valid');
  if (rule === CAUSAL) return [[0, 0], [before, 0]]; // prettier-ignore
  return rule === 'same' ? 'SAME' : 'VALID';
}

/** Numbers for height and width. A single number is for both, or in a sequence for its only axis. */
export function pairOf({ attributes }: GraphNode, name: string, rank: Rank): readonly [number, number] | undefined {
  const list = attributes.integers(name);
  if (list === undefined) return undefined;
  const [first, second = first] = list;
  check(list.length === 1 || list.length === rank, () => `its ${name} is ${show(list)}; give one number or ${rank}`);
  if (first === undefined) return fail(`its ${name} is an empty list; it must have at least one number`);
  return rank === 2 ? [first, second] : [1, first];
}

/** A bias, if the layer has one, and an activation, if it is one that can be fused. */
function epilogueOf({ node, has, tensor }: GpuCall, bias: number): EpilogueOptions {
  return { ...(has(bias) && { bias: tensor(bias) }), ...fusedActivation(node) };
}
