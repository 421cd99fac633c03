/**
 * Decides which values share a buffer. Two values may share one if the first is dead before the second is written. A dispatch's
 * input must not share with its output, since WebGPU does not bind a buffer for reading and writing at once.
 *
 * Greedy by size: the largest value first, each into the first buffer whose values are all dead or not yet alive. For networks
 * that is within a few percent of the best, by the paper.
 *
 * @module
 * @see https://arxiv.org/abs/2001.03288 (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference)
 */
import type { Storage } from '../gpu/buffers';
import type { Dispatch } from '../gpu/encode';

/** Something that is in memory from a first step to a last step, both included. */
export interface Lifetime<T> {
  readonly value: T;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** A buffer, and the values that it holds one after the other. */
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

/** The first write and the last read of each value that is in no buffer yet. */
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
