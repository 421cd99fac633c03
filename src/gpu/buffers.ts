/**
 * Storage buffers and their pool. A disposed tensor's buffer goes back to the pool and serves the next of its size
 * class; `trim` gives the idle ones back to the device.
 *
 * A buffer is idle for *commands* as soon as it is released, since commands run in order, but idle for *uploads* only
 * when the commands recorded before its release have been submitted: an upload takes effect at once, not in their order.
 *
 * @module
 */
import type { Limits } from '../kernels/kernel';

/** Figures of a pool, in bytes and buffers. */
export interface MemoryFigures {
  /** Bytes of the buffers that tensors hold. */
  readonly bytesInUse: number;
  /** Bytes of idle buffers; `trim` frees them. */
  readonly bytesIdle: number;
  /** The most that was ever held, in use and idle together. */
  readonly bytesPeak: number;
  /** Buffers that tensors hold. */
  readonly buffersInUse: number;
  /** Buffers that wait for the next tensor of their size. */
  readonly buffersIdle: number;
}

/** A range of a buffer that tensors share; freed with its last reference. */
export interface Storage {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  /** Bytes that a binding covers. */
  readonly byteLength: number;
  /** Whether the app owns the buffer. */
  readonly external: boolean;
  /** Whether there is no buffer, because it belongs to a dry run. */
  readonly virtual?: boolean;
  /** Tensors and captured dispatches that need it. */
  references: number;
  /** Why the contents are not to be trusted, if the commands that wrote them failed. */
  failure?: Error;
}

export interface BufferPool {
  /** A buffer of at least `byteLength` bytes with unknown contents, for commands or for an upload. */
  acquire(byteLength: number, use: 'commands' | 'upload', label: string): Storage;
  /** Drops one reference; the buffer is idle after the last. */
  release(storage: Storage): void;
  /** Drops all references at once: of calls that failed half way. */
  free(storage: Storage): void;
  figures(): MemoryFigures;
  /** Destroys idle buffers until at most `keepBytes` of them are left; returns the bytes freed. */
  trim(keepBytes?: number): number;
  /** Destroys every buffer, those in use included. */
  destroy(): void;
}

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC, as numbers since GPUBufferUsage is absent in Node.

/**
 * A pool of storage buffers on one device.
 *
 * @param time the queue's clock: how many commands were recorded and how many of them submitted
 */
export function createBufferPool(
  device: GPUDevice,
  limits: Limits,
  time: { readonly recorded: number; readonly submitted: number },
): BufferPool {
  /** Idle buffers by size; the newest last, since its memory is the likeliest to be cached. */
  const idle = new Map<number, { readonly buffer: GPUBuffer; readonly after: number }[]>();
  const inUse = new Set<GPUBuffer>();
  let bytesInUse = 0;
  let bytesIdle = 0;
  let bytesPeak = 0;
  let buffersIdle = 0;

  const take = (size: number, use: 'commands' | 'upload'): GPUBuffer | undefined => {
    const buffers = idle.get(size) ?? [];
    const at = use === 'commands' ? buffers.length - 1 : buffers.findLastIndex((b) => b.after <= time.submitted);
    if (at < 0) return undefined;
    buffersIdle--;
    bytesIdle -= size;
    return buffers.splice(at, 1)[0].buffer;
  };

  const reclaim = (buffer: GPUBuffer): void => {
    const buffers = idle.get(buffer.size) ?? [];
    idle.set(buffer.size, buffers);
    buffers.push({ buffer, after: time.recorded });
    inUse.delete(buffer);
    bytesInUse -= buffer.size;
    bytesIdle += buffer.size;
    buffersIdle++;
  };

  const release = (storage: Storage): void => {
    // Freed already, with the other calls of one that failed.
    if (storage.references === 0) return;
    storage.references--;
    if (storage.references > 0 || storage.external) return;
    if (inUse.has(storage.buffer)) reclaim(storage.buffer);
  };

  const trim = (keepBytes = 0): number => {
    const before = bytesIdle;
    for (const [size, buffers] of idle) {
      // A command that is recorded but not submitted may still name the buffer; the next trim gets it.
      for (let i = buffers.length - 1; i >= 0 && bytesIdle > keepBytes; i--) {
        if (buffers[i].after > time.submitted) continue;
        buffers.splice(i, 1)[0].buffer.destroy();
        bytesIdle -= size;
        buffersIdle--;
      }
      if (buffers.length === 0) idle.delete(size);
    }
    return before - bytesIdle;
  };

  return {
    acquire(byteLength, use, label) {
      const size = Math.min(sizeClass(byteLength), limits.maxBufferSize);
      const buffer = take(size, use) ?? device.createBuffer({ label: `depthwise ${label}`, size, usage: USAGE });
      inUse.add(buffer);
      bytesInUse += size;
      bytesPeak = Math.max(bytesPeak, bytesInUse + bytesIdle);
      return { buffer, offset: 0, byteLength, external: false, references: 1 };
    },
    release,
    free(storage) {
      storage.references = Math.min(storage.references, 1);
      release(storage);
    },
    figures: () => ({ bytesInUse, bytesIdle, bytesPeak, buffersInUse: inUse.size, buffersIdle }),
    trim,
    destroy: () => {
      for (const buffers of idle.values()) for (const { buffer } of buffers) buffer.destroy();
      for (const buffer of inUse) buffer.destroy();
      idle.clear();
      inUse.clear();
      bytesIdle = bytesInUse = buffersIdle = 0;
    },
  };
}

/**
 * Sizes are rounded up to four steps per doubling (256, 320, 384, 448, 512, 640, ...): at most a fifth is wasted, and
 * layers of nearly the same size share buffers.
 */
export function sizeClass(byteLength: number): number {
  const smallest = 256;
  if (byteLength <= smallest) return smallest;
  const step = 2 ** Math.floor(Math.log2(byteLength)) / 4;
  return Math.ceil(byteLength / step) * step;
}
