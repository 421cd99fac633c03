/**
 * The benchmark page. `?filter=regex` measures the layers that match, `?quick` a subset in fewer rounds, `?peers`
 * compares with other libraries, `?sample=30&seed=7` measures layers drawn by chance, `?auto` starts at once.
 */
import { nothing, render } from 'lit-html';
import { stages } from './edges';
import { modelsOf } from './models/models';
import { pageRuntime } from './page-runtime';
import { peaksTable } from './peaks/table';
import { EMPTY, type Report } from './report';
import { run } from './run';
import type { SampleAsked } from './sample/parameters';
import { chart, type Metric } from './view/chart';
import { models } from './view/models';
import { networks } from './view/networks';
import { comparison } from './view/peers';
import { environment, photoResult, progress, stageList } from './view/status';
import { table } from './view/table';
import { textTable } from './view/text-table';

declare global {
  /** Set by the command line before the page loads: told of every change. */
  var onBenchReport: ((report: Report) => unknown) | undefined;
}

const form = element('controls', HTMLFormElement);
const filter = form.elements.namedItem('filter') as HTMLInputElement;
const quick = form.elements.namedItem('quick') as HTMLInputElement;
const peers = form.elements.namedItem('peers') as HTMLInputElement;
const button = form.querySelector('button') as HTMLButtonElement;
const photo = element('photo', HTMLElement);

let report = EMPTY;
let metric: Metric = 'GFLOP/s';
let running: AbortController | undefined;
/** Only the address asks for it. */
const sampleAsked: SampleAsked = Object.fromEntries(
  [...new URLSearchParams(location.search)].filter(([name]) => name === 'sample' || name === 'seed'),
);

function draw(): void {
  render(environment(report), element('environment', HTMLElement));
  render(progress(report), element('progress', HTMLElement));
  render(chart(report.rows, metric, choose), element('chart', HTMLElement));
  render(table(report.rows), element('table', HTMLElement));
  render(report.peaks === undefined ? nothing : textTable(peaksTable(report.peaks)), element('peaks', HTMLElement));
  render(comparison(report.peers), element('peers', HTMLElement));
  render(networks(report.networks), element('networks', HTMLElement));
  render(models(report.models), element('models', HTMLElement));
  render(photoResult(report.photo), element('photo-result', HTMLElement));
  photo.hidden = report.photo === undefined;
  button.textContent = running === undefined ? 'Run' : 'Stop';
}

function choose(chosen: Metric): void {
  metric = chosen;
  draw();
}

async function start(): Promise<void> {
  const address = new URL(location.href);
  address.search = new URLSearchParams({
    ...(filter.value === '' ? {} : { filter: filter.value }),
    ...(quick.checked ? { quick: '' } : {}),
    ...(peers.checked ? { peers: '' } : {}),
    ...sampleAsked,
  }).toString();
  history.replaceState(null, '', address);

  running = new AbortController();
  const canvases = {
    photo: element('photo-input', HTMLCanvasElement),
    gpu: element('photo-gpu', HTMLCanvasElement),
    loops: element('photo-loops', HTMLCanvasElement),
  };
  await run(pageRuntime(canvases), {
    filter: filter.value,
    quick: quick.checked,
    peers: peers.checked,
    sampleAsked,
    modelsOf,
    signal: running.signal,
    onReport: (latest) => {
      report = latest;
      if (latest.status !== 'running') running = undefined;
      draw();
      globalThis.onBenchReport?.(latest);
    },
  });
}

function element<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} with id ${id}`);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (running === undefined) void start();
  else running.abort();
});

const parameters = new URLSearchParams(location.search);
filter.value = parameters.get('filter') ?? '';
quick.checked = parameters.has('quick');
peers.checked = parameters.has('peers');
render(stageList(stages), element('photo-stages', HTMLElement));
draw();
if (parameters.has('auto')) void start();
