/** What a device gives at most, and how long a task takes at least for that reason. */

export interface Peaks {
  /** By rising bytes: a copy of memory, what it reads and writes counted. */
  readonly copies: readonly Copy[];
  /** Operations per second in float32, in 1e9, two to a multiply-add. */
  readonly gigaflops: number;
  /** The same in float16, where shaders have it. */
  readonly halfGigaflops?: number;
  /** A dispatch of one workgroup that does nothing, in a row of them. */
  readonly emptyMs: number;
}

export interface Copy {
  readonly bytes: number;
  readonly ms: number;
}

/** What a task must do at least. */
export interface Work {
  /** Read once and written once. */
  readonly bytes: number;
  readonly multiplyAdds: number;
}

/** The least that a task can take, and what keeps it from taking less. */
export interface Bound {
  readonly ms: number;
  readonly by: 'memory' | 'arithmetic';
}

/** A task cannot be quicker than a copy of as many bytes, nor than its multiply-adds at the peak. */
export function boundOf({ copies, gigaflops }: Peaks, { bytes, multiplyAdds }: Work): Bound {
  const memory = copyMs(copies, bytes);
  const arithmetic = (2 * multiplyAdds) / (gigaflops * 1e6);
  return memory >= arithmetic ? { ms: memory, by: 'memory' } : { ms: arithmetic, by: 'arithmetic' };
}

/** What a copy of so many bytes takes: between two that were measured on the line between them, beyond the last at its rate. */
function copyMs(copies: readonly Copy[], bytes: number): number {
  const last = copies[copies.length - 1];
  if (bytes >= last.bytes) return (last.ms * bytes) / last.bytes;
  const next = copies.findIndex((copy) => copy.bytes > bytes);
  const high = copies[next];
  // Nothing takes less than the smallest copy: that is launching it.
  if (next === 0) return high.ms;
  const low = copies[next - 1];
  return low.ms + ((high.ms - low.ms) * (bytes - low.bytes)) / (high.bytes - low.bytes);
}

/** GB/s of the quickest copy, which a cache may have held. */
export function bandwidthOf({ copies }: Pick<Peaks, 'copies'>): number {
  return Math.max(...copies.map(rateOf));
}

/** GB/s of a copy. */
export function rateOf({ bytes, ms }: Copy): number {
  return bytes / (ms * 1e6);
}
