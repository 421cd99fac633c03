/**
 * Compares the array ops that only move elements with their float64 references: reshape, slice, split, concat, transpose, pad
 * and the like, on small odd shapes of every rank.
 */
import { describe, expect, test } from 'vitest';
import {
  broadcastTo,
  concat,
  depthToSpace,
  pad,
  reshape,
  reverse,
  slice,
  spaceToDepth,
  split,
  stridedSlice,
  tile,
  transpose,
} from '../../src/index';
import {
  broadcastReference,
  concatReference,
  depthToSpaceReference,
  mirrorPadReference,
  padReference,
  sliceReference,
  stridedSliceReference,
  tileReference,
  transposeReference,
} from '../support/array-reference';
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
    // This tensor would get the buffer if the pool already had it back.
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

describe.each(['reflect', 'symmetric', 'edge'] as const)('pad in mode %s', (mode) => {
  test.each([
    '[5] by [2, 3]',
    '[1, 4, 4, 8] by [0, 0, 2, 1, 0, 3, 0, 0]',
    '[2, 3, 5, 3] by [0, 0, 2, 2, 1, 4, 0, 0]',
    '[3, 2, 4] by [1, 2, 0, 0, 3, 0]',
    '[3, 4, 2, 2, 3] by [2, 0, 1, 1, 0, 0, 0, 1, 2, 2]',
    '[1, 2, 1, 2, 1, 2, 3, 2] by [0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 2, 0, 0, 0]',
    '[7, 3] by [0, 0, 0, 0]',
  ])('%s', async (title) => {
    const [shape, flat] = listsIn(title);
    const paddings = shape.map((_, i): [number, number] => [flat[2 * i], flat[2 * i + 1]]);
    const array = randomArray(shape);
    using x = upload(array);
    await expectTensor(pad(x, paddings, mode), mirrorPadReference(array, paddings, mode));
  });
});

test('a mirrored pad is at most as long as its axis, and an edge is repeated as often as wanted', async () => {
  const array = randomArray([4, 3]);
  using x = upload(array);
  const symmetric = [[4, 4], [3, 0]] as const; // prettier-ignore
  await expectTensor(pad(x, symmetric, 'symmetric'), mirrorPadReference(array, symmetric, 'symmetric'));
  const reflect = [[3, 3], [2, 1]] as const; // prettier-ignore
  await expectTensor(pad(x, reflect, 'reflect'), mirrorPadReference(array, reflect, 'reflect'));
  const edge = [[9, 0], [0, 11]] as const; // prettier-ignore
  await expectTensor(pad(x, edge, 'edge'), mirrorPadReference(array, edge, 'edge'));
  expect(() => pad(x, [[5, 0], [0, 0]], 'symmetric')).toThrow(/pad: paddings has \[5, 0\] on axis 0 but 'symmetric' has only 4 of/); // prettier-ignore
  expect(() => pad(x, [[0, 0], [0, 3]], 'reflect')).toThrow(/pad: paddings has \[0, 3\] on axis 1 but 'reflect' has only 2 of/); // prettier-ignore
  expect(() => pad(x, reflect, 'wrap' as 'edge')).toThrow(
    /pad: constantValue is 'wrap'; give a number, or one of reflect/,
  );
});

describe('tile, broadcastTo', () => {
  test.each([
    '[3] by [4]',
    '[4, 8] by [3, 1]',
    '[2, 3, 4] by [1, 2, 3]',
    '[2, 3, 2, 4] by [3, 2, 2, 2]',
    '[2, 1, 3, 2, 2] by [2, 3, 1, 2, 2]',
    '[2, 2, 2, 1, 3, 2, 2, 2] by [2, 1, 2, 2, 2, 2, 1, 2]',
    '[] by []',
  ])('tile of %s', async (title) => {
    const [shape, times] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    await expectTensor(tile(x, times), tileReference(array, times));
  });

  test.each([
    '[4] to [2, 3, 4]',
    '[3, 1] to [3, 5]',
    '[1, 3, 1, 4] to [2, 3, 5, 4]',
    '[] to [2, 3]',
    '[2, 3] to [2, 3]',
    '[3, 1, 2] to [2, 1, 2, 2, 1, 3, 2, 2]',
  ])('broadcastTo of %s', async (title) => {
    const [before, shape] = listsIn(title);
    const array = randomArray(before);
    using x = upload(array);
    await expectTensor(broadcastTo(x, shape), broadcastReference(array, shape));
  });

  test('a shape that x does not repeat to is refused', () => {
    using x = upload(randomArray([3, 2]));
    expect(() => broadcastTo(x, [3, 4])).toThrow(/broadcastTo: x \[3, 2\] does not repeat to \[3, 4\]; give a shape/);
    expect(() => broadcastTo(x, [2])).toThrow(/does not repeat to \[2\]/);
    expect(() => tile(x, [2])).toThrow(/tile: repetitions is \[2\] but \[3, 2\] has 2 axes/);
    expect(() => tile(x, [2, 0])).toThrow(/tile: repetitions \[2, 0\] has 0 on axis 1/);
  });
});

describe('stridedSlice, reverse', () => {
  test.each([
    '[7] from [1] to [6] by [2]',
    '[7] from [-1] to [-8] by [-3]',
    '[4, 6] from [0, 5] to [4, 0] by [1, -2]',
    '[2, 5, 8] from [1, -5, 0] to [2, 9, 8] by [1, 2, 1]',
    '[3, 4, 5, 2] from [2, 3, 0, 1] to [0, 0, 5, 2] by [-1, -1, 4, 1]',
    '[2, 3, 2, 3, 2, 3, 2, 2] from [1, 0, 0, 2, 0, 0, 0, 0] to [-9, 3, 2, -9, 2, 3, 1, 2] by [-1, 2, 1, -2, 1, 1, 1, 1]',
  ])('%s', async (title) => {
    const [shape, begin, end, strides] = listsIn(title);
    const array = randomArray(shape);
    using x = upload(array);
    await expectTensor(stridedSlice(x, begin, end, strides), stridedSliceReference(array, begin, end, strides));
  });

  test('stridedSlice goes to the ends, by steps of 1, if nothing else is given', async () => {
    const array = randomArray([4, 5]);
    using x = upload(array);
    const all = stridedSliceReference(array, [3, 1], [null, null], [-2, 3]);
    await expectTensor(stridedSlice(x, [3, 1], [null, null], [-2, 3]), all);
    await expectTensor(stridedSlice(x, [1, -2], [3, null]), stridedSliceReference(array, [1, 3], [3, null], [1, 1]));
    expect(() => stridedSlice(x, [0, 0], [4, 0])).toThrow(
      /from 0 to 0 in steps of 1 there is nothing on axis 1 of x \[4, 5\]/,
    );
    expect(() => stridedSlice(x, [0, 0], [4, 5], [1, 0])).toThrow(/strides \[1, 0\] has 0 on axis 1/);
  });

  test.each(['[5] along [0]', '[2, 3, 4] along [1]', '[2, 3, 4] along [0, -1]', '[1, 4, 6, 8] along [2]'])(
    'reverse of %s',
    async (title) => {
      const [shape, axes] = listsIn(title);
      const named = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
      const array = randomArray(shape);
      using x = upload(array);
      const begin = shape.map((_, axis) => (named.has(axis) ? -1 : 0));
      const strides = shape.map((_, axis) => (named.has(axis) ? -1 : 1));
      const expected = stridedSliceReference(array, begin, shape.map(() => null), strides); // prettier-ignore
      await expectTensor(reverse(x, axes.length === 1 ? axes[0] : axes), expected);
    },
  );

  test('reverse over all axes reverses the flat list', async () => {
    const array = randomArray([3, 4, 2]);
    using x = upload(array);
    await expectTensor(reverse(x), { shape: array.shape, values: array.values.toReversed() });
    expect(() => reverse(x, [0, -3])).toThrow(/reverse: axes \[0, -3\] name an axis of x \[3, 4, 2\] twice/);
  });
});

describe('depthToSpace, spaceToDepth', () => {
  test.each(['[1, 2, 3, 8] by [2]', '[2, 3, 2, 9] by [3]', '[1, 3, 1, 16] by [2]', '[1, 2, 2, 3] by [1]'])(
    '%s in both modes and layouts, and back',
    async (title) => {
      const [shape, [block]] = listsIn(title);
      const array = randomArray(shape);
      using x = upload(array);
      using first = transpose(x, [0, 3, 1, 2]);
      for (const mode of ['DCR', 'CRD'] as const) {
        const expected = depthToSpaceReference(array, block, mode);
        using large = depthToSpace(x, block, { mode });
        await expectTensor(spaceToDepth(large, block, { mode }), array);
        await expectTensor(large, expected);
        const options = { mode, dataFormat: 'NCHW' } as const;
        using other = depthToSpace(first, block, options);
        await expectTensor(spaceToDepth(other, block, options), transposeReference(array, [0, 3, 1, 2]));
        await expectTensor(other, transposeReference(expected, [0, 3, 1, 2]));
      }
    },
  );

  test('channels or pixels that are no blocks are refused', () => {
    using x = upload(randomArray([1, 3, 4, 6]));
    expect(() => depthToSpace(x, 2)).toThrow(
      /depthToSpace: x \[1, 3, 4, 6\] \(NHWC\) has 6 channels, which 4 \(blockSize squared\) does not divide/,
    );
    expect(() => spaceToDepth(x, 2)).toThrow(/spaceToDepth: x \[1, 3, 4, 6\] \(NHWC\) has 3 x 4 pixels/);
    expect(() => depthToSpace(x, 1.5)).toThrow(/blockSize is 1.5/);
    expect(() => depthToSpace(x, 1, { mode: 'RDC' as 'DCR' })).toThrow(/mode is 'RDC'; it is 'DCR' or 'CRD'/);
  });
});
