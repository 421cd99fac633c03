/**
 * Tensors of images, without a read: one compute pass cuts, turns, resizes and scales what a texture shows.
 *
 * @module
 */
import imageShader from '../../shaders/pixels/image.wgsl';
import { check, checkOptions, describe, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { atOnce, submitPass, type ImagePass } from '../gpu/image-pass';
import type { Program } from '../gpu/pipelines';
import { checkDType, encode, type DType, type Form } from '../kernels/dtype';
import { WORKGROUP } from '../kernels/flat-step';
import { specialize, type Slot } from '../kernels/specialize';
import { packUniforms } from '../kernels/uniforms';
import { openContext, TENSOR_OPTIONS, uploaded, type Gpu, type TensorOptions } from './gpu';
import { pixelsOf, viewed, type Pixels } from './image-pixels';
import { bytesOfImage, isTexture, kindOf, sizeOfImage, textureOf, type ImageSource, type ImageTexture } from './image-source'; // prettier-ignore
import { VIEW_OPTIONS, viewOf, type ImageOptions, type ImageView } from './image-view';
import { byteLengthOf, Tensor } from './tensor';

/** Where a tensor of an image goes. */
export interface ImageDestination {
  /**
   * A tensor that is written instead of a new one, after all that was called before. It has the shape and type that the new one
   * would have, and is given back.
   */
  readonly into?: Tensor;
}

const OP = 'tensorFromImage';

/**
 * Makes a tensor of an image: what it shows when it is called. The pixels stay on the GPU, where a canvas, a video or an
 * ImageBitmap mostly is already; the page does not wait. Only with `keep`, or where the browser makes no texture of the image, they
 * are read. A free function: an app that has no images does not carry it.
 *
 * @param source an ImageBitmap, ImageData, canvas, `<img>`, `<video>`, VideoFrame, or a GPUTexture of this device, which is taken as it
 *   is; all else in sRGB, upright, and not multiplied by its alpha
 * @param options {@link ImageOptions} and {@link ImageDestination}; `dtype` and `keep` as `gpu.tensor` has them
 * @returns [1, height, width, channels], or [1, channels, height, width] of `'NCHW'`; yours to dispose
 * @throws if an option is wrong, the image has no pixels yet or the page may not read them, the crop is outside of it, `into` is no
 *   tensor of the right shape, or the tensor exceeds the device's limits; what the device refuses later is told to `onError`
 * @example
 * ```ts
 * const photo = tensorFromImage(gpu, await createImageBitmap(blob), { channels: 3 });
 * const face = tensorFromImage(gpu, video, { crop: { x: 80, y: 40, width: 200, height: 200, angle: 0.2 }, size: [192, 192] });
 * tensorFromImage(gpu, video, { size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], into: x });
 * ```
 * @see https://js.tensorflow.org/api/latest/#browser.fromPixels
 */
export function tensorFromImage(
  gpu: Gpu,
  source: ImageSource,
  options: ImageOptions & ImageDestination & TensorOptions = {},
): Tensor {
  const context = openContext(OP, gpu);
  checkOptions(OP, options, ['channels', 'range', ...TENSOR_OPTIONS, ...VIEW_OPTIONS, 'into']);
  const { into, keep = false } = options;
  const { dtype = into instanceof Tensor ? into.dtype : 'f32' } = options;
  const view = viewOf(OP, sizeOfImage(OP, source), options);
  checkDType(OP, dtype);
  const form = { shape: view.shape, dtype };
  const bytes = byteLengthOf(OP, 'shape', form, context, false);
  const destination = into === undefined ? undefined : destinationOf(context, form, into, keep);
  const { device, tape } = context;
  if (tape?.uploads === false) {
    tape.programs.push(programOf(context, view, kindOf(device, source), dtype));
    return into ?? new Tensor(context, form, tape.virtual(bytes));
  }
  const storage = atOnce(
    context,
    () => {
      const isBound = bytes <= context.target.limits.maxStorageBufferBindingSize;
      const texture = keep === false && isBound ? textureOf(device, source, view.image) : undefined;
      if (texture === undefined && destination === undefined) return undefined;
      const values = texture === undefined ? encode(viewed(pixelsAt(source, view), view), dtype) : undefined;
      // What was called before may still read it.
      if (destination !== undefined) context.queue.submit();
      const to = destination ?? acquired(context, form, bytes);
      if (texture === undefined) device.queue.writeBuffer(to.buffer, to.offset, values as Float32Array<ArrayBuffer>);
      else submitPass(context, passOf(context, view, texture, dtype), to);
      texture?.free();
      return to;
    },
    (cause) => {
      const message = `${OP}: the device refused the image: ${cause.message}; give one, and a tensor, of this device that are not destroyed`;
      return new Error(message, { cause });
    },
  );
  if (into !== undefined) return into;
  if (storage !== undefined) return new Tensor(context, form, storage);
  return uploaded(OP, context, viewed(pixelsAt(source, view), view), view.shape, { dtype, keep });
}

/** A buffer that no command names which waits. */
function acquired(context: GpuContext, { shape }: Form, bytes: number): Storage {
  const storage = context.pool.acquire(OP, bytes, () => `tensor ${describe(shape)}`, 'at once');
  context.tape?.acquired.push(storage);
  return storage;
}

function destinationOf(context: GpuContext, form: Form, into: unknown, keep: TensorOptions['keep']): Storage {
  check(into instanceof Tensor, () => `${OP}: into is ${show(into)}; give a tensor, made by gpu.tensor or gpu.wrap`);
  const storage = into.storage(OP, 'into');
  check(into.context === context, () => `${OP}: into belongs to another gpu; give a tensor of this one`);
  const { shape, dtype } = into;
  check(
    describe(shape) === describe(form.shape) && dtype === form.dtype,
    () =>
      `${OP}: into is ${dtype} ${describe(shape)} but the image becomes ${form.dtype} ${describe(form.shape)}; give a tensor of that shape and type, or another size`,
  );
  check(
    storage.folded !== true,
    () =>
      `${OP}: into ${describe(shape)} was taken into a program as a constant, which must not change; give another tensor`,
  );
  check(
    keep === false,
    () => `${OP}: keep is ${show(keep)} but into is given, which keeps what it was made of; leave keep out`,
  );
  check(
    context.tape?.uploads !== true,
    () => `${OP}: into is given inside record, profile or compile, whose calls run later; write it before them`,
  );
  storage.written = true;
  return storage;
}

/** The pixels as numbers of the page's. */
function pixelsAt(source: ImageSource, { image }: ImageView): Pixels {
  check(
    !isTexture(source),
    () => `${OP}: source is a texture, whose numbers are not read; leave keep out, or give a smaller size`,
  );
  return bytesOfImage(source) ?? pixelsOf(OP, source, image);
}

/** What becomes of a color, where it is not the same. */
const ORDERED: Readonly<Record<string, string>> = {
  grey: 'return vec4(dot(v.rgb, vec3(0.299, 0.587, 0.114)));',
  bgr: 'return v.bgra;',
  bgra: 'return v.bgra;',
};

/** A frame may have other pixels than it is shown with. */
const FRAME =
  'return textureLoad(image, place * vec2<i32>(textureDimensions(image)) / vec2(i32(p.image_width), i32(p.image_height)));';

function programOf(
  { target }: GpuContext,
  { channels, count, isBetween, fill }: ImageView,
  { isExternal, isPremultiplied }: Pick<ImageTexture, 'isExternal' | 'isPremultiplied'>,
  dtype: DType,
): Program {
  const slots: Record<string, Slot> = {};
  if (channels in ORDERED) slots.ordered = { body: ORDERED[channels] };
  if (isExternal) slots.texel = { body: FRAME };
  const wgsl = specialize(imageShader, {
    knobs: { CHANNELS: count, IS_BETWEEN: isBetween, IS_PREMULTIPLIED: isPremultiplied, HAS_FILL: fill !== undefined },
    slots,
    halves:
      dtype === 'f16'
        ? { stored: new Set(['output']), sums: false, native: target.features.has('shader-f16') }
        : undefined,
  });
  const { bindings } = imageShader;
  if (!isExternal) return { program: `image/${channels}`, wgsl, bindings };
  return {
    program: `image/frame ${channels}`,
    wgsl: wgsl.replace('texture_2d<f32>', 'texture_external'),
    bindings: bindings.map((one) => (one.kind === undefined ? one : { ...one, kind: 'externalTexture' })),
  };
}

function passOf(context: GpuContext, view: ImageView, source: ImageTexture, dtype: DType): ImagePass {
  const { image, height, width, row, column, channel, start, across, down, gains, offsets, fill = [] } = view;
  const factors = new Float32Array(12);
  for (const [i, list] of [gains, offsets, [...fill, 1]].entries()) factors.set(list, 4 * i);
  const uniforms = packUniforms(imageShader, {
    count: height * width,
    width,
    row,
    column,
    channel,
    image_height: image.height,
    image_width: image.width,
    left: start[0],
    top: start[1],
    across_x: across[0],
    across_y: across[1],
    down_x: down[0],
    down_y: down[1],
    factors: [...new Uint32Array(factors.buffer)],
  });
  const { texture } = source;
  return { program: programOf(context, view, source, dtype), uniforms, texture, workgroups: Math.ceil((height * width) / WORKGROUP) }; // prettier-ignore
}
