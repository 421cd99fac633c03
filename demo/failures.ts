/** What makes a run fail: only errors of our library. The errors of others are notes beside their names. */
import type { Outcome } from './peers/results';
import type { Report } from './report';

export function failures(report: Report): readonly string[] {
  return tasksOf(report).flatMap(({ task, outcomes }) =>
    outcomes.flatMap((outcome) =>
      'error' in outcome && isOurs(outcome) ? [`${task} by ${outcome.name}: ${outcome.error}`] : [],
    ),
  );
}

/** Libraries that did not start. The command line fails without them, because it was asked to compare them. */
export function missingLibraries(report: Report): readonly string[] {
  const loads = report.peers?.loads ?? [];
  const missing = loads.flatMap(({ title, error }) =>
    error === undefined ? [] : [`${title} is NOT MEASURED: ${error}`],
  );
  const outcomes = tasksOf(report).flatMap(({ task, outcomes: all }) =>
    all.flatMap((outcome) =>
      'error' in outcome && outcome.isMissing === true && !isOurs(outcome)
        ? [`${task} by ${outcome.name}: ${outcome.error}`]
        : [],
    ),
  );
  return [...missing, ...outcomes];
}

function isOurs({ name }: Outcome): boolean {
  return name === 'ours' || name === 'eager';
}

function tasksOf({ peers, networks, models }: Report): readonly { task: string; outcomes: readonly Outcome[] }[] {
  return [
    ...(peers?.layers.map(({ layer, outcomes }) => ({ task: layer, outcomes })) ?? []),
    ...networks.map(({ network, outcomes }) => ({ task: network, outcomes })),
    ...models.map(({ model, outcomes }) => ({ task: model, outcomes })),
  ];
}
