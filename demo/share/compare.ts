/** Several results beside each other, task by task, as ratios to the first. */
import { geometricMean } from 'simple-statistics';
import { measured } from '../peers/results';
import type { Report } from '../report';
import { verdictOf, type Verdict } from '../result/interval';
import type { Timing } from '../timing';

export interface ComparedTask {
  readonly task: string;
  /** One for each result; undefined where it has none. */
  readonly cells: readonly (Cell | undefined)[];
}

export interface Cell extends Timing {
  /** Its time divided by that of the first result. The first result has none. */
  readonly ratio?: number;
  readonly verdict?: Verdict;
}

/** One result beside the first, over all tasks that both have. */
export interface Overall {
  readonly tasks: number;
  readonly ratio?: number;
  readonly counts: Readonly<Record<Verdict, number>>;
}

/** Tasks that the first result and another one have. */
export function compareReports(reports: readonly Report[]): readonly ComparedTask[] {
  const [first, ...others] = reports.map(timesOf);
  return [...first].flatMap(([task, time]) => {
    const cells = others.map((times) => {
      const other = times.get(task);
      return other && { ...other, ratio: other.ms / time.ms, verdict: verdictOf(other, time) };
    });
    return cells.some((cell) => cell !== undefined) ? [{ task, cells: [time, ...cells] }] : [];
  });
}

/** @param place of the result, from 1 */
export function overallOf(tasks: readonly ComparedTask[], place: number): Overall {
  const cells = tasks.flatMap(({ cells: all }) => all[place] ?? []);
  const count = (wanted: Verdict): number => cells.filter(({ verdict }) => verdict === wanted).length;
  const ratios = cells.flatMap(({ ratio }) => ratio ?? []);
  return {
    tasks: cells.length,
    ratio: ratios.length > 0 ? geometricMean(ratios) : undefined,
    counts: { faster: count('faster'), tie: count('tie'), slower: count('slower') },
  };
}

/** The times of our library, by task. */
function timesOf({ rows, peers, networks, models }: Report): ReadonlyMap<string, Timing> {
  const own = rows.flatMap(({ layer, method, result }) =>
    result === undefined ? [] : [[method === 'default' ? layer : `${layer}, ${method}`, result] as const],
  );
  const compared = [
    ...(peers?.layers.map((it) => [it.layer, measured(it, 'ours')] as const) ?? []),
    ...networks.map((it) => [it.network, measured(it, 'ours')] as const),
    ...models.map((it) => [it.model, measured(it, 'ours')] as const),
  ].flatMap(([task, ours]) => (ours === undefined ? [] : [[task, ours] as const]));
  return new Map([...own, ...compared].map(([task, { ms, spread }]) => [task, { ms, spread }]));
}
