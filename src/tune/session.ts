/**
 * Measures with a store: it loads what earlier visits have found, and saves what is found, however the measuring ends.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { exported, importedFrom, saveTuning, type TuningStore } from './cache';
import { exclusively } from './device-memory';
import { indexedDbStore } from './indexed-db';
import type { Memory } from './memory';

/** The result of measuring, and what went wrong in the store, if anything. */
export interface Session<T> {
  readonly result: T;
  readonly storeError?: Error;
}

/**
 * @param given the store; null for none; by default IndexedDB where there is one
 * @throws (rejects) if something else is being measured, as `measure` does, or if the device is lost: with the name of what was
 *   tried then
 */
export async function session<T>(
  op: string,
  context: GpuContext,
  given: TuningStore | null | undefined,
  measure: (memory: Memory) => Promise<T>,
): Promise<Session<T>> {
  const store = given === undefined ? defaultStore() : given;
  return exclusively(op, context, async (memory) => {
    if (store === null) return { result: await measure(memory) };
    const loaded = await importedFrom(context, store);
    const before = JSON.stringify(exported(context));
    let saving: Promise<Error | undefined> = Promise.resolve(undefined);
    const save = async (): Promise<Error | undefined> => saveTuning(context, store);
    // Save one after the other, so that the last save stays.
    memory.keep = () => void (saving = saving.then(save));
    let storeError: Error | undefined;
    let result: T;
    try {
      result = await measure(memory);
    } finally {
      memory.keep = () => {};
      storeError = await saving;
      if (JSON.stringify(exported(context)) !== before) storeError = await save();
    }
    return { result, storeError: loaded.storeError ?? storeError };
  });
}

function defaultStore(): TuningStore | null {
  return 'indexedDB' in globalThis ? indexedDbStore() : null;
}
