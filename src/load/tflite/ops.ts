/**
 * Ops of TensorFlow Lite that TensorFlow has with other attributes, or not at all.
 *
 * @module
 */
import { fail } from '../../conv/check';
import { add, divide, maximum, multiply, subtract } from '../../ops/binary';
import { spaceToDepth } from '../../ops/depth-to-space';
import { activate } from '../../ops/elementwise';
import { gather } from '../../ops/gather';
import { reduceSum } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { split } from '../../ops/slice';
import { softmax } from '../../ops/softmax';
import { abs, floor, sign, sqrt, square } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, HostOp, OpDefinition } from '../dialect';
import { activation, combined, concatenated, map, mapped, type Operator } from '../gpu-ordered';
import { apply, floorDiv } from '../host-arithmetic';
import { nonMaxSuppression } from '../host-detect';
import {
  axisIn,
  checkParts,
  concatHost,
  gather as gatherHost,
  MAX_PARTS,
  reshapeHost,
  splitHost,
} from '../host-layout';
import { hostOperator, hostPass } from '../host-maps';
import { softmaxHost } from '../host-reduce';
import { cast, numberOf } from '../host-shapes';
import { listOf, type HostDType, type HostValue } from '../host-value';
import type { GraphNode } from '../node';
import { activated, hostActivated, refusesActivation } from './fused';

const one = (gpu: OpDefinition['gpu'], host?: HostOp): OpDefinition => ({ inputs: [1, 1], gpu, host });

const same = one(
  map((x) => reshape(x, x.shape)),
  hostPass,
);

/** By op. */
export const OTHER_OPS: Readonly<Record<string, OpDefinition>> = {
  ADD: binary(add, hostOperator((a, b) => a + b)), // prettier-ignore
  SUB: binary(subtract, hostOperator((a, b) => a - b)), // prettier-ignore
  MUL: binary(multiply, hostOperator((a, b) => a * b, Math.imul)), // prettier-ignore
  DIV: binary(divide, hostOperator((a, b) => a / b, floorDiv), true), // prettier-ignore
  RELU_N1_TO_1: one(activation({ name: 'clip', min: -1, max: 1 })),
  RELU_0_TO_1: one(activation({ name: 'clip', min: 0, max: 1 })),
  HARD_SWISH: one(activation('hardSwish')),
  GELU: one(activation(({ attributes }) => ({ name: 'gelu', approximate: attributes.flag('approximate', false) }))),
  PRELU: { inputs: [2, 2], gpu: { run: ({ tensor }) => activate(tensor(0), { name: 'prelu', alpha: tensor(1) }) } },
  SOFTMAX: one({ run: soft }, ([x], { attributes }) => {
    const beta = attributes.number('beta', 1);
    return softmaxHost(apply(x, x.dtype, (v) => v * beta));
  }),
  L2_NORMALIZATION: one({ refuses: refusesActivation, run: normalized }),
  // Real numbers stay what they are, except those beyond the range of the scales.
  QUANTIZE: one({ run: (call) => mapped(call, 0, (x) => bounded(x, call)) }, ([x], node) => {
    const [least, most] = rangeOf(node);
    return apply(x, x.dtype, (v) => Math.min(Math.max(v, least), most));
  }),
  DEQUANTIZE: same,
  // A sparse constant is decoded as a dense one.
  DENSIFY: same,
  SPACE_TO_DEPTH: one({ run: ({ node, tensor }) => spaceToDepth(tensor(0), node.attributes.integer('block_size', 1)) }),
  CAST: one({ run: (call) => mapped(call, 0, (x) => castTo(x, call)) }, ([x], node) => cast(x, castDType(node))),
  RESHAPE: {
    inputs: [1, 2],
    gpu: { host: [1], run: (call) => reshape(call.tensor(0), call.has(1) ? [...call.host(1).values] : newShape(call.node)) }, // prettier-ignore
    host: ([x, shape], node) => reshapeHost(x, shape === undefined ? newShape(node) : listOf(shape)),
  },
  CONCATENATION: {
    inputs: [1, Infinity],
    gpu: {
      refuses: refusesActivation,
      run(call) {
        const parts = Array.from({ length: call.count }, (_, i) => i);
        if (parts.length === 1) return activated(call, reshape(call.tensor(0), call.shape(0)));
        return activated(call, concatenated(call, parts, axisOf(call.node)));
      },
    },
    host: hostActivated((inputs, node) => concatHost(inputs, axisOf(node))),
  },
  SPLIT: {
    inputs: [2, 2],
    outputs: splits,
    gpu: { host: [0], run: (call) => split(call.tensor(1), splits(call.node), call.number(0)) },
    host([axis, x], node) {
      const at = axisIn(numberOf(axis), x.shape.length);
      const count = splits(node);
      return splitHost(x, at, Array.from({ length: count }, () => x.shape[at] / count)); // prettier-ignore
    },
  },
  SPLIT_V: {
    inputs: [3, 3],
    outputs: splits,
    gpu: { host: [1, 2], run: (call) => split(call.tensor(0), sizesOf(call), call.number(2)) },
    host: ([x, sizes, axis]) => splitHost(x, axisIn(numberOf(axis), x.shape.length), listOf(sizes, MAX_PARTS)),
  },
  // The results have as many elements as there may be, with zeros after those that are chosen.
  NON_MAX_SUPPRESSION_V4: {
    inputs: [5, 5],
    outputs: () => 2,
    host: (inputs) => {
      const { indices, count } = chosen(inputs);
      return [indices, count];
    },
  },
  NON_MAX_SUPPRESSION_V5: {
    inputs: [6, 6],
    outputs: () => 3,
    host: (inputs) => {
      const { indices, scores, count } = chosen(inputs);
      return [indices, scores, count];
    },
  },
  GATHER: {
    inputs: [2, 2],
    gpu: {
      run(call) {
        const batchDims = call.node.attributes.integer('batch_dims', 0);
        // A number removes the axis; a list of one does not.
        const index = call.shape(1).length === 0 ? call.scalar(1) : undefined;
        return gather(call.tensor(0), index ?? call.tensor(1), axisOf(call.node), { batchDims });
      },
    },
    host: ([x, indices], node) => gatherHost(x, indices, axisOf(node), node.attributes.integer('batch_dims', 0)),
  },
};

function chosen([boxes, scores, ...numbers]: readonly HostValue[]): ReturnType<typeof nonMaxSuppression> {
  const [most, iou, score, sigma = 0] = numbers.map(numberOf);
  return nonMaxSuppression(boxes, scores, { most, iou, score, sigma }, true);
}

/** An operator with an activation. */
function binary(fn: Operator, host: HostOp, divides = false): OpDefinition {
  return {
    inputs: [2, 2],
    gpu: {
      refuses: (node, inputs) =>
        divides && inputs[0] === 'int32' ? 'it divides whole numbers' : refusesActivation(node, inputs),
      run: (call) =>
        activated(
          call,
          combined(call, [0, 1], ([a, b]) => fn(a, b)),
        ),
    },
    host: hostActivated(host),
  };
}

function soft({ node, tensor, scratch }: GpuCall): Tensor {
  const beta = node.attributes.number('beta', 1);
  return softmax(beta === 1 ? tensor(0) : scratch(multiply(tensor(0), beta)));
}

/** Rows of length 1. */
function normalized(call: GpuCall): Tensor {
  const { scratch } = call;
  const x = call.tensor(0);
  const sums = scratch(reduceSum(scratch(square(x)), [-1], { keepDims: true }));
  return divide(x, scratch(maximum(scratch(sqrt(sums)), 1e-6)));
}

function castDType({ attributes }: GraphNode): HostDType {
  return attributes.dtype('output0') ?? 'float32';
}

/** A cast to whole numbers drops the fraction; a cast to truth values makes all but 0 a 1. */
function castTo(x: Tensor, { node, scratch }: GpuCall): Tensor {
  const to = castDType(node);
  if (to === 'float32') return reshape(x, x.shape);
  if (to === 'bool') return abs(scratch(sign(x)));
  return multiply(scratch(sign(x)), scratch(floor(scratch(abs(x)))));
}

function bounded(x: Tensor, { node }: GpuCall): Tensor {
  const [min, max] = rangeOf(node);
  return min === -Infinity ? reshape(x, x.shape) : activate(x, { name: 'clip', min, max });
}

function rangeOf({ attributes }: GraphNode): readonly [number, number] {
  const [least = -Infinity, most = Infinity] = attributes.numbers('range') ?? [];
  return [least, most];
}

function newShape({ attributes }: GraphNode): readonly number[] {
  return attributes.integers('new_shape') ?? fail('it has no shape');
}

function axisOf({ attributes }: GraphNode): number {
  return attributes.integer('axis', 0);
}

function splits({ attributes }: GraphNode): number {
  const count = attributes.integer('num_splits', 1);
  checkParts(count);
  return count;
}

function sizesOf({ host }: GpuCall): readonly number[] {
  const sizes = [...host(1).values];
  checkParts(sizes.length);
  return sizes;
}
