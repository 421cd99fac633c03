/** The whole run: opens the GPU, measures layer after layer, ends on the photograph. Every change is a new report. */
import { openGpu, type Gpu } from '../src/index';
import { environmentOf } from './environment';
import { layersOf } from './layers';
import { runPhoto, type Canvases } from './photo';
import { EMPTY, type Report } from './report';
import { runLayer } from './run-layer';

export interface RunOptions {
  /** A regular expression over families and names of layers; '' takes all. */
  readonly filter: string;
  /** A subset of the layers and fewer rounds. */
  readonly quick: boolean;
  readonly canvases: Canvases;
  readonly signal: AbortSignal;
  readonly onReport: (report: Report) => void;
}

const ROUNDS = 15;
const QUICK_ROUNDS = 3;
/** A browser whose GPU process fails to start may leave `requestAdapter` unanswered for ever. */
const OPEN_MS = 30_000;

/** Runs, and never throws: what went wrong is in the last report. */
export async function run({ filter, quick, canvases, signal, onReport }: RunOptions): Promise<Report> {
  let report: Report = { ...EMPTY, status: 'running' };
  const tell = (change: Partial<Report>): void => {
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
    for (const [i, layer] of layers.entries()) {
      signal.throwIfAborted();
      tell({ progress: { done: i, total: layers.length + 1, label: layer.name } });
      const rows = await runLayer(gpu, layer, quick ? QUICK_ROUNDS : ROUNDS);
      // What the next layer will not use is worth more to the rest of the machine.
      gpu.trim();
      tell({ rows: [...report.rows, ...rows] });
    }
    signal.throwIfAborted();
    tell({ progress: { done: layers.length, total: layers.length + 1, label: 'the photograph' } });
    tell({ photo: await runPhoto(gpu, canvases) });
    tell({ progress: { done: 1, total: 1, label: '' } });
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    gpu?.destroy();
  }
  const ok = report.errors.length === 0 && report.rows.every((row) => row.ok) && report.photo?.ok === true;
  tell({ status: signal.aborted ? 'stopped' : ok ? 'passed' : 'failed' });
  return report;
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
