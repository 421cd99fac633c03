/**
 * Normalizations, of channels and of rows.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, isCount, sizeOf } from '../../conv/check';
import { add, divide, multiply, power } from '../../ops/binary';
import { batchNorm } from '../../ops/elementwise';
import { localResponseNormalization } from '../../ops/local-response';
import { instanceNorm, layerNorm } from '../../ops/norm';
import { averagePool2d } from '../../ops/pool';
import { reduceSum } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { abs, sqrt, square } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, OpDefinition } from '../dialect';
import { mapped } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { axisIn } from '../host-layout';
import { channelsLast } from '../order';

const epsilonOf = ({ node }: GpuCall): number => node.attributes.number('epsilon', 1e-5);

const batchNormalization: GpuOp = {
  orders: () => [channelsLast],
  refuses: ({ attributes }) => {
    if (attributes.flag('training_mode', false)) return 'its training_mode is 1: it has no statistics yet';
    return attributes.flag('spatial', true) ? undefined : 'its spatial is 0: it has statistics for each pixel';
  },
  run(call) {
    const { tensor } = call;
    const rank = call.shape(0).length;
    check(rank >= 2, () => `its input has ${rank} axes but needs at least 2: batch and channels`);
    const statistics = { scale: tensor(1), offset: tensor(2), mean: tensor(3), variance: tensor(4) };
    const y = batchNorm(tensor(0), { ...statistics, epsilon: epsilonOf(call) });
    return { tensor: y, order: channelsLast(rank) };
  },
};

const instanceNormalization: GpuOp = {
  orders: () => [channelsLast],
  run(call) {
    const { tensor } = call;
    const y = instanceNorm(tensor(0), { scale: tensor(1), offset: tensor(2), epsilon: epsilonOf(call) });
    return { tensor: y, order: channelsLast(call.shape(0).length) };
  },
};

/** A single axis may lie anywhere; several lie as in the shape, since scale and offset have that order. */
const layerNormalization: GpuOp = {
  run(call) {
    const shape = call.shape(0);
    const first = axisIn(call.node.attributes.integer('axis', -1), shape.length);
    const isOne = first === shape.length - 1;
    const { tensor: x, order } = isOne ? call.stored(0) : { tensor: call.tensor(0), order: shape.map((_, i) => i) };
    const axes = isOne ? [order.indexOf(first)] : order.slice(first);
    const offset = call.has(2) ? { offset: call.tensor(2) } : {};
    return { tensor: layerNorm(x, { axes, scale: call.tensor(1), ...offset, epsilon: epsilonOf(call) }), order };
  },
};

/** Channels in groups, each with the pixels of its image; scale and offset are those of channels, or in older files of groups. */
function groupNormalization(call: GpuCall): InOrder {
  const x = call.tensor(0);
  const { length } = x.shape;
  check(length >= 3, () => `its input has ${length} axes, but it needs batch, channels and pixels`);
  const channels = x.shape[length - 1];
  const groups = call.node.attributes.integer('num_groups', 0);
  check(
    groups >= 1 && channels % groups === 0,
    () => `its num_groups is ${groups}, which does not divide its ${channels} channels`,
  );
  const perGroup = channels / groups;
  const parts = call.scratch(reshape(x, [x.shape[0], sizeOf(x.shape.slice(1, -1)), groups, perGroup]));
  const normal = call.scratch(layerNorm(parts, { axes: [1, 3], epsilon: epsilonOf(call) }));
  const [scale, offset] = [1, 2].map((input) => {
    const list = call.tensor(input);
    check(
      list.size === channels || list.size === groups,
      () => `its input ${input} is ${describe(list.shape)}, but there are ${channels} channels in ${groups} groups`,
    );
    return call.scratch(reshape(list, [groups, list.size / groups]));
  });
  const y = add(call.scratch(multiply(normal, scale)), offset);
  return { tensor: reshape(call.scratch(y), x.shape), order: channelsLast(length) };
}

/** By mean and deviation along axes; the first is mostly the batch. */
const meanVariance: GpuOp = {
  run(call) {
    const { tensor, order } = call.stored(0);
    const axes = call.node.attributes.integers('axes') ?? [0, 2, 3];
    const own = axes.map((axis) => order.indexOf(axisIn(axis, order.length)));
    return { tensor: layerNorm(tensor, { axes: own, epsilon: 1e-9 }), order };
  },
};

/** By the length of each row. */
const lengths: GpuOp = {
  run(call) {
    const { attributes } = call.node;
    const exponent = attributes.integer('p', 2);
    if (exponent !== 1 && exponent !== 2) return fail(`its p is ${exponent}; it is 1 or 2`);
    const axis = call.order(0).indexOf(axisIn(attributes.integer('axis', -1), call.shape(0).length));
    return mapped(call, 0, (x) => {
      const sum = call.scratch(reduceSum(call.scratch(exponent === 1 ? abs(x) : square(x)), axis, { keepDims: true }));
      return divide(x, exponent === 1 ? sum : call.scratch(sqrt(sum)));
    });
  },
};

/** An even number of neighbours has one more behind than before. */
function localResponse(call: GpuCall): InOrder {
  const { attributes } = call.node;
  const size = attributes.integer('size', 0);
  check(isCount(size), () => `its size is ${size}; it must be at least 1`);
  const [x, order] = [call.tensor(0), channelsLast(call.shape(0).length)];
  const bias = attributes.number('bias', 1);
  const [alpha, beta] = [attributes.number('alpha', 1e-4), attributes.number('beta', 0.75)];
  if (size % 2 === 0) return { tensor: unevenResponse(call, x, { size, bias, alpha, beta }), order };
  const options = { depthRadius: (size - 1) / 2, bias, alpha: alpha / size, beta };
  return { tensor: localResponseNormalization(x, options), order };
}

interface Response {
  readonly size: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/** By the mean of the squares of neighbouring channels, which a pool over them gives: the channels are the width of an image. */
function unevenResponse({ scratch }: GpuCall, x: Tensor, { size, bias, alpha, beta }: Response): Tensor {
  const channels = x.shape[x.shape.length - 1];
  const image = scratch(reshape(scratch(square(x)), [1, sizeOf(x.shape) / channels, channels, 1]));
  const before = Math.floor((size - 1) / 2);
  const padding = [[0, 0], [before, size - 1 - before]] as const; // prettier-ignore
  const means = averagePool2d(image, { windowSize: [1, size], strides: 1, padding, countIncludePad: true });
  const scaled = scratch(multiply(scratch(reshape(scratch(means), x.shape)), alpha));
  return multiply(x, scratch(power(scratch(add(scaled, bias)), -beta)));
}

export const NORM_OPS: Readonly<Record<string, OpDefinition>> = {
  BatchNormalization: { inputs: [5, 5], gpu: batchNormalization },
  InstanceNormalization: { inputs: [3, 3], gpu: instanceNormalization },
  LayerNormalization: { inputs: [2, 3], gpu: layerNormalization },
  GroupNormalization: { inputs: [3, 3], gpu: { orders: () => [channelsLast], run: groupNormalization } },
  LRN: { inputs: [1, 1], gpu: { orders: () => [channelsLast], run: localResponse } },
  MeanVarianceNormalization: { inputs: [1, 1], gpu: meanVariance },
  LpNormalization: { inputs: [1, 1], gpu: lengths },
};
