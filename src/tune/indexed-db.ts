/**
 * Tuning in the browser's own database, which pages and workers have.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { TuningStore } from './cache';

const TABLE = 'tuning';

/**
 * A store in IndexedDB, one entry per device and browser version.
 *
 * @param name the database's
 * @example
 * ```ts
 * await loadTuning(gpu, indexedDbStore());
 * ```
 * @see https://www.w3.org/TR/IndexedDB/
 */
export function indexedDbStore(name = 'depthwise'): TuningStore {
  check(typeof name === 'string', () => `indexedDbStore: name is ${show(name)}; give the name of a database`);
  return {
    load: (device) => transact(name, 'readonly', (table) => table.get(device)),
    save: async (device, tuning) => {
      await transact(name, 'readwrite', (table) => table.put(tuning, device));
    },
  };
}

async function transact<T>(
  name: string,
  mode: IDBTransactionMode,
  act: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open(name);
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const request = act(transaction.objectStore(TABLE));
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('the transaction was aborted')),
      );
    });
  } finally {
    database.close();
  }
}

async function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(TABLE));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the database did not open')));
    request.addEventListener('blocked', () => reject(new Error('the database is blocked by another page')));
  });
}
