/** What was measured of an app under TensorFlow.js, as a table. */
import { median, medianAbsoluteDeviation } from 'simple-statistics';
import type { TableTexts } from '../cli/table';
import { figures } from '../columns';
import type { Race } from './race';

export function installTable(races: Readonly<Record<string, Race>>): TableTexts {
  return {
    head: [
      'model',
      'before ms',
      'after ms',
      'after / before',
      '±%',
      'blocked before',
      'after',
      'first run before',
      'after',
      'dispatches before',
      'after',
      'submits before',
      'after',
      'convs taken',
      'left',
      'difference',
    ],
    rows: Object.entries(races).map(([name, { theirs, ours, difference, counts }]) => {
      const ratios = ours.ms.map((ms, round) => ms / theirs.ms[round]);
      const of = (ms: readonly number[]): string => figures(median([...ms])) ?? '–';
      return [
        name,
        of(theirs.ms),
        of(ours.ms),
        median(ratios).toFixed(2),
        ((100 * medianAbsoluteDeviation(ratios)) / median(ratios)).toFixed(0),
        of(theirs.blocked),
        of(ours.blocked),
        of([theirs.first]),
        of([ours.first]),
        ...[theirs.traffic.dispatches, ours.traffic.dispatches, theirs.traffic.submits, ours.traffic.submits].map(
          String,
        ),
        String(sum(counts.taken)),
        String(sum(counts.left)),
        difference.toExponential(1),
      ];
    }),
  };
}

/** The meaning of the table, for a reader who sees only the table. */
export const INSTALL_NOTE: string =
  'An app under TensorFlow.js before and after install(tf): milliseconds from model.execute until all outputs are read, medians of rounds\n' +
  "in which both take turns; blocked is the part in which the call has the page's thread. The difference is a share of the largest output.";

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}
