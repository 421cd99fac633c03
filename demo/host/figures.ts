/** What was measured of the page's own thread, as figures and as a table. */
import { median, medianAbsoluteDeviation } from 'simple-statistics';
import type { TableTexts } from '../cli/table';
import { figures } from '../columns';
import type { Samples } from './measure';

export interface HostFigure {
  readonly row: string;
  /** The unit of the time: a call, an op of a chain, a run, a dispatch. */
  readonly per: string;
  /** Median microseconds of this tree's build. */
  readonly us: number;
  /** Median microseconds of the other build, if there is one. */
  readonly otherUs?: number;
  /** Median of the rounds' own ratios, this tree's to the other's. A disturbance that slows both in a round cancels out. */
  readonly ratio?: number;
  readonly rounds: number;
  /** Median absolute deviation of the ratio, or of the time if there is no ratio, as a share of it. */
  readonly spread: number;
}

/** One figure for each thing that is counted. */
export function figuresOf(row: string, { counts, ms }: Samples): readonly HostFigure[] {
  const [own, other] = ms;
  const ratios = other?.map((theirs, round) => own[round] / theirs);
  return Object.keys(counts[0]).map((per) => {
    const usOf = (side: number): number => (1000 * median([...ms[side]])) / counts[side][per];
    const us = usOf(0);
    if (ratios === undefined) return { row, per, us, rounds: own.length, spread: spreadOf(own) };
    // Both sides have as many rounds, but perhaps not as many dispatches.
    const ratio = (median(ratios) * counts[1][per]) / counts[0][per];
    return { row, per, us, otherUs: usOf(1), ratio, rounds: own.length, spread: spreadOf(ratios) };
  });
}

/** @param other what the other build is called, if there is one */
export function hostTable(rows: readonly HostFigure[], other: string | undefined): TableTexts {
  const texts = rows.map(({ row, per, us, otherUs, ratio, rounds, spread }) => {
    const isLong = us >= 1000;
    const time = (n: number | undefined): string => (n === undefined ? '–' : (figures(isLong ? n / 1000 : n) ?? '–'));
    const compared = other === undefined ? [] : [time(otherUs), ratio?.toFixed(2) ?? '–'];
    return [
      row,
      `${isLong ? 'ms' : 'µs'} per ${per}`,
      time(us),
      ...compared,
      (100 * spread).toFixed(0),
      String(rounds),
    ];
  });
  return {
    head: ['host time', 'unit', 'this tree', ...(other === undefined ? [] : [other, 'this / other']), '±%', 'rounds'],
    rows: texts,
  };
}

/** The meaning of the table, for a reader who sees only the table. */
export function hostNote(isCompared: boolean): string {
  const measured =
    "Host time on this machine: what the page's own thread spends in the calls, which is not how long the GPU takes.";
  const alone = 'Medians of the rounds; ±% is their median absolute deviation.';
  const compared =
    'Medians of rounds in each of which both builds take turns; ' +
    "this / other is the median of the rounds' ratios, ±% its median absolute deviation.";
  return `${measured}\n${isCompared ? compared : alone}`;
}

function spreadOf(values: readonly number[]): number {
  return medianAbsoluteDeviation([...values]) / median([...values]);
}
