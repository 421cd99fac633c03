/**
 * The calls of a network, in an order in which they can run. A value is what a call writes and others read: the storage of a
 * tensor, whatever shapes it is given.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import { isWhole, readBy, type Call } from '../gpu/call';

/** The calls that write and read a value, each once. */
interface Uses {
  readonly writers: Call[];
  readonly readers: Call[];
}

const NONE: Uses = { writers: [], readers: [] };

export class Graph {
  calls: readonly Call[];
  /** Values that are outputs of the graph. */
  readonly outputs: ReadonlySet<Storage>;
  #uses?: ReadonlyMap<Storage, Uses>;

  constructor(calls: readonly Call[], outputs: ReadonlySet<Storage>) {
    this.calls = calls;
    this.outputs = outputs;
  }

  readersOf(value: Storage): readonly Call[] {
    return this.#usesOf(value).readers;
  }

  writersOf(value: Storage): readonly Call[] {
    return this.#usesOf(value).writers;
  }

  /** The call that writes all of the value. */
  writerOf(value: Storage): Call | undefined {
    const [writer, ...others] = this.writersOf(value);
    return others.length === 0 && writer !== undefined && isWhole(writer.output) ? writer : undefined;
  }

  /** The only call that reads the value, if the value is no output of the graph. */
  onlyReaderOf(value: Storage): Call | undefined {
    const readers = this.readersOf(value);
    return readers.length === 1 && !this.outputs.has(value) ? readers[0] : undefined;
  }

  /** The call that writes the value for this reader alone. */
  writerFor(reader: Call, value: Storage): Call | undefined {
    return this.onlyReaderOf(value) === reader ? this.writerOf(value) : undefined;
  }

  /** Puts one call in the place of several, at the position of the last: all that it reads is computed by then. */
  replace(old: readonly Call[], made: Call): void {
    const last = Math.max(...old.map((call) => this.calls.indexOf(call)));
    this.calls = this.calls.flatMap((call, i) => {
      if (i === last) return [made];
      return old.includes(call) ? [] : [call];
    });
    this.#uses = undefined;
  }

  /** Drops what nobody needs. */
  dropDead(): void {
    const needed = new Set(this.outputs);
    const live: Call[] = [];
    for (const call of this.calls.toReversed()) {
      if (!needed.has(call.output.value)) continue;
      live.push(call);
      for (const { value } of readBy(call)) needed.add(value);
    }
    this.calls = live.toReversed();
    this.#uses = undefined;
  }

  #usesOf(value: Storage): Uses {
    this.#uses ??= usesOf(this.calls);
    return this.#uses.get(value) ?? NONE;
  }
}

function usesOf(calls: readonly Call[]): ReadonlyMap<Storage, Uses> {
  const uses = new Map<Storage, Uses>();
  const of = (value: Storage): Uses => {
    const known = uses.get(value) ?? { writers: [], readers: [] };
    uses.set(value, known);
    return known;
  };
  for (const call of calls) {
    for (const { value } of readBy(call)) {
      const { readers } = of(value);
      if (readers.at(-1) !== call) readers.push(call);
    }
    of(call.output.value).writers.push(call);
  }
  return uses;
}
