/**
 * Makes tensors of images without reading pixels: one compute pass cuts, turns, resizes and scales what a texture shows.
 *
 * @module
 */
import { check, checkOptions, describe, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { atOnce, submitPass } from '../gpu/image-pass';
import { checkDType, encode, type Form } from '../kernels/dtype';
import { openContext, type Gpu } from './gpu';
import { pixelsOf, viewed, type Pixels } from './image-pixels';
import { passOf, programOf } from './image-program';
import { bytesOfImage, isTexture, kindOf, sizeOfImage, textureOf, type ImageSource } from './image-source';
import { VIEW_OPTIONS, viewOf, type ImageOptions, type ImageView } from './image-view';
import { byteLengthOf, Tensor } from './tensor';
import { TENSOR_OPTIONS, uploaded, type TensorOptions } from './upload';

/** The destination of an image's numbers. */
export interface ImageDestination {
  /**
   * A tensor to write instead of making a new one; it is written after all calls made before. It must have the shape and type
   * that the new one would have, and is returned.
   */
  readonly into?: Tensor;
}

const OP = 'tensorFromImage';

/**
 * Makes a tensor of what an image shows at the time of the call. The pixels stay on the GPU, where a canvas, a video or an
 * ImageBitmap mostly is already, and the page does not wait. The pixels are read only with `keep`, or where the browser makes no
 * texture of the image. It is a free function, so an app without images does not bundle it.
 *
 * @param source an ImageBitmap, ImageData, canvas, `<img>`, `<video>`, VideoFrame, or a GPUTexture of this device. A texture is
 *   taken as it is; everything else in sRGB, upright, and not multiplied by its alpha
 * @param options {@link ImageOptions} and {@link ImageDestination}; `dtype` and `keep` as `gpu.tensor` has them
 * @returns [1, height, width, channels], or [1, channels, height, width] of `'NCHW'`; yours to dispose
 * @throws if an option is wrong, the image has no pixels yet or the page may not read them, the crop is outside of it, `into` is
 *   no tensor of the right shape, or the tensor exceeds the device's limits. `onError` is told of what the device refuses later
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
      // Calls made before may still read the tensor.
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

/** Gives a buffer that no waiting command names. */
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

/** The pixels as numbers in the page's memory. */
function pixelsAt(source: ImageSource, { image }: ImageView): Pixels {
  check(
    !isTexture(source),
    () => `${OP}: source is a texture, whose numbers are not read; leave keep out, or give a smaller size`,
  );
  return bytesOfImage(source) ?? pixelsOf(OP, source, image);
}
