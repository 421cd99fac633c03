/** The whole run: opens the GPU, then measures layer after layer and a photograph, or compares. Every change is a new report. */
import { openGpu, type Gpu } from '../src/index';
import { environmentOf } from './environment';
import type { Failed, Outcome } from './peers/results';
import { runModels } from './peers/run-models';
import { runNetworks } from './peers/run-networks';
import { runPhoto, type Canvases } from './photo';
import { EMPTY, type Report, type Row } from './report';
import { runLayer } from './run-layer';
import { sampleOf, type SampleAsked } from './sample/parameters';
import { selectionOf, type Selection } from './selection';
import type { Race } from './timing';

export interface RunOptions {
  /** A regular expression over families and names of layers, and names of networks; '' takes all layers and two networks. */
  readonly filter: string;
  /** A subset of the layers and fewer rounds. */
  readonly quick: boolean;
  /** Other libraries beside ours, instead of ours by each method. */
  readonly peers: boolean;
  /** Layers drawn by chance, instead of those of the list. */
  readonly sampleAsked?: SampleAsked;
  readonly canvases: Canvases;
  readonly signal: AbortSignal;
  readonly onReport: (report: Report) => void;
}

const ROUNDS = 15;
const QUICK_ROUNDS = 3;
const PEERS_RACE: Race = { rounds: 5, slowRounds: 3 };
const QUICK_PEERS_RACE: Race = { rounds: 3, slowRounds: 2 };
/** A network is as long as all layers of its kind. */
const NETWORKS_RACE: Race = { rounds: 7, slowRounds: 3 };
/** Of some a run takes TensorFlow.js half a minute on a CPU that poses as a GPU. */
const MODELS_RACE: Race = { rounds: 7, slowRounds: 2 };
/** A browser whose GPU process fails to start may leave `requestAdapter` unanswered for ever. */
const OPEN_MS = 30_000;

type Tell = (change: Partial<Report>) => void;

/** Runs, and never throws: what went wrong is in the last report. */
export async function run(options: RunOptions): Promise<Report> {
  const { filter, quick, peers, sampleAsked = {}, signal, onReport } = options;
  let report: Report = { ...EMPTY, status: 'running' };
  const tell: Tell = (change) => {
    report = { ...report, ...change };
    onReport(report);
  };
  const fail = (error: unknown): void => tell({ errors: [...report.errors, String(error)] });

  let gpu: Gpu | undefined;
  try {
    const sample = sampleOf(sampleAsked);
    tell({ sample, progress: { done: 0, total: 1, label: 'opening the GPU' } });
    gpu = await inTime(openGpu({ onError: fail }));
    tell({ environment: await environmentOf(gpu) });
    const { isFallback } = gpu;
    const selection = selectionOf({ filter, quick, peers, sample: sample && { ...sample, isFallback } });
    if (peers) await compare(selection, options, tell);
    else await measure(gpu, selection, options, tell);
    tell({ progress: { done: 1, total: 1, label: '' } });
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    gpu?.destroy();
  }
  for (const error of failures(report)) fail(error);
  const isRight = report.rows.every((row) => row.ok) && (peers || report.photo?.ok === true);
  const ok = report.errors.length === 0 && isRight;
  tell({ status: signal.aborted ? 'stopped' : ok ? 'passed' : 'failed' });
  return report;
}

/** The layers, the networks, the models, and the photograph or the opening of the libraries. */
function totalOf({ layers, networks, models }: Selection): number {
  return layers.length + networks.length + models.length + 1;
}

/** The library alone: layer after layer, the networks, then the photograph. */
async function measure(gpu: Gpu, selection: Selection, options: RunOptions, tell: Tell): Promise<void> {
  const { quick, canvases, signal } = options;
  const { layers } = selection;
  const total = totalOf(selection);
  const rows: Row[] = [];
  for (const [done, layer] of layers.entries()) {
    signal.throwIfAborted();
    tell({ progress: { done, total, label: layer.name } });
    rows.push(...(await runLayer(gpu, layer, quick ? QUICK_ROUNDS : ROUNDS)));
    // What the next layer will not use is worth more to the rest of the machine.
    gpu.trim();
    tell({ rows: [...rows] });
  }
  await measureNetworks(selection, options, tell);
  await measureModels(selection, options, tell);
  signal.throwIfAborted();
  tell({ progress: { done: total - 1, total, label: 'the photograph' } });
  tell({ photo: await runPhoto(gpu, canvases) });
}

/** The library beside others. Each opens a device of its own. */
async function compare(selection: Selection, options: RunOptions, tell: Tell): Promise<void> {
  const { quick, signal } = options;
  const { layers } = selection;
  if (layers.length > 0) {
    // The other libraries are megabytes that only this run needs.
    const { runPeers } = await import('./peers/run-peers');
    await runPeers({
      layers,
      race: quick ? QUICK_PEERS_RACE : PEERS_RACE,
      signal,
      onChange: (peers, label) =>
        tell({ peers, progress: { done: peers.layers.length, total: totalOf(selection), label } }),
    });
  }
  await measureNetworks(selection, options, tell);
  await measureModels(selection, options, tell);
}

/** Each library in a frame of its own, ours as well, so that its first run is the first of its device. */
async function measureNetworks(selection: Selection, options: RunOptions, tell: Tell): Promise<void> {
  const { layers, networks } = selection;
  const { quick, peers, signal } = options;
  await runNetworks({
    networks,
    peers,
    race: quick ? QUICK_PEERS_RACE : NETWORKS_RACE,
    signal,
    onChange: (compared, label) =>
      tell({
        networks: compared,
        progress: { done: layers.length + compared.length, total: totalOf(selection), label },
      }),
  });
}

async function measureModels(selection: Selection, { quick, signal }: RunOptions, tell: Tell): Promise<void> {
  const { layers, networks, models } = selection;
  await runModels({
    models,
    race: quick ? QUICK_PEERS_RACE : MODELS_RACE,
    signal,
    onChange: (compared, label) =>
      tell({
        models: compared,
        progress: { done: layers.length + networks.length + compared.length, total: totalOf(selection), label },
      }),
  });
}

/** What a run must not pass over: a library that is missing, and what ours fails. Others' failures are in the tables. */
function failures({ peers, networks, models }: Report): readonly string[] {
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
