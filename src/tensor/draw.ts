/**
 * Draws tensors on a canvas without reading them back: a render pass reads the tensor's buffer.
 *
 * @module
 */
import drawShader from '../../shaders/pixels/draw.wgsl';
import { check, checkEither, checkKind, checkOptions, describe, show } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { render, type RenderTarget } from '../gpu/render';
import { floatLiteral, specialize, type Slot } from '../kernels/specialize';
import { packUniforms } from '../kernels/uniforms';
import { checkColor, colorsOf, type Colormap } from './colormap';
import { byteLengthOf, Tensor } from './tensor';

/** A view of a texture, with its format and size: the view itself does not tell them. */
export interface ViewTarget {
  readonly view: GPUTextureView;
  readonly format: GPUTextureFormat;
  /** Size of the view, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** What can be drawn on. */
export type DrawTarget = HTMLCanvasElement | OffscreenCanvas | GPUTexture | ViewTarget;

/** Options of {@link draw}. */
export interface DrawOptions {
  /**
   * How the picture is laid into a target of other proportions, as CSS's `object-fit`: `'fill'` stretches it (the default),
   * `'contain'` shows all of it, `'cover'` leaves nothing free.
   */
  readonly fit?: 'fill' | 'contain' | 'cover';
  /** The numbers that are drawn black and white; default [0, 1]. Numbers beyond them are clamped. */
  readonly range?: readonly [black: number, white: number];
  /**
   * What the channels mean. By default 1 is `'grey'`, 3 are `'rgb'` and 4 are `'rgba'`. One channel may also be `'alpha'`, for
   * example a mask: it is drawn in `color`, as opaque as the number says.
   */
  readonly channels?: 'grey' | 'alpha' | 'rgb' | 'bgr' | 'rgba' | 'bgra';
  /** The colors for the numbers of a grey channel; default `'grey'`. */
  readonly colormap?: Colormap;
  /** The color for `channels: 'alpha'`: red, green and blue in [0, 1]; default white. */
  readonly color?: readonly [red: number, green: number, blue: number];
  /** Whether pixels are interpolated (the default) or drawn as squares. */
  readonly smoothing?: boolean;
  /** Whether to draw over what was drawn before in the same task; by default the target is cleared first. */
  readonly over?: boolean;
  /** Where the channels are; default `'NHWC'`. */
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

const OPTIONS = ['fit', 'range', 'channels', 'colormap', 'color', 'smoothing', 'over', 'dataFormat'];

/** For each kind, how many channels it has and what their color is. */
const CHANNELS: Readonly<Record<NonNullable<DrawOptions['channels']>, readonly [count: number, color: string]>> = {
  grey: [1, 'return vec4(v.rrr, 1.0);'],
  alpha: [1, ''],
  rgb: [3, 'return v;'],
  bgr: [3, 'return v.bgra;'],
  rgba: [4, 'return v;'],
  bgra: [4, 'return v.bgra;'],
};

const BY_COUNT: Readonly<Record<number, NonNullable<DrawOptions['channels']>>> = { 1: 'grey', 3: 'rgb', 4: 'rgba' };

/** Formats that store colors as a canvas shows them; `-srgb` formats would encode them once more. */
const FORMATS = ['rgba8unorm', 'bgra8unorm', 'rgba16float'];

/**
 * Draws a tensor: it submits all calls made before, then a render pass reads the tensor's buffer. Nothing is read back, and
 * nothing waits. Call it where the canvas may be drawn, such as in `requestAnimationFrame`.
 *
 * @param tensor [height, width, channels] or [1, height, width, channels], with 1, 3 or 4 channels; for `'NCHW'` [channels,
 *   height, width] or [1, channels, height, width]
 * @param target a canvas of the page's or of a worker's, which keeps its size and is configured for this device; or a texture
 *   with usage RENDER_ATTACHMENT, or a view of one with its format and size
 * @param options see {@link DrawOptions}
 * @throws if the tensor is disposed, is no picture or is made inside `compile` and its like, an option is wrong, the canvas has a
 *   2-D context, or the target cannot be drawn on. `onError` is told of what the device refuses later
 * @example
 * ```ts
 * draw(photo, canvas, { fit: 'contain' });
 * draw(mask, canvas, { fit: 'contain', channels: 'alpha', color: [1, 0, 0], over: true });
 * draw(depth, canvas, { range: [0, 10], colormap: 'viridis' });
 * ```
 * @see https://js.tensorflow.org/api/latest/#browser.draw
 */
export function draw(tensor: Tensor, target: DrawTarget, options: DrawOptions = {}): void {
  const op = 'draw';
  check(tensor instanceof Tensor, () => `${op}: tensor is ${show(tensor)}; give a tensor`);
  checkOptions(op, options, OPTIONS);
  const { context } = tensor;
  context.life.check(op);
  check(
    context.tape === undefined,
    () => `${op}: called inside prepare, record, profile or compile; draw what they return`,
  );
  check(
    context.device.limits.maxStorageBuffersInFragmentStage !== 0,
    () =>
      `${op}: this device binds 0 storage buffers in a fragment shader (maxStorageBuffersInFragmentStage) but it takes 1; ` +
      'read the tensor and draw it on a 2-D canvas',
  );
  const picture = pictureOf(op, tensor, options);
  const storage = tensor.storage(op, 'tensor');
  if (storage.failure !== undefined) throw storage.failure;
  byteLengthOf(op, 'tensor', tensor, context);
  const { smoothing = true, over = false, fit = 'fill', range = [0, 1] } = options;
  checkKind(op, 'smoothing', smoothing, 'boolean');
  checkKind(op, 'over', over, 'boolean');
  checkWord(op, 'fit', fit, SCALES);
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] !== range[1],
    () => `${op}: range is ${show(range)}; give two finite numbers that differ, [black, white]`,
  );
  const { width, height, ...texture } = targetOf(op, context, target);
  const [across, down] = SCALES[fit](width / picture.width, height / picture.height);
  const left = (width - picture.width * across) / 2;
  const top = (height - picture.height * down) / 2;
  // At one pixel for one pixel, do not interpolate: that takes a quarter of the loads.
  const isAligned = across === 1 && down === 1 && Number.isInteger(left) && Number.isInteger(top);
  const wgsl = specialize(drawShader, {
    knobs: { IS_HALF: tensor.dtype === 'f16', IS_SMOOTH: smoothing && !isAligned, CHANNELS: picture.channels },
    slots: picture.slots,
  });
  const uniforms = packUniforms(drawShader, {
    ...picture.places,
    height: picture.height,
    width: picture.width,
    left,
    top,
    across: 1 / across,
    down: 1 / down,
    black: range[0],
    gain: 1 / (range[1] - range[0]),
  });
  render(context, { wgsl, uniforms, storage }, { ...texture, keeps: over }, (refusal) =>
    context.onError(
      new Error(
        `${op}: the device refused to draw: ${refusal.message}; give a target of this device that is current and not destroyed`,
        { cause: refusal },
      ),
    ),
  );
}

/** Pixels of the target for one pixel of the picture. */
const SCALES: Readonly<Record<string, (x: number, y: number) => readonly [number, number]>> = {
  fill: (x, y) => [x, y],
  contain: (x, y) => [Math.min(x, y), Math.min(x, y)],
  cover: (x, y) => [Math.max(x, y), Math.max(x, y)],
};

/** @throws unless the word is one of the table's keys */
function checkWord(op: string, name: string, word: unknown, table: object): void {
  const words = Object.keys(table);
  check(words.includes(word as string), () => `${op}: ${name} is ${show(word)}; it is one of ${words.join(', ')}`);
}

interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Elements from one row, column and channel to the next. */
  readonly places: { readonly row: number; readonly column: number; readonly channel: number };
  readonly slots: Readonly<Record<string, Slot>>;
}

function pictureOf(op: string, { shape }: Tensor, options: DrawOptions): Picture {
  const { dataFormat = 'NHWC', colormap, color } = options;
  checkEither(op, 'dataFormat', dataFormat, ['NHWC', 'NCHW']);
  const isLast = dataFormat === 'NHWC';
  const sizes = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const [height, width, count] = isLast ? sizes : [sizes[1], sizes[2], sizes[0]];
  check(
    sizes.length === 3 && count in BY_COUNT,
    () =>
      `${op}: tensor is ${describe(shape)}; give one picture, ${isLast ? '[height, width, channels]' : '[channels, height, width]'} with 1, 3 or 4 channels`,
  );
  const { channels = BY_COUNT[count] } = options;
  checkWord(op, 'channels', channels, CHANNELS);
  const [expected, body] = CHANNELS[channels];
  check(
    expected === count,
    () =>
      `${op}: channels '${channels}' are ${expected} but tensor ${describe(shape)} has ${count}; leave channels out`,
  );
  check(
    colormap === undefined || channels === 'grey',
    () => `${op}: colormap is given but channels are '${channels}'; it is for 'grey'`,
  );
  check(
    color === undefined || channels === 'alpha',
    () => `${op}: color is given but channels are '${channels}'; it is for 'alpha'`,
  );
  const slots: Record<string, Slot> = { color: { body } };
  if (colormap !== undefined) slots.color = mapped(colorsOf(op, colormap));
  if (channels === 'alpha') slots.color = tinted(op, color ?? [1, 1, 1]);
  if (count === 4) slots.weigh = { body: 'return vec4(v.rgb * v.a, v.a);' };
  const [row, column, channel] = isLast ? [width * count, count, 1] : [width, 1, height * width];
  return { height, width, channels: count, places: { row, column, channel }, slots };
}

function mapped(colors: readonly (readonly number[])[]): Slot {
  const last = colors.length - 1;
  return {
    body:
      `var colors = COLORS; let at = v.r * ${floatLiteral(last)}; let below = min(u32(at), ${last - 1}u); ` +
      'return vec4(mix(colors[below], colors[below + 1u], at - f32(below)), 1.0);',
    declarations: `const COLORS = array<vec3<f32>, ${colors.length}>(${colors.map(vector).join(', ')});`,
  };
}

function tinted(op: string, color: readonly number[]): Slot {
  checkColor(op, 'color', color);
  return { body: `return vec4(${vector(color)}, 1.0) * v.r;` };
}

function vector(color: readonly number[]): string {
  return `vec3<f32>(${color.map(floatLiteral).join(', ')})`;
}

type SizedTarget = Omit<RenderTarget, 'keeps'> & { readonly width: number; readonly height: number };

function targetOf(op: string, { device }: GpuContext, target: DrawTarget): SizedTarget {
  const isObject = typeof target === 'object' && target !== null;
  if (isObject && 'getContext' in target) return canvasTarget(op, device, target);
  if (isObject && 'createView' in target) {
    const { format, width, height, usage } = target;
    check(
      (usage & RENDER_ATTACHMENT) !== 0,
      () =>
        `${op}: the texture's usage is 0x${usage.toString(16)} without RENDER_ATTACHMENT (0x10); create it with GPUTextureUsage.RENDER_ATTACHMENT`,
    );
    checkFormat(op, format);
    return {
      view: target.createView({ mipLevelCount: 1, arrayLayerCount: 1, dimension: '2d' }),
      format,
      width,
      height,
    };
  }
  check(
    isObject && target.view instanceof GPUTextureView,
    () => `${op}: target is ${show(target)}; give a canvas, a GPUTexture, or { view, format, width, height }`,
  );
  const { view, format, width, height } = target;
  checkFormat(op, format);
  check(
    width > 0 && height > 0,
    () => `${op}: the target's size is ${show(width)} x ${show(height)}; give the view's width and height in pixels`,
  );
  return { view, format, width, height };
}

const RENDER_ATTACHMENT = 0x10; // GPUTextureUsage.RENDER_ATTACHMENT

function checkFormat(op: string, format: GPUTextureFormat): void {
  check(
    FORMATS.includes(format),
    () => `${op}: the target's format is ${show(format)}; give one of ${FORMATS.join(', ')}`,
  );
}

/** The device and format that each canvas was configured for. */
const configured = new WeakMap<GPUCanvasContext, { readonly device: GPUDevice; readonly format: GPUTextureFormat }>();

function canvasTarget(op: string, device: GPUDevice, canvas: HTMLCanvasElement | OffscreenCanvas): SizedTarget {
  const { width, height } = canvas;
  check(
    width > 0 && height > 0,
    () => `${op}: the canvas is ${width} x ${height} pixels; give it a width and a height`,
  );
  const context = canvas.getContext('webgpu');
  check(
    context !== null,
    () =>
      `${op}: the canvas has a context of another kind already; give a canvas that nobody called getContext('2d') of`,
  );
  let known = configured.get(context);
  if (known?.device !== device) {
    known = { device, format: navigator.gpu.getPreferredCanvasFormat() };
    context.configure({ ...known, alphaMode: 'premultiplied' });
    configured.set(context, known);
  }
  return { view: context.getCurrentTexture().createView(), format: known.format, width, height };
}
