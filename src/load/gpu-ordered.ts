/**
 * Ops that compute in whatever order the axes are stored, so nothing moves for them. For the tables of all dialects.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import type { Activation } from '../kernels/activation';
import { concat } from '../ops/concat';
import { activate } from '../ops/elementwise';
import { reshape } from '../ops/reshape';
import { slice } from '../ops/slice';
import { stridedSlice } from '../ops/strided-slice';
import { transpose } from '../ops/transpose';
import type { Tensor } from '../tensor/tensor';
import type { GpuCall, GpuOp } from './dialect';
import type { InOrder } from './gpu-value';
import { axisIn, type Stride } from './host-layout';
import type { GraphNode } from './node';
import { inPlace, orderWithout, sameOrder, type Order } from './order';

/** An operator of two, with broadcasting. */
export type Operator = (a: Tensor | number, b: Tensor | number) => Tensor;

/** A function of every element. */
export function map(fn: (x: Tensor) => Tensor): GpuOp {
  return { run: (call) => mapped(call, 0, fn) };
}

export function mapped(call: GpuCall, input: number, fn: (x: Tensor) => Tensor): InOrder {
  const { tensor, order } = call.stored(input);
  return { tensor: fn(tensor), order };
}

/** An activation, the same for every node or read off each. */
export function activation(of: Activation | ((node: GraphNode) => Activation)): GpuOp {
  return {
    run: (call) => mapped(call, 0, (x) => activate(x, typeof of === 'function' ? of(call.node) : of)),
  };
}

/** An operator of the first two inputs. */
export function operator(fn: Operator, refuses?: GpuOp['refuses']): GpuOp {
  return { refuses, run: (call) => combined(call, [0, 1], ([a, b]) => fn(a, b)) };
}

/**
 * A function of inputs that are broadcast to one shape; known numbers are passed as they are, but at least one input is a
 * tensor.
 */
export function combined(
  call: GpuCall,
  inputs: readonly number[],
  fn: (operands: readonly (Tensor | number)[]) => Tensor,
): InOrder {
  const order = commonOrder(call, inputs);
  const numbers = inputs.map((input) => call.scalar(input));
  // If all are numbers, one is uploaded. This happens where a constant was too large to be folded.
  if (!numbers.includes(undefined)) numbers[0] = undefined;
  return { tensor: fn(inputs.map((input, i) => numbers[i] ?? operandIn(call, input, order))), order };
}

/** An input in an order of at least as many axes. In the order of the shapes, broadcasting adds the axes. */
export function operandIn(call: GpuCall, input: number, order: Order): Tensor {
  const rank = call.shape(input).length;
  return call.inOrder(input, sameOrder(order, inPlace(order.length)) ? inPlace(rank) : order);
}

/** Among the inputs with the most axes, the order of the largest: the others are moved. */
export function commonOrder(call: GpuCall, inputs: readonly number[]): Order {
  const [largest] = inputs.toSorted((a, b) => {
    const [left, right] = [call.shape(a), call.shape(b)];
    return right.length - left.length || sizeOf(right) - sizeOf(left);
  });
  return call.order(largest);
}

/** A reduction along axes of the node's shape. */
export function reduced(
  call: GpuCall,
  axes: readonly number[],
  keepDims: boolean,
  fn: (x: Tensor, axes: readonly number[], options: { readonly keepDims: boolean }) => Tensor,
): InOrder {
  const { tensor, order } = call.stored(0);
  const named = axes.map((axis) => axisIn(axis, order.length));
  const y = fn(
    tensor,
    named.map((axis) => order.indexOf(axis)),
    { keepDims },
  );
  return { tensor: y, order: keepDims ? order : orderWithout(order, new Set(named)) };
}

/** Inputs one after the other along an axis of the node's shape. */
export function concatenated(call: GpuCall, inputs: readonly number[], axis: number): InOrder {
  const order = commonOrder(call, inputs);
  const parts = inputs.map((input) => call.inOrder(input, order));
  return { tensor: concat(parts, order.indexOf(axisIn(axis, order.length))), order };
}

/** The elements that strides along the axes of a tensor select. */
export function boxOf(x: Tensor, strides: readonly Stride[]): Tensor {
  const begin = strides.map((axis) => axis.begin);
  if (strides.every(({ step }) => step === 1)) return slice(x, begin, strides.map(({ count }) => count)); // prettier-ignore
  const ends = strides.map(({ begin: first, count, step }) => {
    const next = first + count * step;
    return next < 0 ? null : next;
  });
  return stridedSlice(x, begin, ends, strides.map(({ step }) => step)); // prettier-ignore
}

/** A transposition only renames the axes: nothing moves until an op needs it to. */
export function relabelled(call: GpuCall, permutation: readonly number[]): InOrder {
  const { tensor, order } = call.stored(0);
  const isPermutation = permutation.length === order.length && order.every((axis) => permutation.includes(axis));
  // The public op says what is wrong.
  if (!isPermutation) return { tensor: transpose(tensor, permutation), order };
  return { tensor: reshape(tensor, tensor.shape), order: order.map((axis) => permutation.indexOf(axis)) };
}
