/**
 * `tensorFromImage` of every kind of image that a browser has: the GPU and the CPU give the same colors, and nothing is read
 * back.
 */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tensorFromImage, type ImageOptions, type ImageSource } from '../../src/index';
import { pixelsOf, viewed } from '../../src/tensor/image-pixels';
import { kindOf, sizeOfImage } from '../../src/tensor/image-source';
import { viewOf } from '../../src/tensor/image-view';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { randomPixels } from '../support/image-reference';
import { canvasOf, sidewaysJpeg, sources, videoOf, wideImg } from '../support/image-sources';
import { generator } from '../support/random';

const gpu = useGpu();

/** Half a step of eight bits, and the rounding of float32. */
const HALF_A_STEP = 0.5 / 255 + 2 ** -14;

/** The least alpha in these tests. Browsers disagree about the color of invisible pixels. */
const FAINTEST = 64;

/**
 * The bound for colors that are multiplied by alpha and divided by it. Chromium rounds both results. Firefox truncates both,
 * and the division enlarges the error.
 */
const WITH_ALPHA = navigator.userAgent.includes('Firefox') ? 1 / 255 + 1 / FAINTEST : HALF_A_STEP;

/** The result of the page's CPU, which reads a 2-D canvas. */
function byCpu(source: ImageSource, options: ImageOptions = {}): Float32Array {
  const view = viewOf('test', sizeOfImage('test', source), options);
  return viewed(pixelsOf('test', source as CanvasImageSource, view.image), view);
}

/** Counts the calls that read pixels back, until the test ends. */
function countReads(): () => number {
  const reads = [
    vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, 'getImageData'),
    vi.spyOn(CanvasRenderingContext2D.prototype, 'getImageData'),
    vi.spyOn(GPUBuffer.prototype, 'mapAsync'),
  ];
  onTestFinished(() => {
    for (const read of reads) read.mockRestore();
  });
  return () => reads.reduce((count, { mock }) => count + mock.calls.length, 0);
}

const options: ImageOptions = { channels: 4, size: [5, 7], crop: { x: 1, y: 0.5, width: 8, height: 6, angle: 0.3 } };

describe.for(Object.entries(sources))('%s', ([, make]) => {
  test.for(['opaque', 'half transparent'])('that is %s is the same as by the CPU, without a read', async (what) => {
    const alpha = generator(7);
    const image = randomPixels(11, 8, what === 'opaque' ? undefined : () => FAINTEST + Math.floor(alpha() * 192));
    const bound = what === 'opaque' ? HALF_A_STEP : WITH_ALPHA;
    const source = await make(image);
    const expected = source instanceof ImageData ? viewed(image, viewOf('test', image, { channels: 4 })) : byCpu(source, { channels: 4 }); // prettier-ignore
    const cut = source instanceof ImageData ? viewed(image, viewOf('test', image, options)) : byCpu(source, options);
    const reads = countReads();
    using x = tensorFromImage(gpu(), source, { channels: 4 });
    using y = tensorFromImage(gpu(), source, options);
    expect(reads()).toBe(0);
    if ('close' in source) source.close();
    expect(x.shape).toEqual([1, 8, 11, 4]);
    expectClose(await x.read(), expected, x.shape, bound);
    expectClose(await y.read(), cut, y.shape, bound);
    // Empty pixels would also be equal on both sides, so this compares them with the image.
    const far = [...expected].filter((v, at) => Math.abs(v - image.data[at] / 255) > 10 / 255);
    expect(far).toEqual([]);
  });
});

describe('a <video>', () => {
  test('is the frame that it shows, by the GPU as by the CPU, without a read', async () => {
    const canvas = (await sources['a canvas'](randomPixels(16, 8))) as HTMLCanvasElement;
    const { video, stop } = await videoOf(canvas);
    const expected = byCpu(video, options);
    const reads = countReads();
    using x = tensorFromImage(gpu(), video, options);
    expect(reads()).toBe(0);
    expectClose(await x.read(), expected, x.shape, HALF_A_STEP);
    expect(Math.max(...expected)).toBeGreaterThan(0.5);
    stop();
  });

  test('of a camera, in luminance and color differences, is near what a canvas draws', async () => {
    // A canvas rounds to eight bits more than once on the way, and uses 2 for the largest factor, which is 2.1. An area of
    // one color has no other differences.
    const [width, height] = [32, 16];
    const planes = new Uint8Array((width * height * 3) / 2).fill(140);
    planes.fill(120, width * height, width * height * 1.25);
    // A frame that does not describe its numbers makes browsers guess, and they guess differently.
    const colorSpace = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false } as const;
    const frame = new VideoFrame(planes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0, colorSpace }); // prettier-ignore
    const expected = byCpu(frame, { size: [4, 4] });
    using x = tensorFromImage(gpu(), frame, { size: [4, 4] });
    frame.close();
    expectClose(await x.read(), expected, x.shape, 2 / 255);
  });

  test('is an external texture where there are such', () => {
    const frame = new VideoFrame(canvasOf(randomPixels(2, 2)), { timestamp: 0 });
    const { device } = gpu();
    expect(kindOf(device, frame).isExternal).toBe('importExternalTexture' in device);
    frame.close();
  });
});

describe('a photograph', () => {
  test('that was taken sideways stands upright', async () => {
    const img = await sidewaysJpeg(randomPixels(16, 8));
    using x = tensorFromImage(gpu(), img);
    expect(x.shape).toEqual([1, 16, 8, 3]);
    expectClose(await x.read(), byCpu(img), x.shape, HALF_A_STEP);
  });

  test('with a profile is in sRGB', async () => {
    const img = await wideImg(
      new ImageData(Uint8ClampedArray.of(30, 200, 60, 255), 1, 1, { colorSpace: 'display-p3' }),
    );
    using x = tensorFromImage(gpu(), img);
    // The GPU and the CPU convert the colors with different arithmetic.
    expectClose(await x.read(), byCpu(img), x.shape, 1.5 / 255);
  });

  test('as ImageData of another color space is in sRGB', async () => {
    const data = new ImageData(Uint8ClampedArray.of(30, 200, 60, 255), 1, 1, { colorSpace: 'display-p3' });
    using x = tensorFromImage(gpu(), data);
    expectClose(await x.read(), byCpu(data), x.shape, 1.5 / 255);
  });
});

describe('a GPUTexture', () => {
  const { TEXTURE_BINDING, COPY_DST } = GPUTextureUsage;
  const textureOf = (format: GPUTextureFormat, usage = TEXTURE_BINDING | COPY_DST, device = gpu().device): GPUTexture =>
    device.createTexture({ size: [2, 1], format, usage });

  test.for(['rgba8unorm', 'bgra8unorm'] as const)('of %s is taken as it is', async (format) => {
    const texture = textureOf(format);
    gpu().device.queue.writeTexture({ texture }, Uint8Array.of(255, 51, 0, 102, 0, 0, 204, 255), { bytesPerRow: 8 }, [2, 1]); // prettier-ignore
    using x = tensorFromImage(gpu(), texture, { channels: format === 'rgba8unorm' ? 'rgba' : 'bgra', range: [0, 255] });
    expectClose(await x.read(), [255, 51, 0, 102, 0, 0, 204, 255], x.shape, 2 ** -14);
    texture.destroy();
  });

  test('that cannot be read is an error', () => {
    const refused = (texture: GPUTexture, message: string): void => {
      expect(() => tensorFromImage(gpu(), texture)).toThrow(message);
      texture.destroy();
    };
    refused(
      textureOf('rgba8unorm', COPY_DST),
      "tensorFromImage: the texture's usage is 0x2 without TEXTURE_BINDING (0x4); create it with GPUTextureUsage.TEXTURE_BINDING",
    );
    refused(
      textureOf('rgba8unorm-srgb'),
      'tensorFromImage: source is a 2d texture of rgba8unorm-srgb with 1 samples; give a 2d one of rgba8unorm, bgra8unorm, rgba16float with 1',
    );
    const texture = textureOf('rgba8unorm');
    expect(() => tensorFromImage(gpu(), texture, { keep: true })).toThrow(
      'tensorFromImage: source is a texture, whose numbers are not read; leave keep out, or give a smaller size',
    );
    texture.destroy();
  });
});

describe('where the browser refuses', () => {
  test.for(['once', 'always'])('to copy an image, %s, it is the same nevertheless', async (times) => {
    const source = canvasOf(randomPixels(4, 4));
    const expected = byCpu(source);
    const { queue } = gpu().device;
    const refuse = (): never => {
      throw new TypeError('no such source');
    };
    const copy = vi.spyOn(queue, 'copyExternalImageToTexture');
    if (times === 'once') copy.mockImplementationOnce(refuse);
    else copy.mockImplementation(refuse);
    const reads = countReads();
    using x = tensorFromImage(gpu(), source);
    expect(copy).toHaveBeenCalledTimes(2);
    expect(reads()).toBe(times === 'once' ? 0 : 1);
    copy.mockRestore();
    expectClose(await x.read(), expected, x.shape, HALF_A_STEP);
  });

  test('so large a texture, the pixels are read', async () => {
    const { maxTextureDimension2D } = gpu().device.limits;
    const source = new OffscreenCanvas(maxTextureDimension2D + 4, 1);
    const context = source.getContext('2d')!;
    context.fillStyle = 'rgb(255, 0, 51)';
    context.fillRect(0, 0, source.width, 1);
    using x = tensorFromImage(gpu(), source, { size: [1, 2] });
    expectClose(await x.read(), [1, 0, 0.2, 1, 0, 0.2], x.shape, HALF_A_STEP);
  });
});
