/** Whether the device got slower while it was measured: the last rounds of every task beside its first ones. */
import { sampleStandardDeviation } from 'simple-statistics';
import { lastOverFirst } from '../columns';
import { measured, type Compared } from '../peers/results';
import type { Report, RoundsDrift } from '../report';
import type { Verdict } from './interval';

/** Fewer say nothing about the whole run. */
const LEAST_TASKS = 3;

/** Of our library alone, because others may get slower for reasons of their own. Undefined if the run had too few tasks. */
export function roundsDriftOf({ rows, peers, networks, models }: Report): RoundsDrift | undefined {
  const ours = (all: readonly Compared[]): readonly (number | undefined)[] =>
    all.map((task) => lastOverFirst(measured(task, 'ours')?.ends));
  const logs = [
    ...rows.map(({ result }) => lastOverFirst(result?.ends)),
    ...ours(peers?.layers ?? []),
    ...ours(networks),
    ...ours(models),
  ]
    .flatMap((ratio) => (ratio === undefined ? [] : [Math.log(ratio)]))
    .filter(Number.isFinite);
  if (logs.length < LEAST_TASKS) return undefined;
  const mean = logs.reduce((a, b) => a + b) / logs.length;
  const error = sampleStandardDeviation(logs) / Math.sqrt(logs.length);
  return { ratio: Math.exp(mean), spread: Math.expm1(quantile(logs.length - 1) * error), tasks: logs.length };
}

/** If the interval contains 1, it is a tie. */
export function driftVerdict({ ratio, spread }: RoundsDrift): Verdict {
  if (Math.abs(Math.log(ratio)) <= Math.log1p(spread)) return 'tie';
  return ratio > 1 ? 'slower' : 'faster';
}

/** The 97.5 % quantile of Student's distribution, within 2 % from four degrees of freedom (Abramowitz and Stegun, 26.7.5). */
function quantile(freedom: number): number {
  const z = 1.96;
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}
