/**
 * The handle that an app holds: one device, its tensors, its memory.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import type { MemoryFigures } from '../gpu/buffers';
import { GpuContext } from '../gpu/context';
import { openDevice, targetOf, type DeviceOptions } from '../gpu/open';
import { isImage, pixelsOf, type ImageOptions, type ImageSource } from './image';
import { byteLengthOf, Tensor } from './tensor';

/** Options of {@link openGpu}. */
export interface GpuOptions extends DeviceOptions {
  /** Told of every failure that no `read` could report, and of those that one did; default console.error. */
  readonly onError?: (error: Error) => void;
}

/** Figures of `gpu.memory`. */
export interface GpuMemory extends MemoryFigures {
  /** Programs compiled so far. */
  readonly pipelines: number;
}

/**
 * Opens a GPU for convolution, or joins a device that the app has already.
 *
 * @param options device, or powerPreference for a new one; onError, told of failures
 * @throws (rejects) if there is no WebGPU or no adapter; the message says what to do
 * @example
 * ```ts
 * const gpu = await openGpu();
 * const shared = await openGpu({ device: tf.backend().device });
 * ```
 * @see https://www.w3.org/TR/webgpu/#dom-gpu-requestadapter
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const device = await openDevice(options);
  return new Gpu(device, options.device === undefined, options.onError ?? ((error) => console.error(error)));
}

/**
 * One device, its tensors and its memory. Made by {@link openGpu}.
 *
 * @see https://www.w3.org/TR/webgpu/#gpudevice
 */
export class Gpu {
  /** The WebGPU device; yours to use as well. */
  readonly device: GPUDevice;
  /** Whether the device is a CPU posing as a GPU, such as SwiftShader: a wasm runtime is faster there. */
  readonly isFallback: boolean;
  /** @internal */
  readonly context: GpuContext;
  readonly #ownsDevice: boolean;

  /** @internal Use {@link openGpu}. */
  constructor(device: GPUDevice, ownsDevice: boolean, onError: (error: Error) => void) {
    this.device = device;
    this.context = new GpuContext(device, targetOf(device), onError);
    this.isFallback = this.context.target.cpu;
    this.#ownsDevice = ownsDevice;
  }

  /**
   * Uploads numbers, or the pixels of an image as [1, height, width, channels].
   *
   * @param data as many numbers as the shape has elements, row-major; the array may be changed afterwards
   * @param shape sizes, outermost first
   * @returns a tensor that is yours to dispose
   * @throws if the length is not the shape's size, the image has no pixels yet, or the tensor exceeds the device's limits
   * @example
   * ```ts
   * const x = gpu.tensor(new Float32Array(224 * 224 * 3), [1, 224, 224, 3]);
   * const photo = gpu.tensor(await createImageBitmap(blob), { channels: 3 });
   * ```
   * @see https://js.tensorflow.org/api/latest/#browser.fromPixels
   */
  tensor(data: ArrayLike<number>, shape: readonly number[]): Tensor;
  tensor(image: ImageSource, options?: ImageOptions): Tensor;
  tensor(data: ArrayLike<number> | ImageSource, second: readonly number[] | ImageOptions = {}): Tensor {
    const op = 'gpu.tensor';
    check(
      typeof data === 'object' && data !== null,
      () => `${op}: data is ${show(data)}; give an array of numbers or an image`,
    );
    if (!Array.isArray(second)) {
      check(
        isImage(data),
        () => `${op}: no shape was given; numbers need one, such as gpu.tensor(data, [1, 224, 224, 3])`,
      );
      const { values, shape } = pixelsOf(data, second as ImageOptions);
      return this.tensor(values, shape);
    }
    const shape: readonly number[] = second;
    const values = data as ArrayLike<number>;
    this.context.checkAlive(op);
    byteLengthOf(op, 'shape', shape, this.context);
    check(
      values.length === sizeOf(shape),
      () =>
        `${op}: data has ${values.length} elements but shape ${describe(shape)} has ${sizeOf(shape)}; pass data of that length or another shape`,
    );
    const floats = values instanceof Float32Array ? values : Float32Array.from(values);
    return new Tensor(this.context, shape, this.context.upload(floats, `tensor ${describe(shape)}`));
  }

  /**
   * A tensor over a buffer of the app's, without a copy. The buffer stays the app's: dispose does not destroy it.
   *
   * @param buffer a buffer of this device, with usage STORAGE (and COPY_SRC, to be read)
   * @param shape sizes of what the buffer holds as float32, outermost first
   * @param options `offset` in bytes, a multiple of the device's minStorageBufferOffsetAlignment (256 at most)
   * @throws if the buffer is too small, misaligned, or lacks the usage
   * @example
   * ```ts
   * const x = gpu.wrap(buffer, [1, 56, 56, 64], { offset: 256 });
   * ```
   * @see https://www.w3.org/TR/webgpu/#gpubuffer
   */
  wrap(buffer: GPUBuffer, shape: readonly number[], { offset = 0 }: { readonly offset?: number } = {}): Tensor {
    const op = 'gpu.wrap';
    this.context.checkAlive(op);
    check(buffer instanceof GPUBuffer, () => `${op}: buffer is ${show(buffer)}; give a GPUBuffer of this device`);
    const byteLength = byteLengthOf(op, 'shape', shape, this.context);
    const alignment = this.device.limits.minStorageBufferOffsetAlignment;
    check(
      Number.isSafeInteger(offset) && offset >= 0 && offset % alignment === 0,
      () =>
        `${op}: offset is ${show(offset)} but must be a multiple of ${alignment}, the device's minStorageBufferOffsetAlignment; copy the data to an aligned place`,
    );
    check(
      offset + byteLength <= buffer.size,
      () =>
        `${op}: shape ${describe(shape)} at offset ${offset} needs ${offset + byteLength} bytes but the buffer has ${buffer.size}; pass a larger buffer or a smaller shape`,
    );
    const storageUsage = 0x80;
    check(
      (buffer.usage & storageUsage) !== 0,
      () =>
        `${op}: the buffer's usage is 0x${buffer.usage.toString(16)} without STORAGE (0x80); create it with GPUBufferUsage.STORAGE`,
    );
    return new Tensor(this.context, shape, { buffer, offset, byteLength, external: true, references: 1 });
  }

  /**
   * Hands all queued work to the GPU before it returns. Only needed before the app's own commands use a tensor's buffer.
   *
   * @throws if the device is lost
   */
  submit(): void {
    this.context.checkAlive('gpu.submit');
    this.context.queue.submit();
  }

  /**
   * Settles when all work queued so far is done on the GPU.
   *
   * @throws (rejects) if the device is lost
   * @see https://www.w3.org/TR/webgpu/#dom-gpuqueue-onsubmittedworkdone
   */
  async finished(): Promise<void> {
    this.context.checkAlive('gpu.finished');
    await this.context.queue.settled();
    await this.device.queue.onSubmittedWorkDone();
  }

  /** Settles when the device can no longer be used, with the reason; never rejects. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.device.lost;
  }

  /** Bytes and buffers of the pool, and programs compiled. */
  memory(): GpuMemory {
    return { ...this.context.pool.figures(), pipelines: this.context.pipelines.size };
  }

  /**
   * Destroys idle buffers.
   *
   * @param keepBytes how many idle bytes to keep; default none
   * @returns the bytes that were freed
   */
  trim(keepBytes = 0): number {
    return this.context.pool.trim(keepBytes);
  }

  /**
   * Frees the buffers of every tensor, and destroys the device if `openGpu` opened it. Nothing of this gpu can be used
   * afterwards; what is queued and not submitted yet is dropped.
   */
  destroy(): void {
    this.context.loss ??= { reason: 'destroyed', message: 'gpu.destroy() was called' };
    this.context.queue.abandon();
    this.context.pool.destroy();
    if (this.#ownsDevice) this.device.destroy();
  }
}
