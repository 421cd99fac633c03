/**
 * All that belongs to one device: its pool, its pipelines, its queue, and where dispatches go.
 *
 * @module
 */
import type { Target } from '../kernels/kernel';
import type { Step } from '../step';
import { createBufferPool, type BufferHolder, type BufferPool, type Storage } from './buffers';
import type { Dispatch, Operands } from './encode';
import { createPipelines, type Pipelines } from './pipelines';
import { CommandQueue } from './queue';
import { createUniforms, type Uniforms } from './uniforms';

/** How dispatches are caught instead of queued; see {@link GpuContext.capture}. */
interface Capture {
  readonly dispatches: Dispatch[];
  /** Nothing will run, so nothing is allocated. */
  readonly virtual: boolean;
  readonly holder?: BufferHolder;
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
  loss?: Loss;
  #capture?: Capture;

  constructor(device: GPUDevice, target: Target, onError: (error: Error) => void) {
    this.device = device;
    this.target = target;
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
    if (this.#capture?.virtual === true) return virtualStorage(byteLength);
    return this.pool.acquire(byteLength, 'commands', label, this.#capture?.holder);
  }

  /** Queues a dispatch, or hands it to whoever captures. */
  dispatch(step: Step, operands: Operands): void {
    if (this.#capture === undefined) this.queue.dispatch({ step, operands });
    else this.#capture.dispatches.push({ step, operands });
  }

  get capturing(): boolean {
    return this.#capture !== undefined;
  }

  /**
   * Runs `fn` and gives its dispatches instead of queueing them.
   *
   * @throws if `fn` is asynchronous or calls are captured already
   */
  capture<T>(
    op: string,
    fn: () => T,
    options: Omit<Capture, 'dispatches'>,
  ): { readonly result: T; readonly dispatches: readonly Dispatch[] } {
    if (this.#capture !== undefined) throw new Error(`${op}: called inside gpu.prepare, gpu.record or gpu.profile, which do not nest`);
    const capture: Capture = { ...options, dispatches: [] };
    this.#capture = capture;
    try {
      const result = fn();
      if (result instanceof Promise) {
        throw new Error(`${op}: the function is asynchronous but must make its calls before it returns; await before it`);
      }
      return { result, dispatches: capture.dispatches };
    } finally {
      this.#capture = undefined;
    }
  }
}

/** Stands for a storage in a dry run; its bindings are never made. */
function virtualStorage(byteLength: number): Storage {
  return {
    get buffer(): GPUBuffer {
      throw new Error('gpu.prepare: a tensor made inside has no contents; make it again outside');
    },
    offset: 0,
    byteLength,
    external: true,
    references: 1,
  };
}
