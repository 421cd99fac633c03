/** The peak rates of a device, and the least time that they allow for a task. */

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

/** The least work of a task. */
export interface Work {
  /** Read once and written once. */
  readonly bytes: number;
  readonly multiplyAdds: number;
}

/** The least time that a task can take, and the resource that limits it. */
export interface Bound {
  readonly ms: number;
  readonly by: 'memory' | 'arithmetic';
}

/** A task cannot be quicker than a copy of the same number of bytes, nor than its multiply-adds at the peak rate. */
export function boundOf({ copies, gigaflops }: Peaks, { bytes, multiplyAdds }: Work): Bound {
  const memory = copyMs(copies, bytes);
  const arithmetic = (2 * multiplyAdds) / (gigaflops * 1e6);
  return memory >= arithmetic ? { ms: memory, by: 'memory' } : { ms: arithmetic, by: 'arithmetic' };
}

/** The time to copy this many bytes: interpolated between two measured sizes, and beyond the last one at its rate. */
function copyMs(copies: readonly Copy[], bytes: number): number {
  const last = copies[copies.length - 1];
  if (bytes >= last.bytes) return (last.ms * bytes) / last.bytes;
  const next = copies.findIndex((copy) => copy.bytes > bytes);
  const high = copies[next];
  // Nothing takes less time than the smallest copy, which is the time to launch it.
  if (next === 0) return high.ms;
  const low = copies[next - 1];
  return low.ms + ((high.ms - low.ms) * (bytes - low.bytes)) / (high.bytes - low.bytes);
}

/** GB/s of the quickest copy, whose data a cache may have held. */
export function bandwidthOf({ copies }: Pick<Peaks, 'copies'>): number {
  return Math.max(...copies.map(rateOf));
}

/** GB/s of a copy. */
export function rateOf({ bytes, ms }: Copy): number {
  return bytes / (ms * 1e6);
}
