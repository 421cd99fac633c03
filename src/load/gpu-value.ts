/**
 * A node's result on the GPU: a tensor in the order in which it was made, and in the other orders that nodes wanted.
 *
 * @module
 */
import { reshape } from '../ops/reshape';
import { transpose } from '../ops/transpose';
import { Tensor } from '../tensor/tensor';
import { inPlace, isSameMemory, ordered, sameOrder, unordered, type Order } from './order';

/** A tensor, and the order of its axes. */
export interface InOrder {
  readonly tensor: Tensor;
  readonly order: Order;
}

/** A result on the GPU. */
export interface GpuValue {
  /** As the graph has it. */
  readonly shape: readonly number[];
  /** The first is as it was made. */
  readonly held: InOrder[];
}

export function gpuValue(made: Tensor | InOrder): GpuValue {
  const first = made instanceof Tensor ? { tensor: made, order: inPlace(made.shape.length) } : made;
  return { shape: unordered(first.tensor.shape, first.order), held: [first] };
}

/** The tensor in an order; it is moved once for each order. */
export function tensorIn(value: GpuValue, order: Order): Tensor {
  const known = value.held.find((one) => sameOrder(one.order, order));
  if (known !== undefined) return known.tensor;
  const { tensor, order: from } = value.held[0];
  const made = isSameMemory(value.shape, from, order)
    ? reshape(tensor, ordered(value.shape, order))
    : transpose(
        tensor,
        order.map((axis) => from.indexOf(axis)),
      );
  value.held.push({ tensor: made, order });
  return made;
}

/** The tensor as the graph's shape has it. */
export function tensorOf(value: GpuValue): Tensor {
  return tensorIn(value, inPlace(value.shape.length));
}

export function disposeValue({ held }: GpuValue): void {
  for (const { tensor } of held) tensor.dispose();
}
