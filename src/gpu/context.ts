/**
 * All that belongs to one device: its pool, its pipelines, its queue, and where dispatches go.
 *
 * @module
 */
import type { Choice, Question } from '../kernels/choice';
import type { Target } from '../kernels/kernel';
import type { Step } from '../step';
import { createBufferPool, type BufferPool, type Bytes, type Source, type Storage } from './buffers';
import type { Dispatch } from './encode';
import { createPipelines, type Pipelines } from './pipelines';
import { CommandQueue } from './queue';
import { createUniforms, type Uniforms } from './uniforms';

/** How dispatches are caught instead of queued; see {@link GpuContext.capture}. */
interface Capture {
  readonly dispatches: Dispatch[];
  /** What was allocated meanwhile, to be freed if the calls fail half way. */
  readonly acquired: Storage[];
  /** Nothing will run, so nothing is allocated; numbers that are uploaded may be wanted even so. */
  readonly virtual: Virtual;
}

/** Whether a capture is a dry run. */
export type Virtual = boolean | 'but uploads';

/** A tensor that comes back by itself when the device is lost. */
export interface Kept {
  /** Gives its numbers again; tensors that share them share the function. */
  readonly source: Source;
  /** Goes over to the context of the new device. Weak, so that what is dropped undisposed can be collected. */
  readonly tensor: WeakRef<{ moveTo(next: GpuContext, storage: Storage): void }>;
}

/** What there is to know of a tensor without knowing what it is. */
export interface Watched {
  readonly context: GpuContext;
  readonly shape: readonly number[];
  readonly provenance?: { readonly steps: readonly Step[] };
}

/** Who is told of tensors, to find those that nobody disposes. */
export interface Watch {
  /** One holds a reference to this storage: a new one, or a kept one on its new device. */
  held(tensor: Watched, storage: Storage, kept?: Kept): void;
  /** One is disposed. */
  released(tensor: Watched): void;
}

/** What captured calls returned, and their dispatches, whose operands are kept until {@link GpuContext.release}. */
export interface Captured<T> {
  readonly result: T;
  readonly dispatches: readonly Dispatch[];
}

/** Why a device can no longer be used. */
export interface Loss {
  /** `'destroyed'` by somebody's `device.destroy()`, or `'unknown'`: the driver, the GPU or its process failed. */
  readonly reason: GPUDeviceLostReason;
  /** The browser's words; may be empty. */
  readonly message: string;
}

/** Milliseconds between what a loss ends and the news of it; a few, by what was seen. */
const TOLD_WITHIN = 500;

/** What to do about a loss that nobody repairs. */
export const OPEN_ANEW = 'open a new one with openGpu() and upload again';

export class GpuContext {
  readonly device: GPUDevice;
  readonly target: Target;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  readonly queue: CommandQueue;
  readonly uniforms: Uniforms;
  /** Told of failures. */
  readonly onError: (error: Error) => void;
  /** Settles when the device is lost and all that was waiting for it is told. */
  readonly lost: Promise<Loss>;
  loss?: Loss;
  /** What to do about the loss: the end of every error's message. */
  remedy: string = OPEN_ANEW;
  /** The tensors that a new device gets, too. */
  readonly kept: Set<Kept> = new Set();
  /** Asked before the default rule; set by the tuner, so that who does not tune does not carry it. */
  advise?: (question: Question) => Choice | undefined;
  /** Told of the context that takes this one's place; added by who remembers something of the device. */
  readonly heirs: Set<(next: GpuContext) => void> = new Set();
  /** Told of every tensor; set by `warnOfLeaks`, so that who does not watch does not carry it. */
  watch?: Watch;
  #capture?: Capture;
  /** Whom to tell of a loss. Not reactions to `lost`, which would pile up for as long as the device lives. */
  readonly #waiting = new Set<(loss: Loss) => void>();

  /** @param memoryBudget the most bytes that the pool may hold */
  constructor(device: GPUDevice, target: Target, onError: (error: Error) => void, memoryBudget?: number) {
    this.device = device;
    this.target = target;
    // What fails because the device is lost is told by the loss.
    this.onError = (error) => {
      if (this.loss === undefined) onError(error);
    };
    this.uniforms = createUniforms(device);
    this.pipelines = createPipelines(device);
    this.queue = new CommandQueue(device, this.pipelines, this.uniforms, this.onError);
    this.pool = createBufferPool(device, target.limits, this.queue, memoryBudget);
    this.lost = device.lost.then(({ reason, message }) => this.end({ reason, message }));
  }

  /** Ends all that waits for the device, and forgets its buffers; the first reason counts. */
  end(loss: Loss): Loss {
    this.loss ??= loss;
    this.queue.abandon();
    this.pool.destroy();
    for (const tell of this.#waiting) tell(this.loss);
    return this.loss;
  }

  /**
   * Throws if the device is gone.
   *
   * @param op the function that was called
   * @param gone what is gone with it, if anything
   */
  checkAlive(op: string, gone?: string): void {
    if (this.loss === undefined) return;
    const { reason, message } = this.loss;
    throw new Error(
      `${op}: the GPU device was lost (${reason}${message && `: ${message}`})${gone ? `, and ${gone} with it` : ''}; ${this.remedy}`,
    );
  }

  /** Waits for the news of a loss as long as it may take, for whoever has seen what may be one. */
  async newsOfLoss(): Promise<void> {
    if (this.loss === undefined) await Promise.race([this.lost, pause(TOLD_WITHIN)]);
  }

  /**
   * Settles as the work does, or rejects with the loss as soon as the device is lost: not every browser ends what waits
   * for a lost device.
   *
   * @param op the function that was called
   */
  async whileAlive<T>(op: string, work: Promise<T>): Promise<T> {
    let end: (loss: Loss) => void;
    const ended = new Promise<never>((_, reject) => this.#waiting.add((end = reject)));
    try {
      return await Promise.race([work, ended]);
    } catch (cause) {
      // What a loss ends may be told before the loss is: a mapping hardly ever fails for any other reason.
      if (cause instanceof DOMException) await Promise.race([ended, pause(TOLD_WITHIN)]).catch(() => {});
      this.checkAlive(op);
      throw cause;
    } finally {
      this.#waiting.delete(end!);
    }
  }

  /**
   * Storage for what a dispatch will write.
   *
   * @param op the public function, for errors
   * @throws if it does not fit into the memory budget
   */
  acquire(op: string, byteLength: number, label: string): Storage {
    return this.#acquire(op, byteLength, label);
  }

  /** Storage that holds these numbers from now on, and on a new device again if there is a source. */
  upload(op: string, values: Bytes, label: string, source?: Source): Storage {
    const storage = this.#acquire(op, values.byteLength, label, values);
    storage.source = source;
    return storage;
  }

  /** The same storage for one more tensor; a dry run must leave no reference behind, so there it is virtual. */
  share(storage: Storage): Storage {
    if (this.rehearsing) return virtualStorage(storage.byteLength, storage);
    storage.references++;
    return storage;
  }

  /** Queues a dispatch, or hands it to whoever captures. */
  dispatch(dispatch: Dispatch): void {
    if (this.#capture === undefined) {
      this.queue.dispatch(dispatch);
      return;
    }
    // A tensor may be disposed before the dispatch that names it is submitted; its buffer must not be reused till then.
    for (const storage of Object.values(dispatch.operands)) storage.references++;
    this.#capture.dispatches.push(dispatch);
  }

  get capturing(): boolean {
    return this.#capture !== undefined;
  }

  /** Whether calls are captured for a dry run. */
  get rehearsing(): boolean {
    return this.#capture !== undefined && this.#capture.virtual !== false;
  }

  /**
   * Runs `fn` and gives its dispatches instead of queueing them. The caller releases them once they are submitted.
   *
   * @param virtual whether this is a dry run, which allocates nothing, or nothing but what is uploaded
   * @throws if `fn` throws or is asynchronous, or calls are captured already; nothing is left allocated then
   */
  capture<T>(op: string, fn: () => T, { virtual }: { readonly virtual: Virtual }): Captured<T> {
    if (this.#capture !== undefined)
      throw new Error(`${op}: called inside prepare, record or profile, which do not nest`);
    const guarded = (): T => {
      const result = fn();
      if (!(result instanceof Promise)) return result;
      // However it ends after its first await: this error is the answer, and a rejection would be one too many.
      result.catch(() => {});
      throw new Error(`${op}: the function is asynchronous but must make its calls before it returns; await before it`);
    };
    return this.#collect(guarded, virtual);
  }

  /** Lets go of the operands of captured dispatches; their buffers are reused when their tensors are disposed, too. */
  release(dispatches: readonly Dispatch[]): void {
    for (const { operands } of dispatches) for (const storage of Object.values(operands)) this.pool.release(storage);
  }

  /**
   * Runs an op made of several dispatches so that either all of them are queued or, if it throws, none.
   *
   * @returns what `fn` returned, and the steps that it made
   */
  atomic<T>(fn: () => T): { readonly result: T; readonly steps: readonly Step[] } {
    const { result, dispatches } = this.#collect(fn, this.#capture?.virtual ?? false);
    for (const dispatch of dispatches) this.dispatch(dispatch);
    this.release(dispatches);
    return { result, steps: dispatches.map(({ step }) => step) };
  }

  #acquire(op: string, byteLength: number, label: string, values?: Bytes): Storage {
    if (this.rehearsing && !(values !== undefined && this.#capture?.virtual === 'but uploads'))
      return virtualStorage(byteLength);
    const storage = this.pool.acquire(op, byteLength, label, values);
    this.#capture?.acquired.push(storage);
    return storage;
  }

  #collect<T>(fn: () => T, virtual: Virtual): Captured<T> {
    const outer = this.#capture;
    const capture: Capture = { dispatches: [], acquired: [], virtual };
    this.#capture = capture;
    try {
      const result = fn();
      outer?.acquired.push(...capture.acquired);
      return { result, dispatches: capture.dispatches };
    } catch (error) {
      this.release(capture.dispatches);
      for (const storage of capture.acquired) this.pool.free(storage);
      throw error;
    } finally {
      this.#capture = outer;
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Stands for a storage in a dry run; its bindings are never made.
 *
 * @param whole the storage of which it is another name
 */
export function virtualStorage(byteLength: number, whole?: Storage): Storage {
  return {
    whole,
    get buffer(): GPUBuffer {
      throw new Error('prepare: a tensor made inside it has no buffer');
    },
    offset: 0,
    byteLength,
    external: true,
    virtual: true,
    references: 1,
  };
}
