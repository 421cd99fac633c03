/** A wave: registers, the lanes that are active, what it waits for, and its accesses to memory. */
import type { Device } from '../devices';
import { LINE, type ComputeUnit, type Memory } from './memory';
import { EXEC } from './operands';

/** A bound buffer, seen in three widths. */
export interface Buffer {
  readonly size: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  /** An address of its own, for the caches. */
  readonly address: number;
}

export interface Workgroup {
  readonly lds: Uint32Array;
  readonly lds16: Uint16Array;
  readonly waiting: Wave[];
  finished: number;
}

/** For each instruction, how often it was executed and what it did to memory. */
export interface Counts {
  readonly executed: Float64Array;
  readonly lines: Float64Array;
  readonly l0Misses: Float64Array;
  readonly bytes: Float64Array;
  readonly ldsClocks: Float64Array;
}

/** What all waves of a run share. */
export interface World {
  readonly device: Device;
  readonly waveSize: number;
  readonly memory: Memory;
  /** By descriptor. */
  readonly buffers: readonly Buffer[];
  readonly counts: Counts;
  readonly scratchBytes: number;
}

/** The place of a wave; it is set again when a finished wave's registers are reused. */
export interface Place {
  readonly unit: ComputeUnit;
  readonly group: Workgroup;
  readonly simd: 0 | 1;
}

export interface Wave {
  readonly scalars: Uint32Array;
  readonly scalarFloats: Float32Array;
  /** [register * 64 + lane] */
  readonly vectors: Uint32Array;
  readonly vectorFloats: Float32Array;
  /** 1 for a lane that is active. */
  readonly active: Uint8Array;
  /** [word * 64 + lane] */
  readonly scratch: Uint32Array;
  scc: number;
  /** Index of the next instruction. */
  next: number;
  time: number;
  place: Place;
  /** The times at which the loads in flight are done, in order. */
  readonly vectorLoads: number[];
  readonly scalarLoads: number[];

  // Used by the generated instructions.
  readonly addr: Float64Array;
  readonly tmp: Uint32Array;
  readonly tmp2: Uint8Array;
  readonly lds: Uint32Array;
  readonly lds16: Uint16Array;
  limit: number;
  /** After a write to exec. */
  sync(): void;
  /** The buffer that a descriptor in scalar registers names; `limit` is its size. */
  buffer(descriptor: number): Buffer;
  loadDescriptor(to: number, words: number, from: number, offset: number): void;
  loadScalar(to: number, words: number, descriptor: number, offset: number): void;
  load(buffer: Buffer, bytes: number): void;
  store(buffer: Buffer, bytes: number): void;
  accessLds(bytes: number): void;
  scratchWord(address: number): number;
  scratchLoad(bytes: number): void;
  scratchStore(bytes: number): void;
}

const SCALARS = 160;
const VECTORS = 260;
const LANES = 64;

/** Scratch memory lies apart from all buffers. */
const SCRATCH_ADDRESS = 2 ** 45;

/** @param index of the wave's registers, for the address of its scratch memory */
export function waveOf(world: World, index: number): Wave {
  const { device, waveSize, memory, buffers, counts, scratchBytes } = world;
  const scalars = new Uint32Array(SCALARS);
  const vectors = new Uint32Array(VECTORS * LANES);
  const scratchAddress = SCRATCH_ADDRESS + index * scratchBytes;
  const active = new Uint8Array(LANES);
  const addr = new Float64Array(LANES);
  const vectorLoads: number[] = [];
  const scalarLoads: number[] = [];

  const linesOf = (buffer: Buffer, bytes: number): Set<number> => {
    const lines = new Set<number>();
    for (let l = 0; l < waveSize; l++) {
      const at = addr[l];
      if (at < 0 || at + bytes > buffer.size) continue;
      lines.add(Math.floor((buffer.address + at) / LINE));
      lines.add(Math.floor((buffer.address + at + bytes - 1) / LINE));
      counts.bytes[wave.next] += bytes;
    }
    return lines;
  };
  const scratchLines = (bytes: number): Set<number> => {
    const lines = new Set<number>();
    for (let word = 0; word < bytes / 4; word++) {
      for (let l = 0; l < waveSize; l++) {
        if (addr[l] < 0) continue;
        lines.add(Math.floor((scratchAddress + (wave.scratchWord(addr[l] + 4 * word) + l) * 4) / LINE));
      }
    }
    return lines;
  };
  const load = (lines: ReadonlySet<number>, bytes: number): void => {
    const all = bytes * active.reduce((count, isActive) => count + isActive, 0);
    const { ready, misses } = memory.load(wave.place.unit, lines, all, wave.time);
    counts.lines[wave.next] += lines.size;
    counts.l0Misses[wave.next] += misses;
    vectorLoads.push(ready);
  };
  const store = (lines: ReadonlySet<number>): void => {
    counts.lines[wave.next] += lines.size;
    memory.store(wave.place.unit, lines, wave.time);
  };

  const wave: Wave = {
    scalars,
    scalarFloats: new Float32Array(scalars.buffer),
    vectors,
    vectorFloats: new Float32Array(vectors.buffer),
    active,
    scratch: new Uint32Array(scratchBytes / 4),
    scc: 0,
    next: 0,
    time: 0,
    place: undefined as unknown as Place, // by the launch
    vectorLoads,
    scalarLoads,
    addr,
    tmp: new Uint32Array(LANES),
    tmp2: new Uint8Array(LANES),
    get lds() {
      return wave.place.group.lds;
    },
    get lds16() {
      return wave.place.group.lds16;
    },
    limit: 0,
    sync: () => {
      for (let l = 0; l < waveSize; l++) active[l] = (scalars[EXEC + (l >> 5)] >>> (l & 31)) & 1;
    },
    buffer: (descriptor) => {
      wave.limit = scalars[descriptor + 2];
      return buffers[scalars[descriptor]];
    },
    // A descriptor is the number of the buffer and its size; each fills 16 bytes of the descriptor set.
    loadDescriptor: (to, words, _from, offset) => {
      for (let i = 0; i < words; i++) {
        const at = offset + 4 * i;
        const binding = at >> 4;
        const part = (at >> 2) & 3;
        scalars[to + i] = part === 0 ? binding : part === 2 ? (buffers[binding]?.size ?? 0) : 0;
      }
      scalarLoads.push(wave.time + device.latency.scalar);
    },
    loadScalar: (to, words, descriptor, offset) => {
      const buffer = buffers[scalars[descriptor]];
      const first = offset >>> 0;
      const inside = (at: number): boolean => at + 4 <= buffer.size;
      for (let i = 0; i < words; i++) {
        const at = first + 4 * i;
        scalars[to + i] = inside(at) ? buffer.u32[at >>> 2] : 0;
      }
      const latency = memory.loadScalar(wave.place.unit, Math.floor((buffer.address + first) / LINE));
      scalarLoads.push(wave.time + latency);
    },
    load: (buffer, bytes) => load(linesOf(buffer, bytes), bytes),
    store: (buffer, bytes) => store(linesOf(buffer, bytes)),
    accessLds: (bytes) => {
      const clocks = ldsClocks(addr, waveSize, bytes);
      const { unit } = wave.place;
      counts.ldsClocks[wave.next] += clocks;
      unit.ldsFree = Math.max(unit.ldsFree, wave.time) + clocks;
      scalarLoads.push(unit.ldsFree + device.latency.lds);
    },
    scratchWord: (address) => {
      const word = (address >>> 2) * LANES;
      if (word >= wave.scratch.length) throw new Error(`scratch address ${address} lies outside of the wave's scratch`);
      return word;
    },
    scratchLoad: (bytes) => load(scratchLines(bytes), bytes),
    scratchStore: (bytes) => store(scratchLines(bytes)),
  };
  return wave;
}

const BANKS = 32;

/** Lanes are served in groups. A group takes a clock for each word of its busiest bank. */
function ldsClocks(addresses: Float64Array, waveSize: number, bytes: number): number {
  const group = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
  let clocks = 0;
  for (let first = 0; first < waveSize; first += group) {
    const banks = new Map<number, Set<number>>();
    for (let l = first; l < first + group; l++) {
      if (addresses[l] < 0) continue;
      for (let i = 0; i < Math.max(1, bytes / 4); i++) {
        const word = (addresses[l] >>> 2) + i;
        const bank = banks.get(word % BANKS) ?? new Set();
        banks.set(word % BANKS, bank.add(word));
      }
    }
    clocks += Math.max(0, ...[...banks.values()].map((words) => words.size));
  }
  return clocks;
}
