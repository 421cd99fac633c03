/** The whole run: opens the GPU, then measures layer after layer and a photograph, or compares. Every change is a new report. */
import { abortOf } from './abort';
import { failures } from './failures';
import type { Gate } from './gate';
import type { Layer } from './layer';
import { boundOf, type Peaks } from './peaks/peaks';
import { runModels } from './peers/run-models';
import { runNetworks } from './peers/run-networks';
import { runPeers } from './peers/run-peers';
import { EMPTY, type Drift, type Report, type Row } from './report';
import { roundsDriftOf } from './result/drift';
import type { Runtime } from './runtime';
import { sampleOf, type SampleAsked } from './sample/parameters';
import { selectionOf, type ModelsOf, type Selection } from './selection';
import type { Race, Timing } from './timing';

export interface RunOptions {
  /** A regular expression over families and names of layers, and names of networks; '' takes all layers and two networks. */
  readonly filter: string;
  /** A subset of the layers and fewer rounds. */
  readonly quick: boolean;
  /** Other libraries beside ours, instead of ours by each method. */
  readonly peers: boolean;
  /** Layers drawn by chance, instead of those of the list. */
  readonly sampleAsked?: SampleAsked;
  /** The models that a filter finds. */
  readonly modelsOf: ModelsOf;
  readonly signal: AbortSignal;
  /** Where the run waits before each sample. */
  readonly gate?: Gate;
  readonly onReport: (report: Report) => void;
}

const LAYERS_RACE: Race = { rounds: 15, slowRounds: 3 };
const QUICK_LAYERS_RACE: Race = { rounds: 3, slowRounds: 3 };
const PEERS_RACE: Race = { rounds: 5, slowRounds: 3 };
const QUICK_PEERS_RACE: Race = { rounds: 3, slowRounds: 2 };
/** A network takes as long as all layers of its kind. */
const NETWORKS_RACE: Race = { rounds: 7, slowRounds: 3 };
/** On a CPU that poses as a GPU, TensorFlow.js takes half a minute for one run of some models. */
const MODELS_RACE: Race = { rounds: 7, slowRounds: 2 };

type Tell = (change: Partial<Report>) => void;

/** Runs, and never throws: the last report holds the error. */
export async function run(runtime: Runtime, options: RunOptions): Promise<Report> {
  const { filter, quick, peers, sampleAsked = {}, modelsOf, signal, gate, onReport } = options;
  let report: Report = { ...EMPTY, status: 'running' };
  let isOver = false;
  const tell: Tell = (change) => {
    // A call that nobody awaits any more may return after the end.
    if (isOver) return;
    report = { ...report, ...change };
    onReport(report);
  };
  const fail = (error: unknown): void => tell({ errors: [...report.errors, String(error)] });

  const work = async (): Promise<void> => {
    const sample = sampleOf(sampleAsked);
    tell({ sample, progress: { done: 0, total: 1, label: 'opening the GPU' } });
    const environment = await runtime.open(fail);
    const isCpu = environment.isFallback;
    const drawn = sample && { ...sample, isFallback: isCpu };
    const selection = selectionOf({ filter, quick, peers, sample: drawn }, modelsOf);
    tell({ environment, progress: { done: 0, total: totalOf(selection), label: 'what the device gives at most' } });
    const peaks = await runtime.peaks();
    tell({ peaks });
    const task: Part = { ...options, runtime, selection, isCpu, peaks };
    if (peers) await compare(task, tell);
    else await measure(task, tell);
    tell({ progress: { done: 1, total: 1, label: '' } });
  };
  try {
    // Work that a GPU has begun cannot be cut short, so an end does not wait for it: closing destroys the device below it.
    await Promise.race([work(), abortOf(signal), ...(runtime.lost === undefined ? [] : [runtime.lost])]);
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    runtime.close();
  }
  for (const error of failures(report)) fail(error);
  const isRight =
    report.rows.every((row) => row.ok) && (peers || runtime.photo === undefined || report.photo?.ok === true);
  const ok = report.errors.length === 0 && isRight;
  const pauses = gate?.pauses() ?? 0;
  const roundsDrift = roundsDriftOf(report);
  tell({
    status: signal.aborted ? 'stopped' : ok ? 'passed' : 'failed',
    ...(pauses > 0 && { pauses }),
    ...(roundsDrift !== undefined && { roundsDrift }),
  });
  isOver = true;
  return report;
}

/** The layers, the networks, the models, and the photograph or the opening of the libraries. */
function totalOf({ layers, networks, models }: Selection): number {
  return layers.length + networks.length + models.length + 1;
}

/** What every part of a run needs. */
interface Part extends RunOptions {
  readonly runtime: Runtime;
  readonly selection: Selection;
  readonly isCpu: boolean;
  readonly peaks?: Peaks;
}

/** The library alone: layer after layer, the networks, then the photograph. */
async function measure(part: Part, tell: Tell): Promise<void> {
  const { runtime, selection, quick, peaks, signal } = part;
  const total = totalOf(selection);
  const race = { ...(quick ? QUICK_LAYERS_RACE : LAYERS_RACE), pass: passOf(part) };
  const rows: Row[] = [];
  for (const [done, layer] of selection.layers.entries()) {
    signal.throwIfAborted();
    tell({ progress: { done, total, label: layer.name } });
    for (const row of await runtime.runLayer(layer, race)) {
      rows.push({ ...row, bound: peaks && boundOf(peaks, row) });
    }
    tell({ rows: [...rows] });
  }
  if (selection.layers.length > 1) {
    const [layer] = selection.layers;
    tell({ progress: { done: selection.layers.length, total, label: `${layer.name} once more` } });
    tell({ drift: driftOf(layer, rows, await runtime.runLayer(layer, race)) });
  }
  await measureNetworks(part, tell);
  await measureModels(part, tell);
  signal.throwIfAborted();
  if (runtime.photo === undefined) return;
  tell({ progress: { done: total - 1, total, label: 'the photograph' } });
  tell({ photo: await runtime.photo() });
}

/** The first layer's first method, before and after all others; undefined if one of the two failed. */
function driftOf({ name, methods }: Layer, before: readonly Row[], after: readonly Row[]): Drift | undefined {
  const timingOf = (rows: readonly Row[]): Timing | undefined => {
    const result = rows.find((row) => row.layer === name && row.method === methods[0])?.result;
    return result && { ms: result.ms, spread: result.spread };
  };
  const [first, last] = [timingOf(before), timingOf(after)];
  return first && last && { layer: name, first, last };
}

/** Awaited by a race before each sample. */
function passOf({ gate, signal }: Part): () => Promise<void> {
  return async () => {
    await gate?.pass();
    signal.throwIfAborted();
  };
}

/** The library beside others. Each opens a device of its own. */
async function compare(part: Part, tell: Tell): Promise<void> {
  const { runtime, selection, signal } = part;
  const { layers } = selection;
  if (layers.length > 0) {
    tell({ progress: { done: 0, total: totalOf(selection), label: 'what the libraries ship' } });
    // Without it the comparison says that the bytes are not known.
    await runtime.weigh().catch(() => undefined);
    await runPeers({
      layers,
      contenders: runtime.contenders,
      absent: runtime.absent,
      openRealm: runtime.openRealm,
      peaks: part.peaks,
      race: peersRace(part),
      signal,
      onChange: (peers, label) =>
        tell({ peers, progress: { done: peers.layers.length, total: totalOf(selection), label } }),
      onDrift: (drift) => tell({ drift }),
    });
  }
  await measureNetworks(part, tell);
  await measureModels(part, tell);
}

/** On a CPU the GPU's own clock shows no more than the wall clock, and asking it takes as long again. */
function peersRace(part: Part): Race {
  const { quick, runtime, isCpu } = part;
  const gpuClock = !isCpu || runtime.clocksCpus === true;
  return { ...(quick ? QUICK_PEERS_RACE : PEERS_RACE), gpuClock, pass: passOf(part) };
}

/** Each library in a realm of its own, ours as well, so that its first run is the first of its device. */
async function measureNetworks(part: Part, tell: Tell): Promise<void> {
  const { runtime, selection, quick, peers, signal } = part;
  const { layers, networks } = selection;
  await runNetworks({
    networks,
    peers: peers ? runtime.contenders.filter((name) => name !== 'ours') : [],
    openRealm: runtime.openRealm,
    race: quick ? peersRace(part) : { ...peersRace(part), ...NETWORKS_RACE },
    signal,
    onChange: (compared, label) =>
      tell({
        networks: compared,
        progress: { done: layers.length + compared.length, total: totalOf(selection), label },
      }),
  });
}

async function measureModels(part: Part, tell: Tell): Promise<void> {
  const { runtime, selection, quick, signal } = part;
  const { layers, networks, models } = selection;
  await runModels({
    models,
    openRealm: runtime.openRealm,
    race: { ...(quick ? QUICK_PEERS_RACE : MODELS_RACE), pass: passOf(part) },
    signal,
    onChange: (compared, label) =>
      tell({
        models: compared,
        progress: { done: layers.length + networks.length + compared.length, total: totalOf(selection), label },
      }),
  });
}
