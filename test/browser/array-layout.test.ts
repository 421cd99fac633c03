/**
 * The array ops that move elements and leave them as they are, against their float64 references: reshape, slice, split,
 * concat, transpose and pad, on small odd shapes of every rank.
 */
import { describe, expect, test } from 'vitest';
import { concat, pad, reshape, slice, split, transpose } from '../../src/index';
import { concatReference, padReference, sliceReference, transposeReference } from '../support/array-reference';
import { expectTensor, listsIn, randomArray, uploads } from '../support/arrays';
import { useGpu } from '../support/gpu';

const gpu = useGpu();
const upload = uploads(gpu);

describe('reshape', () => {
  test.each([
    '[2, 3, 4] to [4, 6] is [4, 6]',
    '[2, 3, 4] to [-1] is [24]',
    '[2, 3, 4] to [3, -1, 2, 1] is [3, 4, 2, 1]',
    '[1] to [] is []',
    '[7] to [7, -1] is [7, 1]',
    '[2, 1, 1, 1, 1, 1, 1, 1, 1, 3] to [6] is [6]',
  ])('%s, with the same elements', async (title) => {
    const [before, after, shape] = listsIn(title);
    const array = randomArray(before);
    using x = upload(array);
    await expectTensor(reshape(x, after), { shape, values: array.values });
  });

  test.each([0, 1])('shares the buffer; number %i of the pair may be disposed first', async (first) => {
    const array = randomArray([4, 6]);
    const x = upload(array);
    const pair = [x, reshape(x, [24])];
    const second = pair[1 - first];
    expect(pair[1].bufferBeforeSubmit).toBe(x.bufferBeforeSubmit);
    expect(gpu().memory().buffersInUse).toBe(1);
    pair[first].dispose();
    pair[first].dispose();
    // It would get the buffer, if the pool had it.
    using other = upload(randomArray([24], 9));
    expect(other.bufferBeforeSubmit).not.toBe(second.bufferBeforeSubmit);
    await expectTensor(second, { shape: second.shape, values: array.values });
    expect(gpu().memory().buffersInUse, 'all but the other').toBe(1);
  });
});

describe('slice', () => {
  test.each([
    '[7] at [2], size [3]',
    '[12] at [2], size [8]',
    '[3, 6] at [0, 0], size [3, 4]',
    '[5, 3] at [0, 1], size [5, 2]',
    '[2, 5, 7] at [1, 2, 3], size [-1, 2, -1]',
    '[2, 4, 6, 8] at [0, 1, 2, 4], size [2, 3, 4, 4]',
    '[2, 3, 2, 3, 4] at [0, 0, 0, 0, 0], size [-1, -1, -1, -1, -1]',
    '[2, 3, 2, 3, 2, 3] at [1, 0, 1, 1, 0, 2], size [1, 2, 1, 2, 2, 1]',
    '[2, 1, 3, 2, 2, 2, 2, 3] at [1, 0, 1, 0, 1, 0, 1, 1], size [1, 1, 2, 2, 1, 1, 1, 2]',
    '[] at [], size []',
  ])('of %s', async (title) => {
    const [shape, begin, size] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    const sizes = size.map((n, axis) => (n === -1 ? shape[axis] - begin[axis] : n));
    await expectTensor(slice(x, begin, size), sliceReference(array, begin, sizes));
  });
});

describe('split and concat', () => {
  test.each([
    '[5, 3] in pieces of [1, 4] along axis [0]',
    '[1, 4, 5, 7] in pieces of [3, -1, 2] along axis [3]',
    '[2, 3, 4, 5, 2] in pieces of [1, 2] along axis [-4]',
    '[2, 3, 8] in [2] along axis [-1]',
    '[2, 3, 8] in [8] along axis [2]',
    '[2, 3, 2, 4, 2, 3] in [2] along axis [3]',
    '[6] in [3] along axis [0]',
  ])('%s, and back', async (title) => {
    const [shape, pieces, [axis]] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    const parts = split(x, title.includes('pieces of') ? pieces : pieces[0], axis);
    await expectTensor(concat(parts, axis), array);
    const index = axis < 0 ? axis + shape.length : axis;
    let begin = 0;
    for (const part of parts) {
      const size = part.shape[index];
      const begins = shape.map((_, i) => (i === index ? begin : 0));
      await expectTensor(part, sliceReference(array, begins, shape.with(index, size)));
      begin += size;
    }
    expect(begin, 'the sum of the pieces').toBe(shape[index]);
  });

  test('concat of unequal tensors, of one twice, and of only one; the first axis by default', async () => {
    const [first, second] = [randomArray([2, 3]), randomArray([2, 5], 2)];
    using a = upload(first);
    using b = upload(second);
    await expectTensor(concat([a, b, a], 1), concatReference([first, second, first], 1));
    await expectTensor(concat([a, a]), concatReference([first, first], 0));
    await expectTensor(concat([b]), second);
  });
});

describe('transpose', () => {
  test.each([
    '[5] by [0]',
    '[3, 5] by [1, 0]',
    '[4, 8] by [0, 1]',
    '[2, 3, 4] by [2, 1, 0]',
    '[2, 3, 5, 7] by [0, 3, 1, 2]',
    '[2, 7, 3, 5] by [0, 2, 3, 1]',
    '[2, 3, 1, 4, 8] by [0, 3, 2, 1, 4]',
    '[2, 3, 2, 3, 2, 3] by [5, 1, 3, 0, 2, 4]',
    '[2, 1, 2, 3, 1, 2, 2, 3] by [7, 0, 6, 1, 5, 2, 4, 3]',
  ])('%s', async (title) => {
    const [shape, permutation] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    await expectTensor(transpose(x, permutation), transposeReference(array, permutation));
    const reversed = [...shape.keys()].toReversed();
    await expectTensor(transpose(x), transposeReference(array, reversed));
  });
});

describe('pad', () => {
  test.each([
    '[5] before [2], after [3], with [0]',
    '[3, 8] before [0, 2], after [0, 4], with [1]',
    '[3, 8] before [0, 4], after [0, 2], with [1]',
    '[3, 5] before [0, 1], after [0, 0], with [-7.5]',
    '[2, 3, 4] before [1, 0, 4], after [0, 2, 8], with [1]',
    '[2, 5, 4, 8] before [0, 1, 3, 0], after [0, 2, 0, 0], with [0.25]',
    '[1, 4, 5, 3] before [0, 1, 1, 0], after [0, 1, 1, 0], with [0]',
    '[2, 1, 3, 1, 2] before [0, 1, 0, 1, 2], after [1, 0, 0, 1, 0], with [3]',
    '[2, 1, 3, 1, 2, 4] before [0, 0, 0, 0, 0, 0], after [0, 0, 0, 0, 0, 0], with [3]',
    '[] before [], after [], with [0]',
  ])('%s', async (title) => {
    const [shape, before, after, [value]] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    const paddings = shape.map((_, axis): [number, number] => [before[axis], after[axis]]);
    await expectTensor(pad(x, paddings, value), padReference(array, paddings, value));
    await expectTensor(pad(x, paddings), padReference(array, paddings, 0));
  });
});
