/** The cost of whole networks: dispatches, and their total bytes and time. */
import Table from 'cli-table3';
import type { NetworkJob } from './networks';
import type { Dispatch, Result } from './simulate';

/** One dispatch of a network, and its result. */
export interface NetworkStep {
  readonly label: string;
  readonly bytes: number;
  /** Microseconds; absent where the emulator does not know an instruction. */
  readonly warm?: number;
  readonly cold?: number;
  readonly error?: string;
}

export interface NetworkRow {
  readonly name: string;
  readonly steps: readonly NetworkStep[];
}

/** One of each group of equal dispatches, which is simulated for all of them. */
export function distinct(jobs: readonly NetworkJob[]): ReadonlyMap<string, Dispatch> {
  return new Map(
    jobs.flatMap(({ dispatches }) => dispatches.map(({ label, dispatch }) => [keyOf(label, dispatch), dispatch])),
  );
}

/** @param results by the keys that `distinct` gives */
export function networkRows(jobs: readonly NetworkJob[], results: ReadonlyMap<string, Result>): NetworkRow[] {
  return jobs.map(({ name, dispatches }) => ({
    name,
    steps: dispatches.map(({ label, dispatch }): NetworkStep => {
      const result = results.get(keyOf(label, dispatch))!;
      const bytes = dispatch.minimumBytes;
      if ('error' in result) return { label, bytes, error: result.error };
      return { label, bytes, warm: result.time.warm, cold: result.time.cold };
    }),
  }));
}

/** Labels contain the sizes, but not the epilogue. */
function keyOf(label: string, { code }: Dispatch): string {
  return `${label} ${code}`;
}

export function networkTable(rows: readonly NetworkRow[]): string {
  const table = new Table({
    head: ['network', 'dispatches', 'DRAM MB', 'warm us', 'cold us', 'not modelled'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { compact: true, head: [], border: [] },
  });
  for (const { name, steps } of rows) {
    const sum = (value: (step: NetworkStep) => number | undefined): number =>
      steps.reduce((total, step) => total + (value(step) ?? 0), 0);
    table.push([
      name,
      steps.length,
      (sum(({ bytes }) => bytes) / 1e6).toFixed(1),
      sum(({ warm }) => warm).toFixed(1),
      sum(({ cold }) => cold).toFixed(1),
      sum(({ error }) => (error === undefined ? 0 : 1)),
    ]);
  }
  return table.toString();
}
