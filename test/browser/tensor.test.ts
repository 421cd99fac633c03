/**
 * Tensors: their sources (numbers, pixels, buffers of the app), their lifetime, and what they refuse.
 */
import { describe, expect, test } from 'vitest';
import { GpuContext } from '../../src/gpu/context';
import { depthwiseConv2d, tensorFromImage, type Gpu } from '../../src/index';
import type { Limits } from '../../src/kernels/kernel';
import { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { lists, scale, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

/** A context on the gpu's device that assumes smaller limits. */
function limited(limits: Partial<Limits>): GpuContext {
  const { device, target } = gpu().context;
  return new GpuContext(device, { ...target, limits: { ...target.limits, ...limits } }, () => {});
}

describe('a tensor', () => {
  test('that is disposed can be neither read nor used, and disposing it twice is harmless', async () => {
    const x = of(1, 2);
    x.dispose();
    x.dispose();
    expect(x.disposed).toBe(true);
    expect(await rejectionOf(x.read())).toMatchInlineSnapshot(
      `"tensor.read: the tensor [2] was disposed; use it before dispose(), or make it again"`,
    );
    expect(() => x.bufferBeforeSubmit).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensor.bufferBeforeSubmit: the tensor [2] was disposed; use it before dispose(), or make it again]`,
    );
    expect(() => scale(x, 1)).toThrowErrorMatchingInlineSnapshot(
      `[Error: scale: x [2] was disposed; use it before dispose(), or make it again]`,
    );
    expect(String(x)).toBe('Tensor f32 [2] (disposed)');
  });

  test('is made without converting its data to text, which for a photo would take longer than the upload', () => {
    let asked = 0;
    const data = Object.assign(new Float32Array(4), { toString: () => `${++asked}` });
    using x = gpu().tensor(data, [4]);
    expect([x.size, asked]).toEqual([4, 0]);
  });

  test('is freed at the end of a `using` block', () => {
    const before = gpu().memory().buffersInUse;
    {
      using x = of(1);
      expect(gpu().memory().buffersInUse).toBe(before + 1);
      expect(x.disposed).toBe(false);
    }
    expect(gpu().memory().buffersInUse).toBe(before);
  });

  test('keeps its shape, whatever becomes of the array it was given', () => {
    const shape = [2, 1];
    using x = gpu().tensor([1, 2], shape);
    shape[0] = 7;
    expect(x.shape).toEqual([2, 1]);
    expect(Object.isFrozen(x.shape)).toBe(true);
  });

  test('copies the numbers of any array when it is made', async () => {
    const data = Float64Array.of(1, 2);
    using x = gpu().tensor(data, [2]);
    data.fill(0);
    using y = gpu().tensor(new Float32Array([0, 1, 2, 3]).subarray(1, 3), [2]);
    using z = gpu().tensor([5], []);
    expect([await valuesOf(x), await valuesOf(y), await valuesOf(z)]).toEqual([[1, 2], [1, 2], [5]]);
  });

  test('of a wrong length, shape or size is an error', () => {
    const make = (data: unknown, shape?: unknown) => expect(() => gpu().tensor(data as number[], shape as number[]));
    make([1, 2, 3], [2, 2]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: data has 3 elements but shape [2, 2] has 4; pass data of that length or another shape]`,
    );
    make([1], [0]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: shape [0] has size 0 on axis 0; every size must be a whole number of at least 1: no tensor is empty]`,
    );
    const shapeAsked = (what: string): string =>
      `gpu.tensor: shape is ${what} but must be an array of sizes, such as [1, 224, 224, 3]`;
    make([1]).toThrow(shapeAsked('undefined'));
    make([1], null).toThrow(shapeAsked('null'));
    make([1], 1).toThrow(shapeAsked('1'));
    make([1], '1').toThrow(shapeAsked("'1'"));
    make([1], Int32Array.of(1)).toThrow(shapeAsked('Int32Array [1]'));
    expect(gpu().memory().buffersInUse).toBe(0);
  });

  test('of anything but numbers is an error that says what to give', () => {
    const make = (data: unknown, shape = [2]) => expect(() => gpu().tensor(data as number[], shape));
    const notList = 'give an array of numbers, or for an image use tensorFromImage';
    make(7).toThrow(`gpu.tensor: data is 7; ${notList}`);
    make('ab').toThrow(`gpu.tensor: data is 'ab'; ${notList}`);
    make(null).toThrow(`gpu.tensor: data is null; ${notList}`);
    make(new ArrayBuffer(8)).toThrow(`gpu.tensor: data is [object ArrayBuffer]; ${notList}`);
    make(new DataView(new ArrayBuffer(8))).toThrow(`gpu.tensor: data is [object DataView]; ${notList}`);
    make(Promise.resolve([1, 2])).toThrow(`gpu.tensor: data is a Promise (await it); ${notList}`);
    make(new ImageData(1, 1)).toThrow(`gpu.tensor: data is [object ImageData]; ${notList}`);
  });

  test.each(['f32', 'f16'] as const)('is refused if an element is no number (%s)', async (dtype) => {
    const make = (data: unknown, shape = [2]) =>
      expect(() => gpu().tensor(data as number[], shape, { dtype }), JSON.stringify(String(data)));
    const remedy = 'give numbers, all in one list: data.flat(Infinity) or Array.from(data, Number)';
    make(['a', 'b']).toThrow(`gpu.tensor: data[0] is 'a'; ${remedy}`);
    make([1, '2']).toThrow(`gpu.tensor: data[1] is '2'; ${remedy}`);
    make([
      [1, 2],
      [3, 4],
    ]).toThrow(`gpu.tensor: data[0] is [1, 2]; ${remedy}`);
    // oxlint-disable-next-line no-sparse-arrays
    make([1, , 3], [3]).toThrow(`gpu.tensor: data[1] is undefined; ${remedy}`);
    make({ length: 4 }, [4]).toThrow(`gpu.tensor: data[0] is undefined; ${remedy}`);
    make([1, null]).toThrow(`gpu.tensor: data[1] is null; ${remedy}`);
    make([true, false]).toThrow(`gpu.tensor: data[0] is true; ${remedy}`);
    make([1n, 2n]).toThrow(`gpu.tensor: data[0] is 1n; ${remedy}`);
    make(BigInt64Array.of(1n, 2n)).toThrow(`gpu.tensor: data[0] is 1n; ${remedy}`);
    expect(gpu().memory().buffersInUse).toBe(0);
    using x = gpu().tensor([1, NaN], [2], { dtype });
    using y = gpu().tensor({ length: 2, 0: 3, 1: -Infinity }, [2], { dtype });
    expect([await valuesOf(x), await valuesOf(y)]).toEqual([
      [1, NaN],
      [3, -Infinity],
    ]);
  });

  test('beyond a limit of the device names the limit, both sizes and the remedy', () => {
    const small = limited({ maxBufferSize: 1024 });
    const make = (context: GpuContext, size: number) => () =>
      Object.create(gpu(), { context: { value: context } }).tensor(new Float32Array(size), [size]);
    expect(make(small, 257)).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: shape [257] needs 1028 bytes but the device's maxBufferSize is 1024; split the batch or the rows into several calls]`,
    );
    const fits = make(small, 256)() as Tensor;
    expect(fits.size).toBe(256);
    fits.dispose();
    small.pool.destroy();
  });

  test('as an output beyond a limit fails before anything is queued', () => {
    const small = limited({ maxStorageBufferBindingSize: 1024 });
    const storage = { buffer: null as never, offset: 0, byteLength: 16, external: true, references: 1 };
    const x = new Tensor(small, { shape: [1, 1, 2, 4], dtype: 'f32' }, storage);
    const filter = new Tensor(small, { shape: [1, 1, 4, 50], dtype: 'f32' }, { ...storage });
    expect(() => depthwiseConv2d(x, filter)).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwiseConv2d: the output [1, 1, 2, 200] needs 1600 bytes but the device's maxStorageBufferBindingSize is 1024; split the batch or the rows into several calls]`,
    );
    expect(small.queue.recorded).toBe(0);
    expect(small.pool.figures().buffersInUse).toBe(0);
  });
});

describe('pixels', () => {
  const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 51, 102, 153, 255);
  const imageData = () => new ImageData(pixels.slice(), 2, 2);
  const rounded = async (tensor: Tensor) => (await valuesOf(tensor)).map((n) => Math.round(n * 1000) / 1000);

  test('become [1, height, width, channels], by default 3 between 0 and 1', async () => {
    using x = tensorFromImage(gpu(), imageData());
    expect(x.shape).toEqual([1, 2, 2, 3]);
    expect(await rounded(x)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.2, 0.4, 0.6]);
  });

  test('become luminance, or keep their opacity', async () => {
    using luminance = tensorFromImage(gpu(), imageData(), { channels: 1 });
    expect(luminance.shape).toEqual([1, 2, 2, 1]);
    expect(await rounded(luminance)).toEqual([0.299, 0.587, 0.114, 0.363]);
    using all = tensorFromImage(gpu(), imageData(), { channels: 4 });
    expect((await rounded(all)).slice(12)).toEqual([0.2, 0.4, 0.6, 1]);
  });

  test('are scaled to the given range', async () => {
    using x = tensorFromImage(gpu(), imageData(), { range: [-1, 1] });
    expect((await rounded(x)).slice(0, 3)).toEqual([1, -1, -1]);
    using y = tensorFromImage(gpu(), imageData(), { range: [0, 255] });
    expect((await rounded(y)).slice(9)).toEqual([51, 102, 153]);
  });

  test('of a canvas or an ImageBitmap are the same', async () => {
    const canvas = new OffscreenCanvas(2, 2);
    canvas.getContext('2d')!.putImageData(imageData(), 0, 0);
    using fromCanvas = tensorFromImage(gpu(), canvas);
    const bitmap = await createImageBitmap(imageData());
    using fromBitmap = tensorFromImage(gpu(), bitmap);
    using fromData = tensorFromImage(gpu(), imageData());
    expect(await valuesOf(fromCanvas)).toEqual(await valuesOf(fromData));
    expect(await valuesOf(fromBitmap)).toEqual(await valuesOf(fromData));
  });

  test('with strange options, or of an image that is not there yet, are errors', () => {
    const make = (options: object) => expect(() => tensorFromImage(gpu(), imageData(), options));
    make({ channels: 2 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensorFromImage: channels is 2; it is 1 (luminance), 3 (RGB) or 4 (RGBA), or one of grey, rgb, bgr, rgba, bgra]`,
    );
    make({ range: [0] }).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensorFromImage: range is [0]; give two finite numbers, [black, white]]`,
    );
    make({ range: [0, NaN] }).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensorFromImage: range is [0, NaN]; give two finite numbers, [black, white]]`,
    );
    expect(() => tensorFromImage(gpu(), new Image())).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensorFromImage: the image is 0 x 0 pixels; wait until it is loaded (await image.decode()) before making a tensor of it]`,
    );
    const source = (value: unknown) => expect(() => tensorFromImage(gpu(), value as ImageBitmap));
    source(7).toThrow('tensorFromImage: source is 7; give an ImageBitmap, ImageData, a canvas, image or video');
    source(createImageBitmap(imageData())).toThrow('tensorFromImage: source is a Promise (await it); give an ImageB');
    source({ width: 1, height: 1 }).toThrow(
      /^tensorFromImage: source is \[object Object\], whose pixels cannot be read/,
    );
    expect(() => tensorFromImage(undefined as never, imageData())).toThrow(
      'tensorFromImage: gpu is undefined; give what await openGpu() gives',
    );
  });
});

describe("the app's buffers", () => {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;

  test('are wrapped without a copy, at an offset, and stay theirs', async () => {
    const buffer = gpu().device.createBuffer({ size: 512, usage: STORAGE | COPY_SRC | COPY_DST });
    gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(1, 2, 3));
    const x = gpu().wrap(buffer, [3], { offset: 256 });
    expect(x.bufferBeforeSubmit).toBe(buffer);
    expect(x.byteOffset).toBe(256);
    using y = scale(x, 1);
    expect(await valuesOf(y)).toEqual([1, 2, 3]);
    gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(4, 5, 6));
    expect(await valuesOf(x)).toEqual([4, 5, 6]);
    x.dispose();
    using again = gpu().wrap(buffer, [3], { offset: 256 });
    expect(await valuesOf(again)).toEqual([4, 5, 6]);
    buffer.destroy();
  });

  test('that do not fit are errors', async () => {
    const { device } = gpu();
    const buffer = device.createBuffer({ size: 512, usage: STORAGE });
    const plain = device.createBuffer({ size: 512, usage: COPY_SRC });
    const wrap = (...args: unknown[]) => expect(() => gpu().wrap(...(args as Parameters<Gpu['wrap']>)));
    wrap(buffer, [200]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: shape [200] at offset 0 needs 800 bytes but the buffer has 512; pass a larger buffer or a smaller shape]`,
    );
    wrap(buffer, [64], { offset: 260 }).toThrow('offset is 260 but must be a multiple of 256');
    wrap(buffer, [4], { offset: -256 }).toThrow('offset is -256 but must be a multiple of 256');
    wrap(buffer, [100], { offset: 256 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: shape [100] at offset 256 needs 656 bytes but the buffer has 512; pass a larger buffer or a smaller shape]`,
    );
    wrap(plain, [4]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: the buffer's usage is 0x4 without STORAGE (0x80); create it with GPUBufferUsage.STORAGE]`,
    );
    wrap(buffer, [NaN]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: shape [NaN] has size NaN on axis 0; every size must be a whole number of at least 1: no tensor is empty]`,
    );
    wrap(undefined, [4]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: buffer is undefined; give a GPUBuffer of this device]`,
    );
    using x = gpu().wrap(buffer, [4]);
    expect(await rejectionOf(x.read())).toMatchInlineSnapshot(
      `"tensor.read: the wrapped buffer's usage is 0x80 without COPY_SRC (0x4); create it with GPUBufferUsage.COPY_SRC to read it"`,
    );
    buffer.destroy();
    plain.destroy();
  });
});
