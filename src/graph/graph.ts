/**
 * The calls of a network, as dispatches in the order of the calls. A value is what a dispatch writes and others read: the
 * storage of a tensor, whatever its names and parts.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import type { Dispatch } from '../gpu/encode';

/** Who writes and reads a value; each dispatch once. */
interface Uses {
  readonly writers: Dispatch[];
  readonly readers: Dispatch[];
}

const NONE: Uses = { writers: [], readers: [] };

export class Graph {
  /** In an order in which they can run. */
  dispatches: readonly Dispatch[];
  /** Values that are wanted of the whole. */
  readonly outputs: ReadonlySet<Storage>;
  #uses?: ReadonlyMap<Storage, Uses>;

  constructor(dispatches: readonly Dispatch[], outputs: ReadonlySet<Storage>) {
    this.dispatches = dispatches;
    this.outputs = outputs;
  }

  readersOf(value: Storage): readonly Dispatch[] {
    return this.#usesOf(value).readers;
  }

  writersOf(value: Storage): readonly Dispatch[] {
    return this.#usesOf(value).writers;
  }

  /** The dispatch that writes all of the value. */
  writerOf(value: Storage): Dispatch | undefined {
    const [writer, ...others] = this.writersOf(value);
    return others.length === 0 && writer !== undefined && isWhole(writer.operands.output) ? writer : undefined;
  }

  /** The only one that reads the value, if it is not wanted of the whole. */
  onlyReaderOf(value: Storage): Dispatch | undefined {
    const readers = this.readersOf(value);
    return readers.length === 1 && !this.outputs.has(value) ? readers[0] : undefined;
  }

  /** Puts one dispatch in the place of several, where the last of them was: there all that it reads is known. */
  replace(old: readonly Dispatch[], made: Dispatch): void {
    const last = Math.max(...old.map((dispatch) => this.dispatches.indexOf(dispatch)));
    this.dispatches = this.dispatches.flatMap((dispatch, i) => {
      if (i === last) return [made];
      return old.includes(dispatch) ? [] : [dispatch];
    });
    this.#uses = undefined;
  }

  /** Drops what nobody needs. */
  dropDead(): void {
    const needed = new Set(this.outputs);
    const live: Dispatch[] = [];
    for (const dispatch of this.dispatches.toReversed()) {
      if (!writtenBy(dispatch).some((value) => needed.has(value))) continue;
      live.unshift(dispatch);
      for (const value of readBy(dispatch)) needed.add(value);
    }
    this.dispatches = live;
    this.#uses = undefined;
  }

  #usesOf(value: Storage): Uses {
    this.#uses ??= usesOf(this.dispatches);
    return this.#uses.get(value) ?? NONE;
  }
}

/** The value that a storage is a name or a part of. */
export function valueOf(storage: Storage): Storage {
  return storage.whole === undefined ? storage : valueOf(storage.whole);
}

/** Whether a storage is all of its value. */
export function isWhole(storage: Storage): boolean {
  return storage.byteLength === valueOf(storage).byteLength;
}

export function readBy(dispatch: Dispatch): Storage[] {
  return valuesOf(dispatch, 'read');
}

export function writtenBy(dispatch: Dispatch): Storage[] {
  return valuesOf(dispatch, 'read_write');
}

function valuesOf({ step, operands }: Dispatch, wanted: 'read' | 'read_write'): Storage[] {
  const values = step.bindings.flatMap(({ name, access }) => (access === wanted ? [valueOf(operands[name])] : []));
  return [...new Set(values)];
}

function usesOf(dispatches: readonly Dispatch[]): ReadonlyMap<Storage, Uses> {
  const uses = new Map<Storage, Uses>();
  const of = (value: Storage): Uses => {
    const known = uses.get(value) ?? { writers: [], readers: [] };
    uses.set(value, known);
    return known;
  };
  for (const dispatch of dispatches) {
    for (const value of readBy(dispatch)) of(value).readers.push(dispatch);
    for (const value of writtenBy(dispatch)) of(value).writers.push(dispatch);
  }
  return uses;
}
