/**
 * A tensor: a shape and a range of a GPU buffer, row-major. Every op makes a new one; the data stays on the GPU until
 * `read`.
 *
 * @module
 */
import { check, describe, sizeOf } from '../conv/check';
import { caught, type Storage } from '../gpu/buffers';
import type { Operand } from '../gpu/call';
import type { GpuContext, Kept } from '../gpu/context';
import type { Provenance } from '../gpu/provenance';
import { bytesOf, decode, type DType, type Form } from '../kernels/dtype';
import { checkBytes } from '../kernels/pieces';

/**
 * A tensor on the GPU. Made by `gpu.tensor`, `gpu.wrap` and the ops, freed by `dispose` (or by leaving a `using` block).
 *
 * @example
 * ```ts
 * using y = depthwiseConv2d(x, filter, { padding: 'same' });
 * console.log(y.shape, await y.read());
 * ```
 */
export class Tensor {
  /** Sizes in elements, outermost first. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  /** @internal The context of its device; after a loss that of the new device, if the tensor is kept. */
  context!: GpuContext;
  /** @internal What made it, for `explain`; absent if nothing did but the app. */
  provenance?: Provenance;
  #storage?: Storage;
  readonly #kept?: Kept;
  /** Whether the tensor is of a dry run, where the tape holds the reference to the storage. */
  readonly #isBorrowed: boolean;

  /**
   * @internal Takes over one reference to `storage`, unless the storage is borrowed.
   */
  constructor(
    context: GpuContext,
    { shape, dtype }: Form,
    storage: Storage,
    provenance?: Provenance,
    borrowed = false,
  ) {
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.provenance = provenance;
    this.#isBorrowed = borrowed;
    if (borrowed) {
      this.context = context;
      this.#storage = storage;
      return;
    }
    const { source } = storage;
    if (source !== undefined) this.#kept = { source, tensor: new WeakRef(this) };
    this.moveTo(context, storage);
  }

  /** @internal Takes over one reference to `storage` of this context. */
  moveTo(context: GpuContext, storage: Storage): void {
    this.context = context;
    this.#storage = storage;
    if (this.#kept !== undefined) context.keep(this, this.#kept, storage);
    if (storage.owner !== undefined) context.watchOwned(this, storage);
    context.watch?.held(this, storage, this.#kept);
  }

  /** Whether `dispose` was called. */
  get disposed(): boolean {
    return this.#storage === undefined;
  }

  /**
   * The buffer that holds the elements, at `byteOffset`. All calls made before are submitted first, so commands that you submit
   * to this device from now on find the elements in it.
   *
   * The tensor owns the buffer: submit all commands that read it before `dispose`, after which the next tensor gets it. Call
   * `gpuBuffer()` again after a later call that writes the tensor (`program.run` with `into`). The commands of `record` and
   * `program.encode` run when you submit your encoder: use the buffer in the same encoder, or submit that first.
   *
   * @throws if the tensor is disposed, its device is lost, or the commands that made it are known to have failed; inside
   *   `prepare`, `record`, `profile` and `compile`, where nothing is submitted
   * @example
   * ```ts
   * encoder.copyBufferToBuffer(y.gpuBuffer(), y.byteOffset, own, 0, 4 * y.size);
   * gpu.device.queue.submit([encoder.finish()]);
   * ```
   * @see https://www.w3.org/TR/webgpu/#dom-gpuqueue-submit
   */
  gpuBuffer(): GPUBuffer {
    const op = 'tensor.gpuBuffer';
    const storage = this.storage(op);
    check(
      this.context.tape === undefined,
      () =>
        `${op}: called inside prepare, record, profile or compile, where nothing is submitted; call it after it, or take bufferBeforeSubmit for commands in the encoder of record`,
    );
    if (storage.failure !== undefined) throw storage.failure;
    this.context.queue.submit();
    storage.lent = true;
    return storage.buffer;
  }

  /**
   * The same buffer as `gpuBuffer` gives, for experts: the commands that write the elements may still be queued. Call
   * `gpu.submit()` before you submit your own commands that use it, or they see other numbers, without an error.
   */
  get bufferBeforeSubmit(): GPUBuffer {
    const storage = this.storage('tensor.bufferBeforeSubmit');
    storage.lent = true;
    return storage.buffer;
  }

  /** Where the elements begin in the buffer, in bytes. */
  get byteOffset(): number {
    return this.storage('tensor.byteOffset').offset;
  }

  /** @internal The tensor as a call sees it. If the tensor is disposed, the error names `op`. */
  operand(op: string, argument?: string): Operand {
    return { value: this.storage(op, argument), shape: this.shape, dtype: this.dtype };
  }

  /** @internal The storage. If there is none any more, the error names `op`. */
  storage(op: string, argument = 'the tensor'): Storage {
    if (this.#storage === undefined) {
      throw new Error(
        `${op}: ${argument} ${describe(this.shape)} was disposed; use it before dispose(), or make it again`,
      );
    }
    const { context } = this;
    if (context.life.loss !== undefined) {
      const returns = this.#kept !== undefined && context.kept.has(this.#kept);
      context.life.check(op, returns ? undefined : `${argument} ${describe(this.shape)}`);
    }
    check(
      (this.#storage.virtual !== true && !this.#isBorrowed) || context.tape?.dry === true,
      () =>
        `${op}: ${argument} ${describe(this.shape)} was made inside prepare, which computes nothing; make it again outside`,
    );
    return this.#storage;
  }

  /**
   * The elements, in row-major order of `shape`.
   *
   * @returns a new Float32Array of `size` elements; for a float16 tensor a Float16Array in browsers that have it
   * @throws (rejects) if the tensor is disposed, its device was lost, or a command that made it failed
   * @example
   * ```ts
   * const values = await y.read(); // Float32Array
   * const halves = await h.read<Float16Array>(); // h.dtype is 'f16', and the browser is known to have Float16Array
   * ```
   * @see https://www.w3.org/TR/webgpu/#dom-gpubuffer-mapasync
   */
  async read<T extends ArrayLike<number> = Float32Array>(): Promise<T> {
    const storage = this.storage('tensor.read');
    check(
      this.context.tape === undefined,
      () => 'tensor.read: called inside prepare, record, profile or compile; read after it',
    );
    // Do not check for other failures yet, since a program may be about to write the elements anew: the copy reports them.
    if (storage.missing !== undefined) throw storage.missing;
    check(
      (storage.buffer.usage & COPY_SRC) !== 0,
      () =>
        `tensor.read: the wrapped buffer's usage is 0x${storage.buffer.usage.toString(16)} without COPY_SRC (0x4); create it with GPUBufferUsage.COPY_SRC to read it`,
    );
    return decode(await readStorage(this.context, storage, bytesOf(this)), this) as ArrayLike<number> as T;
  }

  /** Gives the buffer back to the pool; work queued before is not affected. Disposing twice does nothing. */
  dispose(): void {
    const storage = this.#storage;
    this.#storage = undefined;
    if (this.#kept !== undefined) this.context.forget(this, this.#kept);
    if (storage === undefined || this.#isBorrowed) return;
    if (storage.owner !== undefined) this.context.unwatchOwned(this);
    this.context.watch?.released(this);
    this.context.pool.release(storage);
  }

  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** `Tensor f32 [1, 224, 224, 3]`. */
  toString(): string {
    return `Tensor ${this.dtype} ${describe(this.shape)}${this.disposed ? ' (disposed)' : ''}`;
  }
}

/** Disposes what a callback returned: a tensor, a list or a record of them, or nothing. */
export function disposeAll(result: unknown): void {
  if (result instanceof Tensor) result.dispose();
  else if (typeof result === 'object' && result !== null)
    for (const tensor of Object.values(result)) if (tensor instanceof Tensor) tensor.dispose();
}

const COPY_SRC = 0x4; // GPUBufferUsage.COPY_SRC

/**
 * Bytes of a tensor's buffer. Checks that the device can hold them and, if needed, bind them in one piece.
 *
 * @throws if the shape is not one, or the tensor exceeds the device's limits
 */
export function byteLengthOf(op: string, argument: string, form: Form, context: GpuContext, bound = true): number {
  return checkBytes(op, argument, form, context.target.limits, bound);
}

async function readStorage(context: GpuContext, storage: Storage, bytes: number): Promise<ArrayBuffer> {
  const op = 'tensor.read';
  const { byteLength } = storage;
  let refused = false;
  const usage = 0x1 | 0x8; // MAP_READ | COPY_DST
  const staging = caught(
    context.device,
    () => context.device.createBuffer({ label: 'depthwise read', size: byteLength, usage }),
    (failure) => (refused = failure !== undefined),
  );
  const arrive = async (): Promise<void> => {
    await context.queue.copy(storage, staging);
    await staging.mapAsync(0x1); // GPUMapMode.READ
  };
  try {
    await context.life.during(op, arrive());
    return staging.getMappedRange().slice(0, bytes);
  } catch (cause) {
    if (!refused) throw cause;
    // If there was no memory for the tensor, there is none for a copy either.
    if (storage.failure !== undefined) throw storage.failure;
    throw new Error(
      `${op}: the device has no memory for a copy of the ${byteLength} bytes to be read; dispose tensors that are done with, or read parts of it (slice)`,
      { cause },
    );
  } finally {
    staging.destroy();
  }
}
