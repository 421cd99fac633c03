/**
 * Holds all that belongs to one device: its life, its pool, its caches, its queue.
 *
 * @module
 */
import type { Choice, Question } from '../kernels/choice';
import type { Target } from '../kernels/kernel';
import type { Plan } from '../kernels/plan';
import { createBindGroups, type BindGroups } from './bind-groups';
import { createBufferPool, type BufferPool, type Bytes, type Source, type Storage } from './buffers';
import type { Call } from './call';
import { createLife, type Life } from './life';
import { createPlans, dispatchesOf, type MiddleStorages, type Plans } from './lower';
import { createPipelines, type Pipelines } from './pipelines';
import type { Provenance } from './provenance';
import { CommandQueue } from './queue';
import type { Tape, Taped } from './tape';
import { createUniforms, type Uniforms } from './uniforms';

/** A tensor that comes back by itself when the device is lost. */
export interface Kept {
  /** Gives the tensor's numbers again; tensors that share numbers share the function. */
  readonly source: Source;
  /** The tensor, which moves to the context of the new device. Weak, so that a tensor dropped undisposed can be collected. */
  readonly tensor: WeakRef<{ moveTo(next: GpuContext, storage: Storage): void }>;
}

/** What a kept tensor leaves behind; nothing here may lead to the tensor. */
interface HeldKept {
  readonly kept: Kept;
  readonly storage: Storage;
}

/** The part of a tensor that the context uses. */
export interface Watched {
  readonly context: GpuContext;
  readonly shape: readonly number[];
  readonly provenance?: Provenance;
}

/** Watches tensors to find those that nobody disposes. */
export interface Watch {
  /** A tensor holds a reference to this storage: a new tensor, or a kept one on its new device. */
  held(tensor: Watched, storage: Storage, kept?: Kept): void;
  /** A tensor is disposed. */
  released(tensor: Watched): void;
}

export class GpuContext {
  readonly device: GPUDevice;
  readonly target: Target;
  readonly life: Life;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  readonly plans: Plans;
  readonly bindGroups: BindGroups;
  readonly uniforms: Uniforms;
  readonly queue: CommandQueue;
  /** Is told of failures. */
  readonly onError: (error: Error) => void;
  /** The tensors that move to a new device after a loss. */
  readonly kept: Set<Kept> = new Set();
  /** Drops the copy of a kept tensor's numbers if the tensor is collected undisposed: nobody needs them any more. */
  readonly #collected = new FinalizationRegistry<HeldKept>(({ kept, storage }) => {
    this.kept.delete(kept);
    for (const { source } of this.kept) if (source === kept.source) return;
    // The buffer itself stays in use, as the buffer of every undisposed tensor does.
    storage.source = undefined;
  });
  /** Releases the owner of a wrapped buffer if the tensor over it is collected undisposed. */
  readonly #dropped = new FinalizationRegistry<Storage>((storage) => {
    // The app may still use a buffer that it was given.
    if (storage.lent !== true) this.pool.release(storage);
  });
  /** Gets the calls instead of the queue; set while calls are captured. */
  tape?: Tape;
  /** Is asked before the default rule; set by the tuner, so that an app that does not tune does not bundle it. */
  advise?: (question: Question) => Choice | undefined;
  /** Functions that are told of the context that replaces this one; added by modules that remember something of the device. */
  readonly heirs: Set<(next: GpuContext) => void> = new Set();
  /** Is told of every tensor; set by `warnOfLeaks`, so that an app that does not watch does not bundle it. */
  watch?: Watch;

  /** @param memoryBudget the most bytes that the pool may hold */
  constructor(device: GPUDevice, target: Target, onError: (error: Error) => void, memoryBudget?: number) {
    this.device = device;
    this.target = target;
    // Do not report failures because of a lost device: the loss itself is reported.
    this.onError = (error) => {
      if (this.life.loss === undefined) onError(error);
    };
    this.uniforms = createUniforms(device);
    this.pipelines = createPipelines(device);
    this.bindGroups = createBindGroups(device, this.uniforms);
    this.plans = createPlans(
      () => this.target,
      (question) => this.advise?.(question),
    );
    this.queue = new CommandQueue(device, target.profile.commands, this.pipelines, this.bindGroups, this.onError);
    this.pool = createBufferPool(device, target.limits, this.queue, memoryBudget);
    this.life = createLife(device, () => {
      this.queue.abandon();
      this.pool.destroy();
    });
  }

  /**
   * Storage for the output of a call.
   *
   * @param op the public function, for errors
   * @param label describes it; called only where the words are needed
   * @throws if it does not fit into the memory budget
   */
  acquire(op: string, byteLength: number, label: () => string): Storage {
    return this.tape?.dry === true ? this.tape.virtual(byteLength) : this.#allocate(op, byteLength, label);
  }

  /** Storage that holds these numbers, and holds them again on a new device if there is a source. */
  upload(op: string, values: Bytes, label: () => string, source?: Source): Storage {
    if (this.tape?.uploads === false) return this.tape.virtual(values.byteLength);
    const storage = this.#allocate(op, values.byteLength, label, values);
    storage.source = source;
    return storage;
  }

  /** Moves a tensor to a new device after a loss, for as long as it is neither disposed nor collected. */
  keep(tensor: object, kept: Kept, storage: Storage): void {
    this.kept.add(kept);
    this.#collected.register(tensor, { kept, storage }, tensor);
  }

  /** The tensor is disposed. */
  forget(tensor: object, kept: Kept): void {
    this.kept.delete(kept);
    this.#collected.unregister(tensor);
  }

  /** Drops the tensor's reference to a storage with an owner if the tensor is collected undisposed. */
  watchOwned(tensor: object, storage: Storage): void {
    this.#dropped.register(tensor, storage, tensor);
  }

  /** The tensor is disposed. */
  unwatchOwned(tensor: object): void {
    this.#dropped.unregister(tensor);
  }

  /**
   * Queues a call, or hands it to the tape.
   *
   * @throws if there is no room for an intermediate; nothing is queued then
   */
  issue(call: Call, plan?: Plan): void {
    if (plan === undefined && this.tape?.rewrites === true) {
      this.tape.add({ call });
      return;
    }
    const planned = plan ?? this.plans.of(call);
    const middles = planned.middles && this.#middlesOf(call, planned.middles);
    this.take({ call, plan: planned, middles });
    // Release the intermediates at once: commands run in order, and the tape has references of its own.
    for (const role in middles) this.pool.release(middles[role]);
  }

  /** Queues a call that was captured, or hands it to the outer tape. */
  take(taped: Taped): void {
    if (this.tape !== undefined) {
      this.tape.add(taped);
      return;
    }
    const { call, plan = this.plans.of(call), middles } = taped;
    for (const dispatch of dispatchesOf(call, plan, middles)) this.queue.dispatch(dispatch);
  }

  #middlesOf({ op, operation }: Call, bytes: Readonly<Record<string, number>>): MiddleStorages {
    const made: Record<string, Storage> = {};
    try {
      for (const role in bytes) made[role] = this.acquire(op, bytes[role], () => `intermediate (${operation.name})`);
    } catch (error) {
      for (const role in made) this.pool.release(made[role]);
      throw error;
    }
    return made;
  }

  #allocate(op: string, byteLength: number, label: () => string, values?: Bytes): Storage {
    const storage = this.pool.acquire(op, byteLength, label, values);
    this.tape?.acquired.push(storage);
    return storage;
  }
}
