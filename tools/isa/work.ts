/** What is analysed, and the results: the rows of the tables and of the JSON. */
import { DEVICES, type Family } from './devices';
import { floorOf } from './model';
import type { Result, Simulated } from './simulate';

/** A convolution, however it is computed. */
export interface Work {
  /** Of layers. */
  readonly family: string;
  readonly layer: string;
  readonly outputs: number;
  readonly minimumBytes: number;
  readonly multiplyAdds: number;
}

interface Kernel {
  readonly kernel: string;
  readonly tile: string;
  readonly isDefault: boolean;
}

export interface Measures {
  readonly vectorRegisters: number;
  readonly wavesPerSimd: number;
  /** Bytes per wave, for registers that do not fit. */
  readonly scratchBytes: number;
  /** Share of the vector instructions that are multiply-adds. */
  readonly fmaShare: number;
  /** Words of 4 bytes. */
  readonly wordsPerOutput: number;
  /** Microseconds. */
  readonly warm: number;
  readonly cold: number;
  readonly warmLimit: string;
  readonly coldLimit: string;
  readonly floor: number;
  /** cold / floor */
  readonly ratio: number;
}

export interface Row extends Kernel, Pick<Work, 'family' | 'layer'> {
  readonly measures?: Measures;
  /** Why there are no measures, or why they are worthless. */
  readonly error?: string;
}

export function rowOf(job: Work & Kernel, results: readonly Result[], gpu: Family): Row {
  const { family, layer, kernel, tile, isDefault } = job;
  const row = { family, layer, kernel, tile, isDefault };
  const failed = results.find((result) => 'error' in result);
  if (failed !== undefined) return { ...row, error: failed.error };
  return { ...row, measures: measuresOf(job, results as readonly Simulated[], gpu) };
}

/** For several dispatches, the times are added, and the registers are those of the slowest one. */
function measuresOf(work: Work, results: readonly Simulated[], gpu: Family): Measures {
  const add = (value: (result: Simulated) => number): number => results.reduce((sum, r) => sum + value(r), 0);
  const [slowest] = results.toSorted((a, b) => b.time.warm - a.time.warm);
  const { vectorRegisters, wavesPerSimd, scratchBytes } = slowest.statistics;
  const cold = add(({ time }) => time.cold);
  const floor = floorOf(DEVICES[gpu], work);
  return {
    vectorRegisters,
    wavesPerSimd,
    scratchBytes,
    fmaShare: add(({ totals }) => totals.multiplyAdds) / add(({ totals }) => totals.valu),
    wordsPerOutput: add(({ totals }) => totals.loadBytes) / 4 / work.outputs,
    warm: add(({ time }) => time.warm),
    cold,
    warmLimit: slowest.time.warmLimit,
    coldLimit: slowest.time.coldLimit,
    floor,
    ratio: cold / floor,
  };
}

/** The tiles of each layer from the fastest to the slowest; layers stay in their order. */
export function ranked(rows: readonly Row[]): Row[] {
  const time = ({ measures }: Row): number => measures?.cold ?? Infinity;
  const warm = ({ measures }: Row): number => measures?.warm ?? Infinity;
  return byLayer(rows).flatMap((group) => group.toSorted((a, b) => time(a) - time(b) || warm(a) - warm(b)));
}

/** A layer whose default tile is this much slower than the floor is worth a look. */
const FAR = 1.15;

/** A tile is reported only if it is this much faster than the default. */
const BETTER = 1.1;

/** The conclusions in sentences: which rows are far from the floor, and where another tile is better than the default. */
export function findings(rows: readonly Row[]): string[] {
  const far = rows.filter(({ isDefault, measures }) => isDefault && measures !== undefined && measures.ratio > FAR);
  const better = byLayer(rows).flatMap((group) => {
    const usual = group.find(({ isDefault }) => isDefault)?.measures;
    return (['cold', 'warm'] as const).flatMap((when) => {
      const best = ranked(group).toSorted(
        (a, b) => (a.measures?.[when] ?? Infinity) - (b.measures?.[when] ?? Infinity),
      )[0];
      if (usual === undefined || best.measures === undefined || usual[when] <= BETTER * best.measures[when]) return [];
      const percent = Math.round((1 - best.measures[when] / usual[when]) * 100);
      return [`${best.layer}: ${best.tile} takes ${percent} % less time ${when} than the default`];
    });
  });
  return [
    `above ${FAR} x floor: ${far.map(({ layer, measures }) => `${layer} (${measures?.ratio.toFixed(2)})`).join(', ') || 'none'}`,
    ...better,
  ];
}

function byLayer(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.layer, [...(groups.get(row.layer) ?? []), row]);
  return [...groups.values()];
}
