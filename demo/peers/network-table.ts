/** The networks as a table of texts, a row for each library. */
import { figures } from '../columns';
import { ratioText } from './ratio-text';
import type { ComparedNetwork, Outcome } from './results';
import type { ContenderName } from './strategy';
import type { TextTable } from './tables';

const HEAD = [
  'network',
  'MMAC',
  'library',
  'ms',
  '±%',
  '/ ours',
  'first ms',
  'dispatches',
  'submits',
  'host ms',
  'host µs / dispatch',
  'peak MB',
  'off ours',
];

const LABELS: Readonly<Partial<Record<ContenderName, string>>> = {
  ours: 'ours, a program',
  eager: 'ours, call by call',
};

export function networkTable(networks: readonly ComparedNetwork[]): TextTable {
  return {
    title:
      'Networks, compiled by ours and call by call; a library that takes longer than the program is above 1, ~ is a tie',
    judged: ['/ ours'],
    head: HEAD,
    rows: networks.flatMap((compared) => compared.outcomes.map((outcome) => rowOf(compared, outcome))),
  };
}

/** Remarks that do not fit in the cells. */
export function networkNotes(networks: readonly ComparedNetwork[]): readonly string[] {
  return networks.flatMap(({ network, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if ('error' in outcome) return [`${outcome.name} FAILED on ${network}: ${outcome.error}`];
      if ('unsupported' in outcome) return [`${outcome.name} cannot do ${network}: ${outcome.unsupported}`];
      return outcome.how === undefined ? [] : [`${outcome.name} on ${network}: ${outcome.how}`];
    }),
  );
}

function rowOf(compared: ComparedNetwork, outcome: Outcome): readonly string[] {
  const label = LABELS[outcome.name] ?? outcome.name;
  const names = [compared.network, (compared.multiplyAdds / 1e6).toFixed(0), label];
  if (!('ms' in outcome)) {
    const what = 'unsupported' in outcome ? '–' : outcome.error.includes('WRONG') ? 'WRONG' : 'FAILED';
    return [...names, what, ...HEAD.slice(names.length + 1).map(() => '–')];
  }
  const { ms, spread, firstMs, dispatches, submits, hostMs, peakBytes, maxError } = outcome;
  return [
    ...names,
    figures(ms) ?? '',
    (spread * 100).toFixed(0),
    ratioText(compared, outcome),
    firstMs.toFixed(0),
    `${dispatches}`,
    `${submits}`,
    figures(hostMs) ?? '',
    ((1000 * hostMs) / dispatches).toFixed(1),
    (peakBytes / 1e6).toFixed(1),
    maxError.toExponential(0),
  ];
}
