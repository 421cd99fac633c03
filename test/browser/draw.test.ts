/**
 * Compares what `draw` leaves on a texture or a canvas with the same drawing made by loops.
 */
import { describe, expect, test, vi } from 'vitest';
import { compile, draw, multiply, prepare, type DrawOptions, type DrawTarget, type Tensor } from '../../src/index';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { messageOf } from '../support/message';
import { randomValues } from '../support/random';

const gpu = useGpu();

type Pixels = readonly (readonly number[])[];

function textureOf(
  width: number,
  height: number,
  format: GPUTextureFormat = 'rgba8unorm',
  device = gpu().device,
): GPUTexture {
  const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC;
  return device.createTexture({ size: [width, height], format, usage });
}

/** The pixels of an 8-bit texture, in rows. */
async function pixelsOf(texture: GPUTexture): Promise<Pixels> {
  const { device } = gpu();
  const { width, height } = texture;
  const bytesPerRow = Math.ceil(width / 64) * 256;
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const buffer = device.createBuffer({ size: bytesPerRow * height, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(buffer.getMappedRange().slice(0));
  buffer.destroy();
  return Array.from({ length: width * height }, (_, i) => {
    const at = Math.floor(i / width) * bytesPerRow + (i % width) * 4;
    return [...bytes.subarray(at, at + 4)];
  });
}

/** Draws on a new texture of that size, and returns its pixels. */
async function drawn(tensor: Tensor, width: number, height: number, options?: DrawOptions): Promise<Pixels> {
  const texture = textureOf(width, height);
  draw(tensor, texture, options);
  const pixels = await pixelsOf(texture);
  texture.destroy();
  return pixels;
}

/** Fails unless each part of each pixel is correctly rounded to 8 bits. Halfway between two bytes, either is correct. */
function expectPixels(actual: Pixels, expected: Pixels, error = 0): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, pixel] of expected.entries()) {
    for (const [c, part] of pixel.entries()) {
      expect(Math.abs(actual[i][c] - part), `pixel ${i}, part ${c}: ${actual[i][c]}, not ${part}`).toBeLessThan(
        0.51 + error,
      );
    }
  }
}

/** Random colors, and a function that gives the color of a pixel from 0 to 255. */
function picture(
  height: number,
  width: number,
  channels: number,
  seed = 1,
): { values: Float32Array; at: (y: number, x: number) => number[] } {
  const values = randomValues(height * width * channels, seed).map((v) => Math.abs(v) % 1);
  const at = (y: number, x: number): number[] =>
    Array.from({ length: channels }, (_, c) => values[(y * width + x) * channels + c] * 255);
  return { values, at };
}

/** The color between pixels as a canvas interpolates it. Pixel centers lie at multiples of one half. */
function between(
  at: (y: number, x: number) => number[],
  height: number,
  width: number,
  y: number,
  x: number,
): number[] {
  const inside = (v: number, size: number): number => Math.min(Math.max(v, 0), size - 1);
  const [top, left] = [Math.floor(y - 0.5), Math.floor(x - 0.5)];
  const [down, across] = [y - 0.5 - top, x - 0.5 - left];
  const pixel = (dy: number, dx: number): number[] => at(inside(top + dy, height), inside(left + dx, width));
  return pixel(0, 0).map((_, c) => {
    const above = pixel(0, 0)[c] * (1 - across) + pixel(0, 1)[c] * across;
    const below = pixel(1, 0)[c] * (1 - across) + pixel(1, 1)[c] * across;
    return above * (1 - down) + below * down;
  });
}

function grid(width: number, height: number, pixel: (y: number, x: number) => number[]): Pixels {
  return Array.from({ length: width * height }, (_, i) => pixel(Math.floor(i / width), i % width));
}

describe('pixel by pixel', () => {
  const [height, width] = [3, 5];
  const colors: Readonly<Record<string, (v: number[]) => number[]>> = {
    grey: ([v]) => [v, v, v, 255],
    rgb: ([r, g, b]) => [r, g, b, 255],
    bgr: ([b, g, r]) => [r, g, b, 255],
    rgba: ([r, g, b, a]) => [(r * a) / 255, (g * a) / 255, (b * a) / 255, a],
    bgra: ([b, g, r, a]) => [(r * a) / 255, (g * a) / 255, (b * a) / 255, a],
    alpha: ([v]) => [v, v, v, v],
  };
  const counts = { grey: 1, rgb: 3, bgr: 3, rgba: 4, bgra: 4, alpha: 1 } as const;

  test.for(Object.keys(counts) as (keyof typeof counts)[])(
    '%s, channels last and first, float32 and float16',
    async (channels) => {
      const count = counts[channels];
      const { values, at } = picture(height, width, count);
      const expected = grid(width, height, (y, x) => colors[channels](at(y, x)));
      using last = gpu().tensor(values, [1, height, width, count]);
      expectPixels(await drawn(last, width, height, { channels }), expected);
      const planes = Float32Array.from(
        values,
        (_, i) => values[(i % (height * width)) * count + Math.floor(i / (height * width))],
      );
      using first = gpu().tensor(planes, [count, height, width]);
      expectPixels(await drawn(first, width, height, { channels, dataFormat: 'NCHW', smoothing: false }), expected);
      using halves = gpu().tensor(values, [height, width, count], { dtype: 'f16' });
      // Halves below 1 are off by 2 ** -12. So is the product of a color and its alpha, for each of both.
      expectPixels(await drawn(halves, width, height, { channels }), expected, (2 * 255) / 2 ** 12);
    },
  );

  test('with a range, beyond whose ends pixels are clamped', async () => {
    using x = gpu().tensor([-3, -1, 0, 1, 3], [1, 5, 1]);
    expectPixels(
      await drawn(x, 5, 1, { range: [-1, 1] }),
      [0, 0, 127.5, 255, 255].map((v) => [v, v, v, 255]),
    );
    expectPixels(
      await drawn(x, 5, 1, { range: [1, -1] }),
      [255, 255, 127.5, 0, 0].map((v) => [v, v, v, 255]),
    );
  });

  test('with a colormap, at its colors and between them', async () => {
    using x = gpu().tensor([0, 0.25, 0.5, 1], [1, 4, 1]);
    const colormap = [[0, 0, 0], [1, 0, 0], [1, 1, 0]] as const; // prettier-ignore
    expectPixels(await drawn(x, 4, 1, { colormap }), [[0, 0, 0, 255], [127.5, 0, 0, 255], [255, 0, 0, 255], [255, 255, 0, 255]]); // prettier-ignore
    expectPixels((await drawn(x, 4, 1, { colormap: 'viridis' })).slice(2), [[0x21, 0x91, 0x8c, 255], [0xfd, 0xe7, 0x25, 255]]); // prettier-ignore
    expectPixels((await drawn(x, 4, 1, { colormap: 'magma' })).slice(2), [[0xb7, 0x37, 0x79, 255], [0xfc, 0xfd, 0xbf, 255]]); // prettier-ignore
  });
});

describe('into a target of another size', () => {
  const [height, width] = [3, 4];
  const { values, at } = picture(height, width, 3, 2);
  const clear = [0, 0, 0, 0];
  /** How many pixels of the target a pixel of the picture covers, across and down. */
  const laid: Readonly<Record<'fill' | 'contain' | 'cover', readonly [across: number, down: number]>> = {
    fill: [10 / width, 5 / height],
    contain: [5 / height, 5 / height],
    cover: [10 / width, 10 / width],
  };

  test.for(Object.entries(laid))('%s', async ([fit, [across, down]]) => {
    using tensor = gpu().tensor(values, [height, width, 3]);
    const [left, top] = [(10 - width * across) / 2, (5 - height * down) / 2];
    const expected = grid(10, 5, (row, column) => {
      const [y, x] = [(row + 0.5 - top) / down, (column + 0.5 - left) / across];
      if (x < 0 || y < 0 || x >= width || y >= height) return clear;
      return [...between(at, height, width, y, x), 255];
    });
    expectPixels(await drawn(tensor, 10, 5, { fit: fit as 'fill' }), expected);
  });

  test('without smoothing, in squares', async () => {
    using x = gpu().tensor(values, [height, width, 3]);
    const expected = grid(8, 6, (row, column) => [...at(Math.floor(row / 2), Math.floor(column / 2)), 255]);
    expectPixels(await drawn(x, 8, 6, { smoothing: false }), expected);
  });
});

describe('onto a texture that was drawn on before', () => {
  test('with over, a mask blends its color by its values', async () => {
    using photo = gpu().tensor([0.2, 0.4, 0.6, 0.8], [1, 4, 1]);
    using mask = gpu().tensor([0, 0.5, 1, 2], [1, 4, 1]);
    const texture = textureOf(4, 1);
    draw(photo, texture);
    draw(mask, texture, { channels: 'alpha', color: [1, 0, 0.2], over: true });
    const over = (under: number, color: number, a: number): number => 255 * (under * (1 - a) + color * a);
    const expected = [0.2, 0.4, 0.6, 0.8].map((v, i) => {
      const a = [0, 0.5, 1, 1][i];
      return [over(v, 1, a), over(v, 0, a), over(v, 0.2, a), 255];
    });
    // The first drawing was already rounded to 8 bits.
    for (const [i, pixel] of (await pixelsOf(texture)).entries())
      for (const [c, part] of pixel.entries()) expect(Math.abs(part - expected[i][c])).toBeLessThanOrEqual(1.01);
    texture.destroy();
  });

  test('without over, the earlier drawing is replaced', async () => {
    using wide = gpu().tensor([1, 1], [1, 2, 1]);
    using square = gpu().tensor([1, 1, 1, 1], [2, 2, 1]);
    const texture = textureOf(4, 2);
    draw(wide, texture);
    draw(square, texture, { fit: 'contain' });
    expect((await pixelsOf(texture)).map(([, , , a]) => a)).toEqual([0, 255, 255, 0, 0, 255, 255, 0]);
    texture.destroy();
  });
});

describe('on', () => {
  const colors = new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
  const shown = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255, 255, 255, 255]]; // prettier-ignore

  /** What a canvas shows, read in the same task in which it was drawn. */
  function shownBy(canvas: HTMLCanvasElement | OffscreenCanvas): Pixels {
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)]);
  }

  test.for<readonly [string, () => HTMLCanvasElement | OffscreenCanvas]>([
    ['a canvas of the page', () => Object.assign(document.createElement('canvas'), { width: 2, height: 2 })],
    ['an OffscreenCanvas', () => new OffscreenCanvas(2, 2)],
  ])('%s, frame by frame', async ([, make]) => {
    using x = gpu().tensor(colors, [2, 2, 3]);
    const canvas = make();
    draw(x, canvas);
    expect(shownBy(canvas)).toEqual(shown);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    using dark = multiply(x, 0);
    draw(dark, canvas);
    expect(shownBy(canvas)).toEqual(shown.map(() => [0, 0, 0, 255]));
    expect([canvas.width, canvas.height]).toEqual([2, 2]);
  });

  test('a canvas of the page that another gpu drew on before', async () => {
    const canvas = new OffscreenCanvas(2, 2);
    using x = gpu().tensor(colors, [2, 2, 3]);
    await withGpu({}, async (own) => {
      using y = own.tensor([0], [1, 1, 1]);
      draw(y, canvas);
    });
    draw(x, canvas);
    expect(shownBy(canvas)).toEqual(shown);
  });

  test('a view of a texture, in other formats', async () => {
    using x = gpu().tensor(colors, [2, 2, 3]);
    const texture = textureOf(2, 2, 'bgra8unorm');
    draw(x, { view: texture.createView(), format: 'bgra8unorm', width: 2, height: 2 });
    expect(await pixelsOf(texture)).toEqual(shown.map(([r, g, b, a]) => [b, g, r, a]));
    texture.destroy();
    const wide = textureOf(2, 2, 'rgba16float');
    draw(x, wide);
    wide.destroy();
  });
});

test('calls before it are computed first, and nothing is read back', async () => {
  const { device } = gpu();
  using x = gpu().tensor([0.1, 0.2], [1, 2, 1]);
  await prepare(gpu(), () => multiply(x, 3));
  const texture = textureOf(2, 1);
  const [map, submit] = [vi.spyOn(GPUBuffer.prototype, 'mapAsync'), vi.spyOn(device.queue, 'submit')];
  {
    // y is disposed before the GPU has done anything. That is safe, because commands run in order.
    using y = multiply(x, 3);
    draw(y, texture);
  }
  expect(submit).toHaveBeenCalledTimes(2);
  expect(map).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  expectPixels(await pixelsOf(texture), [76.5, 153].map((v) => [v, v, v, 255])); // prettier-ignore
  texture.destroy();
});

test('what the device refuses is reported to onError', async () => {
  await withGpu({}, async (own, errors) => {
    using x = own.tensor([1], [1, 1, 1]);
    const texture = textureOf(1, 1, 'rgba8unorm', await newDevice());
    draw(x, texture);
    await expect.poll(() => errors.length).toBe(1);
    expect(errors[0].message).toMatch(/^draw: the device refused to draw: .*; give a target of this device/s);
  });
});

describe('is refused, with nothing queued:', () => {
  const texture = (): GPUTexture => textureOf(2, 2);
  const canvas = (): OffscreenCanvas => new OffscreenCanvas(2, 2);
  const with2d = (): OffscreenCanvas => {
    const taken = canvas();
    taken.getContext('2d');
    return taken;
  };
  const sampled = (): GPUTexture =>
    gpu().device.createTexture({ size: [2, 2], format: 'rgba8unorm', usage: GPUTextureUsage.TEXTURE_BINDING });

  test.for<readonly [string, readonly number[], () => unknown, unknown, string]>([
    [
      'two channels',
      [2, 2, 2],
      texture,
      {},
      'draw: tensor is [2, 2, 2]; give one picture, [height, width, channels] with 1, 3 or 4 channels',
    ],
    ['a batch of two', [2, 2, 2, 1], texture, {}, 'draw: tensor is [2, 2, 2, 1]; give one picture'],
    ['rank 2', [4, 4], texture, {}, 'draw: tensor is [4, 4]; give one picture'],
    ['channels first, taken for last', [3, 2, 2], texture, { dataFormat: 'NCWH' }, "draw: dataFormat is 'NCWH'"],
    [
      'other channels than there are',
      [2, 2, 1],
      texture,
      { channels: 'rgb' },
      "draw: channels 'rgb' are 3 but tensor [2, 2, 1] has 1",
    ],
    [
      'channels of no kind',
      [2, 2, 1],
      texture,
      { channels: 'hsv' },
      "draw: channels is 'hsv'; it is one of grey, alpha, rgb",
    ],
    [
      'a map that there is not',
      [2, 2, 1],
      texture,
      { colormap: 'jet' },
      "draw: colormap is 'jet'; it is one of grey, viridis, magma",
    ],
    [
      'a map of one color',
      [2, 2, 1],
      texture,
      { colormap: [[0, 0, 0]] },
      'draw: colormap is [[0, 0, 0]]; give a name, or 2 to 256',
    ],
    [
      'a map of no colors',
      [2, 2, 1],
      texture,
      {
        colormap: [
          [0, 0, 0],
          [0, 0, 2],
        ],
      },
      'draw: colormap[1] is [0, 0, 2]; give red',
    ],
    ['a map of colors', [2, 2, 3], texture, { colormap: 'magma' }, "draw: colormap is given but channels are 'rgb'"],
    ['a color of colors', [2, 2, 3], texture, { color: [1, 1, 1] }, "draw: color is given but channels are 'rgb'"],
    [
      'a color that is a word',
      [2, 2, 1],
      texture,
      { channels: 'alpha', color: 'red' },
      "draw: color is 'red'; give red, green",
    ],
    [
      'an empty range',
      [2, 2, 1],
      texture,
      { range: [1, 1] },
      'draw: range is [1, 1]; give two finite numbers that differ',
    ],
    ['a range without an end', [2, 2, 1], texture, { range: [0, Infinity] }, 'draw: range is [0, Infinity]'],
    ['another fit', [2, 2, 1], texture, { fit: 'none' }, "draw: fit is 'none'; it is one of fill, contain, cover"],
    ['smoothing by a word', [2, 2, 1], texture, { smoothing: 'no' }, "draw: smoothing is 'no'; it is true or false"],
    ['over what', [2, 2, 1], texture, { over: 1 }, 'draw: over is 1; it is true or false'],
    ['an option of another name', [2, 2, 1], texture, { colourmap: 'magma' }, 'draw: there is no option colourmap'],
    [
      'a canvas with a 2-D context',
      [2, 2, 1],
      with2d,
      {},
      'draw: the canvas has a context of another kind already; give a canvas',
    ],
    [
      'an empty canvas',
      [2, 2, 1],
      () => new OffscreenCanvas(0, 2),
      {},
      'draw: the canvas is 0 x 2 pixels; give it a width and a height',
    ],
    [
      'a texture that nobody may draw on',
      [2, 2, 1],
      sampled,
      {},
      "draw: the texture's usage is 0x4 without RENDER_ATTACHMENT (0x10)",
    ],
    [
      'a format that encodes',
      [2, 2, 1],
      () => textureOf(2, 2, 'rgba8unorm-srgb'),
      {},
      "draw: the target's format is 'rgba8unorm-srgb'",
    ],
    [
      'a view without its size',
      [2, 2, 1],
      () => ({ view: texture().createView(), format: 'rgba8unorm' }),
      {},
      "draw: the target's size is undefined x undefined",
    ],
    [
      'a view without its words',
      [2, 2, 1],
      () => texture().createView(),
      {},
      'draw: target is [object GPUTextureView]; give a canvas',
    ],
    ['nothing to draw on', [2, 2, 1], () => null, {}, 'draw: target is null; give a canvas, a GPUTexture, or { view'],
  ])('%s', ([, shape, target, options, words]) => {
    using x = gpu().tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
    const before = gpu().context.queue.submits;
    const to = target() as DrawTarget;
    expect(messageOf(() => draw(x, to, options as DrawOptions))).toContain(words);
    expect(gpu().context.queue.submits).toBe(before);
  });

  test('anything but a tensor, a disposed tensor, and a tensor of a program that is being traced', async () => {
    expect(messageOf(() => draw(null as never, texture()))).toBe('draw: tensor is null; give a tensor');
    const x = gpu().tensor([1], [1, 1, 1]);
    x.dispose();
    expect(messageOf(() => draw(x, texture()))).toContain('draw: tensor [1, 1, 1] was disposed');
    const traced = compile(gpu(), { x: [1, 1, 1] }, ({ x: input }) => {
      draw(input, texture());
      return input;
    });
    await expect(traced).rejects.toThrow(
      'draw: called inside prepare, record, profile or compile; draw what they return',
    );
  });

  test('a device whose fragment shaders bind no buffers, as in compatibility mode', async () => {
    await withGpu({}, async (own) => {
      using x = own.tensor([1], [1, 1, 1]);
      vi.spyOn(own.device, 'limits', 'get').mockReturnValue({
        maxStorageBuffersInFragmentStage: 0,
      } as GPUSupportedLimits);
      expect(messageOf(() => draw(x, texture()))).toBe(
        'draw: this device binds 0 storage buffers in a fragment shader (maxStorageBuffersInFragmentStage) but it takes 1; ' +
          'read the tensor and draw it on a 2-D canvas',
      );
    });
  });
});
