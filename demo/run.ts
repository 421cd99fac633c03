/** The whole run: opens the GPU, then measures layer after layer and a photograph, or compares. Every change is a new report. */
import { openGpu, type Gpu } from '../src/index';
import { environmentOf } from './environment';
import type { Layer } from './layer';
import { layersOf } from './layers';
import type { PeersReport } from './peers/results';
import { runPhoto, type Canvases } from './photo';
import { EMPTY, type Report, type Row } from './report';
import { runLayer } from './run-layer';
import type { Race } from './timing';

export interface RunOptions {
  /** A regular expression over families and names of layers; '' takes all. */
  readonly filter: string;
  /** A subset of the layers and fewer rounds. */
  readonly quick: boolean;
  /** Other libraries beside ours, instead of ours by each method. */
  readonly peers: boolean;
  readonly canvases: Canvases;
  readonly signal: AbortSignal;
  readonly onReport: (report: Report) => void;
}

const ROUNDS = 15;
const QUICK_ROUNDS = 3;
const PEERS_RACE: Race = { rounds: 5, slowRounds: 3 };
const QUICK_PEERS_RACE: Race = { rounds: 3, slowRounds: 2 };
/** A browser whose GPU process fails to start may leave `requestAdapter` unanswered for ever. */
const OPEN_MS = 30_000;

type Tell = (change: Partial<Report>) => void;

/** Runs, and never throws: what went wrong is in the last report. */
export async function run(options: RunOptions): Promise<Report> {
  const { filter, quick, peers, signal, onReport } = options;
  let report: Report = { ...EMPTY, status: 'running' };
  const tell: Tell = (change) => {
    report = { ...report, ...change };
    onReport(report);
  };
  const fail = (error: unknown): void => tell({ errors: [...report.errors, String(error)] });

  let gpu: Gpu | undefined;
  try {
    const layers = layersOf({ filter, quick });
    tell({ progress: { done: 0, total: layers.length + 1, label: 'opening the GPU' } });
    gpu = await inTime(openGpu({ onError: fail }));
    tell({ environment: await environmentOf(gpu) });
    if (peers) await compare(layers, options, tell);
    else await measure(gpu, layers, options, tell);
    tell({ progress: { done: 1, total: 1, label: '' } });
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    gpu?.destroy();
  }
  for (const error of failures(report.peers)) fail(error);
  const isRight = report.rows.every((row) => row.ok) && (peers || report.photo?.ok === true);
  const ok = report.errors.length === 0 && isRight;
  tell({ status: signal.aborted ? 'stopped' : ok ? 'passed' : 'failed' });
  return report;
}

/** The library alone: layer after layer, then the photograph. */
async function measure(gpu: Gpu, layers: readonly Layer[], options: RunOptions, tell: Tell): Promise<void> {
  const { quick, canvases, signal } = options;
  const total = layers.length + 1;
  const rows: Row[] = [];
  for (const [done, layer] of layers.entries()) {
    signal.throwIfAborted();
    tell({ progress: { done, total, label: layer.name } });
    rows.push(...(await runLayer(gpu, layer, quick ? QUICK_ROUNDS : ROUNDS)));
    // What the next layer will not use is worth more to the rest of the machine.
    gpu.trim();
    tell({ rows: [...rows] });
  }
  signal.throwIfAborted();
  tell({ progress: { done: layers.length, total, label: 'the photograph' } });
  tell({ photo: await runPhoto(gpu, canvases) });
}

/** The library beside others. Each opens a device of its own. */
async function compare(layers: readonly Layer[], { quick, signal }: RunOptions, tell: Tell): Promise<void> {
  // The other libraries are megabytes that only this run needs.
  const { runPeers } = await import('./peers/run-peers');
  await runPeers({
    layers,
    race: quick ? QUICK_PEERS_RACE : PEERS_RACE,
    signal,
    onChange: (peers, label) => tell({ peers, progress: { done: peers.layers.length, total: layers.length, label } }),
  });
}

/** What a comparison must not pass over: a library that is missing, and a layer that ours fails. Others' are in the table. */
function failures(peers: PeersReport | undefined): readonly string[] {
  if (peers === undefined) return [];
  const missing = peers.loads.filter(({ error }) => error !== undefined);
  return [
    ...missing.map(({ title, error }) => `${title} is NOT MEASURED: ${error}`),
    ...peers.layers.flatMap(({ layer, outcomes }) =>
      outcomes.flatMap((outcome) =>
        'error' in outcome && outcome.name === 'ours' ? [`${layer}: ${outcome.error}`] : [],
      ),
    ),
  ];
}

async function inTime(opening: Promise<Gpu>): Promise<Gpu> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `the browser gave no adapter in ${OPEN_MS / 1000} s, nor said that it has none; look at chrome://gpu`;
    timer = setTimeout(() => reject(new Error(message)), OPEN_MS);
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}
