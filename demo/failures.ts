/** What counts as the failure of a run. */
import type { Failed, Outcome } from './peers/results';
import type { Report } from './report';

/** What a run must not pass over: a library that is missing, and what ours fails. Others' failures are in the tables. */
export function failures({ peers, networks, models }: Report): readonly string[] {
  const missing = peers?.loads.filter(({ error }) => error !== undefined) ?? [];
  const tasks = [
    ...(peers?.layers.map(({ layer, outcomes }) => ({ task: layer, outcomes })) ?? []),
    ...networks.map(({ network, outcomes }) => ({ task: network, outcomes })),
    ...models.map(({ model, outcomes }) => ({ task: model, outcomes })),
  ];
  return [
    ...missing.map(({ title, error }) => `${title} is NOT MEASURED: ${error}`),
    ...tasks.flatMap(({ task, outcomes }) =>
      outcomes.flatMap((outcome) => (isFatal(outcome) ? [`${task} by ${outcome.name}: ${outcome.error}`] : [])),
    ),
  ];
}

function isFatal(outcome: Outcome): outcome is Failed {
  return 'error' in outcome && (outcome.isMissing === true || outcome.name === 'ours' || outcome.name === 'eager');
}
