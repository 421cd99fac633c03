/** `npm run bench -- --runtime node`: the page's run without a page, on Dawn, and its tables. */
import { columns } from '../columns';
import { buildChild } from '../node/build';
import { nodeRuntime } from '../node/runtime';
import { peaksTable } from '../peaks/table';
import { networkNotes, networkTable } from '../peers/network-table';
import { notes, tables, type TextTable } from '../peers/tables';
import type { Report } from '../report';
import { run } from '../run';
import type { Sample } from '../sample/parameters';
import { families } from '../view/families';
import { tableAndSentences, tableText } from './table';

export interface NodeRunOptions {
  readonly filter: string;
  readonly quick: boolean;
  readonly peers: boolean;
  /** Layers drawn by chance, instead of those of the list. */
  readonly sample?: Sample;
  readonly adapter?: string;
  /** How many seconds a library may be silent. */
  readonly patience?: number;
  readonly onReport: (report: Report) => void;
}

export async function runNode(options: NodeRunOptions): Promise<{ readonly report: Report; readonly tables: string }> {
  const { filter, quick, peers, sample, adapter, patience, onReport } = options;
  const child = await buildChild();
  try {
    const patienceMs = patience === undefined ? undefined : 1000 * patience;
    const runtime = nodeRuntime({ script: child.script, adapter, patienceMs });
    const { signal } = new AbortController();
    // Only the page has photographs, and models from files, which need photographs as input.
    const report = await run(runtime, {
      filter,
      quick,
      peers,
      sampleAsked: sample && { sample: `${sample.count}`, seed: `${sample.seed}` },
      modelsOf: () => [],
      signal,
      onReport,
    });
    return { report, tables: tablesOf(report) };
  } finally {
    await child.remove();
  }
}

/** What the page shows, for a terminal. */
function tablesOf({ rows, peaks, peers, networks }: Report): string {
  const own = families(rows).flatMap(({ family, rows: members }) => [
    [family],
    ...members.map((row) => columns.map(({ text }) => text(row))),
  ]);
  const texts = [
    ...(peaks === undefined ? [] : [titled(peaksTable(peaks))]),
    ...(own.length === 0 ? [] : [tableAndSentences({ head: columns.map(({ title }) => title), rows: own })]),
    ...(peers === undefined ? [] : tables(peers).map(titled)),
    ...(networks.length === 0 ? [] : [titled(networkTable(networks))]),
    [...(peers === undefined ? [] : notes(peers)), ...networkNotes(networks)].join('\n'),
  ];
  return texts.filter((text) => text !== '').join('\n\n');
}

function titled(table: TextTable): string {
  return table.rows.length === 0 ? '' : `${table.title}\n${tableText(table)}`;
}
