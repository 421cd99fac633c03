/**
 * Options of resizing that ONNX and PyTorch have and TensorFlow lacks: bicubic, with all grids, roundings and scales, in both
 * layouts.
 */
import { describe, expect, test } from 'vitest';
import { resizeBicubic, resizeBilinear, resizeNearestNeighbor, type Tensor } from '../../src/index';
import { onnxResizeReference, type OnnxResize } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { asHalves, EPSILON, expectClose, halfBound } from '../support/close';
import { useGpu, withGpu } from '../support/gpu';
import { bindingAtMost } from '../support/limits';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

const MODES = ['asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'] as const;
const ROUNDINGS = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

/** The weights come from rounded quotients and multiply numbers up to 1. Cubic weights add up to less than 2. */
const LINEAR = 24 * EPSILON;
const CUBIC = 96 * EPSILON;

const sizes = [
  [[1, 4, 6, 4], [8, 12]],
  [[2, 5, 7, 3], [12, 9]],
  [[2, 7, 9, 3], [3, 4]],
  [[1, 6, 5, 4], [1, 1]],
  [[1, 1, 7, 2], [1, 20]],
  [[1, 6, 4, 5], [4, 6]],
] as const; // prettier-ignore

describe.each(MODES)('%s', (mode) => {
  test.for(sizes)('%j to %j', async ([shape, size]) => {
    const array = randomArray(shape);
    using x = upload(array);
    const of = (kind: OnnxResize['kind'], more: Partial<OnnxResize> = {}): OnnxResize => ({ kind, mode, ...more });
    for (const dataFormat of ['NHWC', 'NCHW'] as const) {
      const options = { coordinateMode: mode, dataFormat } as const;
      for (const nearestMode of ROUNDINGS) {
        const expected = onnxResizeReference(array, size, of('nearest', { nearest: nearestMode, dataFormat }));
        await expectTensor(resizeNearestNeighbor(x, size, { ...options, nearestMode }), expected);
      }
      const linear = onnxResizeReference(array, size, of('linear', { dataFormat }));
      await expectTensor(resizeBilinear(x, size, options), linear, new Float64Array(linear.values.length).fill(LINEAR));
      for (const coefficient of [-0.75, -0.5]) {
        const cubic = onnxResizeReference(array, size, of('cubic', { dataFormat, coefficient }));
        await expectTensor(resizeBicubic(x, size, { ...options, cubicCoefficient: coefficient }), cubic, CUBIC);
      }
    }
  });
});

describe('scales that are not the quotient of the sizes', () => {
  test.for([
    [
      [1, 5, 7, 4],
      [1.5, 2.3],
    ],
    [
      [1, 9, 10, 3],
      [0.6, 0.35],
    ],
    [
      [2, 3, 4, 1],
      [2.6, 1.9],
    ],
    [
      [1, 6, 6, 4],
      [1 / 3, 2 / 3],
    ],
  ] as const)('%j by %j', async ([shape, scales]) => {
    const array = randomArray(shape);
    const size = [Math.floor(shape[1] * scales[0] + 1e-9), Math.floor(shape[2] * scales[1] + 1e-9)] as const;
    using x = upload(array);
    for (const mode of ['half_pixel', 'asymmetric'] as const) {
      const options = { coordinateMode: mode, scales };
      const linear = onnxResizeReference(array, size, { kind: 'linear', mode, scales });
      await expectTensor(resizeBilinear(x, size, options), linear, LINEAR);
      const cubic = onnxResizeReference(array, size, { kind: 'cubic', mode, scales });
      await expectTensor(resizeBicubic(x, size, options), cubic, CUBIC);
      const nearest = onnxResizeReference(array, size, { kind: 'nearest', mode, scales, nearest: 'round_prefer_ceil' });
      await expectTensor(resizeNearestNeighbor(x, size, { ...options, nearestMode: 'round_prefer_ceil' }), nearest);
    }
  });

  // At this distance from the first pixel, a float32 scale would place pixels a thousandth off.
  test.for([1.7654321, 1.00001, 0.9, 0.123456])('a wide image by an odd scale: %s', async (scale) => {
    const array = randomArray([1, 1, 5000, 1]);
    const scales = [1, scale] as const;
    const size = [1, Math.floor(5000 * scales[1])] as const;
    using x = upload(array);
    const expected = onnxResizeReference(array, size, { kind: 'linear', mode: 'half_pixel', scales });
    // Fractions with numerators up to 2^29 / 8,827 = 60,821 lie so dense that the error of one with denominator q is 1 /
    // (107,000 q). With q above 20,000 that is 4e-6 pixels at the end, where neighbours differ by up to 2.
    await expectTensor(resizeBilinear(x, size, { coordinateMode: 'half_pixel', scales }), expected, 1e-5);
  });
});

describe('resizeBicubic', () => {
  test('a pixel that coincides with an input pixel ignores its neighbours, even infinite ones', async () => {
    using x = gpu().tensor([1, Infinity, 2, 3, 4, 5], [1, 6, 1, 1]);
    using y = resizeBicubic(x, [12, 1]);
    const values = [...(await y.read())];
    expect(values.filter((_, row) => row % 2 === 0)).toEqual([1, Infinity, 2, 3, 4, 5]);
  });

  test('keeps a constant image, and a linear slope inside the image', async () => {
    using flat = gpu().tensor(new Float32Array(40).fill(3), [1, 5, 4, 2]);
    using still = resizeBicubic(flat, [9, 11], { halfPixelCenters: true });
    expectClose(await still.read(), new Float32Array(198).fill(3), [198], 3 * CUBIC);
  });

  test('float16', async () => {
    const shape = [1, 5, 7, 4];
    const values = Float64Array.from(asHalves(randomArray(shape).values));
    using x = gpu().tensor(Float32Array.from(values), shape, { dtype: 'f16' });
    using y = resizeBicubic(x, [7, 9], { halfPixelCenters: true });
    const expected = onnxResizeReference({ shape, values }, [7, 9], { kind: 'cubic', mode: 'half_pixel' }).values;
    expect(y.dtype).toBe('f16');
    expectClose(await y.read(), expected, y.shape, halfBound(new Float64Array(expected.length).fill(CUBIC), expected));
  });

  test('in parts and in bands, bit for bit', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor(Float32Array.from(randomArray([1, 32, 8, 8]).values), [1, 32, 8, 8]);
      const planes = own.tensor(Float32Array.from(randomArray([2, 4, 16, 16]).values), [2, 4, 16, 16]);
      const options = { halfPixelCenters: true, dataFormat: 'NCHW' } as const;
      for (const [limit, call] of [
        [4096, (): Tensor => resizeBicubic(x, [48, 8], { halfPixelCenters: true })],
        [4096, (): Tensor => resizeBicubic(x, [20, 8], { coordinateMode: 'align_corners' })],
        [4096, (): Tensor => resizeNearestNeighbor(x, [48, 8], { coordinateMode: 'half_pixel', nearestMode: 'ceil' })],
        [4096, (): Tensor => resizeBicubic(planes, [16, 20], options)],
      ] as const) {
        const whole = call();
        const { result, dispatches } = bindingAtMost(own, limit, call);
        expect(dispatches.length).toBeGreaterThan(1);
        expect(await result.read()).toEqual(await whole.read());
      }
    });
  });
});

test('a wrong option is an error that says so', () => {
  using x = gpu().tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  const said = (options: object): string => messageOf(() => resizeNearestNeighbor(x, [4, 4], options)); // prettier-ignore
  expect(said({ coordinateMode: 'tf_crop_and_resize' })).toBe(
    "resizeNearestNeighbor: coordinateMode is 'tf_crop_and_resize'; it is 'asymmetric', 'half_pixel', 'pytorch_half_pixel' or 'align_corners'",
  );
  expect(said({ coordinateMode: 'asymmetric', halfPixelCenters: true })).toBe(
    "resizeNearestNeighbor: coordinateMode is 'asymmetric' but halfPixelCenters is true; each of them says where the pixels lie, so leave one out",
  );
  expect(said({ nearestMode: 'round' })).toBe(
    "resizeNearestNeighbor: nearestMode is 'round'; it is 'round_prefer_floor', 'round_prefer_ceil', 'floor' or 'ceil'",
  );
  expect(said({ scales: [2, 0] })).toBe(
    'resizeNearestNeighbor: scales is [2, 0]; give [height, width], two numbers above 0',
  );
  expect(messageOf(() => resizeBicubic(x, [4, 4], { cubicCoefficient: NaN }))).toBe(
    'resizeBicubic: cubicCoefficient is NaN; give a number, such as -0.75 or -0.5',
  );
});
