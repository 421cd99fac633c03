/**
 * The handle that an app holds: one device, its tensors, its memory.
 *
 * @module
 */
import { check, checkEither, checkKind, checkOptions, checkSignal, show } from '../conv/check';
import type { MemoryFigures } from '../gpu/buffers';
import { GpuContext } from '../gpu/context';
import { createLifetime, type Lifetime, type RecoveryOptions } from '../gpu/lifetime';
import { loadKernelsFor, openDevice, targetOf, type DeviceOptions } from '../gpu/open';
import { charactersKept } from '../kernels/specialize';
import type { Tensor } from './tensor';
import { uploaded, type TensorOptions } from './upload';
import { wrapped, type WrapOptions } from './wrap';

/** Options of {@link openGpu}. */
export interface GpuOptions extends DeviceOptions, RecoveryOptions {
  /** Is told of every failure, whether a `read` reports it, too, or not; default console.error. */
  readonly onError?: (error: Error) => void;
  /**
   * The most bytes that tensors and the pool's idle buffers may take on the GPU together, by default as many as the device
   * has. Idle buffers are destroyed to stay within it; a call throws if its output does not fit beside what is in use. Buffers
   * come in a few sizes only, so a tensor takes up to a fifth more than its elements. Programs, and the copy that `read` makes,
   * are not counted.
   *
   * @example
   * ```ts
   * const gpu = await openGpu({ memoryBudget: 512 * 2 ** 20 }); // 512 MiB
   * ```
   */
  readonly memoryBudget?: number;
  /**
   * Whether the first calls of a convolution may run by a short, general program, while the fast one that its shape needs is
   * being compiled in the background; default true. The first runs of compiled programs and loaded models do the same, where
   * that gives the first result sooner. `explain` names both. The two differ in rounding. With false, a call waits for its fast
   * program, so that equal calls give equal bits.
   *
   * @example
   * ```ts
   * const gpu = await openGpu({ quickStart: false });
   * ```
   */
  readonly quickStart?: boolean;
}

/** The names of GpuOptions. */
const GPU_OPTIONS = [
  'device',
  'powerPreference',
  'signal',
  'onError',
  'onLost',
  'recover',
  'memoryBudget',
  'quickStart',
];

/** Figures of `gpu.memory`: those of the pool, and how many entries each cache has. Caches drop the least recently used entry. */
export interface GpuMemory extends MemoryFigures {
  /** Compiled programs; at most 512, except while programs are being compiled. */
  readonly pipelines: number;
  /** Buffers of a few bytes that hold the sizes and strides of a call, 1024 at most. */
  readonly uniforms: number;
  /** Bind groups, 2048 at most. */
  readonly bindGroups: number;
  /** Calls whose kernel, tile and program are known, 4096 at most. */
  readonly plans: number;
  /** Characters of the programs' texts, of all gpus of the page; 2^24 at most. */
  readonly characters: number;
}

/**
 * Opens a GPU for convolution, or joins a device that the app has already.
 *
 * @param options device, or powerPreference and signal for a new one; onError for failures; onLost and recover for its loss
 * @throws (rejects) if there is no WebGPU or no adapter, or none for 10 s; the message says what to do
 * @throws (rejects) with the signal's reason when it is aborted
 * @throws (rejects) if there is no such option, or a device is given that is to be recovered: only the app can replace it
 * @example
 * ```ts
 * const gpu = await openGpu();
 * const shared = await openGpu({ device }); // the app's; for TensorFlow.js's there is openGpuOn in 'depthwise/tfjs'
 * ```
 * @see https://www.w3.org/TR/webgpu/#dom-gpu-requestadapter
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const op = 'openGpu';
  checkOptions(op, options, GPU_OPTIONS);
  const { powerPreference = 'high-performance', recover = false, quickStart = true } = options;
  checkEither(op, 'powerPreference', powerPreference, ['high-performance', 'low-power']);
  checkKind(op, 'recover', recover, 'boolean');
  checkKind(op, 'quickStart', quickStart, 'boolean');
  checkJoin(op, options);
  checkSignal(op, options.signal);
  check(
    options.device === undefined || options.recover !== true,
    () => `${op}: recover needs a device of openGpu's own; leave recover out and replace the device in onLost`,
  );
  return new Gpu(await openDevice(options), options);
}

/** The options that remain where another library has opened the device. */
export type JoinOptions = Pick<GpuOptions, 'onError' | 'onLost' | 'memoryBudget'>;

/** The names of JoinOptions. */
export const JOIN_OPTIONS: readonly string[] = ['onError', 'onLost', 'memoryBudget'];

/** @throws if one of them is no function or number */
export function checkJoin(op: string, { onError, onLost, memoryBudget }: JoinOptions): void {
  if (onError !== undefined) checkKind(op, 'onError', onError, 'function');
  if (onLost !== undefined) checkKind(op, 'onLost', onLost, 'function');
  check(
    memoryBudget === undefined || (typeof memoryBudget === 'number' && memoryBudget > 0),
    () => `${op}: memoryBudget is ${show(memoryBudget)}; give the bytes that tensors may take, more than 0`,
  );
}

/**
 * One device, its tensors and its memory. Made by {@link openGpu}.
 *
 * @see https://www.w3.org/TR/webgpu/#gpudevice
 */
export class Gpu {
  readonly #life: Lifetime;

  /** @internal Use {@link openGpu}. */
  constructor(device: GPUDevice, options: GpuOptions) {
    const onError = options.onError ?? ((error): void => console.error(error));
    const contextOf = (opened: GPUDevice): GpuContext =>
      new GpuContext(opened, targetOf(opened, options.quickStart), onError, options.memoryBudget);
    const open = async (): Promise<GpuContext> => contextOf(await openDevice({ ...options, signal: undefined }));
    const context = contextOf(device);
    this.#life = createLifetime(context, options, onError, open);
    // `openGpu` has loaded the kernels already; a gpu that was made without waiting gets them a moment later.
    void loadKernelsFor(device).then((isNew) => {
      if (isNew) context.plans.clear();
    });
  }

  /** @internal */
  get context(): GpuContext {
    return this.#life.context;
  }

  /** The WebGPU device; you may use it, too. After a loss it is another one. */
  get device(): GPUDevice {
    return this.context.device;
  }

  /** Whether the device emulates a GPU on the CPU, such as SwiftShader: a wasm runtime is faster there. */
  get isFallback(): boolean {
    return this.context.target.profile.cpu;
  }

  /**
   * Uploads numbers; for an image see {@link tensorFromImage}.
   *
   * @param data as many numbers as the shape has elements, row-major, in one list: a typed array is fastest, and lists in
   *   lists are refused; the array may be changed afterwards
   * @param shape sizes, outermost first
   * @param options `keep`, whether the tensor comes back by itself when the device is lost
   * @returns a tensor that is yours to dispose
   * @throws if there is no such option, the length is not the shape's size, an element is no number, or the tensor exceeds the
   *   device's limits
   * @example
   * ```ts
   * const x = gpu.tensor(new Float32Array(224 * 224 * 3), [1, 224, 224, 3]);
   * const filter = gpu.tensor(weights, [3, 3, 3, 1], { keep: true });
   * ```
   * @see https://js.tensorflow.org/api/latest/#tensor
   */
  tensor(data: ArrayLike<number>, shape: readonly number[], options: TensorOptions = {}): Tensor {
    return uploaded('gpu.tensor', this.context, data, shape, options);
  }

  /**
   * A tensor over a buffer of the app's, without a copy. The app still owns the buffer: dispose does not destroy it, but tells
   * `keepAlive`, if given. Without `keepAlive`, keep the buffer until `gpu.submit()` after the last call that uses it.
   *
   * @param buffer a buffer of this device, with usage STORAGE (and COPY_SRC, to be read)
   * @param shape sizes of what the buffer holds, outermost first
   * @param options `offset` in bytes, a multiple of the device's minStorageBufferOffsetAlignment (256 at most); `dtype` of
   *   the elements, default `'f32'`; `keepAlive`, what owns the buffer
   * @throws if there is no such option, or the buffer is too small, misaligned, or lacks the usage
   * @throws (rejects) `read` of the tensor and of all that is computed from it, if the buffer is of another device: only the
   *   browser knows that, and reports it later
   * @example
   * ```ts
   * const x = gpu.wrap(buffer, [1, 56, 56, 64], { offset: 256 });
   * ```
   * @see https://www.w3.org/TR/webgpu/#gpubuffer
   */
  wrap(buffer: GPUBuffer, shape: readonly number[], options: WrapOptions = {}): Tensor {
    return wrapped('gpu.wrap', this.context, buffer, shape, options);
  }

  /**
   * Hands all queued work to the GPU before it returns. Only needed before the app's own commands use a tensor's
   * `bufferBeforeSubmit`, or a buffer that it wraps and calls have written; `tensor.gpuBuffer()` submits by itself.
   *
   * @throws if the device is lost
   */
  submit(): void {
    this.context.life.check('gpu.submit');
    this.context.queue.submit();
  }

  /**
   * Settles when all work queued so far is done on the GPU.
   *
   * @throws (rejects) if the device is lost
   * @see https://www.w3.org/TR/webgpu/#dom-gpuqueue-onsubmittedworkdone
   */
  async finished(): Promise<void> {
    const { context } = this;
    context.life.check('gpu.finished');
    const work = async (): Promise<void> => {
      await context.queue.settled();
      await context.device.queue.onSubmittedWorkDone();
    };
    await context.life.during('gpu.finished', work());
  }

  /** Settles when `gpu.device` as it is now can no longer be used, with the reason; never rejects. */
  get lost(): Promise<GPUDeviceLostInfo> {
    return this.device.lost;
  }

  /**
   * Settles when the device can be used: at once, or after a loss when a new one is there, with the tensors that are kept
   * (see {@link TensorOptions}). All others are gone; using one throws. Calls made meanwhile throw, too.
   *
   * Rejects when five attempts have failed, which takes 8 s or more: a browser may refuse WebGPU to a page for minutes when
   * the GPU's process has crashed twice. The next `ready()` then tries again.
   *
   * @throws (rejects) if the device is lost and no new one comes; the message says why
   * @example
   * ```ts
   * await gpu.ready();
   * const y = depthwiseConv2d(gpu.tensor(pixels, shape), filter);
   * ```
   * @see https://www.w3.org/TR/webgpu/#dom-gpudevice-lost
   */
  async ready(): Promise<void> {
    await this.#life.ready();
    this.context.life.check('gpu.ready');
  }

  /** Bytes and buffers of the pool, and how full the caches are. */
  memory(): GpuMemory {
    const { pool, pipelines, uniforms, bindGroups, plans } = this.context;
    return {
      ...pool.figures(),
      pipelines: pipelines.size,
      uniforms: uniforms.size,
      bindGroups: bindGroups.size,
      plans: plans.size,
      characters: charactersKept(),
    };
  }

  /**
   * Destroys idle buffers.
   *
   * @param keepBytes how many idle bytes to keep; default none
   * @returns the bytes that were freed
   */
  trim(keepBytes = 0): number {
    const { pool, bindGroups } = this.context;
    check(
      typeof keepBytes === 'number' && keepBytes >= 0,
      () => `gpu.trim: keepBytes is ${show(keepBytes)}; give a number of at least 0`,
    );
    const freed = pool.trim(keepBytes);
    // Drop the bind groups, too: they hold the objects of destroyed buffers.
    if (freed > 0) bindGroups.clear();
    return freed;
  }

  /**
   * Frees the buffers of every tensor, and destroys the device if `openGpu` opened it. Nothing of this gpu can be used
   * afterwards; what is queued and not submitted yet is dropped.
   */
  destroy(): void {
    this.#life.destroy();
  }
}

/**
 * The context of a gpu that was given to a function.
 *
 * @throws if it is none, or its device is lost
 */
export function openContext(op: string, gpu: Gpu): GpuContext {
  const { context } = checkGpu(op, gpu);
  context.life.check(op);
  return context;
}

/** @throws if it is none */
export function checkGpu(op: string, gpu: Gpu): Gpu {
  check(gpu instanceof Gpu, () => `${op}: gpu is ${show(gpu)}; give what await openGpu() gives`);
  return gpu;
}
