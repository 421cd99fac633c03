import type { Plan } from '../kernels/plan';
/**
 * The tape: calls that are caught instead of queued, for those who look at them, compile them or write them elsewhere.
 *
 * @module
 */
import type { Storage } from './buffers';
import { readBy, type Call } from './call';
import type { GpuContext } from './context';
import type { MiddleStorages } from './lower';
import type { Program } from './pipelines';

/** What to make of what is caught. */
export interface Taping {
  /** Whether nothing will run, so that nothing is allocated. */
  readonly dry: boolean;
  /** Whether numbers that are uploaded are wanted even so. */
  readonly uploads: boolean;
  /** Whether calls are rewritten before they run: what computes them is not known yet. */
  readonly rewrites: boolean;
}

/** A network's calls, to be rewritten. */
export const TRACE: Taping = { dry: true, uploads: true, rewrites: true };

/** Calls that are looked at only. */
export const REHEARSAL: Taping = { dry: true, uploads: false, rewrites: false };

/** Calls that will run. */
export const TAKE: Taping = { dry: false, uploads: true, rewrites: false };

/** A call that was caught, with its plan unless it will be rewritten. */
export interface Taped {
  readonly call: Call;
  readonly plan?: Plan;
  /** Storages for the plan's intermediates; the tape has references of its own to them. */
  readonly middles?: MiddleStorages;
}

/** What captured calls returned, and the calls; their operands are kept until {@link release}. */
export interface Captured<T> {
  readonly result: T;
  readonly calls: readonly Taped[];
  /** What else is kept: storages that tensors of a dry run name. */
  readonly held: readonly Storage[];
  /** Programs of what goes to the GPU by a submit of its own, and is no call. */
  readonly programs: readonly Program[];
}

/** What a context hands its calls to while somebody catches them; the app that never does carries none of this. */
export interface Tape extends Taping {
  readonly calls: Taped[];
  readonly held: Storage[];
  readonly programs: Program[];
  /** What was allocated meanwhile, to be freed if the calls fail half way. */
  readonly acquired: Storage[];
  /** Tensors that share a storage with another one, which may be older than the capture; to be disposed then. */
  readonly views: Disposable[];
  /** Catches a call. */
  add(taped: Taped): void;
  /** Keeps a storage as long as the calls: a tensor of a dry run that names it has no reference of its own. */
  hold(storage: Storage): void;
  /** What stands for a storage where nothing is allocated. */
  virtual(byteLength: number): Storage;
}

/**
 * Runs `fn` and catches its calls. Who gets them releases them when they are submitted or no longer needed.
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
      // However it ends after its first await: this error is the answer, and a rejection would be one too many.
      result.catch(() => {});
      throw new Error(`${op}: the function is asynchronous but must make its calls before it returns; await before it`);
    },
    taping,
  );
}

/** Runs an op made of several calls, and gives them: all of them if it does not throw, otherwise none. */
export function together<T>(context: GpuContext, fn: () => T): Captured<T> {
  return collect(context, fn, context.tape ?? TAKE);
}

/** Lets go of what captured calls name; buffers are reused when their tensors are disposed, too. */
export function release({ pool }: GpuContext, { calls, held }: Pick<Captured<unknown>, 'calls' | 'held'>): void {
  for (const taped of calls) for (const value of valuesOf(taped)) pool.release(value);
  for (const storage of held) pool.release(storage);
}

/** Stands for a storage in a dry run; nothing is ever bound to it. */
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
    for (const storage of tape.acquired) context.pool.free(storage);
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
      // A tensor may be disposed before the call that names it is submitted; its buffer must not be reused till then.
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
