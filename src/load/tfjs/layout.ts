/**
 * Graphs whose channels are second (`data_format` NCHW). Their images are stored with the channels last, so that ops compute
 * them like other images, and nothing is moved between ops.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/conv2d
 */
import { show } from '../../conv/check';
import type { Tensor } from '../../tensor/tensor';
import type { GpuOp, GpuResult } from '../dialect';
import type { GraphNode } from '../node';
import { channelsLast } from '../order';

function formatOf({ attributes }: GraphNode): string {
  return attributes.text('data_format', 'NHWC').toUpperCase();
}

export function isChannelsFirst(node: GraphNode): boolean {
  return formatOf(node) === 'NCHW';
}

export function refusesLayout(node: GraphNode): string | undefined {
  const format = formatOf(node);
  return format === 'NHWC' || format === 'NCHW'
    ? undefined
    : `its data_format is ${show(format)}; what can be computed is NHWC and NCHW`;
}

/** The orders that an op wants whose image is the input with this number. */
export function imageOrders(input = 0): NonNullable<GpuOp['orders']> {
  return (node) =>
    isChannelsFirst(node) ? Array.from({ length: input + 1 }, (_, i) => (i === input ? channelsLast : undefined)) : [];
}

/** An image whose channels are last, as the node's shape has it. */
export function asImage(node: GraphNode, y: Tensor): GpuResult {
  return isChannelsFirst(node) ? { tensor: y, order: channelsLast(y.shape.length) } : y;
}

/** The numbers for height and width in a list of four; undefined unless those for batch and channels are 1. */
export function spatialOf(node: GraphNode, [batch, ...rest]: readonly number[]): readonly [number, number] | undefined {
  const [channels, height, width] = isChannelsFirst(node) ? rest : [rest[2], rest[0], rest[1]];
  return rest.length === 3 && batch === 1 && channels === 1 ? [height, width] : undefined;
}
