import type { Plan } from '../kernels/plan';
/**
 * The tape: calls that are caught instead of queued, for those who look at them, compile them or write them elsewhere.
 *
 * @module
 */
import type { BufferPool, Storage } from './buffers';
import { readBy, type Call } from './call';
import type { MiddleStorages } from './lower';

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

/** What captured calls returned, and the calls; their operands are kept until {@link Tape.release}. */
export interface Captured<T> {
  readonly result: T;
  readonly calls: readonly Taped[];
  /** What else is kept: storages that tensors of a dry run name. */
  readonly held: readonly Storage[];
}

interface Capture extends Taping {
  readonly calls: Taped[];
  readonly held: Storage[];
  /** What was allocated meanwhile, to be freed if the calls fail half way. */
  readonly acquired: Storage[];
  /** Tensors that share a storage with another one, to be disposed then. */
  readonly views: Disposable[];
}

export interface Tape {
  /** What is done with calls now; undefined while they are queued. */
  readonly taping: Taping | undefined;
  /**
   * Runs `fn` and catches its calls. Who gets them releases them when they are submitted or no longer needed.
   *
   * @throws if `fn` throws or is asynchronous, or calls are captured already; nothing is left allocated then
   */
  capture<T>(op: string, fn: () => T, taping: Taping): Captured<T>;
  /** Runs an op made of several calls, and gives them: all of them if it does not throw, otherwise none. */
  together<T>(fn: () => T): Captured<T>;
  /** Catches a call. Only while {@link Tape.taping}. */
  add(taped: Taped): void;
  /** Keeps a storage as long as the calls: a tensor of a dry run that names it has no reference of its own. */
  hold(storage: Storage): void;
  /** Notes what was allocated. */
  note(storage: Storage): void;
  /** Notes a tensor that shares the storage of another one, which may be older than the capture. */
  share(view: Disposable): void;
  /** Lets go of what captured calls name; buffers are reused when their tensors are disposed, too. */
  release(captured: Pick<Captured<unknown>, 'calls' | 'held'>): void;
}

export function createTape(pool: BufferPool): Tape {
  let now: Capture | undefined;

  const release: Tape['release'] = ({ calls, held }) => {
    for (const taped of calls) for (const value of valuesOf(taped)) pool.release(value);
    for (const storage of held) pool.release(storage);
  };

  const collect = <T>(fn: () => T, taping: Taping): Captured<T> => {
    const outer = now;
    const capture: Capture = { ...taping, calls: [], held: [], acquired: [], views: [] };
    now = capture;
    try {
      const result = fn();
      outer?.acquired.push(...capture.acquired);
      outer?.views.push(...capture.views);
      return { result, calls: capture.calls, held: capture.held };
    } catch (error) {
      release(capture);
      for (const view of capture.views) view[Symbol.dispose]();
      for (const storage of capture.acquired) pool.free(storage);
      throw error;
    } finally {
      now = outer;
    }
  };

  return {
    get taping() {
      return now;
    },
    capture(op, fn, taping) {
      if (now !== undefined)
        throw new Error(`${op}: called inside prepare, record, profile or compile, which do not nest`);
      return collect(() => {
        const result = fn();
        if (!(result instanceof Promise)) return result;
        // However it ends after its first await: this error is the answer, and a rejection would be one too many.
        result.catch(() => {});
        throw new Error(
          `${op}: the function is asynchronous but must make its calls before it returns; await before it`,
        );
      }, taping);
    },
    together: (fn) => collect(fn, now ?? TAKE),
    add(taped) {
      // A tensor may be disposed before the call that names it is submitted; its buffer must not be reused till then.
      for (const value of valuesOf(taped)) value.references++;
      now?.calls.push(taped);
    },
    hold(storage) {
      storage.references++;
      now?.held.push(storage);
    },
    note: (storage) => void now?.acquired.push(storage),
    share: (view) => void now?.views.push(view),
    release,
  };
}

function valuesOf({ call, middles = {} }: Taped): readonly Storage[] {
  return [...[...readBy(call), call.output].map(({ value }) => value), ...Object.values(middles)];
}
