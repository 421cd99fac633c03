/**
 * When `tensorFromImage` reads the image and where it writes the numbers, what it leaves behind, and its errors.
 */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  add,
  compile,
  multiply,
  prepare,
  record,
  tensorFromImage,
  type Crop,
  type ImageDestination,
  type ImageOptions,
  type ImageSource,
  type TensorOptions,
} from '../../src/index';
import { viewed } from '../../src/tensor/image-pixels';
import { viewOf } from '../../src/tensor/image-view';
import { useGpu, withGpu } from '../support/gpu';
import { randomPixels } from '../support/image-reference';
import { canvasOf, sources, videoOf } from '../support/image-sources';
import { cap } from '../support/limits';
import { messageOf, rejectionOf } from '../support/message';

const gpu = useGpu();

/** An image of one pixel, with colors from 0 to 255. */
const pixel = (...rgb: readonly number[]): ImageData => new ImageData(Uint8ClampedArray.of(...rgb, 255), 1, 1);
const bytes = { range: [0, 255] } as const;
const rounded = (values: ArrayLike<number>): number[] => Array.from(values, Math.round);

describe('a new tensor', () => {
  test('gets no buffer that a waiting call still reads', async () => {
    const x = gpu().tensor([1, 2, 3], [3]);
    using y = add(x, 1); // waits for the end of this turn
    x.dispose();
    using z = tensorFromImage(gpu(), pixel(9, 9, 9), bytes);
    expect([...(await y.read())]).toEqual([2, 3, 4]);
    expect(rounded(await z.read())).toEqual([9, 9, 9]);
  });

  test('is what the image showed when it was called', async () => {
    const canvas = canvasOf(pixel(1, 2, 3));
    using x = tensorFromImage(gpu(), canvas, bytes);
    canvas.getContext('2d')!.putImageData(pixel(7, 8, 9), 0, 0);
    using y = tensorFromImage(gpu(), canvas, bytes);
    using sum = add(x, y);
    expect(rounded(await sum.read())).toEqual([8, 10, 12]);
  });

  test('submits none of the waiting calls', () => {
    const { queue } = gpu().context;
    using x = gpu().tensor([1], [1]);
    using y = add(x, 1);
    const { submits } = queue;
    using z = tensorFromImage(gpu(), pixel(1, 1, 1));
    expect([queue.submits, y.size, z.size]).toEqual([submits, 1, 3]);
  });

  test('keeps no texture', () => {
    const create = vi.spyOn(gpu().device, 'createTexture');
    using _ = tensorFromImage(gpu(), canvasOf(pixel(1, 2, 3)));
    const texture = create.mock.results[0].value as GPUTexture;
    create.mockRestore();
    const before = gpu().memory();
    expect(before.buffersInUse).toBe(1);
    gpu().device.pushErrorScope('validation');
    gpu().device.queue.writeTexture({ texture }, new Uint8Array(4), {}, [1, 1]);
    return expect(gpu().device.popErrorScope()).resolves.not.toBe(null); // it is destroyed
  });
});

describe('into a tensor', () => {
  test('comes after what was called before, and before what is called after', async () => {
    using x = gpu().tensor([1, 2, 3], [1, 1, 1, 3]);
    using before = multiply(x, 2);
    expect(tensorFromImage(gpu(), pixel(10, 20, 30), { ...bytes, into: x })).toBe(x);
    using after = multiply(x, 2);
    expect(rounded(await before.read())).toEqual([2, 4, 6]);
    expect(rounded(await after.read())).toEqual([20, 40, 60]);
  });

  test.for(['f32', 'f16'] as const)("takes the tensor's type and its place in the app's buffer: %s", async (dtype) => {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const buffer = gpu().device.createBuffer({ size: 1024, usage: STORAGE | COPY_SRC | COPY_DST });
    using x = gpu().wrap(buffer, [1, 3, 1, 1], { offset: 256, dtype });
    tensorFromImage(gpu(), pixel(10, 20, 30), { ...bytes, into: x, dataFormat: 'NCHW' });
    expect(rounded(await x.read())).toEqual([10, 20, 30]);
    buffer.destroy();
  });

  test('whose computation failed makes it valid again', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1, 2, 3], [1, 1, 1, 3]);
      x.storage('test').failure = new Error('spoilt');
      tensorFromImage(own, pixel(10, 20, 30), { ...bytes, into: x });
      expect(rounded(await x.read())).toEqual([10, 20, 30]);
    });
  });

  test('is written by the CPU where the GPU cannot', async () => {
    await withGpu({}, async (own) => {
      const image = randomPixels(16, 16);
      const x = own.tensor(new Float32Array(16 * 16 * 3), [1, 16, 16, 3]);
      cap(own, { maxStorageBufferBindingSize: 1024 });
      tensorFromImage(own, image, { into: x });
      expect([...(await x.read())]).toEqual([...viewed(image, viewOf('test', image, {}))]);
      const y = tensorFromImage(own, image);
      expect([...(await y.read())]).toEqual([...viewed(image, viewOf('test', image, {}))]);
    });
  });

  test('is no constant of a program that is compiled later', async () => {
    using x = gpu().tensor([1, 2, 3], [1, 1, 1, 3]);
    tensorFromImage(gpu(), pixel(1, 2, 3), { ...bytes, into: x });
    const program = await compile(gpu(), { y: [3] }, ({ y }) => add(multiply(x, 2), y));
    tensorFromImage(gpu(), pixel(10, 20, 30), { ...bytes, into: x });
    using y = gpu().tensor([1, 1, 1], [3]);
    using z = program.run({ y });
    expect(rounded(await z.read())).toEqual([21, 41, 61]);
    program.dispose();
  });
});

describe('inside', () => {
  test('prepare, it compiles its program, and the call that follows compiles nothing', async () => {
    await withGpu({}, async (own) => {
      const options: ImageOptions = { size: [3, 3], channels: 'bgr', mean: 1 };
      const canvas = canvasOf(randomPixels(4, 4));
      const x = own.tensor(new Float32Array(27), [1, 3, 3, 3]);
      await prepare(own, () => {
        add(tensorFromImage(own, canvas, options), 1);
        tensorFromImage(own, canvas, { ...options, into: x });
      });
      expect(rounded(await x.read())).toEqual(Array.from({ length: 27 }, () => 0));
      const compiling = vi.spyOn(own.device, 'createComputePipeline');
      tensorFromImage(own, canvas, options).dispose();
      expect(compiling).not.toHaveBeenCalled();
      tensorFromImage(own, canvas, { ...options, channels: 'grey' }).dispose();
      expect(compiling).toHaveBeenCalledOnce();
    });
  });

  test('compile, it is a constant', async () => {
    const program = await compile(gpu(), { y: [3] }, ({ y }) => {
      using x = tensorFromImage(gpu(), pixel(1, 2, 3), bytes);
      return add(x, y);
    });
    using y = gpu().tensor([1, 1, 1], [3]);
    using z = program.run({ y });
    expect(rounded(await z.read())).toEqual([2, 3, 4]);
    program.dispose();
  });

  test('record, it is computed at once', async () => {
    const encoder = gpu().device.createCommandEncoder();
    const recording = record(gpu(), encoder, () => {
      using x = tensorFromImage(gpu(), pixel(1, 2, 3), bytes);
      return add(x, 1);
    });
    gpu().device.queue.submit([encoder.finish()]);
    using y = recording.result;
    expect(rounded(await y.read())).toEqual([2, 3, 4]);
    recording.dispose();
  });
});

test('with keep, a cropped image comes back after a loss', async () => {
  await withGpu({ recover: true, onLost: () => {} }, async (own) => {
    const image = randomPixels(6, 6);
    const options: ImageOptions = { crop: { x: 1, y: 1, width: 4, height: 3, angle: 1 }, size: [2, 2] };
    const x = tensorFromImage(own, image, { ...options, keep: true });
    own.device.destroy();
    await own.lost;
    await own.ready();
    expect([...(await x.read())]).toEqual([...viewed(image, viewOf('test', image, options))]);
  });
});

test('a destroyed texture rejects the reads of its tensor', async () => {
  await withGpu({}, async (own, errors) => {
    const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
    const texture = own.device.createTexture({ size: [1, 1], format: 'rgba8unorm', usage });
    texture.destroy();
    const x = tensorFromImage(own, texture);
    expect(await rejectionOf(x.read())).toMatch(/^tensorFromImage: the device refused the image: /);
    expect(errors).toHaveLength(1);
  });
});

describe('an error with nothing left behind', () => {
  type Options = ImageOptions & ImageDestination & TensorOptions;

  /** Fails unless the call throws the message and allocates, queues and submits nothing. */
  function refuses(message: string, source: unknown, options?: unknown): void {
    const { queue } = gpu().context;
    const state = (): object => ({ ...gpu().memory(), recorded: queue.recorded, submits: queue.submits });
    const before = state();
    const submit = vi.spyOn(gpu().device.queue, 'submit');
    onTestFinished(() => submit.mockRestore());
    expect(messageOf(() => tensorFromImage(gpu(), source as ImageSource, options as Options))).toContain(message);
    expect(submit).not.toHaveBeenCalled();
    submit.mockRestore();
    expect(state()).toEqual(before);
  }

  const image = randomPixels(8, 6);
  const crop = (box: Partial<Crop>): Options => ({ crop: { x: 0, y: 0, width: 4, height: 4, ...box } });

  test.for<[message: string, options: unknown]>([
    ['crop.x is NaN; give a finite number', crop({ x: NaN })],
    ['crop.angle is Infinity; give a finite number', crop({ angle: Infinity })],
    ['crop.width is 0; give a finite number, more than 0', crop({ width: 0 })],
    ['crop.height is -1; give a finite number, more than 0', crop({ height: -1 })],
    ["crop.y is '2'; give a finite number", crop({ y: '2' as never })],
    ['crop fields are 7; give an object with x, y, width, height, angle', { crop: 7 }],
    ['there is no crop field angel', crop({ angel: 1 } as never)],
    ['crop is 4 x 4 pixels at (8, 0), which is outside of the image of 8 x 6; give a box', crop({ x: 8 })],
    ['crop is 4 x 4 pixels at (0, -4), which is outside', crop({ y: -4 })],
    // A corner of the crop is near the corner of the image, but the turned crop lies outside.
    ['crop is 4 x 4 pixels at (7.5, 5.5), turned by 0.785, which is outside', crop({ x: 7.5, y: 5.5, angle: 0.785 })],
    ['size is [0, 4]; give [height, width], whole numbers of at least 1', { size: [0, 4] }],
    ['size is [4]; give [height, width]', { size: [4] }],
    ['size is 4; give [height, width]', { size: 4 }],
    ["mean is 'a'; give a finite number, or one for each channel", { mean: 'a' }],
    ['mean [1, 2] has 2 numbers but there are 3 channels; give 3', { mean: [1, 2] }],
    ['std is [1, 0, 1]; give what to divide by, not 0', { std: [1, 0, 1] }],
    ['std is NaN; give a finite number', { std: NaN }],
    ['fill is [1, 2, 0]; give red, green and blue in [0, 1]', { fill: [1, 2, 0] }],
    ["channels is 'RGB'; it is 1 (luminance), 3 (RGB) or 4 (RGBA), or one of grey, rgb", { channels: 'RGB' }],
    ["dataFormat is 'CHW'; it is 'NHWC' or 'NCHW'", { dataFormat: 'CHW' }],
    ["dtype is 'f64'; it is 'f32' or 'f16'", { dtype: 'f64' }],
    ['keep is 1; give true, or a function', { keep: 1 }],
    ['into is 7; give a tensor, made by gpu.tensor or gpu.wrap', { into: 7 }],
    ['into is null; give a tensor', { into: null }],
    ['shape [1, 1000000, 1000000, 3] needs 12000000000000 bytes', { size: [1e6, 1e6] }],
  ])('%s', ([message, options]) => refuses(`tensorFromImage: ${message}`, image, options));

  test('of a tensor that is wrong', async () => {
    using x = gpu().tensor(new Float32Array(8 * 6 * 3), [1, 8, 6, 3]);
    refuses(
      'tensorFromImage: into is f32 [1, 8, 6, 3] but the image becomes f32 [1, 6, 8, 3]; give a tensor of that shape and type',
      image,
      { into: x },
    );
    refuses('into is f32 [1, 8, 6, 3] but the image becomes f16 [1, 8, 6, 3]', randomPixels(6, 8), { into: x, dtype: 'f16' }); // prettier-ignore
    refuses('keep is true but into is given', randomPixels(6, 8), { into: x, keep: true });
    const encoder = gpu().device.createCommandEncoder();
    const recorded = messageOf(() => record(gpu(), encoder, () => tensorFromImage(gpu(), randomPixels(6, 8), { into: x }))); // prettier-ignore
    expect(recorded).toContain('into is given inside record, profile or compile, whose calls run later');
    x.storage('test').folded = true;
    refuses('was taken into a program as a constant', randomPixels(6, 8), { into: x });
    x.dispose();
    refuses('tensorFromImage: into [1, 8, 6, 3] was disposed', randomPixels(6, 8), { into: x });
    await withGpu({}, async (own) => {
      refuses('into belongs to another gpu', image, { into: own.tensor(new Float32Array(144), [1, 6, 8, 3]) });
    });
  });

  test('of an image that has no pixels', async () => {
    const bitmap = await createImageBitmap(image);
    bitmap.close();
    const frame = new VideoFrame(canvasOf(image), { timestamp: 0 });
    frame.close();
    const closed = 'the image is 0 x 0 pixels; give one that has pixels, and close() it afterwards';
    for (const source of [bitmap, frame, new OffscreenCanvas(0, 0)]) refuses(`tensorFromImage: ${closed}`, source);
    refuses('the image is 0 x 0 pixels; wait until it is loaded (await image.decode())', new Image());
    refuses(
      'tensorFromImage: the video has no frame yet (its readyState is 0, its size 0 x 0); wait for its loadeddata event, or call in requestVideoFrameCallback',
      document.createElement('video'),
    );
    const { video, stop } = await videoOf((await sources['a canvas'](image)) as HTMLCanvasElement);
    stop();
    await vi.waitUntil(() => video.readyState === 0);
    refuses('the video has no frame yet', video);
  });

  test('of a canvas that shows an image of another site', async () => {
    const canvas = new OffscreenCanvas(2, 2);
    // The test's page shows no image of another site, so a mock throws the browser's error.
    const denied = new DOMException('The canvas has been tainted', 'SecurityError');
    const copies = vi.spyOn(gpu().device.queue, 'copyExternalImageToTexture').mockImplementation(() => {
      throw denied;
    });
    const reads = vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, 'getImageData').mockImplementation(() => {
      throw denied;
    });
    refuses(
      "whose pixels cannot be read (The canvas has been tainted); load it from this site, or with crossOrigin = 'anonymous' from one that allows it",
      canvas,
    );
    copies.mockRestore();
    reads.mockRestore();
  });
});
