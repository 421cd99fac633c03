/**
 * ONNX Runtime Web's tensors and ours over the same buffers. ONNX Runtime opens the device, and we join it.
 *
 * @module
 */
import type * as onnxruntime from 'onnxruntime-web';
import { check, checkOptions, describe, show } from '../conv/check';
import { encode, type DType } from '../kernels/dtype';
import { checkGpu, JOIN_OPTIONS, openGpu, type Gpu, type JoinOptions } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { wrapped } from '../tensor/wrap';
import { shareBuffer } from './shared-buffer';

/** The part of `import * as ort from 'onnxruntime-web/webgpu'` that is used. */
export type OrtModule = Pick<typeof onnxruntime, 'env' | 'Tensor'>;

/** An ONNX Runtime tensor on the GPU. */
export type OrtGpuTensor = ReturnType<OrtModule['Tensor']['fromGpuBuffer']>;

const DTYPES: Readonly<Record<string, DType>> = { float32: 'f32', float16: 'f16' };

/**
 * Joins ONNX Runtime's device. ONNX Runtime opens one with its first session on `'webgpu'`, so create that first. It does not use
 * a device that it is given (`env.webgpu.device = ...`), as of 1.30. It destroys the device when the last session is released.
 *
 * @param ort the module `onnxruntime-web/webgpu`, or another one of the package that has WebGPU
 * @param options `onError`, `onLost` and `memoryBudget` as for `openGpu`
 * @returns a gpu on that device; `gpu.destroy()` leaves the device alone
 * @throws (rejects) if ONNX Runtime has no device yet, or there is no such option
 * @example
 * ```ts
 * const session = await ort.InferenceSession.create(model, {
 *   executionProviders: ['webgpu'],
 *   preferredOutputLocation: 'gpu-buffer',
 * });
 * const gpu = await openGpuOn(ort);
 * ```
 * @see https://onnxruntime.ai/docs/tutorials/web/ep-webgpu.html
 */
export async function openGpuOn(ort: OrtModule, options: JoinOptions = {}): Promise<Gpu> {
  const op = 'openGpuOn';
  checkModule(op, ort);
  checkOptions(op, options, JOIN_OPTIONS);
  const device = (await ort.env.webgpu.device) as GPUDevice | undefined;
  check(
    device !== undefined,
    () =>
      `${op}: ONNX Runtime has no device yet, it opens one with its first session; await InferenceSession.create(model, { executionProviders: ['webgpu'] }) first`,
  );
  return openGpu({ ...options, device });
}

/**
 * An ONNX Runtime tensor as one of ours, without a copy. It is ours from now on: its `dispose()` is called when our tensor is
 * disposed and the commands that use it are submitted, so do not call it yourself.
 *
 * @param gpu the gpu of `openGpuOn`
 * @param tensor on the GPU (`preferredOutputLocation: 'gpu-buffer'`), of float32 or float16
 * @returns a tensor of the same shape, that is yours to dispose
 * @throws if the tensor is disposed, is not on the GPU or has another type; it is then not ours
 * @throws (rejects) `read` of the tensor and of all that is computed from it, if it is on another device
 * @example
 * ```ts
 * const { features } = await session.run({ image });
 * using x = fromOrt(gpu, features);
 * using y = depthwiseConv2d(x, filter, { dataFormat: 'NCHW' });
 * ```
 * @see https://onnxruntime.ai/docs/api/js/interfaces/Tensor-1.html
 */
export function fromOrt(gpu: Gpu, tensor: onnxruntime.Tensor): Tensor {
  const op = 'fromOrt';
  const { context } = checkGpu(op, gpu);
  const { location, type, dims } = (tensor ?? {}) as Partial<onnxruntime.Tensor>;
  check(
    typeof location === 'string' && Array.isArray(dims),
    () => `${op}: tensor is ${show(tensor)}; give a tensor of ONNX Runtime`,
  );
  const what = `tensor ${type} ${describe(dims as number[])}`;
  check(location !== 'none', () => `${op}: ${what} was disposed; use it before dispose()`);
  check(
    location === 'gpu-buffer',
    () =>
      `${op}: ${what} is on the ${location} and not on the GPU; give the session preferredOutputLocation: 'gpu-buffer', or upload it with gpu.tensor(tensor.data, tensor.dims)`,
  );
  const dtype = DTYPES[type as string];
  check(
    dtype !== undefined,
    () =>
      `${op}: ${what} holds ${type} but tensors hold float32 or float16; end the model with a Cast node, or upload gpu.tensor(Array.from(await tensor.getData(), Number), tensor.dims)`,
  );
  return wrapped(op, context, tensor.gpuBuffer, dims as number[], { dtype, keepAlive: tensor });
}

/**
 * One of our tensors as an ONNX Runtime tensor. The commands that compute it are submitted when this returns, so a session may
 * run on it at once. Both tensors are over the same buffer, without a copy; only a tensor that begins within a buffer
 * (`byteOffset`) is copied on the GPU.
 *
 * @param ort the module
 * @param tensor on the device that ONNX Runtime uses; disposing it does not disturb what is returned
 * @returns a tensor of type float32 or float16, that is yours to dispose, but not before the `run` that reads it has resolved
 * @throws if the tensor is disposed or on another device, its commands are known to have failed, or `ort` is none
 * @example
 * ```ts
 * using x = resizeBilinear(photo, [224, 224]);
 * const image = toOrt(ort, x);
 * const { scores } = await session.run({ image });
 * image.dispose();
 * ```
 * @see https://onnxruntime.ai/docs/api/js/interfaces/TensorFactory.html#fromGpuBuffer
 */
export function toOrt(ort: OrtModule, tensor: Tensor): OrtGpuTensor {
  const op = 'toOrt';
  checkModule(op, ort);
  const { buffer, read, release } = shareBuffer(op, tensor);
  const { shape, dtype } = tensor;
  checkDevice(op, ort, tensor, release);
  return ort.Tensor.fromGpuBuffer(buffer, {
    dataType: dtype === 'f16' ? 'float16' : 'float32',
    dims: [...shape],
    async download() {
      const values = await read();
      // Without a Float16Array, ONNX Runtime takes the bits of float16.
      return (dtype === 'f16' && values instanceof Float32Array ? encode(values, dtype, op) : values) as Float32Array;
    },
    dispose: release,
  });
}

/** The device. Its type says that it is a promise, but it is the device itself. */
function checkDevice(op: string, { env }: OrtModule, { context, shape }: Tensor, release: () => void): void {
  const device = env.webgpu.device as unknown;
  if (device === context.device || device instanceof Promise) return;
  release();
  throw new Error(
    `${op}: tensor ${describe(shape)} is not on ONNX Runtime's device; open its gpu with openGpuOn(ort) after the first session`,
  );
}

function checkModule(op: string, ort: OrtModule): void {
  const { env, Tensor: constructor } = (ort ?? {}) as Partial<OrtModule>;
  check(
    typeof env === 'object' && typeof constructor?.fromGpuBuffer === 'function',
    () => `${op}: ort is ${show(ort)}; give the module: import * as ort from 'onnxruntime-web/webgpu'`,
  );
}
