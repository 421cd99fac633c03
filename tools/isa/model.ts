/**
 * Turns counts into microseconds. `sim` is the event-driven estimate of one shader array. The other terms are throughputs of the
 * whole GPU, and show what limits.
 */
import type { Device } from './devices';
import type { Totals } from './emulator/counts';
import { INTO_REGISTERS } from './emulator/memory';

export interface Time {
  /** With the data in the last-level cache, and with the data in DRAM. */
  readonly warm: number;
  readonly cold: number;
  /** The resource that takes most of the time; 'latency' if none does, so that waves wait. */
  readonly warmLimit: string;
  readonly coldLimit: string;
}

/** A resource limits if it is busy for more than this share of the time. */
const BUSY = 0.6;

export function timeOf(device: Device, totals: Totals, clocks: number, minimumBytes: number): Time {
  const perMicrosecond = device.gigahertz * 1e3;
  const { computeUnits } = device;
  const loads = Math.max(totals.loadLines, totals.loadBytes / INTO_REGISTERS);
  const terms: Readonly<Record<string, number>> = {
    valu: totals.valuClocks / (2 * computeUnits) / perMicrosecond,
    salu: totals.scalar / (2 * computeUnits) / perMicrosecond,
    l0: (loads + totals.l0MissLines + totals.storeLines) / computeUnits / perMicrosecond,
    l2: ((totals.l1MissLines + totals.storeLines) * 128) / device.l2BytesPerClock / perMicrosecond,
    lds: totals.ldsClocks / computeUnits / perMicrosecond,
    llc: minimumBytes / 1e3 / device.lastLevelCache,
  };
  const sim = clocks / perMicrosecond;
  const dram = minimumBytes / 1e3 / device.dram;
  const [largest] = Object.entries(terms).toSorted(([, a], [, b]) => b - a);
  const warm = Math.max(sim, terms.llc);
  const cold = Math.max(sim, dram);
  const limit = (time: number): string => (largest[1] > BUSY * time ? largest[0] : 'latency');
  return { warm, cold, warmLimit: limit(warm), coldLimit: dram >= sim ? 'dram' : limit(cold) };
}

/** The least time of any kernel: every byte moved once through DRAM, every multiply-add at the full rate. */
export function floorOf(
  device: Device,
  work: { readonly minimumBytes: number; readonly multiplyAdds: number },
): number {
  const bytes = work.minimumBytes / 1e3 / device.dram;
  const rate = device.computeUnits * device.multiplyAddsPerClock * device.gigahertz * 1e3;
  return Math.max(bytes, work.multiplyAdds / rate);
}
