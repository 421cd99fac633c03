/**
 * One node about to be computed: its inputs as tensors, in the order in which its op wants them, or as numbers.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { reshape } from '../ops/reshape';
import type { Tensor } from '../tensor/tensor';
import type { GpuCall } from './dialect';
import { tensorIn, type GpuValue } from './gpu-value';
import { MAX_PARTS } from './host-layout';
import type { HostValue } from './host-value';
import { arranged, inPlace, isSameMemory, ordered, sameOrder, type Order } from './order';
import type { PlacedNode } from './place';

/** Numbers as a tensor. A constant always gives the same tensor, which the caller must not dispose. */
export type Upload = (value: HostValue) => Tensor;

/**
 * @param inputs undefined for those that the file leaves out
 * @returns the call, and what frees the tensors that only it needed
 */
export function callOf(
  node: PlacedNode,
  inputs: readonly (GpuValue | HostValue | undefined)[],
  upload: Upload,
): { readonly call: GpuCall; readonly dispose: () => void } {
  const scratch: Tensor[] = [];
  const orders = node.definition.gpu?.orders?.(node) ?? [];
  const keep = (tensor: Tensor): Tensor => {
    scratch.push(tensor);
    return tensor;
  };
  const input = (i: number): GpuValue | HostValue => {
    const value = inputs[i];
    check(value !== undefined, () => `it leaves out its input ${i}, which it needs`);
    return value;
  };
  const uploaded = (value: HostValue, order: Order): Tensor => {
    const { shape, constant } = value;
    const isMoved = !isSameMemory(shape, order, inPlace(shape.length));
    const tensor = upload(isMoved ? arranged(value, order) : value);
    if (constant === undefined) keep(tensor);
    return isMoved || sameOrder(order, inPlace(shape.length)) ? tensor : keep(reshape(tensor, ordered(shape, order)));
  };
  const tensor = (i: number, order: Order): Tensor => {
    const value = input(i);
    return 'held' in value ? tensorIn(value, order) : uploaded(value, order);
  };
  const order = (i: number): Order => {
    const value = input(i);
    return 'held' in value ? value.held[0].order : inPlace(value.shape.length);
  };
  const call: GpuCall = {
    node,
    count: inputs.length,
    has: (i) => inputs[i] !== undefined,
    shape: (i) => input(i).shape,
    tensor: (i) => tensor(i, (orders[i] ?? inPlace)(input(i).shape.length)),
    order,
    stored: (i) => ({ tensor: tensor(i, order(i)), order: order(i) }),
    inOrder(i, wanted) {
      const { shape } = input(i);
      const more = wanted.length - shape.length;
      if (more <= 0) return tensor(i, wanted);
      const own = wanted.filter((axis) => axis >= more).map((axis) => axis - more);
      const whole = wanted.map((axis) => (axis < more ? 1 : shape[axis - more]));
      return keep(reshape(tensor(i, own), whole));
    },
    host(i) {
      const value = input(i);
      check(!('held' in value), () => `its input ${i} is a tensor but must be known on the CPU`);
      const count = sizeOf(value.shape);
      check(
        count <= MAX_PARTS,
        () => `its input ${i} has ${count} elements, but what says sizes or axes has at most ${MAX_PARTS}`,
      );
      return value;
    },
    number(i) {
      const [number, ...more] = call.host(i).values;
      check(
        number !== undefined && more.length === 0,
        () => `its input ${i} is ${describe(call.shape(i))} but must be a single number`,
      );
      return number;
    },
    scalar(i) {
      const value = input(i);
      if ('held' in value || value.shape.some((n) => n !== 1)) return undefined;
      const [number] = value.values;
      // An axis that the other input lacks would be lost with the shape.
      const fits = inputs.every((other) => other === undefined || other.shape.length >= value.shape.length);
      return fits && Number.isFinite(number) ? number : undefined;
    },
    scratch: keep,
  };
  return {
    call,
    dispose: () => {
      for (const one of scratch) one.dispose();
    },
  };
}
