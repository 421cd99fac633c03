/**
 * Orders of axes, and how arrays are rearranged for them.
 */
import { describe, expect, test } from 'vitest';
import { stridesOf } from '../../src/kernels/axes';
import { hostValue } from '../../src/load/host-value';
import {
  arranged,
  channelsLast,
  inPlace,
  isSameMemory,
  ordered,
  orderWithout,
  unordered,
  type Order,
} from '../../src/load/order';

const orders = permutations([0, 1, 2, 3]);

function permutations(axes: Order): readonly Order[] {
  if (axes.length === 0) return [[]];
  return axes.flatMap((axis, i) => permutations(axes.toSpliced(i, 1)).map((rest) => [axis, ...rest]));
}

describe('an order', () => {
  test('channelsLast moves the channels to the end, and leaves a matrix as it is', () => {
    expect([2, 3, 4, 5].map(channelsLast)).toEqual([
      [0, 1],
      [0, 2, 1],
      [0, 2, 3, 1],
      [0, 2, 3, 4, 1],
    ]);
  });

  test('is undone by its inverse', () => {
    const shape = [2, 3, 4, 5];
    for (const order of orders) expect(unordered(ordered(shape, order), order)).toEqual(shape);
  });

  test('without some axes keeps the order of the others', () => {
    expect(orderWithout([0, 2, 3, 1], new Set([2, 3]))).toEqual([0, 1]);
    expect(orderWithout([0, 2, 3, 1], new Set([1]))).toEqual([0, 1, 2]);
    expect(orderWithout([3, 1, 0, 2], new Set([1]))).toEqual([2, 0, 1]);
  });

  test('moves every element to its place in the new order of axes', () => {
    const shape = [2, 3, 1, 4];
    const x = hostValue('int32', shape, Int32Array.from({ length: 24 }, (_, i) => i)); // prettier-ignore
    const strides = stridesOf(shape);
    for (const order of orders) {
      const y = arranged(x, order);
      const outer = stridesOf(y.shape);
      const expected = Int32Array.from(x.values, (_, i) =>
        order.reduce((at, axis, to) => at + (Math.floor(i / outer[to]) % y.shape[to]) * strides[axis], 0),
      );
      expect(y.values).toEqual(expected);
      const isMoved = expected.some((at, i) => at !== i);
      expect(isSameMemory(shape, inPlace(4), order)).toBe(!isMoved);
    }
  });

  test('leaves an empty array and a scalar as they are', () => {
    expect([...arranged(hostValue('float32', [0, 3], []), [1, 0]).values]).toEqual([]);
    expect([...arranged(hostValue('float32', [], [7]), []).values]).toEqual([7]);
  });
});
