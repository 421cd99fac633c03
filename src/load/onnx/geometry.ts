/**
 * Where the windows of convolutions and pools lie. The library computes images with two axes, so for an image with one axis,
 * the file's settings apply to the width.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__Conv.html
 * @see https://onnx.ai/onnx/operators/onnx__AveragePool.html
 */
import { check, describe, fail, isCount, show } from '../../conv/check';
import { reshape } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall } from '../dialect';
import type { InOrder } from '../gpu-value';
import type { GraphNode } from '../node';
import { channelsLast, type OrderOf } from '../order';

/** Of height and width. */
export type Pair<T = number> = readonly [height: T, width: T];

/** Windows over an image, in the options of the public ops. */
export interface Windows {
  readonly windowSize: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: Pair<Pair>;
}

/** The order of an image, whose channels the public ops want last, and of a filter [out, in, height, width]. */
export const filterOrder: OrderOf = (rank) => [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];

/** @returns the sizes of height and width, or of width alone */
export function spatialSizes(call: GpuCall, input: number): readonly number[] {
  const shape = call.shape(input);
  check(
    shape.length === 3 || shape.length === 4,
    () =>
      `its input ${input} is ${describe(shape)}; images that can be computed have 1 or 2 axes beside batch and channels`,
  );
  return shape.slice(2);
}

/** A tensor [batch, width, channels] with a height of 1, or one that has its height already. */
export function imageOf(call: GpuCall, input: number): Tensor {
  const tensor = call.tensor(input);
  const { shape } = tensor;
  return shape.length === 4 ? tensor : call.scratch(reshape(tensor, [shape[0], 1, shape[1], shape[2]]));
}

/** A filter [height, width, in, out], or one [width, in, out] with a height of 1. */
export function filterOf(call: GpuCall, input: number): Tensor {
  const tensor = call.tensor(input);
  return tensor.shape.length === 4 ? tensor : call.scratch(reshape(tensor, [1, ...tensor.shape]));
}

/** A computed image in the node's shape: with as many axes, and the channels second. */
export function imageResult(call: GpuCall, image: Tensor, rank: number): InOrder {
  const order = channelsLast(rank);
  if (rank === 4) return { tensor: image, order };
  const [batch, , width, channels] = image.shape;
  return { tensor: reshape(call.scratch(image), [batch, width, channels]), order };
}

/** A list of a node with a number per axis. */
export function listPerAxis(
  { attributes }: GraphNode,
  name: string,
  count: number,
  fallback: number,
): readonly number[] {
  const given = attributes.integers(name);
  const list = given === undefined || given.length === 0 ? Array.from({ length: count }, () => fallback) : given;
  check(list.length === count, () => `its ${name} is ${show(list)} but ${count} numbers are needed`);
  return list;
}

/** Makes two axes of what may be one. */
export function pairOf<T>(list: readonly T[], missing: T): Pair<T> {
  return list.length === 1 ? [missing, list[0]] : [list[0], list[1]];
}

/**
 * The windows of a node.
 *
 * @param sizes of the image
 * @param kernel sizes of the window
 */
export function windowsOf(node: GraphNode, sizes: readonly number[], kernel: readonly number[]): Windows {
  const count = sizes.length;
  check(
    kernel.length === count && kernel.every(isCount),
    () => `its window is ${show(kernel)} but must have ${count} sizes of at least 1, as its image ${show(sizes)} has`,
  );
  const strides = listPerAxis(node, 'strides', count, 1);
  const dilations = listPerAxis(node, 'dilations', count, 1);
  for (const [name, list] of [
    ['strides', strides],
    ['dilations', dilations],
  ] as const) {
    check(list.every(isCount), () => `its ${name} are ${show(list)}; they must be at least 1`);
  }
  const reach = kernel.map((n, i) => (n - 1) * dilations[i] + 1);
  const padding = paddingOf(node, sizes, reach, strides);
  return {
    windowSize: pairOf(kernel, 1),
    strides: pairOf(strides, 1),
    dilations: pairOf(dilations, 1),
    padding: pairOf(padding, [0, 0]),
  };
}

/** Per axis [before, after]. */
function paddingOf(
  node: GraphNode,
  sizes: readonly number[],
  reach: readonly number[],
  strides: readonly number[],
): readonly Pair[] {
  const rule = autoPad(node);
  if (rule === 'NOTSET') return explicitPads(node, sizes.length);
  if (rule === 'VALID') return sizes.map(() => [0, 0]);
  return sizes.map((size, i) => {
    const places = Math.ceil(size / strides[i]);
    return halves(Math.max((places - 1) * strides[i] + reach[i] - size, 0), rule === 'SAME_LOWER');
  });
}

/** The rule by which a node is padded, if not by `pads`. */
export function autoPad({ attributes }: GraphNode): 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER' {
  const rule = attributes.text('auto_pad', 'NOTSET');
  if (rule === 'NOTSET' || rule === 'VALID' || rule === 'SAME_UPPER' || rule === 'SAME_LOWER') return rule;
  return rule === '' ? 'NOTSET' : fail(`its auto_pad is ${show(rule)}; it is NOTSET, SAME_UPPER, SAME_LOWER or VALID`);
}

/** `pads` lists the padding before along every axis, then the padding after. */
export function explicitPads(node: GraphNode, count: number): readonly Pair[] {
  const pads = listPerAxis(node, 'pads', 2 * count, 0);
  return Array.from({ length: count }, (_, i) => [pads[i], pads[i + count]]);
}

/** An amount of padding on both sides, the odd one behind or in front. */
export function halves(total: number, oddFirst: boolean): Pair {
  const half = Math.floor(total / 2);
  return oddFirst ? [total - half, half] : [half, total - half];
}
