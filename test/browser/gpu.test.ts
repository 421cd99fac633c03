import { describe, expect, test, vi } from 'vitest';
import { depthwiseProblem, outputShape } from '../../src/conv/problem';
import { sizeClass } from '../../src/gpu/buffers';
import { GpuContext } from '../../src/gpu/context';
import { depthwise } from '../../src/kernels/depthwise';
import type { Limits } from '../../src/kernels/kernel';
import { run } from '../../src/ops/call';
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d';
import type { Step } from '../../src/step';
import { openGpu, type Gpu, type GpuOptions } from '../../src/tensor/gpu';
/**
 * The core by itself: memory, the queue, errors, recording. What is computed hardly matters here, so most tests use a
 * program of one line; a new factor makes it a program that is not compiled yet.
 */
import { prepare } from '../../src/tensor/prepare';
import { profile } from '../../src/tensor/profile';
import { record } from '../../src/tensor/record';
import { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../support/gpu';

const gpu = useGpu();

/** `x * factor`, as a program of its own. */
function scaleStep(factor: number, size: number, label = `scale ${factor}`): Step {
  const wgsl = `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> output: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      if (id.x < arrayLength(&output)) { output[id.x] = x[id.x] * f32(${factor}); }
    }`;
  return {
    label,
    kernel: 'test/scale',
    tile: {},
    wgsl,
    uniforms: new Uint32Array(),
    grid: [Math.ceil(size / 64), 1, 1],
  };
}

const scale = (x: Tensor, factor: number): Tensor =>
  run('scale', x.context, scaleStep(factor, x.size), { x }, x.shape, 'a test');

/** A program with a mistake in its second line. */
const broken = (x: Tensor, label: string): Tensor => {
  const wgsl = `// ${label}\nfn main() -> Mistake {}\n@group(0) @binding(0) var<storage, read> x: array<f32>;\n@group(0) @binding(1) var<storage, read_write> output: array<f32>;`;
  return run('broken', x.context, { ...scaleStep(1, 4, label), wgsl }, { x }, x.shape, 'a test');
};

/** A dispatch that compiles and that the device refuses: more workgroups than there can be. */
const refused = (x: Tensor, factor: number): Tensor =>
  run(
    'refused',
    x.context,
    { ...scaleStep(factor, 4, 'a grid too large'), grid: [2 ** 20, 1, 1] },
    { x },
    x.shape,
    'a test',
  );

let lastFactor = 1;
/** A factor that no program of this file had. */
const newFactor = (): number => ++lastFactor;

const of = (...values: number[]): Tensor => gpu().tensor(values, [values.length]);
const values = async (tensor: Tensor): Promise<number[]> => [...(await tensor.read())];
const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );

/** A gpu of the test's own, for what would spoil the others. */
async function withGpu<T>(options: GpuOptions, fn: (own: Gpu, errors: Error[]) => Promise<T>): Promise<T> {
  const errors: Error[] = [];
  const own = await openGpu({ onError: (error) => errors.push(error), ...options });
  try {
    return await fn(own, errors);
  } finally {
    own.destroy();
  }
}

async function newDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
  return (await navigator.gpu.requestAdapter())!.requestDevice(descriptor);
}

/** A context on the gpu's device that believes in smaller limits. */
function limited(limits: Partial<Limits>): GpuContext {
  const { device, target } = gpu().context;
  return new GpuContext(device, { ...target, limits: { ...target.limits, ...limits } }, () => {});
}

describe('memory', () => {
  test('a hundred calls and as many disposals leave the pool as it was', async () => {
    const round = async (): Promise<void> => {
      using x = of(1, 2, 3, 4);
      using filter = gpu().tensor([1, 2], [1, 1, 2, 1]);
      using image = gpu().tensor([1, 2, 3, 4], [1, 2, 1, 2]);
      using a = scale(x, 1);
      using b = depthwiseConv2d(image, filter, { activation: 'relu' });
      await Promise.all([a.read(), b.read()]);
    };
    await round();
    const before = gpu().memory();
    for (let i = 0; i < 50; i++) await round();
    expect(gpu().memory()).toEqual(before);
  });

  test('calls whose tensors are never read leave it as it was, too', async () => {
    using x = of(1, 2, 3, 4);
    const before = gpu().memory().buffersInUse;
    for (let i = 0; i < 200; i++) scale(x, 1).dispose();
    expect(gpu().memory().buffersInUse).toBe(before);
    await gpu().finished();
    expect(gpu().memory().buffersIdle).toBeLessThan(10);
  });

  test('a buffer serves the next tensor of its size class, and no other', async () => {
    const first = gpu().tensor(new Float32Array(70), [70]);
    const { buffer } = first;
    first.dispose();
    using other = gpu().tensor(new Float32Array(200), [200]);
    expect(other.buffer).not.toBe(buffer);
    using same = gpu().tensor(new Float32Array(80), [80]);
    expect(same.buffer).toBe(buffer);
  });

  test('size classes waste at most a fifth', () => {
    expect([1, 256, 257, 320, 321, 511, 513, 1025].map(sizeClass)).toEqual([256, 256, 320, 320, 384, 512, 640, 1280]);
    for (let bytes = 256; bytes < 1e6; bytes = Math.ceil(bytes * 1.01)) {
      expect(sizeClass(bytes)).toBeGreaterThanOrEqual(bytes);
      expect((sizeClass(bytes) - bytes) / sizeClass(bytes)).toBeLessThan(0.2);
      expect(sizeClass(bytes) % 4).toBe(0);
    }
  });

  test('trim frees what is idle, down to what is to be kept', async () => {
    gpu().trim();
    const tensors = [1, 2, 3].map((n) => gpu().tensor(new Float32Array(64).fill(n), [64]));
    for (const tensor of tensors) tensor.dispose();
    expect(gpu().memory()).toMatchObject({ bytesIdle: 768, buffersIdle: 3 });
    expect(gpu().trim(512)).toBe(256);
    expect(gpu().memory()).toMatchObject({ bytesIdle: 512, buffersIdle: 2 });
    expect(gpu().trim()).toBe(512);
    expect(gpu().memory()).toMatchObject({ bytesIdle: 0, buffersIdle: 0 });
  });

  test('trim leaves what a pending command names', async () => {
    const x = of(1, 2, 3);
    using y = scale(x, newFactor());
    x.dispose();
    expect(gpu().trim()).toBe(0);
    expect(await values(y)).toEqual([1, 2, 3].map((n) => n * lastFactor));
    expect(gpu().trim()).toBe(256);
  });

  test('the peak is the most that was ever held', async () => {
    await withGpu({}, async (own) => {
      const tensors = [1, 2, 3, 4].map((n) => own.tensor([n], [1]));
      for (const tensor of tensors) tensor.dispose();
      own.trim();
      own.tensor([1], [1]).dispose();
      expect(own.memory()).toMatchObject({ bytesInUse: 0, bytesPeak: 1024, buffersInUse: 0 });
    });
  });
});

describe('the queue', () => {
  test('submits all calls of one turn at once', async () => {
    const { queue } = gpu().context;
    using x = of(1, 2);
    using warm = scale(x, 1);
    await warm.read();
    const before = queue.submits;
    const tensors = Array.from({ length: 10 }, () => scale(x, 1));
    await gpu().finished();
    expect(queue.submits - before).toBe(1);
    for (const tensor of tensors) tensor.dispose();
  });

  test('submits a long turn in parts, in order', async () => {
    using x = of(1);
    using warm = scale(x, 1);
    await warm.read();
    const before = gpu().context.queue.submits;
    let y = scale(x, 1);
    for (let i = 0; i < 150; i++) {
      using last = y;
      y = scale(last, 1);
    }
    expect(gpu().context.queue.submits - before).toBe(2);
    expect(await values(y)).toEqual([1]);
    y.dispose();
  });

  test.for(['cold', 'warm'] as const)('an upload never disturbs a pending command: %s program', async (state) => {
    const factor = newFactor();
    if (state === 'warm') {
      using x = of(1);
      using y = scale(x, factor);
      await y.read();
    }
    const x = of(1, 2, 3, 4);
    using y = scale(x, factor);
    x.dispose();
    using other = of(9, 9, 9, 9);
    using z = scale(y, factor);
    const pending = y.read();
    using another = of(7, 7, 7, 7);
    expect(await pending).toEqual(Float32Array.of(1, 2, 3, 4).map((n) => n * factor));
    expect(await values(z)).toEqual([1, 2, 3, 4].map((n) => n * factor * factor));
    expect(await values(other)).toEqual([9, 9, 9, 9]);
    expect(await values(another)).toEqual([7, 7, 7, 7]);
  });

  test('cold and warm programs mixed keep their order', async () => {
    using x = of(1);
    const tensors = [x];
    let product = 1;
    const expected = [1];
    for (const factor of [1, newFactor(), 1, newFactor(), newFactor(), 1]) {
      tensors.push(scale(tensors.at(-1)!, factor));
      expected.push((product *= factor));
    }
    const read = await Promise.all(tensors.toReversed().map(values));
    expect(read.toReversed()).toEqual(expected.map((n) => [n]));
    for (const tensor of tensors) tensor.dispose();
  });

  test('a synchronous submit overtakes a compilation under way', async () => {
    using x = of(2);
    using y = scale(x, newFactor());
    await Promise.resolve();
    gpu().submit();
    using z = scale(y, newFactor());
    expect(gpu().context.queue.submitted).toBe(gpu().context.queue.recorded - 1);
    expect(await values(z)).toEqual([2 * lastFactor * (lastFactor - 1)]);
  });

  test('tensors can be read in any order, at once and again', async () => {
    using x = of(1, 2);
    using y = scale(x, 1);
    using z = scale(y, newFactor());
    const all = await Promise.all([z, x, y, z].map(values));
    expect(all).toEqual([[lastFactor, 2 * lastFactor], [1, 2], [1, 2], [lastFactor, 2 * lastFactor]]); // prettier-ignore
    expect(await values(y)).toEqual([1, 2]);
  });

  test('a read that was begun survives the disposal and the reuse of its buffer', async () => {
    const x = of(1, 2);
    const pending = x.read();
    x.dispose();
    using other = of(5, 5);
    expect([...(await pending)]).toEqual([1, 2]);
    expect(await values(other)).toEqual([5, 5]);
  });

  test('finished waits for what was queued before', async () => {
    using x = of(3);
    using y = scale(x, newFactor());
    await gpu().finished();
    expect(gpu().context.queue.submitted).toBe(gpu().context.queue.recorded);
    expect(y.disposed).toBe(false);
  });
});

describe('a tensor', () => {
  test('that is disposed can be neither read nor used, and disposing it twice is harmless', async () => {
    const x = of(1, 2);
    x.dispose();
    x.dispose();
    expect(x.disposed).toBe(true);
    expect(await message(x.read())).toMatchInlineSnapshot(
      `"tensor.read: the tensor [2] was disposed; use it before dispose(), or make it again"`,
    );
    expect(() => x.buffer).toThrowErrorMatchingInlineSnapshot(
      `[Error: tensor.buffer: the tensor [2] was disposed; use it before dispose(), or make it again]`,
    );
    expect(() => scale(x, 1)).toThrowErrorMatchingInlineSnapshot(
      `[Error: scale: x [2] was disposed; use it before dispose(), or make it again]`,
    );
    expect(String(x)).toBe('Tensor f32 [2] (disposed)');
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
    expect([await values(x), await values(y), await values(z)]).toEqual([[1, 2], [1, 2], [5]]);
  });

  test('of a wrong length, shape or size is an error', () => {
    const make = (data: unknown, shape?: unknown) => expect(() => gpu().tensor(data as number[], shape as number[]));
    make([1, 2, 3], [2, 2]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: data has 3 elements but shape [2, 2] has 4; pass data of that length or another shape]`,
    );
    make([1], [0]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: shape [0] has size 0 on axis 0; every size must be a whole number of at least 1]`,
    );
    make([1]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: no shape was given; numbers need one, such as gpu.tensor(data, [1, 224, 224, 3])]`,
    );
    make(7, [1]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: data is 7; give an array of numbers or an image]`,
    );
    make([1n], [1]).toThrow(TypeError);
    expect(gpu().memory().buffersInUse).toBe(0);
  });

  test('beyond a limit of the device names the limit, both sizes and the remedy', () => {
    const small = limited({ maxStorageBufferBindingSize: 1024 });
    const make = (context: GpuContext, size: number) => () =>
      Object.assign(Object.create(Object.getPrototypeOf(gpu())), { context }).tensor(new Float32Array(size), [size]);
    expect(make(small, 257)).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: shape [257] needs 1028 bytes but the device's maxStorageBufferBindingSize is 1024; split the batch or the rows into several calls]`,
    );
    expect(make(limited({ maxBufferSize: 512 }), 129)).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: shape [129] needs 516 bytes but the device's maxBufferSize is 512; split the batch or the rows into several calls]`,
    );
    const fits = make(small, 256)() as Tensor;
    expect(fits.size).toBe(256);
    fits.dispose();
    small.pool.destroy();
  });

  test('as an output beyond a limit fails before anything is queued', () => {
    const small = limited({ maxStorageBufferBindingSize: 1024 });
    const storage = { buffer: null as never, offset: 0, byteLength: 16, external: true, references: 1 };
    const x = new Tensor(small, [1, 1, 1, 4], storage);
    const filter = new Tensor(small, [1, 1, 4, 100], { ...storage });
    expect(() => depthwiseConv2d(x, filter)).toThrowErrorMatchingInlineSnapshot(
      `[Error: depthwiseConv2d: the output [1, 1, 1, 400] needs 1600 bytes but the device's maxStorageBufferBindingSize is 1024; split the batch or the rows into several calls]`,
    );
    expect(small.queue.recorded).toBe(0);
    expect(small.pool.figures().buffersInUse).toBe(0);
  });
});

describe('pixels', () => {
  const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 51, 102, 153, 255);
  const imageData = () => new ImageData(pixels.slice(), 2, 2);
  const rounded = async (tensor: Tensor) => (await values(tensor)).map((n) => Math.round(n * 1000) / 1000);

  test('become [1, height, width, channels], by default 3 between 0 and 1', async () => {
    using x = gpu().tensor(imageData());
    expect(x.shape).toEqual([1, 2, 2, 3]);
    expect(await rounded(x)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.2, 0.4, 0.6]);
  });

  test('become luminance, or keep their opacity', async () => {
    using luminance = gpu().tensor(imageData(), { channels: 1 });
    expect(luminance.shape).toEqual([1, 2, 2, 1]);
    expect(await rounded(luminance)).toEqual([0.299, 0.587, 0.114, 0.363]);
    using all = gpu().tensor(imageData(), { channels: 4 });
    expect((await rounded(all)).slice(12)).toEqual([0.2, 0.4, 0.6, 1]);
  });

  test('become what the range says', async () => {
    using x = gpu().tensor(imageData(), { range: [-1, 1] });
    expect((await rounded(x)).slice(0, 3)).toEqual([1, -1, -1]);
    using y = gpu().tensor(imageData(), { range: [0, 255] });
    expect((await rounded(y)).slice(9)).toEqual([51, 102, 153]);
  });

  test('of a canvas or an ImageBitmap are the same', async () => {
    const canvas = new OffscreenCanvas(2, 2);
    canvas.getContext('2d')!.putImageData(imageData(), 0, 0);
    using fromCanvas = gpu().tensor(canvas);
    const bitmap = await createImageBitmap(imageData());
    using fromBitmap = gpu().tensor(bitmap);
    using fromData = gpu().tensor(imageData());
    expect(await values(fromCanvas)).toEqual(await values(fromData));
    expect(await values(fromBitmap)).toEqual(await values(fromData));
  });

  test('with strange options, or of an image that is not there yet, are errors', () => {
    const make = (options: object) => expect(() => gpu().tensor(imageData(), options));
    make({ channels: 2 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: channels is 2; it is 1 (luminance), 3 (RGB) or 4 (RGBA)]`,
    );
    make({ range: [0] }).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: range is [0]; give two finite numbers, [black, white]]`,
    );
    make({ range: [0, NaN] }).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: range is [0, NaN]; give two finite numbers, [black, white]]`,
    );
    expect(() => gpu().tensor(new Image())).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.tensor: the image is 0 x 0 pixels; wait until it is loaded (await image.decode()) before making a tensor of it]`,
    );
  });
});

describe("the app's buffers", () => {
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;

  test('are wrapped without a copy, at an offset, and stay theirs', async () => {
    const buffer = gpu().device.createBuffer({ size: 512, usage: STORAGE | COPY_SRC | COPY_DST });
    gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(1, 2, 3));
    const x = gpu().wrap(buffer, [3], { offset: 256 });
    expect(x.buffer).toBe(buffer);
    expect(x.byteOffset).toBe(256);
    using y = scale(x, 1);
    expect(await values(y)).toEqual([1, 2, 3]);
    gpu().device.queue.writeBuffer(buffer, 256, Float32Array.of(4, 5, 6));
    expect(await values(x)).toEqual([4, 5, 6]);
    x.dispose();
    using again = gpu().wrap(buffer, [3], { offset: 256 });
    expect(await values(again)).toEqual([4, 5, 6]);
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
      `[Error: gpu.wrap: shape [NaN] has size NaN on axis 0; every size must be a whole number of at least 1]`,
    );
    wrap(undefined, [4]).toThrowErrorMatchingInlineSnapshot(
      `[Error: gpu.wrap: buffer is undefined; give a GPUBuffer of this device]`,
    );
    using x = gpu().wrap(buffer, [4]);
    expect(await message(x.read())).toMatchInlineSnapshot(
      `"tensor.read: the wrapped buffer's usage is 0x80 without COPY_SRC (0x4); create it with GPUBufferUsage.COPY_SRC to read it"`,
    );
    buffer.destroy();
    plain.destroy();
  });
});

describe('several gpus and devices', () => {
  test('SwiftShader is called a fallback', () => {
    expect(gpu().isFallback).toBe(
      gpu().device.adapterInfo.isFallbackAdapter ||
        /swiftshader/i.test(
          gpu().device.adapterInfo.device +
            gpu().device.adapterInfo.description +
            gpu().device.adapterInfo.architecture,
        ),
    );
  });

  test('two of them do not mix', async () => {
    await withGpu({}, async (own) => {
      using x = own.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      using filter = gpu().tensor([1], [1, 1, 1, 1]);
      expect(() => depthwiseConv2d(x, filter)).toThrowErrorMatchingInlineSnapshot(
        `[Error: depthwiseConv2d: x and filter belong to two different gpus; upload both with the same gpu, or open both with openGpu({ device }) on one device]`,
      );
      using ownFilter = own.tensor([2], [1, 1, 1, 1]);
      using y = depthwiseConv2d(x, ownFilter);
      expect(await values(y)).toEqual([2, 4, 6, 8]);
    });
  });

  test("the app's device is used with the limits and features it has, and outlives the gpu", async () => {
    const device = await newDevice();
    await withGpu({ device }, async (own, errors) => {
      expect(own.device).toBe(device);
      expect(own.context.target.limits.maxStorageBufferBindingSize).toBe(device.limits.maxStorageBufferBindingSize);
      using x = own.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      using filter = own.tensor([3], [1, 1, 1, 1]);
      using y = depthwiseConv2d(x, filter, { bias: own.tensor([1], [1]), activation: 'relu6' });
      expect(await values(y)).toEqual([4, 6, 6, 6]);
      expect(errors).toEqual([]);
    });
    const lost = vi.fn();
    void device.lost.then(lost);
    device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE }).destroy();
    await device.queue.onSubmittedWorkDone();
    expect(lost).not.toHaveBeenCalled();
    device.destroy();
  });

  test("destroying a gpu on the app's device frees its buffers and drops its queue, without a word", async () => {
    const device = await newDevice();
    const uncaptured = vi.fn();
    device.addEventListener('uncapturederror', uncaptured);
    const errors: Error[] = [];
    const own = await openGpu({ device, onError: (error) => errors.push(error) });
    const x = own.tensor([1, 2], [2]);
    const { buffer } = x;
    const y = scale(x, newFactor());
    const pending = message(y.read());
    own.destroy();
    expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0, bytesIdle: 0, buffersIdle: 0 });
    y.dispose();
    expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0, bytesIdle: 0, buffersIdle: 0 });
    expect(await pending).toMatchInlineSnapshot(
      `"tensor.read: the GPU device was lost (destroyed: gpu.destroy() was called); open a new one with openGpu() and upload again"`,
    );
    expect(() => depthwiseConv2d(x, x)).toThrow('depthwiseConv2d: the GPU device was lost (destroyed');
    await device.queue.onSubmittedWorkDone();
    expect(errors).toEqual([]);
    expect(uncaptured).not.toHaveBeenCalled();
    device.pushErrorScope('validation');
    device.queue.writeBuffer(buffer, 0, Float32Array.of(1));
    expect((await device.popErrorScope())?.message).toContain('destroyed');
    device.destroy();
  });
});

describe('record', () => {
  test.for(['cold', 'warm'] as const)("writes into the app's encoder: %s program", async (state) => {
    const factor = newFactor();
    using x = of(1, 2);
    if (state === 'warm') await prepare(gpu(), () => scale(x, factor));
    const encoder = gpu().device.createCommandEncoder();
    const before = gpu().context.queue.submits;
    const recording = record(gpu(), encoder, () => scale(x, factor));
    using y = recording.result;
    expect(gpu().context.queue.submits).toBe(before);
    gpu().device.queue.submit([encoder.finish()]);
    recording.dispose();
    expect(await values(y)).toEqual([factor, 2 * factor]);
  });

  test('keeps scratch, inputs and uploads until the recording is disposed', async () => {
    const x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const recording = record(gpu(), encoder, () => {
      using scratch = scale(x, 1);
      const results = [scale(scratch, 1)];
      for (const n of [5, 6]) {
        using upload = of(n, n);
        results.push(scale(upload, 1));
      }
      return results;
    });
    x.dispose();
    // Would take the buffers of scratch, x and the uploads if they were idle.
    const others = Array.from({ length: 8 }, () => of(9, 9));
    await Promise.all(others.map(values));
    gpu().device.queue.submit([encoder.finish()]);
    expect(await Promise.all(recording.result.map(values))).toEqual([[1, 2], [5, 5], [6, 6]]); // prettier-ignore
    for (const tensor of [...others, ...recording.result]) tensor.dispose();
    expect(gpu().memory().buffersInUse).toBe(7);
    recording.dispose();
    recording.dispose();
    expect(gpu().memory().buffersInUse).toBe(0);
  });

  test.for(['before', 'after'] as const)('lets its result be disposed %s the submit', async (when) => {
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    {
      using recording = record(gpu(), encoder, () => scale(x, 1));
      if (when === 'before') recording.result.dispose();
      using other = of(9, 9);
      gpu().device.queue.submit([encoder.finish()]);
      expect(await values(other)).toEqual([9, 9]);
      recording.result.dispose();
    }
    expect(gpu().memory().buffersInUse).toBe(1);
  });

  test('submits what was queued before', async () => {
    using x = of(1, 2);
    using y = scale(x, newFactor());
    const encoder = gpu().device.createCommandEncoder();
    using recording = record(gpu(), encoder, () => scale(y, 1));
    expect(gpu().context.queue.submitted).toBe(gpu().context.queue.recorded);
    gpu().device.queue.submit([encoder.finish()]);
    using z = recording.result;
    expect(await values(z)).toEqual([lastFactor, 2 * lastFactor]);
  });

  test('leaves nothing behind when its function throws, is asynchronous, or records again', async () => {
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const recording = (fn: () => unknown) => expect(() => record(gpu(), encoder, fn));
    recording(() => {
      scale(scale(x, 1), 1);
      throw new Error('the app failed');
    }).toThrow('the app failed');
    recording(async () => scale(x, 1).read()).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: the function is asynchronous but must make its calls before it returns; await before it]`,
    );
    recording(() => record(gpu(), encoder, () => {})).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: called inside prepare, record or profile, which do not nest]`,
    );
    expect(gpu().memory().buffersInUse).toBe(1);
    gpu().device.queue.submit([encoder.finish()]);
    using y = scale(x, 1);
    expect(await values(y)).toEqual([1, 2]);
  });

  test('cannot be read from inside', async () => {
    using x = of(1, 2);
    const { result } = record(gpu(), gpu().device.createCommandEncoder(), () => ({ read: message(x.read()) }));
    expect(await result.read).toMatchInlineSnapshot(
      `"tensor.read: called inside prepare, record or profile; read after it"`,
    );
  });

  test('of a program that does not compile tells onError where', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const x = own.tensor([1], [1]);
      own.device.pushErrorScope('validation');
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => broken(x, 'recorded mistake'));
      own.device.queue.submit([encoder.finish()]);
      await own.device.popErrorScope();
      await vi.waitFor(() => expect(errors).toHaveLength(1));
      expect(errors[0].message).toContain('the shader of recorded mistake does not compile:\n  2:');
      recording.dispose();
      expect(() => record(own, own.device.createCommandEncoder(), () => broken(x, 'recorded mistake'))).toThrow(
        'does not compile',
      );
      expect(own.memory().buffersInUse).toBe(2);
      own.device.destroy();
    });
  });
});

describe('prepare', () => {
  test('compiles each program once and tells how far it is, without allocating', async () => {
    using x = of(1, 2);
    const factors = [newFactor(), newFactor(), newFactor()];
    const before = gpu().memory();
    const progress: [number, number][] = [];
    await prepare(
      gpu(),
      () => {
        for (const factor of [...factors, ...factors]) {
          using upload = of(1, 2);
          using y = scale(upload, factor);
          scale(y, factors[0]);
          scale(x, factor);
        }
      },
      { onProgress: (done, total) => progress.push([done, total]) },
    );
    expect(progress).toEqual([[1, 3], [2, 3], [3, 3]]); // prettier-ignore
    expect(gpu().memory()).toEqual({ ...before, pipelines: before.pipelines + 3 });
    const { queue } = gpu().context;
    using y = scale(x, factors[0]);
    gpu().submit();
    expect(queue.submitted).toBe(queue.recorded);
    expect(gpu().memory().pipelines).toBe(before.pipelines + 3);
    expect(await values(y)).toEqual([factors[0], 2 * factors[0]]);
  });

  test('gives tensors that cannot be used outside, and says so at once', async () => {
    let inside: Tensor | undefined;
    await prepare(gpu(), () => (inside = scale(of(1, 2), 1)));
    expect(() => scale(inside!, 1)).toThrowErrorMatchingInlineSnapshot(
      `[Error: scale: x [2] was made inside prepare, which computes nothing; make it again outside]`,
    );
    expect(await message(inside!.read())).toMatchInlineSnapshot(
      `"tensor.read: the tensor [2] was made inside prepare, which computes nothing; make it again outside"`,
    );
    expect(() => inside!.buffer).toThrow('made inside prepare');
    inside!.dispose();
    using x = of(1);
    expect(await values(x)).toEqual([1]);
  });

  test('can be aborted before and while it compiles', async () => {
    using x = of(1, 2);
    expect(
      await message(prepare(gpu(), () => scale(x, 1), { signal: AbortSignal.abort(new Error('never mind')) })),
    ).toBe('never mind');
    const controller = new AbortController();
    const onProgress = vi.fn();
    const preparing = message(prepare(gpu(), () => scale(x, newFactor()), { signal: controller.signal, onProgress }));
    controller.abort(new Error('too late'));
    expect(await preparing).toBe('too late');
    using y = scale(x, lastFactor);
    expect(await values(y)).toEqual([lastFactor, 2 * lastFactor]);
    expect(onProgress).not.toHaveBeenCalled();
  });

  test('rejects for a program that does not compile, every time', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1], [1]);
      const first = await message(prepare(own, () => broken(x, 'prepared mistake')));
      expect(first).toContain('depthwise: the shader of prepared mistake does not compile:\n  2:14');
      expect(await message(prepare(own, () => broken(x, 'prepared mistake')))).toBe(first);
      expect(errors).toEqual([]);
      expect(own.memory().buffersInUse).toBe(1);
    });
  });

  test('whose function throws or is asynchronous rejects, and the next call works', async () => {
    using x = of(1);
    expect(await message(prepare(gpu(), () => { throw new Error('the app failed'); }))).toBe('the app failed'); // prettier-ignore
    expect(await message(prepare(gpu(), async () => scale(x, 1).read()))).toContain(
      'prepare: the function is asynchronous',
    );
    using y = scale(x, 1);
    expect(await values(y)).toEqual([1]);
  });
});

describe('profile', () => {
  test('times each dispatch by the GPU, and frees what the function made', async () => {
    using x = of(1, 2);
    const times = await profile(gpu(), () => {
      using scratch = scale(x, 1);
      return scale(scratch, newFactor());
    });
    expect(times.map(({ label, kernel, clock }) => ({ label, kernel, clock }))).toEqual([
      { label: 'scale 1', kernel: 'test/scale', clock: 'timestamp' },
      { label: `scale ${lastFactor}`, kernel: 'test/scale', clock: 'timestamp' },
    ]);
    for (const { ms } of times) expect(ms).toBeGreaterThanOrEqual(0);
    expect(gpu().memory().buffersInUse).toBe(1);
  });

  test('of nothing is an empty list', async () => {
    expect(await profile(gpu(), () => {})).toEqual([]);
  });

  test('computes, so that a result kept by the app is right', async () => {
    using x = of(1, 2);
    let y: Tensor | undefined;
    await profile(gpu(), () => {
      y = scale(x, newFactor());
    });
    expect(await values(y!)).toEqual([lastFactor, 2 * lastFactor]);
    y!.dispose();
  });

  test('takes the wall clock where the device has no timestamps', async () => {
    const device = await newDevice();
    await withGpu({ device }, async (own) => {
      using x = own.tensor([1], [1]);
      const times = await profile(own, () => scale(x, 1));
      expect(times).toMatchObject([{ clock: 'wall-clock', label: 'scale 1' }]);
      expect(times[0].ms).toBeGreaterThan(0);
      expect(await message(profile(own, () => refused(x, 1)))).toContain('profile: the device refused');
    });
    device.destroy();
  });

  test('rejects if the device refuses the commands or a program does not compile', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1], [1]);
      expect(await message(profile(own, () => refused(x, 1)))).toContain('profile: the device refused');
      expect(await message(profile(own, () => broken(x, 'timed mistake')))).toContain('timed mistake does not compile');
      expect(own.memory().buffersInUse).toBe(1);
    });
  });
});

describe('a failure', () => {
  test('to compile is told to whoever reads the result or what was made of it, with label and line', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const bad = broken(x, 'my label');
      const heir = scale(bad, 1);
      const good = scale(x, 1);
      const [fromBad, fromHeir, fromGood] = await Promise.all([
        message(bad.read()),
        message(heir.read()),
        values(good),
      ]);
      // The rest is the compiler's own words, and browsers have different ones.
      expect(fromBad).toMatch(/^depthwise: the shader of my label does not compile:\n {2}2:14 [^]*Mistake/);
      expect(fromHeir).toBe(fromBad);
      expect(fromGood).toEqual([1, 2]);
      expect(errors.map((error) => error.message)).toEqual([fromBad]);
      expect(await message(bad.read())).toBe(fromBad);
      expect(await message(scale(heir, 1).read())).toBe(fromBad);
      expect(errors).toHaveLength(1);
    });
  });

  test('to compile names the line also where there was no time to wait for the compiler', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1, 2], [2]);
      const bad = broken(x, 'submitted at once');
      own.submit();
      expect(await message(bad.read())).toContain('the shader of submitted at once does not compile:\n  2:14');
      expect(await values(scale(x, 1))).toEqual([1, 2]);
      expect(await message(broken(x, 'submitted at once').read())).toContain('does not compile');
    });
  });

  test('to submit is told to the reader of that submit, and later calls work', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const earlier = scale(x, 1);
      expect(await values(earlier)).toEqual([1, 2]);
      const bad = refused(x, 1);
      expect(await message(bad.read())).toContain('depthwise: the device refused a grid too large: ');
      expect(await message(scale(bad, 1).read())).toContain('a grid too large');
      expect(await values(scale(x, 1))).toEqual([1, 2]);
      expect(await values(earlier)).toEqual([1, 2]);
      expect(errors).toHaveLength(1);
    });
  });

  test('while encoding does not stop the queue', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const step = { ...scaleStep(1, 2), label: 'a step without x' };
      const bad = run('test', own.context, step, {}, [2], 'a test');
      expect(await message(bad.read())).toMatchInlineSnapshot(
        `"a step without x: the shader binds x, for which no operand was given"`,
      );
      expect(await values(scale(x, 1))).toEqual([1, 2]);
      await own.finished();
      expect(errors).toHaveLength(1);
      own.device.pushErrorScope('validation');
      expect(await own.device.popErrorScope(), 'scopes are balanced').toBeNull();
      await expect(own.device.popErrorScope()).rejects.toThrow();
    });
  });

  test('of the onError that the app gave does not stop the queue', async () => {
    const thrown: string[] = [];
    const swallow = (event: ErrorEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      thrown.push(event.message);
    };
    addEventListener('error', swallow, { capture: true });
    const own = await openGpu({
      onError: () => {
        throw new Error('the handler failed');
      },
    });
    const x = own.tensor([1], [1]);
    expect(await message(refused(x, 1).read())).toContain('refused');
    expect(await values(scale(x, 1))).toEqual([1]);
    own.destroy();
    await vi.waitFor(() => expect(thrown.join()).toContain('the handler failed'));
    removeEventListener('error', swallow, { capture: true });
  });
});

describe('a lost device', () => {
  test('is said by every call afterwards, and by gpu.lost', async () => {
    const own = await openGpu();
    const x = own.tensor([1], [1]);
    own.device.destroy();
    expect((await own.lost).reason).toBe('destroyed');
    expect(() => own.tensor([1], [1])).toThrow(
      /^gpu\.tensor: the GPU device was lost \(destroyed: .+\); open a new one with openGpu\(\) and upload again$/,
    );
    expect(() => depthwiseConv2d(x, x)).toThrow('depthwiseConv2d: the GPU device was lost');
    expect(await message(x.read())).toContain('tensor.read: the GPU device was lost (destroyed');
    expect(await message(prepare(own, () => {}))).toContain('prepare: the GPU device was lost');
    expect(await message(profile(own, () => {}))).toContain('profile: the GPU device was lost');
    expect(await message(own.finished())).toContain('gpu.finished: the GPU device was lost');
    expect(() => own.submit()).toThrow('gpu.submit: the GPU device was lost');
    expect(() => record(own, null as never, () => {})).toThrow('record: the GPU device was lost');
    x.dispose();
    own.destroy();
    own.destroy();
  });

  test.for(['cold', 'warm'] as const)('ends the reads that are pending: %s program', async (state) => {
    const own = await openGpu({ onError: () => {} });
    const x = own.tensor([1], [1]);
    const factor = newFactor();
    if (state === 'warm') await scale(x, factor).read();
    const y = scale(x, factor);
    const reads = [x, y, scale(y, 1)].map((tensor) => message(tensor.read()));
    own.device.destroy();
    for (const read of await Promise.all(reads))
      expect(read).toContain('tensor.read: the GPU device was lost (destroyed');
    own.destroy();
  });

  test('ends a read that waits for its submit', async () => {
    const own = await openGpu({ onError: () => {} });
    const x = own.tensor([1], [1]);
    const read = message(scale(x, 1).read());
    own.submit();
    await Promise.resolve();
    own.device.destroy();
    expect(await read).toContain('the GPU device was lost (destroyed');
    own.destroy();
  });

  test('that the app lost already is noticed', async () => {
    const device = await newDevice();
    device.destroy();
    await device.lost;
    const own = await openGpu({ device });
    expect(() => own.tensor([1], [1])).toThrow('the GPU device was lost');
  });
});

describe('a grid of more workgroups than one side may have', () => {
  test('is folded, by a limit of twenty', async () => {
    const small = {
      ...gpu().context.target,
      limits: { ...gpu().context.target.limits, maxComputeWorkgroupsPerDimension: 20 },
    };
    const p = depthwiseProblem('depthwiseConv2d', [1, 40, 41, 4], [1, 1, 4, 1]);
    const step = depthwise.step(p, {}, [], small);
    expect(step.grid).toEqual([11, 10, 1]);
    using x = gpu().tensor(
      Float32Array.from({ length: 40 * 41 * 4 }, (_, i) => i),
      [40 * 41 * 4],
    );
    using weights = gpu().tensor([1, 2, 3, 4], [4]);
    using y = run('test', gpu().context, step, { x, weights }, outputShape(p), '');
    expect(await values(y)).toEqual(Array.from({ length: 40 * 41 * 4 }, (_, i) => i * ((i % 4) + 1)));
  });

  test('is folded, by the limit of the device', async () => {
    const size = 65_536 * 64 + 3;
    const p = depthwiseProblem('depthwiseConv2d', [1, 1, size, 1], [1, 1, 1, 1]);
    const step = depthwise.step(p, {}, [], gpu().context.target);
    expect(step.grid[1]).toBeGreaterThan(1);
    using x = gpu().tensor(
      Float32Array.from({ length: size }, (_, i) => i),
      [size],
    );
    using weights = gpu().tensor([2], [1]);
    using y = run('test', gpu().context, step, { x, weights }, outputShape(p), '');
    const result = await y.read();
    expect(result.findIndex((n, i) => n !== 2 * i)).toBe(-1);
  });
});
