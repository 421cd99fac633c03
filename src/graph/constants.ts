/**
 * What depends on no input is computed once: filters that are converted, norms that are folded.
 *
 * @module
 */
import { partOf, type Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { readBy, valueOf } from './graph';

/** A trace without what is constant in it. */
export interface Constants {
  /** What is left to be computed in each run. */
  readonly rest: readonly Dispatch[];
  /** Storages that were made for it; the caller's to release. */
  readonly made: readonly Storage[];
  /** The storage itself, or the one that holds its constant. */
  readonly bound: (storage: Storage) => Storage;
}

/** Queues the dispatches of a trace that read constants only. A buffer of the app's is none, since the app may write it. */
export function computeConstants(context: GpuContext, dispatches: readonly Dispatch[]): Constants {
  const constant = constantOf(dispatches);
  const computed = new Map<Storage, Storage>();
  const bound = (storage: Storage): Storage => {
    const found = computed.get(valueOf(storage));
    return found === undefined ? storage : partOf(found, storage.offset, storage.byteLength);
  };
  const rest: Dispatch[] = [];
  try {
    for (const dispatch of dispatches) {
      const value = valueOf(dispatch.operands.output);
      const isConstant = constant.has(value);
      if (isConstant && !computed.has(value)) {
        computed.set(value, context.acquire('compile', value.byteLength, `constant (${dispatch.step.kernel})`));
      }
      const names = dispatch.step.bindings.filter(({ access }) => access !== 'uniform');
      const operands = Object.fromEntries(names.map(({ name }) => [name, bound(dispatch.operands[name])]));
      if (isConstant) context.dispatch({ ...dispatch, operands });
      else rest.push({ ...dispatch, operands });
    }
  } catch (error) {
    for (const storage of computed.values()) context.pool.release(storage);
    throw error;
  }
  return { rest, made: [...computed.values()], bound };
}

/** The values whose writers all read constants. */
function constantOf(dispatches: readonly Dispatch[]): ReadonlySet<Storage> {
  const constant = new Set<Storage>();
  const changing = new Set<Storage>();
  // A value is read after it is written, so one pass sees all of its writers first.
  for (const dispatch of dispatches) {
    const isConstant = readBy(dispatch).every(
      (value) => !changing.has(value) && (constant.has(value) || (value.virtual !== true && !value.external)),
    );
    const value = valueOf(dispatch.operands.output);
    if (!isConstant) changing.add(value);
    if (changing.has(value)) constant.delete(value);
    else constant.add(value);
  }
  return constant;
}
