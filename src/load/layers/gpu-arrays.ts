/**
 * Layers that add, join, reshape or normalise; and those that do something only while a model is trained.
 *
 * @module
 * @see https://keras.io/api/layers/
 */
import { check, describe, sizeOf } from '../../conv/check';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../gpu-call';

type Operator = 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum';

/** By class. */
export const ARRAY_LAYERS: Readonly<Record<string, GpuOp>> = {
  Add: { run: (call) => merged(call, 'add') },
  Subtract: { run: (call) => merged(call, 'subtract') },
  Multiply: { run: (call) => merged(call, 'multiply') },
  Maximum: { run: (call) => merged(call, 'maximum') },
  Minimum: { run: (call) => merged(call, 'minimum') },
  Average: { run: (call) => call.ops.multiply(call.scratch(merged(call, 'add')), 1 / call.count) },
  Concatenate: {
    run: ({ node, ops, count, tensor }) =>
      ops.concat(
        Array.from({ length: count }, (_, i) => tensor(i)),
        node.attributes.integer('axis', -1),
      ),
  },
  Flatten: { run: (call) => call.ops.reshape(call.tensor(0), [call.shape(0)[0], sizeOf(call.shape(0).slice(1))]) },
  Reshape: {
    run: (call) =>
      call.ops.reshape(call.tensor(0), [call.shape(0)[0], ...(call.node.attributes.shape('target_shape') ?? [])]),
  },
  Permute: {
    run: (call) => call.ops.transpose(call.tensor(0), [0, ...(call.node.attributes.integers('dims') ?? [])]),
  },
  RepeatVector: {
    run({ node, ops, scratch, tensor }) {
      const x = tensor(0);
      check(x.shape.length === 2, () => `its input is ${describe(x.shape)} but must have 2 axes`);
      const [batch, width] = x.shape;
      return ops.tile(scratch(ops.reshape(x, [batch, 1, width])), [1, node.attributes.integer('n', 1), 1]);
    },
  },
  ChannelsLast: { run: (call) => moved(call, (rank) => [0, ...rest(rank), 1]) },
  ChannelsFirst: { run: (call) => moved(call, (rank) => [0, rank - 1, ...rest(rank).map((axis) => axis - 1)]) },
  BatchNormalization: { run: batchNormalization },
  LayerNormalization: { run: layerNormalization },
  // Scale and offset, each a number or one per channel.
  Rescaling: { run: ({ ops, scalar, tensor, scratch }) => ops.add(scratch(ops.multiply(tensor(0), scalar(1) ?? tensor(1))), scalar(2) ?? tensor(2)) }, // prettier-ignore
  Normalization: {
    run({ ops, scratch, tensor }) {
      const spread = scratch(ops.maximum(scratch(ops.sqrt(tensor(2))), 1e-7));
      return ops.divide(scratch(ops.subtract(tensor(0), tensor(1))), spread);
    },
  },
  ...Object.fromEntries(
    `Dropout SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout ActivityRegularization
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness`
      .split(/\s+/)
      .map((name) => [name, { run: (call: GpuCall) => call.ops.reshape(call.tensor(0), call.shape(0)) }]),
  ),
};

/** All inputs together. One of fewer axes has those that it lacks after the batch. */
function merged({ ops, count, tensor, shape, scratch }: GpuCall, operator: Operator): Tensor {
  const inputs = Array.from({ length: count }, (_, i) => i);
  const rank = Math.max(...inputs.map((i) => shape(i).length));
  const widened = inputs.map((i) => {
    const x = tensor(i);
    const lacking = Array.from({ length: rank - x.shape.length }, () => 1);
    return lacking.length === 0 ? x : scratch(ops.reshape(x, [x.shape[0], ...lacking, ...x.shape.slice(1)]));
  });
  const [first, second, ...more] = widened;
  if (second === undefined) return ops.reshape(first, first.shape);
  return more.reduce((sum, x) => ops[operator](scratch(sum), x), ops[operator](first, second));
}

/** The axes between batch and channels, of tensors whose channels are first. */
function rest(rank: number): number[] {
  return Array.from({ length: Math.max(rank - 2, 0) }, (_, i) => i + 2);
}

function moved({ ops, tensor, shape }: GpuCall, order: (rank: number) => readonly number[]): Tensor {
  const rank = shape(0).length;
  return rank < 3 ? ops.reshape(tensor(0), shape(0)) : ops.transpose(tensor(0), order(rank));
}

function optional({ node, tensor }: GpuCall, input: number): Tensor | undefined {
  return node.inputs[input] === undefined ? undefined : tensor(input);
}

function batchNormalization(call: GpuCall): Tensor {
  const { node: { attributes }, ops, tensor, shape } = call; // prettier-ignore
  const rank = shape(0).length;
  const axes = attributes.integers('axis') ?? [-1];
  const moved = axes.length === 1 && axes[0] === 1;
  check(
    // Channels that come first are last by now.
    axes.length === 1 && (moved || axes[0] === -1 || axes[0] === rank - 1),
    () => `its axis is ${describe(axes)} but its input ${describe(shape(0))} has the channels on axis ${rank - 1}`,
  );
  return ops.batchNorm(tensor(0), {
    scale: optional(call, 0 + 1),
    offset: optional(call, 2),
    mean: tensor(3),
    variance: tensor(4),
    epsilon: attributes.number('epsilon', 1e-3),
  });
}

/** Over some axes, by their own mean and variance. */
function layerNormalization(call: GpuCall): Tensor {
  const { node: { attributes }, ops, tensor, scratch } = call; // prettier-ignore
  const x = tensor(0);
  const rank = x.shape.length;
  const axes = (attributes.integers('axis') ?? [-1]).map((axis) => (axis < 0 ? axis + rank : axis));
  const shape = x.shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const apart = scratch(ops.subtract(x, scratch(ops.reduceMean(x, axes, { keepDims: true }))));
  const variance = scratch(ops.reduceMean(scratch(ops.square(apart)), axes, { keepDims: true }));
  const spread = scratch(ops.rsqrt(scratch(ops.add(variance, attributes.number('epsilon', 1e-3)))));
  let y = ops.multiply(apart, spread);
  const [gamma, beta] = [optional(call, 1), optional(call, 2)];
  if (gamma !== undefined) y = ops.multiply(scratch(y), scratch(ops.reshape(gamma, shape)));
  if (beta !== undefined) y = ops.add(scratch(y), scratch(ops.reshape(beta, shape)));
  return y;
}
