/**
 * The two GPUs whose time is modelled. Sizes, clocks, DRAM rates and throughputs per clock are published; latencies and the
 * rates of L2 and last-level cache are rounded from memory and not checked on hardware.
 */

export type Family = 'navi21' | 'gfx1100';

export interface Device {
  readonly name: string;
  readonly isRdna3: boolean;
  readonly computeUnits: number;
  /** Groups of compute units that share an L1. */
  readonly shaderArrays: number;
  readonly gigahertz: number;
  /** Multiply-adds of a compute unit per clock. RDNA3 executes both halves of a wave64 at once. */
  readonly multiplyAddsPerClock: number;
  /** Bytes. */
  readonly l0: number;
  readonly l1: number;
  readonly l2: number;
  readonly l2BytesPerClock: number;
  /** Gigabytes per second. */
  readonly lastLevelCache: number;
  readonly dram: number;
  /** Clocks. */
  readonly latency: Readonly<Record<'l0' | 'l1' | 'l2' | 'memory' | 'scalar' | 'lds', number>>;
}

const LATENCY = { l0: 110, l1: 160, l2: 230, memory: 420, scalar: 40, lds: 56 };

export const DEVICES: Readonly<Record<Family, Device>> = {
  navi21: {
    name: 'RX 6800, RDNA2',
    isRdna3: false,
    computeUnits: 60,
    shaderArrays: 8,
    gigahertz: 2.1,
    multiplyAddsPerClock: 64,
    l0: 16 << 10,
    l1: 128 << 10,
    l2: 4 << 20,
    l2BytesPerClock: 1024,
    lastLevelCache: 1400,
    dram: 512,
    latency: LATENCY,
  },
  gfx1100: {
    name: 'RX 7900 XTX, RDNA3',
    isRdna3: true,
    computeUnits: 96,
    shaderArrays: 12,
    gigahertz: 2.4,
    multiplyAddsPerClock: 128,
    l0: 32 << 10,
    l1: 256 << 10,
    l2: 6 << 20,
    l2BytesPerClock: 1536,
    lastLevelCache: 2600,
    dram: 960,
    latency: LATENCY,
  },
};

export const FAMILIES: readonly Family[] = ['navi21', 'gfx1100'];
