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
