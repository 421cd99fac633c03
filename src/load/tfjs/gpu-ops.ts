/**
 * The ops that run on the GPU, as calls of the public functions. Whatever tells the GPU what to do (shapes, axes) is already
 * on the CPU, so nothing here reads or waits.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, describe, fail, sizeOf } from '../../conv/check';
import { add, multiply } from '../../ops/binary';
import { notEqual } from '../../ops/compare';
import { concat } from '../../ops/concat';
import { depthToSpace, spaceToDepth } from '../../ops/depth-to-space';
import { activate, batchNorm as normalize } from '../../ops/elementwise';
import { pad } from '../../ops/pad';
import { argMax, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { resizeBilinear, resizeNearestNeighbor } from '../../ops/resize';
import { slice, split } from '../../ops/slice';
import { softmax } from '../../ops/softmax';
import { reverse } from '../../ops/strided-slice';
import { broadcastTo, tile } from '../../ops/tile';
import { abs, floor, sign, sqrt, square } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../dialect';
import { boxOf, concatenated, map, mapped, operator, reduced, relabelled } from '../gpu-ordered';
import { axisIn, checkParts } from '../host-layout';
import { newAxis, squeezed } from '../host-shapes';
import { CONV_OPS } from './gpu-conv';
import { einsum } from './gpu-einsum';
import { INDEX_OPS } from './gpu-index';
import { MAP_OPS, refusesIntegers } from './gpu-maps';
import { squeezedAxes } from './host-ops';
import { asImage, imageOrders, isChannelsFirst, refusesLayout } from './layout';
import { stridedBox } from './strided-slice';

const reduction = (fn: typeof reduceSum, refuses?: GpuOp['refuses']): GpuOp => ({
  host: [1],
  refuses,
  run: (call) => reduced(call, [...call.host(1).values], call.node.attributes.flag('keep_dims', false), fn),
});
const resize = (fn: typeof resizeBilinear): GpuOp => ({
  host: [1],
  run: ({ node: { attributes }, tensor, host }) => {
    const [height, width] = host(1).values;
    const alignCorners = attributes.flag('align_corners', false);
    const halfPixelCenters = attributes.flag('half_pixel_centers', false);
    return fn(tensor(0), [height, width], { alignCorners, halfPixelCenters });
  },
});

/** No element moves: it is another tensor of the same buffer. */
const reshaped = (call: GpuCall, shape: readonly number[]): Tensor => reshape(call.tensor(0), shape);
const alias: GpuOp = map((x) => reshape(x, x.shape));
const padding =
  (value: (call: GpuCall) => number): GpuOp['run'] =>
  (call) =>
    pad(call.tensor(0), pairs(call), value(call));

/** Ops that move between the axes of an image and its channels. */
const blocks = { orders: imageOrders(), refuses: refusesLayout } as const;

const batchNorm: GpuOp = {
  orders: imageOrders(),
  refuses: (node) =>
    node.attributes.flag('is_training', true)
      ? 'its is_training is true: it has no statistics yet'
      : refusesLayout(node),
  run: ({ node, tensor }) => {
    const [scale, offset, mean, variance] = [1, 2, 3, 4].map((i) => tensor(i));
    const epsilon = node.attributes.number('epsilon', 1e-4);
    return asImage(node, normalize(tensor(0), { scale, offset, mean, variance, epsilon }));
  },
};

const OPS: Readonly<Record<string, GpuOp>> = {
  ...CONV_OPS,
  ...MAP_OPS,
  ...INDEX_OPS,
  Einsum: einsum,
  Prelu: { run: ({ tensor }) => activate(tensor(0), { name: 'prelu', alpha: tensor(1) }) },
  ClipByValue: {
    host: [1, 2],
    run: (call) => mapped(call, 0, (x) => activate(x, { name: 'clip', min: call.number(1), max: call.number(2) })),
  },
  Softmax: { run: ({ tensor }) => softmax(tensor(0)) },
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  BiasAdd: {
    orders: imageOrders(),
    refuses: refusesLayout,
    run: (call) =>
      isChannelsFirst(call.node) ? asImage(call.node, add(call.tensor(0), call.tensor(1))) : operator(add).run(call),
  },
  AddN: {
    run(call) {
      let sum = call.count === 1 ? reshaped(call, call.shape(0)) : add(call.tensor(0), call.tensor(1));
      for (let i = 2; i < call.count; i++) sum = add(call.scratch(sum), call.tensor(i));
      return sum;
    },
  },
  Sum: reduction(reduceSum),
  Mean: reduction(reduceMean, refusesIntegers),
  Prod: reduction(reduceProd),
  Max: reduction(reduceMax),
  Min: reduction(reduceMin),
  // The input has truth values, which are 0 and 1.
  All: reduction(reduceMin),
  Any: reduction(reduceMax),
  EuclideanNorm: {
    host: [1],
    run: (call) =>
      reduced(call, [...call.host(1).values], call.node.attributes.flag('keep_dims', false), (x, axes, options) =>
        sqrt(call.scratch(reduceSum(call.scratch(square(x)), axes, options))),
      ),
  },
  ArgMax: {
    host: [1],
    run: ({ tensor, number }) => argMax(tensor(0), number(1)),
  },
  ResizeBilinear: resize(resizeBilinear),
  ResizeNearestNeighbor: resize(resizeNearestNeighbor),

  Identity: alias,
  StopGradient: alias,
  // One that is fed is a Placeholder by now.
  PlaceholderWithDefault: alias,
  Snapshot: alias,
  EnsureShape: alias,
  // As in TensorFlow.js: the values stay as they are.
  FakeQuantWithMinMaxVars: alias,
  IdentityN: {
    run: (call) => Array.from({ length: call.count }, (_, i) => mapped(call, i, (x) => reshape(x, x.shape))),
  },
  Cast: {
    run: (call) => {
      const { attributes } = call.node;
      const [from, to] = [attributes.dtype('SrcT') ?? 'float32', attributes.dtype('DstT') ?? 'float32'];
      return mapped(call, 0, (x) => {
        if (to === 'bool' && from !== 'bool') return notEqual(x, 0);
        // The fraction is dropped.
        if (to === 'int32' && from === 'float32') return multiply(call.scratch(sign(x)), call.scratch(floor(call.scratch(abs(x))))); // prettier-ignore
        return reshape(x, x.shape);
      });
    },
  },
  Reshape: { host: [1], run: (call) => reshaped(call, [...call.host(1).values]) },
  ExpandDims: {
    host: [1],
    run: (call) => {
      const shape = call.shape(0);
      return reshaped(call, shape.toSpliced(newAxis(call.number(1), shape.length), 0, 1));
    },
  },
  Squeeze: { run: (call) => reshaped(call, squeezed(call.shape(0), squeezedAxes(call.node))) },
  Transpose: { host: [1], run: (call) => relabelled(call, [...call.host(1).values]) },
  Pad: { host: [1], run: padding(() => 0) },
  PadV2: { host: [1, 2], run: padding(({ number }) => number(2)) },
  MirrorPad: {
    host: [1],
    run: (call) =>
      pad(
        call.tensor(0),
        pairs(call),
        call.node.attributes.text('mode', 'REFLECT').toUpperCase() === 'SYMMETRIC' ? 'symmetric' : 'reflect',
      ),
  },
  DepthToSpace: {
    ...blocks,
    run: ({ node, tensor }) => asImage(node, depthToSpace(tensor(0), node.attributes.integer('block_size', 2))),
  },
  SpaceToDepth: {
    ...blocks,
    run: ({ node, tensor }) => asImage(node, spaceToDepth(tensor(0), node.attributes.integer('block_size', 2))),
  },
  Tile: { host: [1], run: ({ tensor, host }) => tile(tensor(0), [...host(1).values]) },
  BroadcastTo: { host: [1], run: ({ tensor, host }) => broadcastTo(tensor(0), [...host(1).values]) },
  ReverseV2: { host: [1], run: ({ tensor, host }) => reverse(tensor(0), [...host(1).values]) },
  ConcatV2: {
    host: [-1],
    run: (call) => {
      const parts = Array.from({ length: call.count - 1 }, (_, i) => i);
      return concatenated(call, parts, call.number(parts.length));
    },
  },
  Pack: {
    run(call) {
      const { node, count } = call;
      const rank = call.shape(0).length;
      const axis = newAxis(node.attributes.integer('axis', 0), rank);
      const parts = Array.from({ length: count }, (_, i) => {
        const x = call.tensor(i);
        return call.scratch(reshape(x, x.shape.toSpliced(axis, 0, 1)));
      });
      return concat(parts, axis);
    },
  },
  Unpack: {
    run(call) {
      const shape = call.shape(0);
      const axis = axisIn(call.node.attributes.integer('axis', 0), shape.length);
      const rest = shape.toSpliced(axis, 1);
      checkParts(shape[axis]);
      if (shape[axis] === 1) return reshaped(call, rest);
      return split(call.tensor(0), shape[axis], axis).map((part) => reshape(call.scratch(part), rest));
    },
  },
  Split: {
    host: [0],
    run: ({ node, tensor, number }) => {
      const count = node.attributes.integer('num_split', 1);
      checkParts(count);
      return split(tensor(1), count, number(0));
    },
  },
  SplitV: {
    host: [1, 2],
    run: ({ tensor, host, number }) => {
      checkParts(host(1).values.length);
      return split(tensor(0), [...host(1).values], number(2));
    },
  },
  Slice: {
    host: [1, 2],
    run: ({ tensor, host }) => slice(tensor(0), [...host(1).values], [...host(2).values]),
  },
  StridedSlice: { host: [1, 2, 3], run: boxBySteps },
};

/** By op. A Map: an op's name comes from a file. */
export const GPU_OPS: ReadonlyMap<string, GpuOp> = new Map(Object.entries(OPS));

function pairs({ host, shape }: GpuCall): readonly (readonly [number, number])[] {
  const { values } = host(1);
  check(
    values.length === 2 * shape(0).length,
    () => `its paddings have ${values.length} elements but its input ${describe(shape(0))} needs a pair per axis`,
  );
  return shape(0).map((_, axis) => [values[2 * axis], values[2 * axis + 1]]);
}

/** A box by steps; axes with a single index are removed. */
function boxBySteps(call: GpuCall): Tensor {
  const { node, scratch } = call;
  const [begin, end, steps] = [1, 2, 3].map((i) => call.host(i).values);
  const { strides, shape } = stridedBox(node, call.shape(0), begin, end, steps);
  if (sizeOf(shape) === 0) return fail(`it takes nothing of its input ${describe(call.shape(0))}`);
  const x = call.tensor(0);
  if (strides.every(({ count, step }, axis) => step === 1 && count === x.shape[axis])) return reshape(x, shape);
  return reshape(scratch(boxOf(x, strides)), shape);
}
