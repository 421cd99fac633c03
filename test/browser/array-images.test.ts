/**
 * Compares the array ops on images with their float64 references: pools and resizing, on small odd shapes and windows, in
 * float32 and float16. Also checks the errors for wrong arguments.
 */
import { describe, expect, test } from 'vitest';
import {
  averagePool2d,
  maxPool2d,
  resizeBilinear,
  resizeNearestNeighbor,
  type Pool2dOptions,
  type Tensor,
} from '../../src/index';
import {
  mean,
  poolReference,
  resizeBilinearReference,
  resizeNearestReference,
  type Grids,
  type NdArray,
  type PoolGeometry,
} from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { asHalves, EPSILON, halfBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

const largest = (values: readonly number[]): number => Math.max(...values);
const negative = ({ shape, values }: NdArray): NdArray => ({ shape, values: values.map((v) => Math.fround(v - 2)) });
const both = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === 'number' ? [value, value] : value;

interface PoolCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly options: Pool2dOptions;
  readonly out: readonly number[];
}

const pools: readonly PoolCase[] = [
  { name: 'nothing but a window', shape: [1, 6, 4, 3], options: { windowSize: 2 }, out: [1, 3, 2, 3] },
  {
    name: 'same, odd sizes, vectors',
    shape: [2, 7, 5, 8],
    options: { windowSize: 3, strides: 2, padding: 'same' },
    out: [2, 4, 3, 8],
  },
  {
    name: 'same, the odd padding at the end',
    shape: [2, 6, 8, 3],
    options: { windowSize: [3, 2], strides: [2, 1], padding: 'same' },
    out: [2, 3, 8, 3],
  },
  {
    name: 'a window larger than the input',
    shape: [1, 3, 2, 5],
    options: { windowSize: 9, strides: 1, padding: 'same' },
    out: [1, 3, 2, 5],
  },
  { name: 'a window of the whole input', shape: [3, 5, 4, 4], options: { windowSize: [5, 4] }, out: [3, 1, 1, 4] },
  {
    name: 'strides longer than the window',
    shape: [1, 11, 8, 4],
    options: { windowSize: 2, strides: [3, 5], padding: 'valid' },
    out: [1, 4, 2, 4],
  },
  {
    name: 'a window of one, strided',
    shape: [1, 5, 6, 7],
    options: { windowSize: 1, strides: 2, padding: 'SAME' },
    out: [1, 3, 3, 7],
  },
  {
    name: 'padding by a number',
    shape: [1, 5, 6, 8],
    options: { windowSize: 3, strides: 2, padding: 1 },
    out: [1, 3, 3, 8],
  },
  {
    name: 'lopsided padding',
    shape: [2, 4, 5, 2],
    options: { windowSize: [3, 2], strides: 1, padding: [[2, 0], [0, 1]] }, // prettier-ignore
    out: [2, 4, 5, 2],
  },
  {
    name: 'dilations',
    shape: [1, 9, 7, 4],
    options: { windowSize: 3, strides: 1, dilations: [2, 3] },
    out: [1, 5, 1, 4],
  },
  {
    name: 'dilations, strides and padding',
    shape: [1, 8, 9, 3],
    options: { windowSize: [2, 3], strides: [3, 2], dilations: [3, 2], padding: 'same' },
    out: [1, 3, 5, 3],
  },
  {
    name: 'NCHW',
    shape: [2, 4, 7, 5],
    options: { windowSize: 3, strides: 2, padding: 'same', dataFormat: 'NCHW' },
    out: [2, 4, 4, 3],
  },
  { name: 'one row', shape: [1, 1, 40, 1], options: { windowSize: [1, 4], strides: [1, 3] }, out: [1, 1, 13, 1] },
];

function geometryOf(options: Pool2dOptions): PoolGeometry {
  const { windowSize, strides = windowSize, dilations = 1, padding = 'valid', dataFormat = 'NHWC' } = options;
  const n = padding === 'valid' ? 0 : padding;
  return {
    window: both(windowSize),
    strides: both(strides),
    dilations: both(dilations),
    padding: typeof n === 'number' ? [[n, n], [n, n]] : typeof n === 'string' ? 'same' : n, // prettier-ignore
    dataFormat,
  };
}

describe('maxPool2d and averagePool2d', () => {
  test.each(pools)('$name', async ({ shape, options, out }) => {
    const g = geometryOf(options);
    // All numbers are negative, so a padding of zeros would be the largest.
    const array = negative(randomArray(shape));
    using x = upload(array);
    const maximum = poolReference(array, g, largest);
    expect(maximum.shape).toEqual(out);
    await expectTensor(maxPool2d(x, options), maximum);
    const taps = g.window[0] * g.window[1];
    await expectTensor(averagePool2d(x, options), poolReference(array, g, mean), 3 * (taps + 5) * EPSILON);
  });

  test('infinities are pooled like other numbers', async () => {
    using x = gpu().tensor([-Infinity, -Infinity, 1, -Infinity, Infinity, 2], [1, 2, 3, 1]);
    using y = maxPool2d(x, { windowSize: 2, strides: 1 });
    using z = maxPool2d(x, { windowSize: [1, 2], strides: 1 });
    expect([...(await y.read()), ...(await z.read())]).toEqual([Infinity, Infinity, -Infinity, 1, Infinity, Infinity]);
  });
});

const flags: readonly Grids[] = [{}, { alignCorners: true }, { halfPixelCenters: true }];
const sizes = [
  [[1, 4, 6, 4], [8, 12]],
  [[2, 5, 7, 3], [12, 9]],
  [[2, 7, 9, 3], [3, 4]],
  [[1, 8, 6, 8], [4, 3]],
  [[1, 5, 3, 1], [5, 3]],
  [[1, 6, 5, 4], [1, 1]],
  [[3, 1, 1, 5], [4, 3]],
  [[1, 1, 7, 2], [1, 20]],
  [[1, 2, 3, 1], [98, 147]],
] as const; // prettier-ignore

describe('resizeBilinear and resizeNearestNeighbor', () => {
  test.each(sizes.flatMap(([shape, size]) => flags.map((grids) => ({ shape, size, grids }))))(
    '$shape to $size, $grids',
    async ({ shape, size, grids }) => {
      const array = randomArray(shape);
      using x = upload(array);
      await expectTensor(resizeNearestNeighbor(x, size, grids), resizeNearestReference(array, size, grids));
      await expectTensor(resizeBilinear(x, size, grids), resizeBilinearReference(array, size, grids), 16 * EPSILON);
    },
  );

  test('a pixel that coincides with an input pixel ignores its neighbours, even infinite ones', async () => {
    using x = gpu().tensor([1, Infinity, 2, 3], [1, 2, 2, 1]);
    using y = resizeBilinear(x, [4, 1]);
    expect([...(await y.read())]).toEqual([1, 1.5, 2, 2]);
    using z = resizeBilinear(x, [3, 1], { alignCorners: true });
    expect([...(await z.read())]).toEqual([1, 1.5, 2]);
  });
});

describe.each(['as the device has them', 'packed in words'])('in float16, %s', (how) => {
  const own = useGpu(how.startsWith('packed') ? 'shader-f16' : undefined);

  test.each([3, 4])('with %i channels', async (channels) => {
    const shape = [1, 5, 7, channels];
    const values = Float64Array.from(asHalves(randomArray(shape).values));
    const array = { shape, values };
    using x = own().tensor(Float32Array.from(values), shape, { dtype: 'f16' });
    const options = { windowSize: 3, strides: 2, padding: 'same' } as const;
    const expected = [
      poolReference(array, geometryOf(options), largest),
      poolReference(array, geometryOf(options), mean),
      resizeNearestReference(array, [4, 9], {}),
      resizeBilinearReference(array, [4, 9], {}),
    ];
    const results = [
      maxPool2d(x, options),
      averagePool2d(x, options),
      resizeNearestNeighbor(x, [4, 9]),
      resizeBilinear(x, [4, 9]),
    ];
    for (const [i, result] of results.entries()) {
      expect(result.dtype).toBe('f16');
      const bound = halfBound(new Float64Array(expected[i].values.length).fill(32 * EPSILON), expected[i].values);
      await expectTensor(result, expected[i], bound);
    }
  });
});

describe('errors name the function, the argument, both numbers and the remedy', () => {
  const said = (call: (x: Tensor) => unknown): string => {
    using x = gpu().tensor(new Float32Array(2 * 3 * 4 * 5), [2, 3, 4, 5]);
    const state = (): unknown => [gpu().memory().buffersInUse, gpu().context.queue.recorded];
    const before = state();
    const message = messageOf(() => call(x));
    expect(state(), 'buffers in use and commands').toEqual(before);
    return message;
  };

  test('of pools', () => {
    expect(said((x) => maxPool2d(x, undefined as never))).toMatchInlineSnapshot(
      `"maxPool2d: options are undefined; give an object with windowSize, strides, padding, dilations, ceilMode, dataFormat"`,
    );
    expect(said((x) => maxPool2d(x, {} as never))).toMatchInlineSnapshot(
      `"maxPool2d: windowSize is undefined but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(said((x) => maxPool2d(x, { windowSize: [2, 0] }))).toMatchInlineSnapshot(
      `"maxPool2d: windowSize is [2, 0] but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(said((x) => averagePool2d(x, { windowSize: 2, strides: 0.5 }))).toMatchInlineSnapshot(
      `"averagePool2d: strides is 0.5 but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(said((x) => averagePool2d(x, { windowSize: 2, ksize: 2 } as never))).toMatchInlineSnapshot(
      `"averagePool2d: there is no option ksize; the options are windowSize, strides, padding, dilations, ceilMode, dataFormat, countIncludePad"`,
    );
    expect(said((x) => averagePool2d(x, { windowSize: 2, padding: 'full' as never }))).toMatchInlineSnapshot(
      `"averagePool2d: padding is 'full'; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such"`,
    );
    expect(said((x) => averagePool2d(x, { windowSize: 2, dataFormat: 'CHW' as never }))).toMatchInlineSnapshot(
      `"averagePool2d: dataFormat is 'CHW'; it is 'NHWC' or 'NCHW'"`,
    );
    expect(said((x) => maxPool2d(x, { windowSize: [2, 5] }))).toMatchInlineSnapshot(
      `"maxPool2d: the output would be empty: along width 5 taps (dilation 1) span 5 but the padded input only 4; use padding 'same', fewer taps or a larger input"`,
    );
    expect(said((x) => maxPool2d(x, { windowSize: 2, padding: 2 }))).toMatchInlineSnapshot(
      `"maxPool2d: along height all 2 taps (dilation 1) of the window of output 0, which begins at -2, lie outside of the input's 3 pixels; choose less padding, a larger window or a smaller dilation"`,
    );
    expect(said((x) => maxPool2d(x, { windowSize: 2, padding: [[0, 0], [0, 3]] }))).toMatchInlineSnapshot(`"maxPool2d: along width all 2 taps (dilation 1) of the window of output 2, which begins at 4, lie outside of the input's 4 pixels; choose less padding, a larger window or a smaller dilation"`); // prettier-ignore
    expect(
      said((x) => averagePool2d(x, { windowSize: 2, strides: 1, dilations: 5, padding: 'same' })),
    ).toMatchInlineSnapshot(
      `"averagePool2d: along height all 2 taps (dilation 5) of the window of output 0, which begins at -2, lie outside of the input's 3 pixels; choose less padding, a larger window or a smaller dilation"`,
    );
    expect(said(() => maxPool2d(undefined as never, { windowSize: 2 }))).toMatchInlineSnapshot(
      `"maxPool2d: x is undefined; give a tensor, made by gpu.tensor(data, shape)"`,
    );
    expect(
      said(() => {
        using x = gpu().tensor(new Float32Array(6), [1, 2, 3]);
        maxPool2d(x, { windowSize: 2 });
      }),
    ).toMatchInlineSnapshot(
      `"maxPool2d: the input has rank 3 ([1, 2, 3]) but NHWC needs rank 4; reshape it, for one image to [1, height, width, channels]"`,
    );
  });

  test('of resizing', () => {
    expect(said((x) => resizeBilinear(x, 8 as never))).toMatchInlineSnapshot(
      `"resizeBilinear: size is 8; give [height, width], two whole numbers of at least 1"`,
    );
    expect(said((x) => resizeBilinear(x, [8, 0]))).toMatchInlineSnapshot(
      `"resizeBilinear: size [8, 0] has size 0 on axis 1; every size must be a whole number of at least 1: no tensor is empty"`,
    );
    expect(said((x) => resizeBilinear(x, [8, 8], true as never))).toMatchInlineSnapshot(
      `"resizeBilinear: options are true; give an object with alignCorners, halfPixelCenters, coordinateMode, scales, dataFormat"`,
    );
    expect(said((x) => resizeBilinear(x, [8, 8], { alignCorner: true } as never))).toMatchInlineSnapshot(
      `"resizeBilinear: there is no option alignCorner; the options are alignCorners, halfPixelCenters, coordinateMode, scales, dataFormat"`,
    );
    expect(said((x) => resizeBilinear(x, [8, 8], { alignCorners: 1 as never }))).toMatchInlineSnapshot(
      `"resizeBilinear: alignCorners is 1; it is true or false"`,
    );
    expect(
      said((x) => resizeNearestNeighbor(x, [8, 8], { alignCorners: true, halfPixelCenters: true })),
    ).toMatchInlineSnapshot(
      `"resizeNearestNeighbor: alignCorners and halfPixelCenters are both true; each of them says where the pixels lie, so leave one out"`,
    );
    expect(said((x) => resizeNearestNeighbor(x, [8, 2 ** 28]))).toMatchInlineSnapshot(
      `"resizeNearestNeighbor: along width x has 4 pixels and size 268435456, whose product is 1073741824 but at most 536870912; choose a smaller size"`,
    );
    expect(said(() => resizeNearestNeighbor(undefined as never, [8, 8]))).toMatchInlineSnapshot(
      `"resizeNearestNeighbor: x is undefined; give a tensor, made by gpu.tensor(data, shape)"`,
    );
    expect(
      said(() => {
        using x = gpu().tensor(new Float32Array(6), [1, 2, 3]);
        resizeNearestNeighbor(x, [8, 8]);
      }),
    ).toMatchInlineSnapshot(
      `"resizeNearestNeighbor: x [1, 2, 3] has 3 axes but 4 are needed, [batch, height, width, channels]; reshape x"`,
    );
  });
});
