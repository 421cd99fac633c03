/**
 * Storage buffers and their pool. A disposed tensor's buffer goes back to the pool and serves the next of its size
 * class; `trim` gives the idle ones back to the device.
 *
 * A buffer is idle for *commands* as soon as it is released, since commands run in order, but idle for *uploads* only
 * when the commands recorded before its release have been submitted: an upload takes effect at once, not in their order.
 *
 * @module
 */
import { check } from '../conv/check';
import type { Limits } from '../kernels/kernel';

/** Figures of a pool, in bytes and buffers. */
export interface MemoryFigures {
  /** Bytes of the buffers that tensors hold. */
  readonly bytesInUse: number;
  /** Bytes of idle buffers; `trim` frees them. */
  readonly bytesIdle: number;
  /** The most bytes that were ever held, in use and idle together. */
  readonly bytesPeak: number;
  /** Buffers that tensors hold. */
  readonly buffersInUse: number;
  /** Buffers that wait for the next tensor of their size. */
  readonly buffersIdle: number;
}

/** Elements as the GPU holds them, of whole words. */
export type Bytes = Float32Array | Uint16Array;

/** Gives the bytes of a storage once more, after a loss. */
export type Source = () => Bytes | Promise<Bytes>;

/** A range of a buffer that tensors share; freed with its last reference. */
export interface Storage {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  /** Bytes that a binding covers. */
  readonly byteLength: number;
  /** Whether the app owns the buffer. */
  readonly external: boolean;
  /** Tells the owner of such a buffer that it is no longer needed, if the owner wants to know; called once. */
  owner?: () => void;
  /** Whether it belongs to a dry run and therefore has no buffer. */
  readonly virtual?: boolean;
  /** Tensors and captured dispatches that need it. */
  references: number;
  /** Gives the contents again after a loss; absent if they are lost with the device. */
  source?: Source;
  /** Whether the app was given the buffer, and may use it when nobody holds the tensor any more. */
  lent?: boolean;
  /** Whether a program has computed something of the contents once and for all, so that they must not change. */
  folded?: boolean;
  /** Whether a program has written an output into it and may do so again, so that the contents are no constant. */
  written?: boolean;
  /** Why the contents are not to be trusted, if the commands that wrote them failed or there was no memory. */
  failure?: Error;
  /** The error if the device had no memory for the buffer: it refuses commands that name it. */
  missing?: Error;
}

export interface BufferPool {
  /**
   * A buffer of at least `byteLength` bytes that holds the values if there are any. Only later is it known whether the device
   * has memory for it: the storage's `failure` then says so.
   *
   * @param op the public function, for errors
   * @param label describes it; called only where the words are needed
   * @param values the values to upload, or `'at once'` if somebody else is about to write it by a submit that waits for no
   *   commands; absent if commands write it
   * @throws if it does not fit into the budget
   */
  acquire(op: string, byteLength: number, label: () => string, values?: Bytes | 'at once'): Storage;
  /** Lets an external storage hold its buffer's owner until nobody holds the storage and the commands so far are submitted. */
  own(storage: Storage, owner: () => void): void;
  /** Drops one reference; the buffer is idle after the last. */
  release(storage: Storage): void;
  figures(): MemoryFigures;
  /** Destroys idle buffers until at most `keepBytes` of them are left; returns the bytes freed. */
  trim(keepBytes?: number): number;
  /** Destroys every buffer, those in use included, and tells the owners of external buffers. */
  destroy(): void;
}

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC, as numbers since GPUBufferUsage is absent in Node.

/** The part of the queue that the pool uses. */
interface Clock {
  /** How many commands were recorded. */
  readonly recorded: number;
  /** How many of them were submitted. */
  readonly submitted: number;
  /** Submits the commands that are not submitted yet. */
  submit(): void;
  /** Calls `then` when all commands recorded so far are submitted or dropped: at once, if they already are. */
  afterSubmit(then: () => void): void;
}

/**
 * A pool of storage buffers on one device.
 *
 * @param budget the most bytes to hold, in use and idle together
 */
export function createBufferPool(
  device: GPUDevice,
  limits: Limits,
  time: Clock,
  budget: number = Infinity,
): BufferPool {
  /** Idle buffers by size; the newest is last and taken first, since its memory is the likeliest to be cached. */
  const idle = new Map<number, { readonly buffer: GPUBuffer; readonly after: number }[]>();
  const inUse = new Map<GPUBuffer, Storage>();
  /** Storages whose owner wants to be told. */
  const owned = new Set<Storage>();
  /** Buffers for which the device is known to have memory. */
  const sure = new WeakSet<GPUBuffer>();
  let bytesInUse = 0;
  let bytesIdle = 0;
  let bytesPeak = 0;

  const take = (size: number, forUpload: boolean): GPUBuffer | undefined => {
    const buffers = idle.get(size) ?? [];
    const at = buffers.findLastIndex((b) => !forUpload || b.after <= time.submitted);
    if (at < 0) return undefined;
    bytesIdle -= size;
    return buffers.splice(at, 1)[0].buffer;
  };

  const reclaim = ({ buffer, missing }: Storage): void => {
    inUse.delete(buffer);
    bytesInUse -= buffer.size;
    if (missing !== undefined) return;
    const buffers = idle.get(buffer.size) ?? [];
    idle.set(buffer.size, buffers);
    buffers.push({ buffer, after: time.recorded });
    bytesIdle += buffer.size;
  };

  /** Marks the storage as one without memory, and also the storage that has its buffer by now. */
  const miss = (storage: Storage, error: Error): void => {
    const { buffer } = storage;
    for (const spoilt of [storage, inUse.get(buffer)]) if (spoilt) spoilt.failure = spoilt.missing ??= error;
    const buffers = idle.get(buffer.size) ?? [];
    const at = buffers.findIndex((b) => b.buffer === buffer);
    if (at < 0) return;
    buffers.splice(at, 1);
    bytesIdle -= buffer.size;
  };

  /** Frees idle buffers until so many more bytes fit into the budget. */
  const makeRoom = (op: string, size: number, label: () => string): void => {
    const room = budget - bytesInUse - size;
    if (bytesIdle <= room) return;
    check(
      room >= 0,
      () =>
        `${op}: the ${label()} takes ${size} bytes but of the memoryBudget of ${budget} bytes ${bytesInUse} are in use; dispose tensors that are done with, take a smaller batch, or give openGpu a larger memoryBudget`,
    );
    trim(room);
    if (bytesIdle <= room) return;
    // The remaining idle buffers are named by commands that are not submitted yet: submit those, then free them.
    time.submit();
    trim(room);
  };

  const disown = (storage: Storage): void => {
    const { owner } = storage;
    storage.owner = undefined;
    if (owned.delete(storage)) owner?.();
  };

  const release = (storage: Storage): void => {
    // It is freed already, together with the other calls of an op that failed.
    if (storage.references === 0) return;
    storage.references--;
    if (storage.references > 0) return;
    if (storage.external) {
      if (storage.owner !== undefined) time.afterSubmit(() => disown(storage));
      return;
    }
    // Look the buffer up: if the storage was freed and shared afterwards, another storage may have its buffer by now.
    const held = inUse.get(storage.buffer);
    if (held?.references === 0) reclaim(held);
  };

  const trim = (keepBytes = 0): number => {
    const before = bytesIdle;
    for (const [size, buffers] of idle) {
      // Skip a buffer that a recorded but unsubmitted command may still name; the next trim frees it.
      for (let i = buffers.length - 1; i >= 0 && bytesIdle > keepBytes; i--) {
        if (buffers[i].after > time.submitted) continue;
        buffers.splice(i, 1)[0].buffer.destroy();
        bytesIdle -= size;
      }
      if (buffers.length === 0) idle.delete(size);
    }
    return before - bytesIdle;
  };

  return {
    acquire(op, byteLength, label, values) {
      const size = Math.min(sizeClass(byteLength), limits.maxBufferSize);
      const [used, unused] = [bytesInUse, bytesIdle];
      const settle = (cause: GPUError | undefined): void => {
        if (cause === undefined) {
          sure.add(buffer);
          return;
        }
        miss(
          storage,
          new Error(
            `${op}: the device has no memory for the ${size} bytes of the ${label()}, with ${used} bytes in use and ${unused} idle; dispose tensors that are done with, take a smaller batch, or give openGpu a memoryBudget`,
            { cause },
          ),
        );
      };
      const known = take(size, values !== undefined);
      if (known === undefined) makeRoom(op, size, label);
      const filled = (): GPUBuffer => {
        const to = known ?? device.createBuffer({ label: `depthwise ${label()}`, size, usage: USAGE });
        if (typeof values === 'object') device.queue.writeBuffer(to, 0, values as Bytes & ArrayBufferView<ArrayBuffer>);
        return to;
      };
      // It may not be known yet that a buffer of the pool has no memory; an upload into it then fails, as its creation did.
      const isSure = known !== undefined && (values === undefined || sure.has(known));
      const buffer = isSure ? filled() : caught(device, filled, settle);
      const storage: Storage = { buffer, offset: 0, byteLength, external: false, references: 1 };
      inUse.set(buffer, storage);
      bytesInUse += size;
      bytesPeak = Math.max(bytesPeak, bytesInUse + bytesIdle);
      return storage;
    },
    own(storage, owner) {
      storage.owner = owner;
      owned.add(storage);
    },
    release,
    figures: () => ({
      bytesInUse,
      bytesIdle,
      bytesPeak,
      buffersInUse: inUse.size,
      buffersIdle: [...idle.values()].flat().length,
    }),
    trim,
    destroy: () => {
      for (const buffers of idle.values()) for (const { buffer } of buffers) buffer.destroy();
      for (const buffer of inUse.keys()) buffer.destroy();
      idle.clear();
      inUse.clear();
      bytesIdle = bytesInUse = 0;
      for (const storage of owned) disown(storage);
    },
  };
}

/**
 * Makes a buffer, writes into one, binds it, or submits. A failure goes to `settle` and not to the console, and comes before the outcome
 * of a submit that names the buffer. If the device is lost, nothing has failed.
 */
export function caught<T>(device: GPUDevice, make: () => T, settle: (failure: GPUError | undefined) => void): T {
  const kinds = ['validation', 'out-of-memory'] as const;
  for (const kind of kinds) device.pushErrorScope(kind);
  try {
    return make();
  } finally {
    Promise.all(kinds.map(() => device.popErrorScope())).then(
      (errors) => settle(errors.find((error) => error !== null) ?? undefined),
      () => settle(undefined),
    );
  }
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
