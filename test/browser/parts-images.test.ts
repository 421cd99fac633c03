/**
 * Ops that move or gather elements, on tensors larger than a binding: pooling, resizing and padding in bands of rows, and
 * copies in boxes. All parts together give the same bits as the whole.
 */
import { describe, expect, test } from 'vitest';
import {
  argMax,
  averagePool2d,
  compile,
  concat,
  exp,
  maxPool2d,
  negate,
  pad,
  resizeBilinear,
  resizeNearestNeighbor,
  slice,
  sqrt,
  transpose,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { withGpu } from '../support/gpu';
import { bindingAtMost, cap } from '../support/limits';
import { randomValues } from '../support/random';

type Call = (x: Tensor) => Tensor;

/** A call, the shape of its input, the most bytes that a binding may have, and the number of parts. */
type Case = readonly [name: string, shape: readonly number[], limit: number, parts: number, call: Call];

const cases: readonly Case[] = [
  ['exp: a list', [10, 7, 3], 512, 2, exp],
  ['sqrt and negate', [80, 4], 512, 6, (x) => negate(sqrt(x))],
  ['argMax: rows', [130, 16], 4096, 3, (x) => argMax(x, -1)],
  // Windows next to each other, with gaps between them, overlapping, and partly outside of the image.
  ['maxPool2d: a batch', [5, 8, 8, 4], 2560, 3, (x) => maxPool2d(x, { windowSize: 2 })],
  ['maxPool2d: bands', [1, 32, 8, 8], 4096, 2, (x) => maxPool2d(x, { windowSize: 2 })],
  [
    'maxPool2d: bands that share rows',
    [1, 16, 8, 8],
    2048,
    3,
    (x) => maxPool2d(x, { windowSize: 3, strides: 1, padding: 'same' }),
  ],
  [
    'averagePool2d: bands of two images, with padding and dilation',
    [2, 16, 8, 8],
    2304,
    8,
    (x) => averagePool2d(x, { windowSize: 3, strides: 1, padding: 'same', dilations: 2 }),
  ],
  [
    'averagePool2d: NCHW by planes',
    [2, 6, 8, 8],
    1024,
    3,
    (x) => averagePool2d(x, { windowSize: 3, strides: 1, padding: 'same', dataFormat: 'NCHW' }),
  ],
  [
    'maxPool2d: NCHW in bands of planes',
    [1, 2, 64, 16],
    2048,
    6,
    (x) => maxPool2d(x, { windowSize: 3, strides: 1, padding: 'same', dataFormat: 'NCHW' }),
  ],
  [
    'maxPool2d: rows that a band leaves out',
    [1, 33, 8, 8],
    2048,
    4,
    (x) => maxPool2d(x, { windowSize: 1, strides: [3, 1] }),
  ],
  ['resizeBilinear: a batch', [6, 4, 4, 8], 2048, 3, (x) => resizeBilinear(x, [4, 8])],
  ...(['corners', 'middles', 'begins'] as const).flatMap((where): Case[] => {
    const options = { alignCorners: where === 'corners', halfPixelCenters: where === 'middles' };
    return [
      [`resizeBilinear: larger, ${where}`, [1, 9, 4, 16], 1536, 5, (x) => resizeBilinear(x, [29, 4], options)],
      [`resizeBilinear: smaller, ${where}`, [1, 31, 4, 16], 1536, 7, (x) => resizeBilinear(x, [13, 4], options)],
      [`resizeNearestNeighbor, ${where}`, [2, 8, 4, 16], 1536, 6, (x) => resizeNearestNeighbor(x, [16, 4], options)],
    ];
  }),
  ['resizeBilinear: one row of many', [1, 1, 4, 16], 1024, 4, (x) => resizeBilinear(x, [13, 4])],
  ['pad: nothing', [40, 8], 512, 3, (x) => pad(x, [[0, 0], [0, 0]], 0.5)], // prettier-ignore
  ['pad: the innermost axis', [150, 6], 2048, 3, (x) => pad(x, [[0, 0], [1, 1]], 0.5)], // prettier-ignore
  ['pad: height and width', [1, 16, 6, 8], 2048, 3, (x) => pad(x, [[0, 0], [1, 2], [1, 1], [0, 0]], 0.5)], // prettier-ignore
  ['pad: more rows than a band has', [1, 6, 8, 8], 1024, 6, (x) => pad(x, [[0, 0], [7, 9], [0, 0], [0, 0]], -1)], // prettier-ignore
  ['pad: two images', [2, 12, 8, 8], 1024, 8, (x) => pad(x, [[0, 0], [2, 2], [0, 0], [0, 0]], 0.5)], // prettier-ignore
  ['pad: a list', [500], 1024, 3, (x) => pad(x, [[3, 70]], 0.5)], // prettier-ignore
  ['pad: the batch, too', [6, 4, 4, 4], 2048, 2, (x) => pad(x, [[1, 1], [0, 0], [1, 1], [0, 0]], 0.5)], // prettier-ignore
  ['transpose: rows and columns', [40, 24], 1024, 25, transpose],
  ['transpose: NHWC to NCHW', [2, 6, 5, 16], 1024, 18, (x) => transpose(x, [0, 3, 1, 2])],
  ['transpose: NCHW to NHWC', [1, 16, 6, 10], 1024, 36, (x) => transpose(x, [0, 2, 3, 1])],
  ['transpose: an axis that stays innermost', [6, 20, 8], 1024, 30, (x) => transpose(x, [1, 0, 2])],
  ['slice: a box that is too large', [16, 9, 4], 1024, 3, (x) => slice(x, [0, 2, 0], [-1, 3, -1])],
  ['concat: along an inner axis', [16, 9, 4], 1024, 14, (x) => concat([x, x], 1)],
];

describe.for(['f32', 'f16'] as const)('in parts, %s', (dtype) => {
  test.for(cases)('%s', async ([, shape, limit, parts, call]) => {
    await withGpu({}, async (own, errors) => {
      const x = positive(own, shape, dtype);
      const expected = await call(x).read();
      const { result, dispatches } = bindingAtMost(own, dtype === 'f32' ? limit : limit / 2, () => call(x));
      // Aligned places are rarer among halves, so there may be more parts.
      expect(dispatches.length).toBeGreaterThanOrEqual(parts);
      expect(dtype === 'f32' ? dispatches.length : parts).toBe(parts);
      expect(await result.read()).toEqual(expected);
      expect(errors).toEqual([]);
    });
  });
});

test.for(cases)('a program whose input is too large to bind: %s', async ([, shape, limit, , call]) => {
  await withGpu({}, async (own, errors) => {
    const x = positive(own, shape, 'f32');
    const expected = await call(x).read();
    cap(own, { maxStorageBufferBindingSize: limit });
    const program = await compile(own, { x: shape }, (inputs) => call(inputs.x));
    expect(program.explain().length).toBeGreaterThan(1);
    expect(await program.run({ x }).read()).toEqual(expected);
    expect(await program.run({ x: await x.read() }).read()).toEqual(expected);
    expect(errors).toEqual([]);
  });
});

function positive(own: Gpu, shape: readonly number[], dtype: Tensor['dtype']): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return own.tensor(
    randomValues(size, 3).map((v) => v + 1),
    shape,
    { dtype },
  );
}
