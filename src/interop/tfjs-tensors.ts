/**
 * Converts tensors of TensorFlow.js to this library's, and back, on one device.
 *
 * @module
 */
import type { Rank, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { check, describe, fail, show } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import { checkTensor } from '../ops/arguments';
import { cast } from '../ops/cast';
import { openContext, type Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { backendOf, type TensorFlow, type TfBackend } from './tfjs-backend';
import { flush } from './tfjs-queue';

/**
 * How a tensor was transferred. `'shared'`: both use the same buffer, nothing was copied. `'copied'`: from buffer to buffer on
 * the GPU. `'uploaded'`: its numbers were in the page's memory, and were sent to the GPU once; TensorFlow.js uses that buffer,
 * too.
 */
export type Transfer = 'shared' | 'copied' | 'uploaded';

const transfers = new WeakMap<object, Transfer>();

/**
 * How {@link fromTf} or {@link toTf} has made a tensor.
 *
 * @param tensor the result of one of them
 * @returns undefined for a tensor that neither has made
 * @example
 * ```ts
 * const y = toTf(tf, tensor);
 * if (transferOf(y) === 'copied') console.log('its buffer is larger than its elements');
 * ```
 */
export function transferOf(tensor: object): Transfer | undefined {
  return transfers.get(tensor);
}

/**
 * A tensor of TensorFlow.js as one of this library, over the same buffer. Nothing is copied; numbers that TensorFlow.js has
 * not sent to the GPU yet are uploaded ({@link transferOf} says which). What it has queued is submitted first.
 *
 * TensorFlow.js's tensor may be disposed at once, or by tf.tidy: its buffer is held until the tensor that this gives is disposed
 * and all calls that use it are submitted. Meanwhile tf.memory() counts one tensor more.
 *
 * @param tf the app's TensorFlow.js, with the backend `webgpu`
 * @param gpu the gpu of {@link openGpuOn}, on the same device
 * @param tensor float32 and not empty; shape and elements stay as they are
 * @returns a tensor that is yours to dispose
 * @throws if the tensor is disposed, empty, not float32, or on another backend, or the gpu is on another device
 * @example
 * ```ts
 * const pixels = tf.cast(tf.browser.fromPixels(image), 'float32');
 * using x = fromTf(tf, gpu, tf.expandDims(pixels));
 * using y = depthwiseConv2d(x, filter, { padding: 'same' });
 * const z = toTf(tf, y);
 * ```
 * @see https://js.tensorflow.org/api/latest/#class:Tensor
 */
export function fromTf(tf: TensorFlow, gpu: Gpu, tensor: TfTensor): Tensor {
  const op = 'fromTf';
  const backend = backendOf(op, tf);
  const { device } = openContext(op, gpu);
  check(
    device === backend.device,
    () => `${op}: gpu is on another device than TensorFlow.js; use the gpu that openGpuOn(tf) gives`,
  );
  checkTfTensor(op, backend, tensor);
  const { dataId, shape } = tensor;
  const transfer = (backend.tensorMap.get(dataId).resource ?? undefined) === undefined ? 'uploaded' : 'shared';
  // Submit first: the tensor may be in the middle of being written, or of being uploaded.
  backend.uploadToGPU(dataId);
  const { resource } = backend.tensorMap.get(dataId);
  if (!(resource instanceof GPUBuffer))
    return fail(`${op}: tensor ${describe(shape)} is a texture; give a tensor that is computed from it`);
  flush(backend);
  // Make another reference to the same data, which no tidy disposes.
  const held = tf.keep(tf.clone(tensor));
  try {
    const ours = gpu.wrap(resource, shape, { keepAlive: held });
    transfers.set(ours, transfer);
    return ours;
  } catch (error) {
    held.dispose();
    throw error;
  }
}

/**
 * A tensor of this library as one of TensorFlow.js. Work queued here is submitted first, so that the order of calls is the order
 * on the GPU.
 *
 * If the buffer holds the elements and nothing else, both tensors share it: it goes back to this library's pool when both are
 * disposed. Otherwise, and for float16, the elements are copied on the GPU, since TensorFlow.js takes all of a buffer for
 * elements; {@link transferOf} says which. Either tensor may be disposed first.
 *
 * @param tf the app's TensorFlow.js, with the backend `webgpu`
 * @param tensor on the same device; a float16 tensor gives the same numbers as float32
 * @returns a tensor that is TensorFlow.js's to dispose, and known to the tf.tidy around it
 * @throws if the tensor is disposed, on another device, known to have failed, or wraps a buffer that cannot be copied; inside
 *   `prepare`, `record`, `profile` and `compile`
 * @example
 * ```ts
 * const y = toTf(tf, depthwiseConv2d(x, filter));
 * const probabilities = tf.softmax(tf.reshape(y, [1, -1]));
 * ```
 * @see https://js.tensorflow.org/api/latest/#tensor
 */
export function toTf<R extends Rank = Rank>(tf: TensorFlow, tensor: Tensor): TfTensor<R> {
  const op = 'toTf';
  const backend = backendOf(op, tf);
  checkTensor(op, 'tensor', tensor);
  const storage = tensor.storage(op, 'tensor');
  const { context, dtype, shape } = tensor;
  check(
    context.device === backend.device,
    () =>
      `${op}: tensor ${describe(shape)} is on another device than TensorFlow.js; make it on the gpu of openGpuOn(tf)`,
  );
  check(
    context.tape === undefined,
    () => `${op}: called inside prepare, record, profile or compile, where nothing is submitted; call it after it`,
  );
  if (dtype === 'f16') {
    const wide = cast(tensor, 'f32');
    try {
      return toTf<R>(tf, wide);
    } finally {
      wide.dispose();
    }
  }
  if (storage.failure !== undefined) throw storage.failure;
  context.queue.submit();
  const { buffer, offset } = storage;
  const byteLength = 4 * tensor.size;
  const isExact = offset === 0 && buffer.size === byteLength && (buffer.usage & SHARED) === SHARED;
  const made = isExact ? shared<R>(tf, backend, tensor, storage) : copied<R>(tf, backend, tensor, storage);
  transfers.set(made, isExact ? 'shared' : 'copied');
  return made;
}

const COPY_SRC = 0x4;
/** The usage that TensorFlow.js requires of a buffer: STORAGE | COPY_SRC. */
const SHARED = 0x80 | COPY_SRC;

function shared<R extends Rank>(
  tf: TensorFlow,
  backend: TfBackend,
  { context, shape }: Tensor,
  storage: Storage,
): TfTensor<R> {
  const made = tf.tensor({ buffer: storage.buffer, zeroCopy: true }, [...shape] as never, 'float32');
  storage.references++;
  // TensorFlow.js only forgets a buffer that is not its own, after the submit of the commands that used it.
  let resource: unknown = storage.buffer;
  Object.defineProperty(backend.tensorMap.get(made.dataId), 'resource', {
    configurable: true,
    enumerable: true,
    get: () => resource,
    set(next: unknown) {
      if (resource === storage.buffer && next !== resource) context.pool.release(storage);
      resource = next;
    },
  });
  return made as TfTensor<R>;
}

function copied<R extends Rank>(
  tf: TensorFlow,
  backend: TfBackend,
  { context, shape, size }: Tensor,
  { buffer, offset }: Storage,
): TfTensor<R> {
  check(
    (buffer.usage & COPY_SRC) !== 0,
    () =>
      `toTf: tensor ${describe(shape)} wraps a buffer of usage 0x${buffer.usage.toString(16)} without COPY_SRC (0x4), which has to be copied; create it with GPUBufferUsage.COPY_SRC`,
  );
  // TensorFlow.js may give a buffer into which it has queued an upload, for a tensor that was disposed since.
  flush(backend);
  const info = backend.makeTensorInfo([...shape], 'float32');
  backend.uploadToGPU(info.dataId);
  const encoder = context.device.createCommandEncoder({ label: 'depthwise toTf' });
  const to = backend.tensorMap.get(info.dataId).resource as GPUBuffer;
  encoder.copyBufferToBuffer(buffer, offset, to, 0, 4 * size);
  context.device.queue.submit([encoder.finish()]);
  return tf.engine().makeTensorFromTensorInfo(info) as TfTensor<R>;
}

const CASTS: Readonly<Record<string, string>> = {
  complex64: 'give tf.real(x) and tf.imag(x)',
  string: 'only numbers have a buffer on the GPU',
};

function checkTfTensor(op: string, backend: TfBackend, tensor: TfTensor): void {
  const isTensor = typeof tensor === 'object' && tensor !== null && typeof tensor.isDisposed === 'boolean';
  check(isTensor, () => `${op}: tensor is ${show(tensor)}; give a tensor of TensorFlow.js`);
  const { dataId, dtype, shape } = tensor;
  check(
    !tensor.isDisposed,
    () => `${op}: tensor ${describe(shape)} is disposed; use it before its dispose() or tf.tidy's end`,
  );
  check(
    dtype === 'float32',
    () =>
      `${op}: tensor ${describe(shape)} is ${dtype} but must be float32; ${CASTS[dtype] ?? "give tf.cast(x, 'float32')"}`,
  );
  check(
    !shape.includes(0),
    () =>
      `${op}: tensor ${describe(shape)} has no elements, but tensors of this library have at least one; leave it out`,
  );
  check(
    backend.tensorMap.has(dataId),
    () =>
      `${op}: tensor ${describe(shape)} is on another backend of TensorFlow.js than webgpu; give tf.clone(x), which moves it`,
  );
}
