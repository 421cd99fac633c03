/**
 * Which values share a buffer. Two may where one is dead before the other is written; not even a dispatch's own input may
 * become its output, since WebGPU does not bind a buffer for reading and writing at once.
 *
 * Greedy by size, the largest value first, each into the first buffer whose values are all dead or not yet alive: within a few
 * percent of the best for networks, by the paper.
 *
 * @module
 * @see https://arxiv.org/abs/2001.03288 (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference)
 */
import type { Storage } from '../gpu/buffers';
import type { Dispatch } from '../gpu/encode';

/** Something that is in memory from one step to another, both included. */
export interface Lifetime<T> {
  readonly value: T;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** A buffer, and what is in it by turns. */
export interface Shared<T> {
  readonly bytes: number;
  readonly lifetimes: readonly Lifetime<T>[];
}

/** The buffers for all of the values. */
export function planMemory<T>(lifetimes: readonly Lifetime<T>[]): readonly Shared<T>[] {
  const buffers: { readonly bytes: number; readonly lifetimes: Lifetime<T>[] }[] = [];
  for (const lifetime of lifetimes.toSorted((a, b) => b.bytes - a.bytes)) {
    const free = buffers.find((buffer) => buffer.lifetimes.every((other) => isApart(lifetime, other)));
    if (free === undefined) buffers.push({ bytes: lifetime.bytes, lifetimes: [lifetime] });
    else free.lifetimes.push(lifetime);
  }
  return buffers;
}

function isApart(a: Lifetime<unknown>, b: Lifetime<unknown>): boolean {
  return a.last < b.first || b.last < a.first;
}

/** When the values that are in no buffer yet are written first and read last. */
export function lifetimesOf(dispatches: readonly Dispatch[], loose: ReadonlySet<Storage>): Lifetime<Storage>[] {
  const spans = new Map<Storage, { first: number; last: number }>();
  for (const [i, { operands }] of dispatches.entries()) {
    for (const { storage } of operands) {
      if (storage.virtual !== true || loose.has(storage)) continue;
      const span = spans.get(storage) ?? { first: i, last: i };
      span.last = i;
      spans.set(storage, span);
    }
  }
  return Array.from(spans, ([value, { first, last }]) => ({ value, bytes: value.byteLength, first, last }));
}
