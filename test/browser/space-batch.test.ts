/**
 * Space to batch and back: compared with plain loops, in parts, and around a convolution, where programs use dilation
 * instead.
 */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  batchToSpace,
  compile,
  conv2d,
  depthwiseConv2d,
  explain,
  reshape,
  spaceToBatch,
  type Tensor,
} from '../../src/index';
import { batchToSpaceReference, spaceToBatchReference } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { expectClose, roundingsBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

type Sides = readonly (readonly [number, number])[];

/** The shape of x, the block, and the padding around the images. */
const cases: readonly (readonly [x: readonly number[], block: readonly number[], sides: Sides])[] = [
  [[1, 4, 6, 4], [2, 2], [[0, 0], [0, 0]]],
  [[2, 4, 5, 3], [2, 3], [[1, 1], [0, 1]]],
  [[3, 1, 7, 4], [1, 4], [[0, 0], [3, 2]]],
  [[2, 7, 3], [3], [[2, 3]]],
  [[2, 5], [2], [[0, 1]]],
  [[1, 2, 3, 4, 2], [2, 1, 2], [[2, 0], [0, 0], [1, 1]]],
  [[1, 3, 2, 2, 5, 2], [2, 2], [[0, 3], [2, 0]]],
]; // prettier-ignore

describe('spaceToBatch, and batchToSpace back', () => {
  test.for(cases)('%j by %j with %j', async ([shape, block, sides]) => {
    const array = randomArray(shape);
    using x = upload(array);
    const parts = spaceToBatch(x, block, sides);
    expect(explain(parts).steps).toHaveLength(1);
    const expected = spaceToBatchReference(array, block, sides);
    const back = batchToSpace(parts, block, sides);
    expect(explain(back).steps).toHaveLength(1);
    const other = randomArray(expected.shape, 3);
    using dealt = upload(other);
    await expectTensor(batchToSpace(dealt, block, sides), batchToSpaceReference(other, block, sides));
    await expectTensor(parts, expected);
    await expectTensor(back, array);
  });

  test('a tensor larger than a binding is copied in parts, with the same bits', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor(Float32Array.from(randomArray([2, 16, 16, 8]).values), [2, 16, 16, 8]);
      const sides = [[1, 1], [3, 5]] as const; // prettier-ignore
      const whole = spaceToBatch(x, [2, 3], sides);
      const there = bindingAtMost(own, 8192, () => spaceToBatch(x, [2, 3], sides));
      expect(there.dispatches.length).toBeGreaterThan(6);
      expect(await there.result.read()).toEqual(await whole.read());
      const back = bindingAtMost(own, 8192, () => batchToSpace(whole, [2, 3], sides));
      expect(back.dispatches.length).toBeGreaterThanOrEqual(6);
      expect(await back.result.read()).toEqual(await x.read());
    });
  });
});

/** A network around a convolution, and the number of its dispatches in a program. */
type Around = readonly [
  name: string,
  dispatches: number,
  build: (x: Tensor, filter: Tensor, bias: Tensor) => Tensor,
  filter?: readonly number[],
];

describe('around a convolution compile makes dilation of them', () => {
  const none = [[0, 0], [0, 0]] as const; // prettier-ignore
  const around = (block: readonly number[], paddings: Sides, crops: Sides) => (
    x: Tensor,
    conv: (x: Tensor) => Tensor,
  ): Tensor => batchToSpace(conv(spaceToBatch(x, block, paddings)), block, crops); // prettier-ignore
  test.for<Around>([
    ['valid', 1, (x, filter) => around([2, 2], none, none)(x, (part) => depthwiseConv2d(part, filter))],
    [
      'the paddings that make it same, and what follows',
      1,
      (x, filter, bias) => {
        const wrapped = around([2, 4], [[2, 2], [4, 4]], none); // prettier-ignore
        return activate(
          add(
            wrapped(x, (part) => depthwiseConv2d(part, filter)),
            bias,
          ),
          'relu6',
        );
      },
    ],
    [
      'crops at both ends, and an epilogue of its own',
      1,
      (x, filter, bias) => {
        const wrapped = around([4, 3], [[5, 7], [4, 5]], [[1, 3], [0, 2]]); // prettier-ignore
        return wrapped(x, (part) => depthwiseConv2d(part, filter, { bias, activation: 'relu' }));
      },
    ],
    [
      'an ordinary convolution',
      1,
      (x, filter) => around([2, 2], [[2, 2], [2, 2]], none)(x, (part) => conv2d(part, filter)), // prettier-ignore
      [3, 3, 4, 8],
    ],
    [
      'a convolution in one dimension, as TensorFlow has it',
      1,
      (x, filter) => {
        const rows = reshape(x, [2, 96, 4]);
        const parts = spaceToBatch(rows, [4], [[8, 0]]);
        const y = conv2d(reshape(parts, [8, 1, 26, 4]), filter);
        return batchToSpace(reshape(y, [8, 24, 8]), [4], [[0, 0]]);
      },
      [1, 3, 4, 8],
    ],
    [
      'none where the convolution strides',
      3,
      (x, filter) => around([2, 2], none, none)(x, (part) => depthwiseConv2d(part, filter, { strides: 2 })),
    ],
    [
      'none where it pads',
      3,
      (x, filter) => around([2, 2], none, none)(x, (part) => depthwiseConv2d(part, filter, { padding: 'same' })),
    ],
    [
      'none where more is cut off in front than was put there',
      3,
      (x, filter) => around([2, 2], none, [[1, 0], [0, 0]])(x, (part) => depthwiseConv2d(part, filter)), // prettier-ignore
    ],
  ])('%s', async ([, dispatches, build, filterShape = [3, 3, 4, 1]]) => {
    const shape = [2, 8, 12, 4];
    const tensors = [randomArray(shape), randomArray(filterShape, 2), randomArray([4], 3)].map(upload);
    const [, filter, bias] = tensors;
    const plain = await compile(gpu(), { x: shape }, ({ x }) => build(x, filter, bias), { fuse: false });
    const program = await compile(gpu(), { x: shape }, ({ x }) => build(x, filter, bias));
    try {
      expect(program.dispatches.run).toBe(dispatches);
      using expected = plain.run({ x: tensors[0] });
      using actual = program.run({ x: tensors[0] });
      expect(actual.shape).toEqual(expected.shape);
      const values = await expected.read();
      expectClose(await actual.read(), values, expected.shape, roundingsBound(values, 36));
    } finally {
      for (const one of [plain, program, ...tensors]) one.dispose();
    }
  });
});

describe('a wrong argument is an error that says so', () => {
  test.for<readonly [string, (x: Tensor) => unknown]>([
    [
      'spaceToBatch: axis 2 of x [4, 2, 3, 1] is 3 with its paddings, which a block of 2 does not divide; pad it to 4',
      (x) => spaceToBatch(x, [2, 2], [[0, 0], [0, 0]]), // prettier-ignore
    ],
    [
      'spaceToBatch: paddings is [[0, 0]]; give a pair of whole numbers of at least 0, [before, after], for each of the 2 axes of blockShape',
      (x) => spaceToBatch(x, [2, 2], [[0, 0]]),
    ],
    [
      'spaceToBatch: blockShape is [0]; give a list of one to three whole numbers of at least 1',
      (x) => spaceToBatch(x, [0], [[0, 0]]),
    ],
    [
      'batchToSpace: x [4, 2, 3, 1] has 4 images, which 3 (the product of blockShape) does not divide; give a blockShape whose product divides 4',
      (x) => batchToSpace(x, [3], [[0, 0]]),
    ],
    [
      'batchToSpace: crops has [3, 1] for axis 1 of x [4, 2, 3, 1], which comes to 4; leave at least 1',
      (x) => batchToSpace(x, [2], [[3, 1]]),
    ],
    [
      'batchToSpace: x [24] has 1 axes but a blockShape of 1 needs 2, with the batch; reshape x',
      (x) => {
        using list = reshape(x, [24]);
        batchToSpace(list, [2], [[0, 0]]);
      },
    ],
  ])('%s', ([message, call]) => {
    using x = gpu().tensor(new Float32Array(24), [4, 2, 3, 1]);
    expect(messageOf(() => call(x))).toBe(message);
  });
});
