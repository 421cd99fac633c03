/**
 * LiteRT.js's tensors and ours over the same buffers. Either library may open the device: we join its device, or it takes ours.
 *
 * @module
 */
import type * as litertjs from '@litertjs/core';
import { check, checkOptions, describe, show } from '../conv/check';
import { checkGpu, JOIN_OPTIONS, openGpu, type Gpu, type JoinOptions } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { wrapped } from '../tensor/wrap';
import { shareBuffer } from './shared-buffer';

/** The part of `import * as litert from '@litertjs/core'` that is used. */
export type LiteRtModule = Pick<typeof litertjs, 'getWebGpuDevice' | 'Tensor'>;

/**
 * Joins LiteRT.js's device: that of its default environment, which it opens in `loadLiteRt`. The other way round, LiteRT.js can
 * compute on the device of an open gpu: call `setWebGpuDevice(gpu.device)` after `loadLiteRt` and before the first model, since
 * all models of a page are on the device of the first one (as of 2.5). Both devices have the adapter's `shader-f16` and
 * `subgroups`; ours has `timestamp-query`, too, and larger workgroups.
 *
 * @param litert the module `@litertjs/core`
 * @param options `onError`, `onLost` and `memoryBudget` as for `openGpu`
 * @returns a gpu on that device; `gpu.destroy()` leaves the device alone
 * @throws (rejects) if LiteRT.js is not loaded or has no device, or there is no such option
 * @example
 * ```ts
 * await litert.loadLiteRt('/litert/wasm/');
 * const gpu = await openGpuOn(litert);
 * ```
 * @see https://ai.google.dev/edge/litert/web
 */
export async function openGpuOn(litert: LiteRtModule, options: JoinOptions = {}): Promise<Gpu> {
  const op = 'openGpuOn';
  checkModule(op, litert);
  checkOptions(op, options, JOIN_OPTIONS);
  const device = deviceOf(litert);
  check(
    device !== null,
    () =>
      `${op}: LiteRT.js is not loaded or has no WebGPU device; await loadLiteRt(...) first, where there is WebGPU, or give it yours, setWebGpuDevice(gpu.device)`,
  );
  return openGpu({ ...options, device });
}

/**
 * A LiteRT.js tensor as one of ours, without a copy. It is ours from now on: its `delete()` is called when our tensor is
 * disposed and the commands that use it are submitted, so do not call it yourself.
 *
 * @param gpu the gpu of `openGpuOn`, or the gpu whose device LiteRT.js was given
 * @param tensor in WebGPU memory, of float32
 * @returns a tensor of the same shape, that is yours to dispose
 * @throws if the tensor is deleted, is not on the GPU (`moveTo('webgpu')`), or has another type; it is then not ours
 * @throws (rejects) `read` of the tensor and of all that is computed from it, if it is on another device
 * @example
 * ```ts
 * const [features] = await model.run([image]);
 * using x = fromLiteRt(gpu, features);
 * using y = depthwiseConv2d(x, filter, { padding: 'same' });
 * ```
 */
export function fromLiteRt(gpu: Gpu, tensor: litertjs.Tensor): Tensor {
  const op = 'fromLiteRt';
  const { context } = checkGpu(op, gpu);
  check(
    typeof tensor?.toGpuBuffer === 'function',
    () => `${op}: tensor is ${show(tensor)}; give a tensor of LiteRT.js`,
  );
  const { dtype, layout } = tensor.type;
  const shape = Array.from(layout.dimensions);
  const what = `tensor ${dtype} ${describe(shape)}`;
  check(!tensor.deleted, () => `${op}: ${what} was deleted; use it before delete()`);
  check(
    tensor.accelerator === 'webgpu',
    () => `${op}: ${what} is on the CPU and not on the GPU; await tensor.moveTo('webgpu') first`,
  );
  check(
    dtype === 'float32',
    () => `${op}: ${what} holds ${dtype} but tensors hold float32; upload gpu.tensor(await tensor.data(), shape)`,
  );
  return wrapped(op, context, bufferOf(op, what, tensor), shape, { keepAlive: () => tensor.delete() });
}

/**
 * One of our tensors as a LiteRT.js tensor. The commands that compute it are submitted when this returns, so a model may run on
 * it at once. Both tensors are over the same buffer, without a copy; only a tensor that begins within a buffer (`byteOffset`) is
 * copied on the GPU.
 *
 * @param litert the module
 * @param tensor of float32, on LiteRT.js's device; disposing it does not disturb what is returned
 * @returns a tensor that is yours to delete, but not before the `run` that reads it has resolved
 * @throws if the tensor is disposed, of float16 or on another device, its commands are known to have failed, or `litert` is none
 * @example
 * ```ts
 * using x = resizeBilinear(photo, [224, 224]);
 * const image = toLiteRt(litert, x);
 * const [scores] = await model.run([image]);
 * image.delete();
 * ```
 */
export function toLiteRt(litert: LiteRtModule, tensor: Tensor): litertjs.Tensor {
  const op = 'toLiteRt';
  checkModule(op, litert);
  check(
    tensor?.dtype !== 'f16',
    () => `${op}: tensor ${describe(tensor.shape)} is float16 but LiteRT.js takes float32; give cast(tensor, 'f32')`,
  );
  const { buffer, release } = shareBuffer(op, tensor);
  try {
    check(
      tensor.context.device === deviceOf(litert),
      () =>
        `${op}: tensor ${describe(tensor.shape)} is not on LiteRT.js's device; open its gpu with openGpuOn(litert), or setWebGpuDevice(gpu.device) before the first model`,
    );
    return new litert.Tensor(buffer, [...tensor.shape], 'float32', undefined, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** @throws if the elements do not lie in the buffer one after another, as with models that compute in float16 */
function bufferOf(op: string, what: string, tensor: litertjs.Tensor): GPUBuffer {
  try {
    return tensor.toGpuBuffer();
  } catch (cause) {
    const message = `${op}: ${what} has no buffer with its elements one after another (${(cause as Error).message}); await tensor.copyTo('wasm') and upload its data`;
    throw new Error(message, { cause });
  }
}

function deviceOf({ getWebGpuDevice }: LiteRtModule): GPUDevice | null {
  try {
    return getWebGpuDevice();
  } catch {
    // It throws if LiteRT.js is not loaded.
    return null;
  }
}

function checkModule(op: string, litert: LiteRtModule): void {
  const { getWebGpuDevice, Tensor: constructor } = (litert ?? {}) as Partial<LiteRtModule>;
  check(
    typeof getWebGpuDevice === 'function' && typeof constructor === 'function',
    () => `${op}: litert is ${show(litert)}; give the module: import * as litert from '@litertjs/core'`,
  );
}
