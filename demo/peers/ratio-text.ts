/** Ratios in tables, and which of them are ties. */
import { verdictOf, type Verdict } from '../result/interval';
import { measured, ratio, type Clock, type Compared, type Measured } from './results';

/** `2.41`, or `0.69 ~` where the intervals of the two times meet. */
export function ratioText(compared: Compared, peer: Measured | undefined, clock: Clock = 'ms'): string {
  const value = ratio(compared, peer, clock);
  if (value === undefined) return '–';
  return `${value.toFixed(2)}${standingOf(compared, peer, clock) === 'tie' ? ' ~' : ''}`;
}

/** Compares another library with ours; undefined if either has no figure. */
export function standingOf(compared: Compared, peer: Measured | undefined, clock: Clock = 'ms'): Verdict | undefined {
  const [ours, other] = [measured(compared, 'ours'), peer].map((it) => it && timeOf(it, clock));
  return peer?.name === 'ours' ? undefined : ours && other && verdictOf(other, ours);
}

function timeOf(
  { ms, spread, gpuMs, gpuSpread = 0 }: Measured,
  clock: Clock,
): { ms: number; spread: number } | undefined {
  if (clock === 'ms') return { ms, spread };
  return gpuMs === undefined ? undefined : { ms: gpuMs, spread: gpuSpread };
}
