/**
 * A cache with a bound: the least recently used value goes first. A Map keeps its keys in the order of their insertion, so
 * a value that is used is inserted again.
 *
 * @module
 */

/** What a cache may hold. */
export interface CacheOptions<V> {
  /** The most entries; default any number. */
  readonly entries?: number;
  /** The most bytes, and how many a value has; a value that exceeds the bound alone stays until the next one comes. */
  readonly weight?: { readonly bound: number; readonly of: (value: V) => number };
  /** Told of every value that leaves: dropped, deleted, cleared or replaced. */
  readonly dropped?: (value: V) => void;
}

export interface Cache<K, V> {
  /** The value, which is now the one used last. */
  get(key: K): V | undefined;
  /** The value, without counting as a use of it. */
  peek(key: K): V | undefined;
  /** Keeps the value, and drops the least recently used ones beyond the bound. */
  set(key: K, value: V): void;
  delete(key: K): void;
  clear(): void;
  /** Drops the least recently used values until at most this many entries are left. */
  trim(entries: number): void;
  readonly size: number;
  /** Bytes of all values; 0 without {@link CacheOptions.weight}. */
  readonly weight: number;
}

export function createCache<K, V>({ entries = Infinity, weight, dropped }: CacheOptions<V> = {}): Cache<K, V> {
  const held = new Map<K, { readonly value: V; readonly bytes: number }>();
  let total = 0;

  const remove = (key: K): void => {
    const entry = held.get(key);
    if (entry === undefined) return;
    held.delete(key);
    total -= entry.bytes;
    dropped?.(entry.value);
  };
  const shrink = (most: number, bytes: number): void => {
    for (const key of held.keys()) {
      if (held.size <= most && (total <= bytes || held.size === 1)) return;
      remove(key);
    }
  };
  return {
    get(key) {
      const entry = held.get(key);
      if (entry === undefined) return undefined;
      held.delete(key);
      held.set(key, entry);
      return entry.value;
    },
    peek: (key) => held.get(key)?.value,
    set(key, value) {
      if (held.get(key)?.value !== value) remove(key);
      const bytes = weight?.of(value) ?? 0;
      total += bytes - (held.get(key)?.bytes ?? 0);
      held.delete(key);
      held.set(key, { value, bytes });
      shrink(entries, weight?.bound ?? Infinity);
    },
    delete: remove,
    clear: () => shrink(0, Infinity),
    trim: (most) => shrink(most, Infinity),
    get size() {
      return held.size;
    },
    get weight() {
      return total;
    },
  };
}
