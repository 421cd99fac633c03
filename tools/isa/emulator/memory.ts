/**
 * Time in the memory system, in clocks: caches with least-recently-used eviction over lines of 128 bytes, one line per clock
 * into a compute unit and 128 bytes per clock into its registers, 64 bytes per clock to fill its L0, and a share of the L2's
 * bandwidth.
 */
import type { Device } from '../devices';

export const LINE = 128;

/**
 * Bytes per clock from L0 into registers. Lanes that load the same word get a copy each, so a load that all lanes share is one
 * line, but takes as long as any other. Workgroup memory is as fast.
 */
export const INTO_REGISTERS = 128;

/** Whether a line is in the cache; it is there after the call. */
type Cache = (line: number) => boolean;

function cacheOf(bytes: number): Cache {
  const capacity = bytes / LINE;
  // A Set remembers the order of insertion, so its first line is the line used least recently.
  const lines = new Set<number>();
  return (line) => {
    const isHit = lines.delete(line);
    if (!isHit && lines.size >= capacity) lines.delete(lines.values().next().value as number);
    lines.add(line);
    return isHit;
  };
}

/** The state that the waves of a compute unit share; times say when a resource is free again. */
export interface ComputeUnit {
  readonly l0: Cache;
  readonly scalarCache: Cache;
  /** Times of the two SIMDs' vector and scalar ALUs. */
  readonly vectorFree: [number, number];
  readonly scalarFree: [number, number];
  memoryFree: number;
  ldsFree: number;
}

const SCALAR_CACHE = 32 << 10;

export function computeUnitOf(device: Device): ComputeUnit {
  return {
    l0: cacheOf(device.l0),
    scalarCache: cacheOf(SCALAR_CACHE),
    vectorFree: [0, 0],
    scalarFree: [0, 0],
    memoryFree: 0,
    ldsFree: 0,
  };
}

export interface Memory {
  /** A vector load of so many bytes by all lanes, at time `now`: when it is done, and how many lines missed L0. */
  load(
    unit: ComputeUnit,
    lines: ReadonlySet<number>,
    bytes: number,
    now: number,
  ): { readonly ready: number; readonly misses: number };
  store(unit: ComputeUnit, lines: ReadonlySet<number>, now: number): void;
  /** Latency of a scalar load. */
  loadScalar(unit: ComputeUnit, line: number): number;
  /** Lines that missed L1. */
  readonly misses: number;
  /** When the L2 has served everything. */
  readonly busyUntil: number;
}

/** The memory that `share` of the device's compute units see. */
export function memoryOf(device: Device, share: number): Memory {
  const { latency } = device;
  const l1 = cacheOf(device.l1);
  const l2 = cacheOf(device.l2);
  const clocksPerLine = LINE / (device.l2BytesPerClock * share);
  let l2Free = 0;
  let l1Misses = 0;

  const latencyBeyondL0 = (line: number, now: number): number => {
    if (l1(line)) return latency.l1;
    l1Misses++;
    l2Free = Math.max(l2Free, now) + clocksPerLine;
    const beyond = l2(line) ? latency.l2 : latency.memory;
    return Math.max(beyond, l2Free - now + beyond / 2);
  };
  /** Lines enter a compute unit one per clock. */
  const issue = (unit: ComputeUnit, count: number, now: number): number => {
    unit.memoryFree = Math.max(unit.memoryFree, now) + Math.max(1, count);
    return unit.memoryFree;
  };

  return {
    load: (unit, lines, bytes, now) => {
      const issued = issue(unit, Math.max(lines.size, bytes / INTO_REGISTERS), now);
      let slowest = latency.l0;
      let misses = 0;
      for (const line of lines) {
        if (unit.l0(line)) continue;
        misses++;
        slowest = Math.max(slowest, latencyBeyondL0(line, issued));
      }
      unit.memoryFree += misses;
      return { ready: issued + slowest + misses, misses };
    },
    store: (unit, lines, now) => {
      const issued = issue(unit, lines.size, now);
      for (const line of lines) l2(line);
      l2Free = Math.max(l2Free, issued) + lines.size * clocksPerLine;
    },
    loadScalar: (unit, line) => {
      if (unit.scalarCache(line)) return latency.scalar;
      return l2(line) ? latency.l2 : latency.memory;
    },
    get misses() {
      return l1Misses;
    },
    get busyUntil() {
      return l2Free;
    },
  };
}
