/**
 * Layers that add, join, reshape or normalise; and those that do something only while a model is trained.
 *
 * @module
 * @see https://keras.io/api/layers/
 */
import { check, describe, sizeOf } from '../../conv/check';
import { add, divide, maximum, minimum, multiply, subtract } from '../../ops/binary';
import { batchNorm } from '../../ops/elementwise';
import { layerNorm } from '../../ops/norm';
import { reshape } from '../../ops/reshape';
import { tile } from '../../ops/tile';
import { sqrt } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, GpuResult } from '../dialect';
import { combined, concatenated, map, relabelled, type Operator } from '../gpu-ordered';
import { channelsLast } from '../order';

/** Gives the input as it is. */
const same: GpuOp = map((x) => reshape(x, x.shape));

/** By class. */
export const ARRAY_LAYERS: Readonly<Record<string, GpuOp>> = {
  Add: { run: (call) => merged(call, add) },
  Subtract: { run: (call) => merged(call, subtract) },
  Multiply: { run: (call) => merged(call, multiply) },
  Maximum: { run: (call) => merged(call, maximum) },
  Minimum: { run: (call) => merged(call, minimum) },
  Average: { run: (call) => merged(call, add, (sum) => multiply(sum, 1 / call.count)) },
  Concatenate: { run: (call) => concatenated(call, inputsOf(call), call.node.attributes.integer('axis', -1)) },
  Flatten: { run: ({ shape, tensor }) => reshape(tensor(0), [shape(0)[0], sizeOf(shape(0).slice(1))]) },
  Reshape: {
    run: ({ node: { attributes }, shape, tensor }) =>
      reshape(tensor(0), [shape(0)[0], ...(attributes.shape('target_shape') ?? [])]),
  },
  Permute: { run: (call) => relabelled(call, [0, ...(call.node.attributes.integers('dims') ?? [])]) },
  RepeatVector: {
    run({ node, scratch, tensor }) {
      const x = tensor(0);
      check(x.shape.length === 2, () => `its input is ${describe(x.shape)} but must have 2 axes`);
      const [batch, width] = x.shape;
      return tile(scratch(reshape(x, [batch, 1, width])), [1, node.attributes.integer('n', 1), 1]);
    },
  },
  ChannelsLast: { run: (call) => relabelled(call, channelsLast(call.shape(0).length)) },
  ChannelsFirst: { run: (call) => relabelled(call, channelsSecond(call.shape(0).length)) },
  BatchNormalization: { run: batchNormalization },
  LayerNormalization: { run: layerNormalization },
  // Scale and offset, each a number or one per channel.
  Rescaling: {
    run: (call) => combined(call, [0, 1, 2], ([x, scale, offset]) => add(call.scratch(multiply(x, scale)), offset)),
  },
  Normalization: {
    run({ scratch, tensor }) {
      const spread = scratch(maximum(scratch(sqrt(tensor(2))), 1e-7));
      return divide(scratch(subtract(tensor(0), tensor(1))), spread);
    },
  },
  ...Object.fromEntries(
    `Dropout SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout ActivityRegularization
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness`
      .split(/\s+/)
      .map((name) => [name, same]),
  ),
};

function inputsOf({ count }: GpuCall): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Combines all inputs. An input with fewer axes gets the missing ones after the batch. */
function merged(call: GpuCall, operator: Operator, then?: (x: Tensor) => Tensor): GpuResult {
  const { shape, scratch, tensor } = call;
  const inputs = inputsOf(call);
  const rank = inputs.reduce((most, i) => Math.max(most, shape(i).length), 0);
  const together = ([first, second, ...more]: readonly (Tensor | number)[]): Tensor => {
    const sum = more.reduce<Tensor>((all, x) => operator(scratch(all), x), operator(first, second));
    return then === undefined ? sum : then(scratch(sum));
  };
  if (inputs.every((i) => shape(i).length === rank)) return combined(call, inputs, together);
  return together(
    inputs.map((i) => {
      const x = tensor(i);
      const lacking = Array.from({ length: rank - x.shape.length }, () => 1);
      return lacking.length === 0 ? x : scratch(reshape(x, [x.shape[0], ...lacking, ...x.shape.slice(1)]));
    }),
  );
}

/** Turns a shape with the channels last into one with the channels second. */
function channelsSecond(rank: number): readonly number[] {
  return channelsLast(rank).map((_, axis) => (rank < 3 || axis === 0 ? axis : axis === 1 ? rank - 1 : axis - 1));
}

function optional({ has, tensor }: GpuCall, input: number): Tensor | undefined {
  return has(input) ? tensor(input) : undefined;
}

function batchNormalization(call: GpuCall): Tensor {
  const { node: { attributes }, tensor, shape } = call; // prettier-ignore
  const last = shape(0).length - 1;
  const axes = attributes.integers('axis') ?? [-1];
  check(
    // Channels that were second are last by now.
    axes.length === 1 && [-1, 1, last].includes(axes[0]),
    () => `its axis is ${describe(axes)} but its input ${describe(shape(0))} has the channels on axis ${last}`,
  );
  return batchNorm(tensor(0), {
    mean: tensor(1),
    variance: tensor(2),
    scale: optional(call, 3),
    offset: optional(call, 4),
    epsilon: attributes.number('epsilon', 1e-3),
  });
}

/** Over some axes, by their own mean and variance. */
function layerNormalization(call: GpuCall): Tensor {
  const { attributes } = call.node;
  return layerNorm(call.tensor(0), {
    axes: attributes.integers('axis') ?? [-1],
    scale: optional(call, 1),
    offset: optional(call, 2),
    epsilon: attributes.number('epsilon', 1e-3),
  });
}
