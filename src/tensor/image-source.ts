/**
 * The browser's images, and how to make textures of them.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Extent } from './image-crop';
import { drawn, type Pixels } from './image-pixels';

/** Anything that a 2-D canvas can draw, pixels already read, or a texture of the gpu's device. */
export type ImageSource = ImageData | CanvasImageSource | GPUTexture;

/** An image that a shader can read. */
export interface ImageTexture {
  readonly texture: GPUTextureView | GPUExternalTexture;
  /** Whether it is a video's frame. */
  readonly isExternal: boolean;
  /** Whether its colors are multiplied by their alpha, as a canvas has them. */
  readonly isPremultiplied: boolean;
  /** Call it after use. */
  readonly free: () => void;
}

type Kind = Pick<ImageTexture, 'isExternal' | 'isPremultiplied'>;

/** Formats that store colors as a canvas shows them; `-srgb` formats are decoded when they are read. */
const FORMATS: readonly GPUTextureFormat[] = ['rgba8unorm', 'bgra8unorm', 'rgba16float'];

const TEXTURE_BINDING = 0x4; // GPUTextureUsage.TEXTURE_BINDING
const USAGE = TEXTURE_BINDING | 0x2 | 0x10; // COPY_DST | RENDER_ATTACHMENT, which copies of images need

/**
 * Height and width of an image in its own pixels, not those that the page shows.
 *
 * @throws if it is none, or has no pixels
 */
export function sizeOfImage(op: string, source: ImageSource): Extent {
  check(
    typeof source === 'object' && source !== null && ('width' in source || 'displayWidth' in source),
    () =>
      `${op}: source is ${show(source)}; give an ImageBitmap, ImageData, a canvas, image or video, or a GPUTexture of this device`,
  );
  if ('videoWidth' in source) {
    const { readyState, videoWidth: width, videoHeight: height } = source;
    check(
      readyState >= 2 && width > 0 && height > 0, // HAVE_CURRENT_DATA
      () =>
        `${op}: the video has no frame yet (its readyState is ${readyState}, its size ${width} x ${height}); wait for its loadeddata event, or call in requestVideoFrameCallback`,
    );
    return { width, height };
  }
  const [width, height] = extentOf(source);
  check(
    width > 0 && height > 0,
    () =>
      `${op}: the image is ${width} x ${height} pixels; ${'naturalWidth' in source ? 'wait until it is loaded (await image.decode()) before making a tensor of it' : 'give one that has pixels, and close() it afterwards'}`,
  );
  if (isTexture(source)) checkTexture(op, source);
  return { width, height };
}

function extentOf(source: Exclude<ImageSource, HTMLVideoElement>): readonly [width: number, height: number] {
  if ('naturalWidth' in source) return [source.naturalWidth, source.naturalHeight];
  if ('displayWidth' in source) return [source.displayWidth, source.displayHeight];
  const { width, height } = source;
  // In an SVG `<image>` width and height are lengths that may be animated.
  if (typeof width === 'object') return [width.baseVal.value, (height as SVGAnimatedLength).baseVal.value];
  return [width, height as number];
}

function checkTexture(op: string, { format, usage, dimension, sampleCount }: GPUTexture): void {
  check(
    FORMATS.includes(format) && dimension === '2d' && sampleCount === 1,
    () =>
      `${op}: source is a ${dimension} texture of ${format} with ${sampleCount} samples; give a 2d one of ${FORMATS.join(', ')} with 1`,
  );
  check(
    (usage & TEXTURE_BINDING) !== 0,
    () =>
      `${op}: the texture's usage is 0x${usage.toString(16)} without TEXTURE_BINDING (0x4); create it with GPUTextureUsage.TEXTURE_BINDING`,
  );
}

export function isTexture(source: ImageSource): source is GPUTexture {
  return 'createView' in source;
}

/** The image's bytes, if they need no conversion: sRGB, and 8 bits for each part. */
export function bytesOfImage(source: ImageSource): (Pixels & { readonly data: Uint8ClampedArray }) | undefined {
  if (!('data' in source) || !(source.data instanceof Uint8ClampedArray)) return undefined;
  return source.colorSpace === 'srgb' ? { ...pick(source), data: source.data } : undefined;
}

function pick({ width, height }: ImageData): Extent {
  return { width, height };
}

/** The kind of texture that {@link textureOf} makes of an image, if nothing is refused. */
export function kindOf(device: GPUDevice, source: ImageSource): Kind {
  // Some browsers have no external textures.
  const isExternal = isFrame(source) && typeof device.importExternalTexture === 'function';
  return { isExternal, isPremultiplied: !isTexture(source) && bytesOfImage(source) === undefined };
}

function isFrame(source: ImageSource): source is HTMLVideoElement | VideoFrame {
  return 'videoWidth' in source || 'displayWidth' in source;
}

/**
 * Makes a texture of the image, for the rest of this task.
 *
 * @returns undefined if the browser cannot make one
 */
export function textureOf(device: GPUDevice, source: ImageSource, { width, height }: Extent): ImageTexture | undefined {
  const kind = kindOf(device, source);
  if (isTexture(source)) {
    const texture = source.createView({ dimension: '2d', mipLevelCount: 1, arrayLayerCount: 1 });
    return { ...kind, texture, free: () => {} };
  }
  if (kind.isExternal && isFrame(source)) {
    const texture = tried(() => device.importExternalTexture({ source }));
    if (texture !== undefined) return { ...kind, texture, free: () => {} };
  }
  if (Math.max(width, height) > device.limits.maxTextureDimension2D) return undefined;
  // Make a texture for each call: that takes no measurable time beside the copy, and nothing is held between calls.
  const texture = device.createTexture({ label: 'depthwise image', size: [width, height], format: FORMATS[0], usage: USAGE }); // prettier-ignore
  const copy = (image: GPUCopyExternalImageSource): true => {
    device.queue.copyExternalImageToTexture({ source: image }, { texture, premultipliedAlpha: true }, [width, height]);
    return true;
  };
  const bytes = bytesOfImage(source);
  if (bytes !== undefined) {
    const data = bytes.data as Uint8ClampedArray<ArrayBuffer>;
    device.queue.writeTexture({ texture }, data, { bytesPerRow: 4 * width }, [width, height]);
  } else if (
    // The browser may be able to draw an image that it does not copy.
    !tried(() => copy(source as GPUCopyExternalImageSource)) &&
    !tried(() => copy(drawn(source, width, height).canvas))
  ) {
    texture.destroy();
    return undefined;
  }
  return { ...kind, isExternal: false, texture: texture.createView(), free: () => texture.destroy() };
}

function tried<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
