/**
 * Orders of axes. Formats differ in which axis comes first (NCHW, NHWC), and convolutions are fast with the channels last.
 * So a tensor may lie in another order than the shape that its graph gives it: nothing is moved until an op wants another
 * order, and two transpositions that cancel out move nothing.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { stridesOf } from '../kernels/axes';
import type { HostNumbers, HostValue } from './host-value';

/** Axis i of the tensor is axis `order[i]` of the graph's shape. */
export type Order = readonly number[];

/** The order of a tensor of so many axes. */
export type OrderOf = (rank: number) => Order;

/** Every axis where the shape has it. */
export const inPlace: OrderOf = (rank) => Array.from({ length: rank }, (_, axis) => axis);

/** The order with the channels last, of a shape with the channels second, as NCHW is. */
export const channelsLast: OrderOf = (rank) =>
  rank < 3 ? inPlace(rank) : [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

export function sameOrder(a: Order, b: Order): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** The sizes of a tensor of this shape in this order. */
export function ordered(shape: readonly number[], order: Order): readonly number[] {
  return order.map((axis) => shape[axis]);
}

/** The shape of a tensor that has these sizes in this order. */
export function unordered(sizes: readonly number[], order: Order): readonly number[] {
  return sizes.map((_, axis) => sizes[order.indexOf(axis)]);
}

/** The order of the axes that are left when some are removed. */
export function orderWithout(order: Order, gone: ReadonlySet<number>): Order {
  const left = [...order.keys()].filter((axis) => !gone.has(axis));
  return order.filter((axis) => !gone.has(axis)).map((axis) => left.indexOf(axis));
}

/** Whether elements in one order are where they are in the other: whether only axes of size 1 move. */
export function isSameMemory(shape: readonly number[], a: Order, b: Order): boolean {
  const long = (order: Order): Order => order.filter((axis) => shape[axis] !== 1);
  return sizeOf(shape) === 0 || sameOrder(long(a), long(b));
}

/** Numbers in another order: what they are, with the sizes that a tensor of them has. */
export function arranged(value: HostValue, order: Order): HostValue {
  const { shape, dtype, half, constant } = value;
  return {
    shape: ordered(shape, order),
    dtype,
    half,
    constant: constant === undefined ? undefined : `${constant} in ${order.join()}`,
    get values() {
      return moved(value, order);
    },
  };
}

/** The elements of an array in another order. Weights have millions, so the walk only adds and never divides. */
function moved({ shape, values: from }: HostValue, order: Order): HostNumbers {
  if (shape.length === 0) return from;
  const strides = stridesOf(shape);
  const sizes = ordered(shape, order);
  const steps = ordered(strides, order);
  const values = new (from.constructor as Float32ArrayConstructor)(from.length);
  const at = sizes.map(() => 0);
  const last = sizes.length - 1;
  for (let i = 0, source = 0; i < values.length;) {
    for (let n = 0; n < sizes[last]; n++, source += steps[last]) values[i++] = from[source];
    source -= sizes[last] * steps[last];
    for (let axis = last - 1; axis >= 0; axis--) {
      source += steps[axis];
      if (++at[axis] < sizes[axis]) break;
      source -= sizes[axis] * steps[axis];
      at[axis] = 0;
    }
  }
  return values;
}
