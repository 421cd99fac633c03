/** What a run executed, scaled to the whole dispatch. */
import type { Unit } from '../parse';
import type { Run } from './emulate';

export interface Totals {
  /** Wave instructions of the vector ALU, the clocks that they take, and those that are multiply-adds. */
  readonly valu: number;
  readonly valuClocks: number;
  readonly multiplyAdds: number;
  /** Wave instructions of the scalar ALU and scalar loads. */
  readonly scalar: number;
  readonly loadBytes: number;
  /** Lines of 128 bytes: of all loads, of those that missed L0, of those that missed L1, of all stores. */
  readonly loadLines: number;
  readonly l0MissLines: number;
  readonly l1MissLines: number;
  readonly storeLines: number;
  readonly ldsClocks: number;
  /** Lines of loads and stores of scratch memory, among the above. */
  readonly scratchLines: number;
}

export function totalsOf({ program, counts, scale, l1Misses }: Run): Totals {
  const sum = (values: (i: number) => number, ...units: readonly Unit[]): number => {
    let total = 0;
    for (const [i, { unit }] of program.entries()) if (units.includes(unit)) total += values(i);
    return total * scale;
  };
  const executed = (i: number): number => counts.executed[i];
  const lines = (i: number): number => counts.lines[i];
  return {
    valu: sum(executed, 'valu'),
    valuClocks: sum((i) => counts.executed[i] * program[i].clocks, 'valu'),
    multiplyAdds: sum((i) => (program[i].multiplyAdds > 0 ? counts.executed[i] : 0), 'valu'),
    scalar: sum(executed, 'salu', 'smem'),
    loadBytes: sum((i) => counts.bytes[i], 'load'),
    loadLines: sum(lines, 'load', 'scratch-load'),
    l0MissLines: sum((i) => counts.l0Misses[i], 'load', 'scratch-load'),
    l1MissLines: l1Misses * scale,
    storeLines: sum(lines, 'store', 'scratch-store'),
    ldsClocks: sum((i) => counts.ldsClocks[i], 'lds'),
    scratchLines: sum(lines, 'scratch-load', 'scratch-store'),
  };
}
