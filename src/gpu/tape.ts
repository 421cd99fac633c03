import type { Plan } from '../kernels/plan';
/**
 * The tape captures calls instead of queueing them, so that they can be looked at, compiled or written elsewhere.
 *
 * @module
 */
import type { Storage } from './buffers';
import { readBy, type Call } from './call';
import type { GpuContext } from './context';
import type { MiddleStorages } from './lower';
import type { Program } from './pipelines';

/** What to do with captured calls. */
export interface Taping {
  /** Whether nothing will run, so nothing is allocated. */
  readonly dry: boolean;
  /** Whether uploaded numbers are needed nevertheless. */
  readonly uploads: boolean;
  /** Whether calls are rewritten before they run, so their kernels are not known yet. */
  readonly rewrites: boolean;
}

/** A network's calls, to be rewritten. */
export const TRACE: Taping = { dry: true, uploads: true, rewrites: true };

/** For calls that are only looked at. */
export const REHEARSAL: Taping = { dry: true, uploads: false, rewrites: false };

/** For calls that will run. */
export const TAKE: Taping = { dry: false, uploads: true, rewrites: false };

/** A captured call, with its plan unless the call will be rewritten. */
export interface Taped {
  readonly call: Call;
  readonly plan?: Plan;
  /** Storages for the plan's intermediates; the tape has its own references to them. */
  readonly middles?: MiddleStorages;
}

/** The captured calls, and what the function returned; their operands are kept until {@link release}. */
export interface Captured<T> {
  readonly result: T;
  readonly calls: readonly Taped[];
  /** Further storages that are kept, because tensors of a dry run name them. */
  readonly held: readonly Storage[];
  /** Programs that run in a submit of their own and belong to no call. */
  readonly programs: readonly Program[];
}

/** Gets a context's calls while they are captured. An app that never captures bundles none of this. */
export interface Tape extends Taping {
  readonly calls: Taped[];
  readonly held: Storage[];
  readonly programs: Program[];
  /** Storages that were allocated meanwhile; they are freed if the calls fail half way. */
  readonly acquired: Storage[];
  /** Tensors that share a storage with another tensor, which may be older than the capture; they are disposed in that case. */
  readonly views: Disposable[];
  /** Captures a call. */
  add(taped: Taped): void;
  /** Keeps a storage as long as the calls, because a tensor of a dry run has no reference of its own. */
  hold(storage: Storage): void;
  /** Gives a stand-in for a storage where nothing is allocated. */
  virtual(byteLength: number): Storage;
}

/**
 * Runs `fn` and captures its calls. The caller releases them when they are submitted or no longer needed.
 *
 * @throws if `fn` throws or is asynchronous, or calls are captured already; nothing is left allocated then
 */
export function capture<T>(context: GpuContext, op: string, fn: () => T, taping: Taping): Captured<T> {
  if (context.tape !== undefined)
    throw new Error(`${op}: called inside prepare, record, profile or compile, which do not nest`);
  return collect(
    context,
    () => {
      const result = fn();
      if (!(result instanceof Promise)) return result;
      // Ignore how it ends after its first await: this error is the answer, and a rejection would be a second one.
      result.catch(() => {});
      throw new Error(
        `${op}: the function is asynchronous but must make its calls before it returns; await what it needs before this call`,
      );
    },
    taping,
  );
}

/** Runs an op that makes several calls, and gives all of its calls, or none if it throws. */
export function together<T>(context: GpuContext, fn: () => T): Captured<T> {
  return collect(context, fn, context.tape ?? TAKE);
}

/** Releases the storages that captured calls name; a buffer is reused once its tensors are disposed, too. */
export function release({ pool }: GpuContext, { calls, held }: Pick<Captured<unknown>, 'calls' | 'held'>): void {
  for (const taped of calls) for (const value of valuesOf(taped)) pool.release(value);
  for (const storage of held) pool.release(storage);
}

/** A stand-in for a storage in a dry run; nothing ever binds it. */
export function virtualStorage(byteLength: number): Storage {
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

function collect<T>(context: GpuContext, fn: () => T, taping: Taping): Captured<T> {
  const outer = context.tape;
  const tape = createTape(taping);
  context.tape = tape;
  try {
    const result = fn();
    outer?.acquired.push(...tape.acquired);
    outer?.views.push(...tape.views);
    outer?.programs.push(...tape.programs);
    return { result, calls: tape.calls, held: tape.held, programs: tape.programs };
  } catch (error) {
    release(context, tape);
    for (const view of tape.views) view[Symbol.dispose]();
    for (const storage of tape.acquired) {
      // All references at once.
      storage.references = Math.min(storage.references, 1);
      context.pool.release(storage);
    }
    throw error;
  } finally {
    context.tape = outer;
  }
}

function createTape({ dry, uploads, rewrites }: Taping): Tape {
  const calls: Taped[] = [];
  const held: Storage[] = [];
  return {
    dry,
    uploads,
    rewrites,
    calls,
    held,
    programs: [],
    acquired: [],
    views: [],
    add(taped) {
      // Hold the storages: a tensor may be disposed before the call is submitted, and its buffer must not be reused till then.
      for (const value of valuesOf(taped)) value.references++;
      calls.push(taped);
    },
    hold(storage) {
      storage.references++;
      held.push(storage);
    },
    virtual: virtualStorage,
  };
}

function valuesOf({ call, middles = {} }: Taped): readonly Storage[] {
  return [...[...readBy(call), call.output].map(({ value }) => value), ...Object.values(middles)];
}
