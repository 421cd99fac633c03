/**
 * Quantised numbers, computed as the numbers that they stand for. A quantised number is a whole number in floating point,
 * within the bounds of its type, so a graph gives the same as one of whole numbers, except for the last bits.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
import { check, fail } from '../../conv/check';
import { add, divide, maximum, minimum, multiply, subtract } from '../../ops/binary';
import { activate } from '../../ops/elementwise';
import { reduceMax, reduceMin } from '../../ops/reduce';
import { reshape } from '../../ops/reshape';
import { negate, round } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, HostOp, OpDefinition } from '../dialect';
import type { InOrder } from '../gpu-value';
import { apply, combine, roundToEven } from '../host-arithmetic';
import { axisIn, reshapeHost } from '../host-layout';
import type { HostDType, HostValue } from '../host-value';
import type { GraphNode } from '../node';
import { channelsLast } from '../order';
import { ZERO_POINT } from './attributes';
import { filterOf, filterOrder, imageOf } from './geometry';
import { convolved, matrixProduct } from './ops-conv';

/** The least and the most of a type, by TensorProto.DataType. */
const BOUNDS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [2, [0, 255]],
  [3, [-128, 127]],
  [4, [0, 65535]],
  [5, [-32768, 32767]],
  [6, [-(2 ** 31), 2 ** 31 - 1]],
]);

/** The bounds of the zero point's type, or without one of the type that the node says. */
function boundsOf({ attributes }: GraphNode): readonly [number, number] {
  const type = attributes.integer(ZERO_POINT, 0) || attributes.integer('output_dtype', 0) || 2;
  return BOUNDS.get(type) ?? fail(`it quantises to type ${type}; what can be computed are int8, uint8, int16, uint16 and int32`); // prettier-ignore
}

/** The shape of a scale for each entry of an axis, beside a tensor of so many axes. */
function beside({ attributes }: GraphNode, rank: number, scale: readonly number[]): readonly number[] {
  check(!attributes.flag('block_size', false), () => 'it has scales for blocks of an axis, which cannot be computed');
  if (scale.length !== 1) return scale;
  const axis = attributes.integer('axis', 1);
  const at = scale[0] === 1 && rank <= axis ? 0 : axisIn(axis, Math.max(rank, 1));
  return Array.from({ length: rank }, (_, i) => (i === at ? scale[0] : 1));
}

/** Scale and zero point as tensors in the order of the first input, or numbers where they are that. */
function operands(call: GpuCall): {
  readonly x: InOrder;
  readonly scale: Tensor | number;
  readonly zero: Tensor | number;
} {
  const x = call.stored(0);
  const operand = (input: number): Tensor | number => {
    const number = call.scalar(input);
    if (number !== undefined) return number;
    const shape = beside(call.node, x.order.length, call.shape(input));
    if (shape.length !== x.order.length) return call.tensor(input);
    return call.scratch(reshape(call.tensor(input), x.order.map((axis) => shape[axis]))); // prettier-ignore
  };
  return { x, scale: operand(1), zero: call.has(2) ? operand(2) : 0 };
}

function dequantized(call: GpuCall): InOrder {
  const { x, scale, zero } = operands(call);
  const from = zero === 0 ? x.tensor : call.scratch(subtract(x.tensor, zero));
  return { tensor: multiply(from, scale), order: x.order };
}

function quantized(call: GpuCall): InOrder {
  const { x, scale, zero } = operands(call);
  const [min, max] = boundsOf(call.node);
  const whole = call.scratch(round(call.scratch(divide(x.tensor, scale))));
  const moved = zero === 0 ? whole : call.scratch(add(whole, zero));
  return { tensor: activate(moved, { name: 'clip', min, max }), order: x.order };
}

/** A tensor, or a number where it is one that is known. */
function operandOf(call: GpuCall, input: number): Tensor | number {
  return call.scalar(input) ?? call.tensor(input);
}

/** An input without its zero point: of one number, or of the last axis. */
function centred(call: GpuCall, x: Tensor, zero: number): Tensor {
  const point = call.has(zero) ? operandOf(call, zero) : 0;
  return point === 0 ? x : call.scratch(subtract(x, point));
}

/** Turns sums of whole numbers into those of the output, by the scales of both inputs and its own. */
function requantized(call: GpuCall, sums: Tensor, [left, right, scale, zero]: readonly number[]): Tensor {
  const [min, max] = boundsOf(call.node);
  const factors = [left, right].map((input) => operandOf(call, input));
  const scaled = factors.reduce<Tensor>((y, factor) => call.scratch(multiply(y, factor)), call.scratch(sums));
  const whole = call.scratch(round(call.scratch(divide(scaled, operandOf(call, scale)))));
  const moved = call.has(zero) ? call.scratch(add(whole, operandOf(call, zero))) : whole;
  return activate(moved, { name: 'clip', min, max });
}

/** Sums of whole numbers are exact up to 2^24, and beyond that as near as float32. */
const INTEGER_OPS: Readonly<Record<string, OpDefinition>> = {
  MatMulInteger: {
    inputs: [2, 4],
    gpu: { run: (call) => matrixProduct(call, centred(call, call.tensor(0), 2), centred(call, call.tensor(1), 3)) },
  },
  ConvInteger: {
    inputs: [2, 4],
    gpu: {
      orders: () => [channelsLast, filterOrder],
      run: (call) =>
        convolved(call, centred(call, imageOf(call, 0), 2), centred(call, filterOf(call, 1), 3), undefined),
    },
  },
  QLinearMatMul: {
    inputs: [8, 8],
    gpu: {
      run(call) {
        const [a, b] = [centred(call, call.tensor(0), 2), centred(call, call.tensor(3), 5)];
        return requantized(call, matrixProduct(call, a, b), [1, 4, 6, 7]);
      },
    },
  },
  QLinearConv: {
    inputs: [8, 9],
    gpu: {
      orders: () => [channelsLast, undefined, undefined, filterOrder],
      run(call) {
        const [x, filter] = [centred(call, imageOf(call, 0), 2), centred(call, filterOf(call, 3), 5)];
        const { tensor, order } = convolved(call, x, filter, call.has(8) ? call.tensor(8) : undefined, 3);
        return { tensor: requantized(call, tensor, [1, 4, 6, 7]), order };
      },
    },
  },
  DynamicQuantizeLinear: {
    inputs: [1, 1],
    outputs: () => 3,
    dtype: (_, __, output) => (output === 1 ? 'float32' : 'int32'),
    gpu: { run: dynamic },
  },
};

/** To uint8, with the scale that the least and the largest need. */
function dynamic(call: GpuCall): readonly (Tensor | InOrder)[] {
  const { tensor: x, order } = call.stored(0);
  const least = call.scratch(minimum(call.scratch(reduceMin(x)), 0));
  const most = call.scratch(maximum(call.scratch(reduceMax(x)), 0));
  const scale = divide(call.scratch(subtract(most, least)), 255);
  const bytes = { name: 'clip', min: 0, max: 255 } as const;
  const zero = round(call.scratch(activate(call.scratch(divide(call.scratch(negate(least)), scale)), bytes)));
  const whole = call.scratch(add(call.scratch(round(call.scratch(divide(x, scale)))), zero));
  return [{ tensor: activate(whole, bytes), order }, scale, zero];
}

const dequantize: HostOp = ([x, scale, zero], node) => {
  const fit = (value: HostValue): HostValue => reshapeHost(value, beside(node, x.shape.length, value.shape));
  const from = zero === undefined ? x : combine(x, fit(zero), 'float32', (a, b) => a - b);
  return combine(from, fit(scale), 'float32', (a, b) => a * b);
};

const quantize: HostOp = ([x, scale, zero], node) => {
  const fit = (value: HostValue): HostValue => reshapeHost(value, beside(node, x.shape.length, value.shape));
  const [min, max] = boundsOf(node);
  const whole = combine(x, fit(scale), 'float32', (a, b) => roundToEven(a / b));
  const moved = zero === undefined ? whole : combine(whole, fit(zero), 'float32', (a, b) => a + b);
  return apply(moved, 'int32', (v) => Math.min(Math.max(v, min), max));
};

export const QUANTIZED_OPS: Readonly<Record<string, OpDefinition>> = {
  ...INTEGER_OPS,
  DequantizeLinear: { inputs: [2, 3], gpu: { run: dequantized }, host: dequantize, dtype: (): HostDType => 'float32' },
  QuantizeLinear: { inputs: [2, 3], gpu: { run: quantized }, host: quantize, dtype: (): HostDType => 'int32' },
};
