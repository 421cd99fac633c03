/**
 * Another shape of the same elements. Where the axes that are joined or cut lie side by side, whatever the order of the
 * others, nothing moves: [1, 64, 8, 8] becomes [1, 64, 64] with its channels last before and after.
 *
 * @module
 */
import { check, describe, sizeOf } from '../../conv/check';
import { reshape } from '../../ops/reshape';
import type { GpuCall } from '../dialect';
import type { InOrder } from '../gpu-value';
import { ordered, type Order } from '../order';

/** Axes of both shapes that hold the same elements. */
interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The first input in another shape of as many elements. */
export function reshapedTo(call: GpuCall, shape: readonly number[]): InOrder {
  const from = call.shape(0);
  check(
    sizeOf(from) === sizeOf(shape),
    () => `its input ${describe(from)} has ${sizeOf(from)} elements, which do not make up ${describe(shape)}`,
  );
  const groups = groupsOf(from, shape);
  const order = call.order(0);
  // Groups as they lie, by the place of the largest of their axes; new axes of one element beside those before them.
  let before = -1;
  const placed = groups.map((group) => {
    const [largest] = group.from.toSorted((a, b) => from[b] - from[a]);
    if (largest !== undefined) before = order.indexOf(largest);
    return { ...group, place: before };
  });
  const lying = placed.toSorted((a, b) => a.place - b.place);
  const [wanted, made]: [Order, Order] = [lying.flatMap((group) => group.from), lying.flatMap((group) => group.to)];
  return { tensor: reshape(call.inOrder(0, wanted), ordered(shape, made)), order: made };
}

/** The shortest runs of axes that multiply to the same; those of one element are alone where they can be. */
function groupsOf(from: readonly number[], to: readonly number[]): readonly Group[] {
  const groups: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (from[i] === 1) groups.push({ from: [i++], to: [] });
    else if (to[j] === 1) groups.push({ from: [], to: [j++] });
    else {
      const group = { from: [i], to: [j] };
      let [left, right] = [from[i++], to[j++]];
      while (left !== right) {
        if (left < right) {
          group.from.push(i);
          left *= from[i++];
        } else {
          group.to.push(j);
          right *= to[j++];
        }
      }
      groups.push(group);
    }
  }
  return groups;
}
