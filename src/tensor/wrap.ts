/**
 * Makes tensors over buffers of the app's.
 *
 * @module
 */
import { check, checkOptions, describe, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import { checkOwner, ownerOf, type BufferOwner } from '../gpu/foreign';
import { checkDType, type DType } from '../kernels/dtype';
import { byteLengthOf, Tensor } from './tensor';

/** Options of `gpu.wrap`. */
export interface WrapOptions {
  /** Where the elements begin, in bytes; default 0. */
  readonly offset?: number;
  /** What the buffer holds; default `'f32'`. */
  readonly dtype?: DType;
  /**
   * The owner of the buffer, such as a tensor of another library, or a function. The owner is held, and its `dispose()` (or the
   * function) is called exactly once: when the tensor and all its views are disposed or garbage-collected, and every command that
   * was queued till then is submitted. A program that has the tensor among its weights holds the owner, and so does a recording,
   * each until its own `dispose()`. When the device is lost, and by `gpu.destroy()`, it is called at once. `onError` is told of
   * what it throws. If `gpu.wrap` throws, it is not called.
   *
   * @example
   * ```ts
   * const x = gpu.wrap(other.gpuBuffer, shape, { keepAlive: other });
   * const y = gpu.wrap(buffer, shape, { keepAlive: () => buffer.destroy() });
   * ```
   */
  readonly keepAlive?: BufferOwner;
}

/** The names of WrapOptions. */
const WRAP_OPTIONS = ['offset', 'dtype', 'keepAlive'];

/** The same as `gpu.wrap` for another public function, which errors then name. */
export function wrapped(
  op: string,
  context: GpuContext,
  buffer: GPUBuffer,
  shape: readonly number[],
  options: WrapOptions,
): Tensor {
  context.life.check(op);
  checkOptions(op, options, WRAP_OPTIONS);
  const { offset = 0, dtype = 'f32', keepAlive } = options;
  check(buffer instanceof GPUBuffer, () => `${op}: buffer is ${show(buffer)}; give a GPUBuffer of this device`);
  checkDType(op, dtype);
  const form = { shape, dtype };
  const byteLength = byteLengthOf(op, 'shape', form, context, false);
  const alignment = context.device.limits.minStorageBufferOffsetAlignment;
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
  const owner = keepAlive === undefined ? undefined : ownerOf(op, keepAlive, context.onError);
  const storage: Storage = { buffer, offset, byteLength, external: true, references: 1 };
  checkOwner(op, context.device, storage);
  if (owner !== undefined) context.pool.own(storage, owner);
  return new Tensor(context, form, storage);
}
