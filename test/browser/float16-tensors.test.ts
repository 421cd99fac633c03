/**
 * Float16 tensors: how they are made and read, what they are written with, how they come back after a loss, and what is
 * refused.
 */
import { describe, expect, test } from 'vitest';
import {
  add,
  cast,
  conv2d,
  depthwiseConv2d,
  groupedConv2d,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  reshape,
  separableConv2d,
  slice,
  tensorFromImage,
  type DType,
  type Tensor,
} from '../../src/index';
import { expectClose } from '../support/close';
import { deviceWithout, loseDevice, withGpu } from '../support/gpu';
import { inBothFormats, randomHalves } from '../support/halves';
import { valuesOf } from '../support/scale';

/** JavaScript's own array of halves, if the browser has one. */
const { Float16Array: Halves = Float32Array } = globalThis as unknown as { Float16Array?: Float32ArrayConstructor };
const isNative = Halves !== Float32Array;

/** The bits of 1, 2 and 3, and of a fourth half that the tensor does not own. */
const BITS = Uint16Array.of(0x3c00, 0x4000, 0x4200, 0xabcd);

inBothFormats((gpu, options) => {
  const list = (...values: number[]) => gpu().tensor(values, [values.length], { dtype: 'f16' });

  describe('a float16 tensor', () => {
    test('is read as a Float16Array, where there is one', async () => {
      using x = list(1, 2, 3);
      using y = add(x, 1);
      using z = cast(x, 'f32');
      for (const tensor of [x, y]) expect((await tensor.read()).constructor).toBe(Halves);
      expect((await z.read()).constructor).toBe(Float32Array);
      expect([String(x), String(z)]).toEqual(['Tensor f16 [3]', 'Tensor f32 [3]']);
      expect([await valuesOf(x), await valuesOf(y)]).toEqual([[1, 2, 3], [2, 3, 4]]); // prettier-ignore
    });

    test('is made of any numbers, rounded to the nearest, and of a Float16Array by default', async () => {
      const sources = [
        Float64Array.of(1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1),
        Float32Array.of(1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1),
        [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 0.1],
        Halves.of(1, 1, 1 + 2 ** -9, 0.1).map((v) => (isNative ? v : Math.round(v * 2 ** 14) / 2 ** 14)),
      ];
      for (const source of sources) {
        using x = gpu().tensor(source, [4], { dtype: 'f16' });
        expect(await valuesOf(x)).toEqual([1, 1, 1 + 2 ** -9, 1638 / 2 ** 14]);
      }
      using x = gpu().tensor(Halves.of(1, 2, 3), [3]);
      expect(x.dtype).toBe<DType>(isNative ? 'f16' : 'f32');
      using y = gpu().tensor(Halves.of(1, 2, 3), [3], { dtype: 'f32' });
      using z = gpu().tensor(new Float32Array(3), [3]);
      expect([y.dtype, z.dtype]).toEqual(['f32', 'f32']);
      expect([await valuesOf(x), await valuesOf(y)]).toEqual([[1, 2, 3], [1, 2, 3]]); // prettier-ignore
    });

    test('holds the largest half for what is too large, but infinities and NaN as they are', async () => {
      using x = list(65504, 65519, 65520, 1e30, -1e30, Infinity, -Infinity, NaN, 1e-30);
      expect(await valuesOf(x)).toEqual([65504, 65504, 65504, 65504, -65504, Infinity, -Infinity, NaN, 0]);
    });

    test('copies what it is made of', async () => {
      const data = Halves.of(1, 2, 3);
      using x = gpu().tensor(data, [3], { dtype: 'f16' });
      data.fill(0);
      expect(await valuesOf(x)).toEqual([1, 2, 3]);
    });

    test('takes half the memory of a float32 one, and so does what is computed from it', () => {
      const bytes = (make: () => Tensor): number => {
        const before = gpu().memory().bytesInUse;
        using _ = make();
        return gpu().memory().bytesInUse - before;
      };
      const { values } = randomHalves([1, 8, 8, 16]);
      const made = (['f32', 'f16'] as const).map((dtype) => {
        let x: Tensor | undefined;
        const uploaded = bytes(() => (x = gpu().tensor(values, [1, 8, 8, 16], { dtype })));
        using y = gpu().tensor(values, [1, 8, 8, 16], { dtype });
        using filter = gpu().tensor([...values.subarray(0, 16)], [1, 1, 16, 1]);
        expect(x?.disposed).toBe(true);
        return [
          uploaded,
          bytes(() => depthwiseConv2d(y, filter)),
          bytes(() => add(y, 1)),
          bytes(() => reshape(y, [1024])),
        ];
      });
      expect(made).toEqual([[4096, 4096, 4096, 0], [2048, 2048, 2048, 0]]); // prettier-ignore
    });

    test('is made of the pixels of an image', async () => {
      const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 51, 102, 153, 255);
      using x = tensorFromImage(gpu(), new ImageData(pixels, 3, 1), { dtype: 'f16', range: [0, 255] });
      expect([x.dtype, x.shape]).toEqual(['f16', [1, 1, 3, 3]]);
      expect(await valuesOf(x)).toEqual([255, 0, 0, 0, 255, 0, 51, 102, 153]);
      using y = tensorFromImage(gpu(), new ImageData(pixels, 3, 1), { dtype: 'f16', channels: 1, range: [0, 255] });
      using filter = gpu().tensor([2], [1, 1, 1, 1]);
      using z = depthwiseConv2d(y, filter);
      // Twice the luminance of each pixel: 2 * 0.299 * 255, 2 * 0.587 * 255 and so on. From 256 to 512, halves are multiples
      // of a quarter.
      expectClose(await z.read(), [152.49, 299.37, 185.13], [3], 0.25);
    });
  });

  describe("the app's buffers of halves", () => {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;

    test('are wrapped at an offset, and nothing beside them is touched', async () => {
      const { device } = gpu();
      const buffer = device.createBuffer({ size: 264, usage: STORAGE | COPY_SRC | COPY_DST });
      device.queue.writeBuffer(buffer, 256, BITS);
      using x = gpu().wrap(buffer, [3], { offset: 256, dtype: 'f16' });
      expect([x.dtype, x.byteOffset]).toEqual(['f16', 256]);
      using y = add(x, 1);
      using z = slice(x, [1], [2]);
      using plane = gpu().wrap(buffer, [1, 1, 3, 1], { offset: 256, dtype: 'f16' });
      using filter = gpu().tensor([2], [1, 1, 1, 1], { dtype: 'f16' });
      using w = depthwiseConv2d(plane, filter);
      const values = await Promise.all([x, y, z, w].map(valuesOf));
      expect(values).toEqual([[1, 2, 3], [2, 3, 4], [2, 3], [2, 4, 6]]); // prettier-ignore
      using rest = gpu().wrap(buffer, [2], { offset: 256 });
      expect([...new Uint16Array((await rest.read()).buffer)]).toEqual([...BITS]);
      buffer.destroy();
    });

    test('that do not fit are errors', () => {
      const { device } = gpu();
      const buffer = device.createBuffer({ size: 260, usage: STORAGE });
      using x = gpu().wrap(buffer, [130], { dtype: 'f16' });
      expect(x.size).toBe(130);
      expect(() => gpu().wrap(buffer, [131], { dtype: 'f16' })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.wrap: shape [131] at offset 0 needs 264 bytes but the buffer has 260; pass a larger buffer or a smaller shape]`,
      );
      expect(() => gpu().wrap(buffer, [3], { offset: 256, dtype: 'f16' })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.wrap: shape [3] at offset 256 needs 264 bytes but the buffer has 260; pass a larger buffer or a smaller shape]`,
      );
      buffer.destroy();
    });
  });

  describe('calls on halves', () => {
    const layer = (x: Tensor, filter: Tensor): Tensor => depthwiseConv2d(x, filter, { activation: 'relu' });
    const expected = [0, 2, 4, 6, 8];

    test('are prepared: the call compiles nothing more', async () => {
      await withGpu(await options(), async (own) => {
        using x = own.tensor([-1, 1, 2, 3, 4], [1, 1, 5, 1], { dtype: 'f16' });
        using filter = own.tensor([2], [1, 1, 1, 1], { dtype: 'f16' });
        await prepare(own, () => layer(x, filter));
        expect(own.memory().pipelines).toBe(1);
        using y = layer(x, filter);
        own.submit();
        expect(own.memory().pipelines).toBe(1);
        expect(await valuesOf(y)).toEqual(expected);
      });
    });

    test('are recorded', async () => {
      const x = gpu().tensor([-1, 1, 2, 3, 4], [1, 1, 5, 1], { dtype: 'f16' });
      using filter = gpu().tensor([2], [1, 1, 1, 1], { dtype: 'f16' });
      const encoder = gpu().device.createCommandEncoder();
      using recording = record(gpu(), encoder, () => {
        using upload = gpu().tensor([1, 1, 1, 1, 1], [1, 1, 5, 1], { dtype: 'f16' });
        using product = layer(x, filter);
        return add(product, upload);
      });
      x.dispose();
      using other = list(9, 9, 9, 9, 9);
      gpu().device.queue.submit([encoder.finish()]);
      using y = recording.result;
      expect([y.dtype, await valuesOf(y)]).toEqual(['f16', [1, 3, 5, 7, 9]]);
      expect(await valuesOf(other)).toEqual([9, 9, 9, 9, 9]);
    });

    test('are profiled', async () => {
      using x = gpu().tensor([-1, 1, 2, 3, 4], [1, 1, 5, 1], { dtype: 'f16' });
      using filter = gpu().tensor([2], [1, 1, 1, 1], { dtype: 'f16' });
      let y: Tensor | undefined;
      const times = await profile(gpu(), () => {
        y = layer(x, filter);
      });
      expect(times).toHaveLength(1);
      expect(times[0].clock).toBe('timestamp');
      expect(await valuesOf(y!)).toEqual(expected);
      y!.dispose();
    });
  });

  describe('is refused, with what to give instead:', () => {
    test('an unknown element type', () => {
      const dtype = 'float16' as never;
      const buffer = gpu().device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });
      const { recorded } = gpu().context.queue;
      using x = list(1);
      expect(() => gpu().tensor([1], [1], { dtype })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.tensor: dtype is 'float16'; it is 'f32' or 'f16']`,
      );
      expect(() => gpu().tensor([1], [1], { dtype: null as never })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.tensor: dtype is null; it is 'f32' or 'f16']`,
      );
      expect(() => tensorFromImage(gpu(), new ImageData(1, 1), { dtype })).toThrowErrorMatchingInlineSnapshot(
        `[Error: tensorFromImage: dtype is 'float16'; it is 'f32' or 'f16']`,
      );
      expect(() => gpu().wrap(buffer, [1], { dtype })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.wrap: dtype is 'float16'; it is 'f32' or 'f16']`,
      );
      expect(() => cast(x, dtype)).toThrowErrorMatchingInlineSnapshot(
        `[Error: cast: dtype is 'float16'; it is 'f32' or 'f16']`,
      );
      expect(() => cast(x, undefined as never)).toThrowErrorMatchingInlineSnapshot(
        `[Error: cast: dtype is undefined; it is 'f32' or 'f16']`,
      );
      expect(gpu().context.queue.recorded).toBe(recorded);
      expect(gpu().memory().buffersInUse).toBe(1);
      buffer.destroy();
    });
  });
});

test('an unknown accumulate, or float16 sums on a device without them, before anything is queued', async () => {
  await withGpu({ device: await deviceWithout('shader-f16') }, async (own) => {
    const x = own.tensor([1, 1, 1, 1], [1, 1, 1, 4]);
    const taps = own.tensor([1, 1, 1, 1], [1, 1, 4, 1]);
    const calls: Readonly<Record<string, (accumulate: DType) => Tensor>> = {
      depthwiseConv2d: (accumulate) => depthwiseConv2d(x, taps, { accumulate }),
      pointwiseConv2d: (accumulate) => pointwiseConv2d(x, taps, { accumulate }),
      conv2d: (accumulate) => conv2d(x, taps, { accumulate }),
      groupedConv2d: (accumulate) => groupedConv2d(x, taps, { groups: 1, accumulate }),
      separableConv2d: (accumulate) => separableConv2d(x, taps, taps, { accumulate }),
    };
    const memory = own.memory();
    for (const [op, call] of Object.entries(calls)) {
      const begin = new RegExp(`^${op}( \\(pointwise step\\))?: accumulate is `);
      for (const wrong of ['f16', 'f64', null, 16]) expect(() => call(wrong as never)).toThrow(begin);
    }
    expect(() => calls.conv2d('half' as never)).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: accumulate is 'half'; it is 'f32' or 'f16']`,
    );
    expect(() => calls.conv2d('f16')).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: accumulate is 'f16', which needs the feature shader-f16; leave accumulate out there, or open the device with that feature]`,
    );
    expect(own.memory()).toEqual(memory);
    expect(own.context.queue.recorded).toBe(0);
  });
});

describe('a kept float16 tensor', () => {
  test.for(['true', 'a function', 'a promise', 'a Float16Array'])('comes back as it was: %s', async (kind) => {
    const numbers = [0.1, -2, 70000, 5, 6];
    const keep = {
      true: true,
      'a function': () => numbers,
      'a promise': async () => Float64Array.from(numbers),
      'a Float16Array': () => Halves.from(numbers, (v) => Math.min(v, 65504)),
    }[kind]!;
    await withGpu({}, async (own, errors) => {
      const x = own.tensor(numbers, [5], { dtype: 'f16', keep });
      const gone = own.tensor(numbers, [5], { dtype: 'f16' });
      const view = reshape(x, [5, 1]);
      const bytes = own.memory().bytesInUse;
      const before = await x.read();
      expect(before[2]).toBe(65504);
      for (let round = 0; round < 2; round++) {
        await loseDevice(own);
        expect([x.dtype, view.dtype]).toEqual(['f16', 'f16']);
        expect(own.memory().bytesInUse).toBe(bytes / 2);
        expect(await x.read()).toEqual(before);
        using y = add(view, 1);
        expect(y.dtype).toBe('f16');
        expect((await valuesOf(y)).slice(3)).toEqual([6, 7]);
        expect(() => add(gone, 1)).toThrow('the GPU device was lost');
      }
      expect(errors).toEqual([]);
    });
  });

  test('of a Float16Array or an image is kept as they were, whatever becomes of the array', async () => {
    await withGpu({}, async (own) => {
      const data = Halves.of(1, 2, 3);
      const x = own.tensor(data, [3], { keep: true, dtype: 'f16' });
      const image = tensorFromImage(own, new ImageData(Uint8ClampedArray.of(1, 2, 3, 255), 1, 1), {
        keep: true,
        dtype: 'f16',
        range: [0, 255],
      });
      data.fill(9);
      await loseDevice(own);
      expect(await valuesOf(x)).toEqual([1, 2, 3]);
      expect([image.dtype, await valuesOf(image)]).toEqual(['f16', [1, 2, 3]]);
    });
  });
});
