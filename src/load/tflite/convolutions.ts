/**
 * Convolutions, dense layers and pools of TensorFlow Lite. Filters have the output channels first.
 *
 * @module
 */
import { check, describe, fail, sizeOf } from '../../conv/check';
import { conv2d } from '../../ops/conv2d';
import { conv2dTranspose } from '../../ops/conv2d-transpose';
import { depthwiseConv2d } from '../../ops/depthwise-conv2d';
import type { EpilogueOptions } from '../../ops/epilogue';
import { pointwiseConv2d } from '../../ops/pointwise-conv2d';
import { averagePool2d, maxPool2d } from '../../ops/pool';
import { reshape } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, OpDefinition } from '../dialect';
import type { GraphNode } from '../node';
import type { OrderOf } from '../order';
import { activated, activationOf, refusesActivation } from './fused';

/** [out, height, width, in] as [height, width, in, out], and as [height, width, out, in]. */
const outputsLast: OrderOf = () => [1, 2, 3, 0];
const outputsThird: OrderOf = () => [1, 2, 0, 3];
const filterIn =
  (order: OrderOf): NonNullable<GpuOp['orders']> =>
  () => [undefined, order];

/** By op. */
export const CONV_OPS: Readonly<Record<string, OpDefinition>> = {
  CONV_2D: { inputs: [2, 3], gpu: { refuses: refusesActivation, orders: filterIn(outputsLast), run: convolution } },
  DEPTHWISE_CONV_2D: { inputs: [2, 3], gpu: { refuses: refusesActivation, run: depthwise } },
  TRANSPOSE_CONV: {
    inputs: [3, 4],
    gpu: { host: [0], refuses: refusesActivation, orders: filterIn(outputsThird), run: transposed },
  },
  // MediaPipe's own: the bias is its third input, and its size follows from the padding.
  Convolution2DTransposeBias: {
    inputs: [3, 3],
    gpu: { refuses: refusesCustom, orders: filterIn(outputsThird), run: transposedBias },
  },
  FULLY_CONNECTED: {
    inputs: [2, 3],
    gpu: {
      refuses: (node, inputs) =>
        node.attributes.text('weights_format', 'DEFAULT') === 'DEFAULT'
          ? refusesActivation(node, inputs)
          : 'its weights_format is SHUFFLED4x16INT8; convert the model for the CPU in general',
      orders: () => [undefined, () => [1, 0]],
      run: dense,
    },
  },
  AVERAGE_POOL_2D: pooling(averagePool2d),
  MAX_POOL_2D: pooling(maxPool2d),
};

function convolution(call: GpuCall): Tensor {
  checkRanks(call, 0, 1);
  const filter = call.tensor(1);
  const [, , ins, outs] = filter.shape;
  const x = call.tensor(0);
  return conv2d(x, filter, { ...geometryOf(call.node), ...fused(call, 2, outs), groups: x.shape[3] / ins });
}

/** The filter is [1, height, width, in * multiplier]. */
function depthwise(call: GpuCall): Tensor {
  checkRanks(call, 0, 1);
  const x = call.tensor(0);
  const [, height, width, outs] = call.shape(1);
  const channels = x.shape[3];
  check(
    outs % channels === 0,
    () => `its filter ${describe(call.shape(1))} has ${outs} channels, which ${channels} of its input do not divide`,
  );
  const filter = call.scratch(reshape(call.tensor(1), [height, width, channels, outs / channels]));
  return depthwiseConv2d(x, filter, { ...geometryOf(call.node), ...fused(call, 2, outs) });
}

function transposed(call: GpuCall): Tensor {
  const outputShape = [...call.host(0).values];
  checkRanks(call, 2, 1);
  check(
    outputShape.length === 4,
    () => `its output shape is ${describe(outputShape)} but must be [batch, height, width, channels]`,
  );
  const { strides, padding } = geometryOf(call.node);
  return transposedTo(call, 2, 3, outputShape, { strides, padding });
}

/** Padding (1 is SAME), and the strides along width and height. */
function customOf({ attributes }: GraphNode): readonly number[] {
  return attributes.integers('custom_options') ?? [];
}

function refusesCustom(node: GraphNode): string | undefined {
  const [padding, ...strides] = customOf(node).slice(0, 3);
  return (padding === 1 || padding === 2) && strides.length === 2 && strides.every((n) => n >= 1)
    ? undefined
    : `its options are ${describe(customOf(node))}; they are its padding, 1 or 2, and two strides`;
}

function transposedBias(call: GpuCall): Tensor {
  checkRanks(call, 0, 1);
  const [padding, strideX, strideY] = customOf(call.node);
  const [batch, height, width] = call.shape(0);
  const [outs, filterY, filterX] = call.shape(1);
  const size = (n: number, stride: number, filter: number): number =>
    padding === 1 ? n * stride : (n - 1) * stride + filter;
  const outputShape = [batch, size(height, strideY, filterY), size(width, strideX, filterX), outs];
  return transposedTo(call, 0, 2, outputShape, { strides: [strideY, strideX], padding: padding === 1 ? 'SAME' : 'VALID' }); // prettier-ignore
}

function transposedTo(
  call: GpuCall,
  image: number,
  bias: number,
  outputShape: readonly number[],
  geometry: { readonly strides: readonly [number, number]; readonly padding: 'SAME' | 'VALID' },
): Tensor {
  const filter = call.tensor(1);
  const groups = outputShape[3] / filter.shape[2];
  return conv2dTranspose(call.tensor(image), filter, { ...geometry, ...fused(call, bias, outputShape[3]), outputShape, groups }); // prettier-ignore
}

/** Rows times the weights, [out, in] in the file, as a pointwise convolution, which fuses the rest. */
function dense(call: GpuCall): Tensor {
  const weights = call.tensor(1);
  const shape = call.shape(0);
  check(weights.shape.length === 2, () => `its weights are ${describe(call.shape(1))} but must be [outputs, inputs]`);
  const [depth, outs] = weights.shape;
  const rows = sizeOf(shape) / depth;
  check(
    Number.isInteger(rows),
    () =>
      `its weights ${describe(call.shape(1))} take rows of ${depth}, which do not make up its input ${describe(shape)}`,
  );
  const image = call.scratch(reshape(call.tensor(0), [1, rows, 1, depth]));
  const y = call.scratch(pointwiseConv2d(image, weights, fused(call, 2, outs)));
  const keeps = call.node.attributes.flag('keep_num_dims', false);
  return reshape(y, keeps ? [...shape.slice(0, -1), outs] : [rows, outs]);
}

function pooling(pool: typeof maxPool2d): OpDefinition {
  return {
    inputs: [1, 1],
    gpu: {
      refuses: refusesActivation,
      run(call) {
        const { attributes } = call.node;
        const { strides, padding } = geometryOf(call.node);
        const windowSize = [attributes.integer('filter_height', 1), attributes.integer('filter_width', 1)] as const;
        return activated(call, pool(call.tensor(0), { windowSize, strides, padding }));
      },
    },
  };
}

function geometryOf({ attributes }: GraphNode): {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
} {
  const pair = (height: string, width: string): readonly [number, number] => [
    attributes.integer(height, 1),
    attributes.integer(width, 1),
  ];
  const padding = attributes.text('padding', 'SAME');
  return {
    strides: pair('stride_h', 'stride_w'),
    dilations: pair('dilation_h_factor', 'dilation_w_factor'),
    padding:
      padding === 'SAME' || padding === 'VALID' ? padding : fail(`its padding is ${padding}; it is SAME or VALID`),
  };
}

function fused(call: GpuCall, bias: number, channels: number): EpilogueOptions {
  const activation = activationOf(call.node);
  const has = bias < call.count && call.has(bias);
  return { ...(has && { bias: biasOf(call, bias, channels) }), ...(activation !== undefined && { activation }) };
}

function biasOf(call: GpuCall, input: number, channels: number): Tensor {
  const tensor = call.tensor(input);
  return tensor.shape.length === 1 ? tensor : call.scratch(reshape(tensor, [channels]));
}

function checkRanks(call: GpuCall, image: number, filter: number): void {
  for (const [what, i] of [
    ['image', image],
    ['filter', filter],
  ] as const) {
    // prettier-ignore
    const shape = call.shape(i);
    check(shape.length === 4, () => `its ${what} is ${describe(shape)} but must have 4 axes`);
  }
}
