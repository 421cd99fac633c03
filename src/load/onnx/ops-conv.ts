/**
 * Convolutions, pools and matrix products. An image [batch, channels, height, width] is computed with its channels last, and
 * stays so.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/
 */
import { check, describe, fail, show, sizeOf } from '../../conv/check';
import { add, multiply } from '../../ops/binary';
import { conv2d } from '../../ops/conv2d';
import { conv2dTranspose } from '../../ops/conv2d-transpose';
import { depthwiseConv2d } from '../../ops/depthwise-conv2d';
import { matMul } from '../../ops/mat-mul';
import { pointwiseConv2d } from '../../ops/pointwise-conv2d';
import { averagePool2d, maxPool2d } from '../../ops/pool';
import { reduceMax, reduceMean } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp, OpDefinition } from '../dialect';
import { reduced } from '../gpu-ordered';
import type { InOrder } from '../gpu-value';
import { channelsLast } from '../order';
import {
  autoPad,
  explicitPads,
  filterOf,
  filterOrder,
  halves,
  imageOf,
  imageResult,
  listPerAxis,
  pairOf,
  spatialSizes,
  windowsOf,
  type Pair,
} from './geometry';

export const CONV_OPS: Readonly<Record<string, OpDefinition>> = {
  Conv: { inputs: [2, 3], gpu: { orders: () => [channelsLast, filterOrder], run: convolution } },
  ConvTranspose: { inputs: [2, 3], gpu: { orders: () => [channelsLast, filterOrder], run: transposed } },
  MaxPool: { inputs: [1, 1], gpu: { orders: () => [channelsLast], run: maxPool } },
  AveragePool: { inputs: [1, 1], gpu: { orders: () => [channelsLast], run: averagePool } },
  GlobalAveragePool: { inputs: [1, 1], gpu: globalPool(reduceMean) },
  GlobalMaxPool: { inputs: [1, 1], gpu: globalPool(reduceMax) },
  Gemm: {
    inputs: [2, 3],
    gpu: {
      orders: ({ attributes }) => [undefined, attributes.flag('transB', false) ? () => [1, 0] : undefined],
      run: gemm,
    },
  },
  MatMul: { inputs: [2, 2], gpu: { run: (call) => matrixProduct(call, call.tensor(0), call.tensor(1)) } },
};

/** The groups of a filter [out, in / group, ...]: as many inputs as the image has channels. */
function groupsOf(call: GpuCall, perGroup: number, second: number): number {
  const group = call.node.attributes.integer('group', 1);
  const [, channels] = call.shape(0);
  check(
    group >= 1 && perGroup * group === channels,
    () =>
      `its filter ${describe(call.shape(second))} is for ${perGroup} channels in each of ${group} groups but its input has ${channels}`,
  );
  return group;
}

function checkFilter(call: GpuCall, second = 1): void {
  const [shape, filter] = [call.shape(0), call.shape(second)];
  check(
    filter.length === shape.length,
    () => `its filter ${describe(filter)} has ${filter.length} axes but its input has ${shape.length}`,
  );
}

function convolution(call: GpuCall): InOrder {
  return convolved(call, imageOf(call, 0), filterOf(call, 1), call.has(2) ? call.tensor(2) : undefined);
}

/** A convolution as the node says it, of these tensors instead of its inputs: x and filter with 4 axes. */
export function convolved(call: GpuCall, x: Tensor, filter: Tensor, bias: Tensor | undefined, second = 1): InOrder {
  const sizes = spatialSizes(call, 0);
  checkFilter(call, second);
  const [outs, perGroup, ...kernel] = call.shape(second);
  const groups = groupsOf(call, perGroup, second);
  const { strides, dilations, padding } = windowsOf(call.node, sizes, kernel);
  const options = { strides, dilations, padding, ...(bias && { bias }) };
  const [height, width] = filter.shape;
  const y =
    groups > 1 && perGroup === 1 && outs % groups === 0
      ? depthwiseConv2d(x, call.scratch(reshape(filter, [height, width, groups, outs / groups])), options)
      : conv2d(x, filter, { ...options, groups });
  return imageResult(call, y, call.shape(0).length);
}

function transposed(call: GpuCall): InOrder {
  const { node } = call;
  const sizes = spatialSizes(call, 0);
  checkFilter(call);
  const [ins, , ...kernel] = call.shape(1);
  check(
    ins === call.shape(0)[1],
    () => `its filter ${describe(call.shape(1))} is for ${ins} channels but its input has ${call.shape(0)[1]}`,
  );
  const groups = node.attributes.integer('group', 1);
  const strides = listPerAxis(node, 'strides', sizes.length, 1);
  const dilations = listPerAxis(node, 'dilations', sizes.length, 1);
  const more = listPerAxis(node, 'output_padding', sizes.length, 0);
  // The size that the taps of all inputs reach; the padding is cut off it.
  const whole = sizes.map((n, i) => strides[i] * (n - 1) + more[i] + (kernel[i] - 1) * dilations[i] + 1);
  const padding = cutOff(call, sizes, strides, whole);
  const outputShape = pairOf(
    whole.map((n, i) => n - padding[i][0] - padding[i][1]),
    1,
  );
  const bias = call.has(2) ? { bias: call.tensor(2) } : {};
  const y = conv2dTranspose(imageOf(call, 0), filterOf(call, 1), {
    strides: pairOf(strides, 1),
    dilations: pairOf(dilations, 1),
    padding: pairOf<Pair>(padding, [0, 0]),
    outputShape,
    groups,
    ...bias,
  });
  return imageResult(call, y, call.shape(0).length);
}

/** The padding of a transposed convolution: as given, or such that its output has the given size. */
function cutOff(
  call: GpuCall,
  sizes: readonly number[],
  strides: readonly number[],
  whole: readonly number[],
): readonly Pair[] {
  const { node } = call;
  const rule = autoPad(node);
  const given = node.attributes.integers('output_shape') ?? [];
  if (given.length === 0 && rule === 'NOTSET') return explicitPads(node, sizes.length);
  if (given.length === 0 && rule === 'VALID') return sizes.map(() => [0, 0]);
  // Some exporters have batch and channels in it, too.
  const wanted = given.length === 0 ? sizes.map((n, i) => n * strides[i]) : given.slice(-sizes.length);
  return whole.map((n, i) => {
    const total = n - (wanted[i] ?? 0);
    check(total >= 0, () => `its output_shape is ${show(given)}, but along axis ${i + 2} its taps reach only ${n}`);
    return halves(total, rule !== 'SAME_UPPER');
  });
}

function kernelOf({ node }: GpuCall): readonly number[] {
  return node.attributes.integers('kernel_shape') ?? fail('it has no kernel_shape');
}

function maxPool(call: GpuCall): InOrder {
  const { node } = call;
  const { windowSize, strides, dilations, padding } = windowsOf(node, spatialSizes(call, 0), kernelOf(call));
  const ceilMode = node.attributes.flag('ceil_mode', false);
  const y = maxPool2d(imageOf(call, 0), { windowSize, strides, dilations, padding, ceilMode });
  return imageResult(call, y, call.shape(0).length);
}

/** The padding counts as zeros, or not at all; what lies beyond it never counts. */
function averagePool(call: GpuCall): InOrder {
  const { node } = call;
  const { windowSize, strides, dilations, padding } = windowsOf(node, spatialSizes(call, 0), kernelOf(call));
  const [ceilMode, countIncludePad] = ['ceil_mode', 'count_include_pad'].map((name) => node.attributes.flag(name, false)); // prettier-ignore
  const options = { windowSize, strides, dilations, padding, ceilMode, countIncludePad };
  return imageResult(call, averagePool2d(imageOf(call, 0), options), call.shape(0).length);
}

function globalPool(fn: typeof reduceMean): GpuOp {
  return {
    run(call) {
      const { length } = call.shape(0);
      const axes = Array.from({ length: Math.max(length - 2, 0) }, (_, i) => i + 2);
      return reduced(call, axes, true, fn);
    },
  };
}

/** alpha * A B + beta * C; as a pointwise convolution of one row of pixels, which fuses what follows. */
function gemm(call: GpuCall): Tensor {
  const { attributes } = call.node;
  const [alpha, beta] = [attributes.number('alpha', 1), attributes.number('beta', 1)];
  for (const i of [0, 1]) {
    const shape = call.shape(i);
    check(shape.length === 2, () => `its input ${i} is ${describe(shape)} but must be a matrix`);
  }
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const isTurned = attributes.flag('transA', false);
  const columns = b.shape[1];
  const isBias = call.has(2) && alpha === 1 && beta === 1 && isRow(call.shape(2), columns);
  if (isTurned || b.shape[0] !== a.shape[1]) return plus(call, matMul(a, b, { transposeA: isTurned }), alpha, beta);
  const [rows, depth] = a.shape;
  const image = call.scratch(reshape(a, [1, rows, 1, depth]));
  const options = isBias ? { bias: call.scratch(reshape(call.tensor(2), [columns])) } : {};
  const y = reshape(call.scratch(pointwiseConv2d(image, b, options)), [rows, columns]);
  return isBias ? y : plus(call, y, alpha, beta);
}

function isRow(shape: readonly number[], columns: number): boolean {
  return shape.at(-1) === columns && shape.every((n, axis) => n === 1 || axis === shape.length - 1);
}

function plus(call: GpuCall, y: Tensor, alpha: number, beta: number): Tensor {
  const scaled = alpha === 1 ? y : multiply(call.scratch(y), alpha);
  if (!call.has(2) || beta === 0) return scaled;
  const c = call.scalar(2) ?? call.tensor(2);
  if (typeof c === 'number') return add(call.scratch(scaled), c * beta);
  return add(call.scratch(scaled), beta === 1 ? c : call.scratch(multiply(c, beta)));
}

/**
 * A matrix for all rows is a pointwise convolution of one row of pixels, which fuses what follows. A list counts as a row if
 * it comes first, and as a column if second; the result does not have that axis.
 */
export function matrixProduct(call: GpuCall, a: Tensor, b: Tensor): Tensor {
  if (a.shape.length >= 2 && b.shape.length === 2 && a.shape.at(-1) === b.shape[0]) {
    const image = call.scratch(reshape(a, [1, sizeOf(a.shape.slice(0, -1)), 1, b.shape[0]]));
    return reshape(call.scratch(pointwiseConv2d(image, b)), [...a.shape.slice(0, -1), b.shape[1]]);
  }
  const left = a.shape.length === 1 ? call.scratch(reshape(a, [1, ...a.shape])) : a;
  const right = b.shape.length === 1 ? call.scratch(reshape(b, [...b.shape, 1])) : b;
  const y = matMul(left, right);
  if (left === a && right === b) return y;
  const kept = y.shape.slice(0, -2);
  const [rows, columns] = y.shape.slice(-2);
  return reshape(call.scratch(y), [...kept, ...(left === a ? [rows] : []), ...(right === b ? [columns] : [])]);
}
