/**
 * The ops that run on the GPU, as calls of the public functions. Whatever tells the GPU what to do (shapes, axes) is on the
 * CPU by then: nothing here reads, and nothing waits.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, describe, fail, show, sizeOf } from '../conv/check';
import type { Activation } from '../kernels/activation';
import type { Tensor } from '../tensor/tensor';
import type { GpuCall, GpuOp, GraphOps } from './gpu-call';
import { CONV_OPS } from './gpu-conv';
import { axisIn, checkParts } from './host-layout';
import { newAxis, squeezed } from './host-ops';
import { stridedBox } from './strided-slice';
import type { GraphNode } from './topology';

type Named<F> = { readonly [K in keyof GraphOps]: GraphOps[K] extends F ? K : never }[keyof GraphOps];
type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;

const operator = (name: Named<Binary>, refuses?: GpuOp['refuses']): GpuOp => ({
  refuses,
  run: ({ ops, scalar, tensor }) => {
    const [a, b] = [scalar(0), scalar(1)];
    // Of two numbers one is uploaded; that happens where a constant was too large to be folded.
    return ops[name](a === undefined || b !== undefined ? tensor(0) : a, b ?? tensor(1));
  },
});
const unary = (name: Named<(x: Tensor) => Tensor>): GpuOp => ({ run: ({ ops, tensor }) => ops[name](tensor(0)) });
const activation = (of: Activation | ((node: GraphNode) => Activation)): GpuOp => ({
  run: ({ node, ops, tensor }) => ops.activate(tensor(0), typeof of === 'function' ? of(node) : of),
});
const reduction = (
  name: 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin',
  refuses?: GpuOp['refuses'],
): GpuOp => ({
  host: [1],
  refuses,
  run: ({ node, ops, tensor, host }) =>
    ops[name](tensor(0), [...host(1).values], { keepDims: node.attributes.flag('keep_dims', false) }),
});
const resize = (name: 'resizeBilinear' | 'resizeNearestNeighbor'): GpuOp => ({
  host: [1],
  run: ({ node: { attributes }, ops, tensor, host }) => {
    const [height, width] = host(1).values;
    const alignCorners = attributes.flag('align_corners', false);
    const halfPixelCenters = attributes.flag('half_pixel_centers', false);
    return ops[name](tensor(0), [height, width], { alignCorners, halfPixelCenters });
  },
});

/** TensorFlow divides whole numbers to whole numbers. */
const refusesIntegers: GpuOp['refuses'] = ({ attributes }) =>
  attributes.dtype('T') === 'int32' ? 'it divides whole numbers' : undefined;

/** Other elements' places stay theirs: the same buffer, another tensor of it. */
const reshaped = (call: GpuCall, shape: readonly number[]): Tensor => call.ops.reshape(call.tensor(0), shape);
const alias: GpuOp = { run: (call) => reshaped(call, call.shape(0)) };
const padding =
  (value: (call: GpuCall) => number): GpuOp['run'] =>
  (call) =>
    call.ops.pad(call.tensor(0), pairs(call), value(call));

const batchNorm: GpuOp = {
  refuses: ({ attributes }) => {
    if (attributes.flag('is_training', true)) return 'its is_training is true: it has no statistics yet';
    return attributes.text('data_format', 'NHWC') === 'NHWC' ? undefined : 'its data_format is not NHWC';
  },
  run: ({ node, ops, tensor }) =>
    ops.batchNorm(tensor(0), {
      scale: tensor(1),
      offset: tensor(2),
      mean: tensor(3),
      variance: tensor(4),
      epsilon: node.attributes.number('epsilon', 1e-4),
    }),
};

const OPS: Readonly<Record<string, GpuOp>> = {
  ...CONV_OPS,
  Relu: activation('relu'),
  Relu6: activation('relu6'),
  Elu: activation('elu'),
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  Softplus: activation('softplus'),
  LeakyRelu: activation(({ attributes }) => ({ name: 'leakyRelu', alpha: attributes.number('alpha', 0.2) })),
  Prelu: { run: ({ ops, tensor }) => ops.activate(tensor(0), { name: 'prelu', alpha: tensor(1) }) },
  ClipByValue: {
    host: [1, 2],
    run: ({ ops, tensor, number }) => ops.activate(tensor(0), { name: 'clip', min: number(1), max: number(2) }),
  },
  Softmax: { run: ({ ops, tensor }) => ops.softmax(tensor(0)) },
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  Add: operator('add'),
  AddV2: operator('add'),
  BiasAdd: operator('add', ({ attributes }) =>
    attributes.text('data_format', 'NHWC') === 'NHWC' ? undefined : 'its data_format is not NHWC',
  ),
  AddN: {
    run(call) {
      let sum = call.count === 1 ? reshaped(call, call.shape(0)) : call.ops.add(call.tensor(0), call.tensor(1));
      for (let i = 2; i < call.count; i++) sum = call.ops.add(call.scratch(sum), call.tensor(i));
      return sum;
    },
  },
  Sub: operator('subtract'),
  Mul: operator('multiply'),
  RealDiv: operator('divide', refusesIntegers),
  Div: operator('divide', refusesIntegers),
  Minimum: operator('minimum'),
  Maximum: operator('maximum'),
  SquaredDifference: operator('squaredDifference'),
  Pow: operator('power'),
  Abs: unary('abs'),
  Ceil: unary('ceil'),
  Exp: unary('exp'),
  Floor: unary('floor'),
  Log: unary('log'),
  Neg: unary('negate'),
  Reciprocal: unary('reciprocal'),
  Round: unary('round'),
  Rsqrt: unary('rsqrt'),
  Sqrt: unary('sqrt'),
  Sign: unary('sign'),
  Square: unary('square'),
  Sum: reduction('reduceSum'),
  Mean: reduction('reduceMean', refusesIntegers),
  Max: reduction('reduceMax'),
  Min: reduction('reduceMin'),
  ArgMax: {
    host: [1],
    run: ({ ops, tensor, number }) => ops.argMax(tensor(0), number(1)),
  },
  ResizeBilinear: resize('resizeBilinear'),
  ResizeNearestNeighbor: resize('resizeNearestNeighbor'),

  Identity: alias,
  StopGradient: alias,
  Cast: {
    refuses: ({ attributes }) => {
      const [from, to] = [attributes.dtype('SrcT'), attributes.dtype('DstT')];
      return to === 'float32' || to === from ? undefined : 'it casts to whole numbers';
    },
    run: alias.run,
  },
  Reshape: { host: [1], run: (call) => reshaped(call, [...call.host(1).values]) },
  ExpandDims: {
    host: [1],
    run: (call) => {
      const shape = call.shape(0);
      return reshaped(call, shape.toSpliced(newAxis(call.number(1), shape.length), 0, 1));
    },
  },
  Squeeze: { run: (call) => reshaped(call, squeezed(call.shape(0), call.node)) },
  Transpose: { host: [1], run: ({ ops, tensor, host }) => ops.transpose(tensor(0), [...host(1).values]) },
  Pad: { host: [1], run: padding(() => 0) },
  PadV2: { host: [1, 2], run: padding(({ number }) => number(2)) },
  MirrorPad: {
    host: [1],
    run: (call) =>
      call.ops.pad(
        call.tensor(0),
        pairs(call),
        call.node.attributes.text('mode', 'REFLECT').toUpperCase() === 'SYMMETRIC' ? 'symmetric' : 'reflect',
      ),
  },
  DepthToSpace: {
    run: ({ node: { attributes }, ops, tensor }) => {
      const dataFormat = attributes.text('data_format', 'NHWC');
      check(dataFormat === 'NHWC' || dataFormat === 'NCHW', () => `its data_format is ${show(dataFormat)}`);
      return ops.depthToSpace(tensor(0), attributes.integer('block_size', 2), { dataFormat });
    },
  },
  Tile: { host: [1], run: ({ ops, tensor, host }) => ops.tile(tensor(0), [...host(1).values]) },
  BroadcastTo: { host: [1], run: ({ ops, tensor, host }) => ops.broadcastTo(tensor(0), [...host(1).values]) },
  ReverseV2: { host: [1], run: ({ ops, tensor, host }) => ops.reverse(tensor(0), [...host(1).values]) },
  ConcatV2: {
    host: [-1],
    run: ({ ops, tensor, number, count }) =>
      ops.concat(
        Array.from({ length: count - 1 }, (_, i) => tensor(i)),
        number(count - 1),
      ),
  },
  Pack: {
    run(call) {
      const { node, ops, count } = call;
      const rank = call.shape(0).length;
      const axis = newAxis(node.attributes.integer('axis', 0), rank);
      const parts = Array.from({ length: count }, (_, i) => {
        const x = call.tensor(i);
        return call.scratch(ops.reshape(x, x.shape.toSpliced(axis, 0, 1)));
      });
      return ops.concat(parts, axis);
    },
  },
  Unpack: {
    run(call) {
      const shape = call.shape(0);
      const axis = axisIn(call.node.attributes.integer('axis', 0), shape.length);
      const rest = shape.toSpliced(axis, 1);
      checkParts(shape[axis]);
      if (shape[axis] === 1) return reshaped(call, rest);
      return call.ops
        .split(call.tensor(0), shape[axis], axis)
        .map((part) => call.ops.reshape(call.scratch(part), rest));
    },
  },
  Split: {
    host: [0],
    run: ({ node, ops, tensor, number }) => {
      const count = node.attributes.integer('num_split', 1);
      checkParts(count);
      return ops.split(tensor(1), count, number(0));
    },
  },
  SplitV: {
    host: [1, 2],
    run: ({ ops, tensor, host, number }) => {
      checkParts(host(1).values.length);
      return ops.split(tensor(0), [...host(1).values], number(2));
    },
  },
  Slice: {
    host: [1, 2],
    run: ({ ops, tensor, host }) => ops.slice(tensor(0), [...host(1).values], [...host(2).values]),
  },
  StridedSlice: { host: [1, 2, 3], run: stridedSlice },
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

/** A box by steps; of axes that are single indices nothing is left. */
function stridedSlice(call: GpuCall): Tensor {
  const { node, ops, scratch } = call;
  const [begin, end, steps] = [1, 2, 3].map((i) => call.host(i).values);
  const { strides, shape } = stridedBox(node, call.shape(0), begin, end, steps);
  if (sizeOf(shape) === 0) return fail(`it takes nothing of its input ${describe(call.shape(0))}`);
  const x = call.tensor(0);
  if (strides.every(({ count, step }, axis) => step === 1 && count === x.shape[axis])) return ops.reshape(x, shape);
  const ends = strides.map(({ begin: first, count, step }) => {
    const next = first + count * step;
    return next < 0 ? null : next;
  });
  const box = ops.stridedSlice(x, strides.map((axis) => axis.begin), ends, strides.map((axis) => axis.step)); // prettier-ignore
  return ops.reshape(scratch(box), shape);
}
