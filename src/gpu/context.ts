/**
 * All that belongs to one device: its pool, its pipelines, its queue, and where dispatches go.
 *
 * @module
 */
import type { Choice, Question } from '../kernels/choice';
import type { Target } from '../kernels/kernel';
import type { Step } from '../step';
import { createBufferPool, type BufferPool, type Storage } from './buffers';
import type { Dispatch, Operands } from './encode';
import { createPipelines, type Pipelines } from './pipelines';
import { CommandQueue } from './queue';
import { createUniforms, type Uniforms } from './uniforms';

/** How dispatches are caught instead of queued; see {@link GpuContext.capture}. */
interface Capture {
  readonly dispatches: Dispatch[];
  /** What was allocated meanwhile, to be freed if the calls fail half way. */
  readonly acquired: Storage[];
  /** Nothing will run, so nothing is allocated. */
  readonly virtual: boolean;
}

/** What captured calls returned, and their dispatches, whose operands are kept until {@link GpuContext.release}. */
export interface Captured<T> {
  readonly result: T;
  readonly dispatches: readonly Dispatch[];
}

/** What failed on this device, if it can no longer be used. */
export interface Loss {
  readonly reason: string;
  readonly message: string;
}

export class GpuContext {
  readonly device: GPUDevice;
  readonly target: Target;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  readonly queue: CommandQueue;
  readonly uniforms: Uniforms;
  /** Told of failures. */
  readonly onError: (error: Error) => void;
  loss?: Loss;
  /** Asked before the default rule; set by the tuner, so that who does not tune does not carry it. */
  advise?: (question: Question) => Choice | undefined;
  #capture?: Capture;

  constructor(device: GPUDevice, target: Target, onError: (error: Error) => void) {
    this.device = device;
    this.target = target;
    this.onError = onError;
    this.uniforms = createUniforms(device);
    this.pipelines = createPipelines(device);
    this.queue = new CommandQueue(device, this.pipelines, this.uniforms, onError);
    this.pool = createBufferPool(device, target.limits, this.queue);
    void device.lost.then(({ reason, message }) => {
      this.loss = { reason, message };
    });
  }

  /** Throws if the device is gone; `op` is the function that was called. */
  checkAlive(op: string): void {
    if (this.loss === undefined) return;
    const { reason, message } = this.loss;
    throw new Error(
      `${op}: the GPU device was lost (${reason}${message === '' ? '' : `: ${message}`}); open a new one with openGpu() and upload again`,
    );
  }

  /** Storage for what a dispatch will write. */
  acquire(byteLength: number, label: string): Storage {
    return this.#acquire(byteLength, 'commands', label);
  }

  /** Storage that holds these numbers from now on. */
  upload(values: Float32Array, label: string): Storage {
    const storage = this.#acquire(values.byteLength, 'upload', label);
    if (storage.virtual !== true) this.device.queue.writeBuffer(storage.buffer, 0, values as Float32Array<ArrayBuffer>);
    return storage;
  }

  /** The same storage for one more tensor; a dry run must leave no reference behind, so there it is virtual. */
  share(storage: Storage): Storage {
    if (this.rehearsing) return virtualStorage(storage.byteLength);
    storage.references++;
    return storage;
  }

  /** Queues a dispatch, or hands it to whoever captures. */
  dispatch(step: Step, operands: Operands): void {
    if (this.#capture === undefined) {
      this.queue.dispatch({ step, operands });
      return;
    }
    // A tensor may be disposed before the dispatch that names it is submitted; its buffer must not be reused till then.
    for (const storage of Object.values(operands)) storage.references++;
    this.#capture.dispatches.push({ step, operands });
  }

  get capturing(): boolean {
    return this.#capture !== undefined;
  }

  /** Whether calls are captured for a dry run. */
  get rehearsing(): boolean {
    return this.#capture?.virtual === true;
  }

  /**
   * Runs `fn` and gives its dispatches instead of queueing them. The caller releases them once they are submitted.
   *
   * @param virtual whether this is a dry run, which allocates nothing
   * @throws if `fn` throws or is asynchronous, or calls are captured already; nothing is left allocated then
   */
  capture<T>(op: string, fn: () => T, { virtual }: { readonly virtual: boolean }): Captured<T> {
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
    const { result, dispatches } = this.#collect(fn, this.rehearsing);
    for (const { step, operands } of dispatches) this.dispatch(step, operands);
    this.release(dispatches);
    return { result, steps: dispatches.map(({ step }) => step) };
  }

  #acquire(byteLength: number, use: 'commands' | 'upload', label: string): Storage {
    if (this.rehearsing) return virtualStorage(byteLength);
    const storage = this.pool.acquire(byteLength, use, label);
    this.#capture?.acquired.push(storage);
    return storage;
  }

  #collect<T>(fn: () => T, virtual: boolean): Captured<T> {
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

/** Stands for a storage in a dry run; its bindings are never made. */
function virtualStorage(byteLength: number): Storage {
  return {
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
