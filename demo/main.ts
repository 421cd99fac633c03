/**
 * The benchmark page. `?filter=regex` measures the layers that match, `?quick` a subset in fewer rounds, `?peers`
 * compares with other libraries, `?sample=30&seed=7` measures layers drawn by chance, `?auto` starts at once;
 * `#result=...` shows a result that was shared.
 */
import { element } from './element';
import { createPage } from './page/draw';
import { measure, type Measuring } from './page/measuring';
import { whenNear } from './page/near';
import { allContributed, ownResults, reference, resultsOfFiles } from './page/shelf';
import type { PageState, Place, ShelfItem } from './page/state';
import type { Report } from './report';
import { addressWith, resultOf } from './share/address';
import { csvOf } from './share/csv';
import { forgetResult, keepResult } from './share/history';
import { fileName, save } from './share/save';
import { askedBy, searchOf } from './start/asked';
import { clockResolution } from './start/clock';
import { lookForDevice } from './start/device';
import type { Asked } from './start/presets';

declare global {
  /** Set by the command line before the page loads: told of every change. */
  var onBenchReport: ((report: Report) => unknown) | undefined;
}

const { asked, sampleAsked, auto } = askedBy(new URLSearchParams(location.search));
const status = element('status', HTMLElement);

let state: PageState = {
  device: { state: 'looking' },
  asked,
  sampleAsked,
  metric: 'ms',
  shelf: [],
  chosen: [],
  problems: {},
  said: '',
};
let measuring: Measuring | undefined;
/** Seconds of each part of a run, once the device has been probed. */
let foresee: ((asked: Asked) => readonly number[]) | undefined;
/** Writes to the browser's storage, one after the other. */
let keeping: Promise<void> = Promise.resolve();

const draw = createPage({
  onAsk: ask,
  onMeasure: start,
  onStop: () => measuring?.stop(),
  onMetric: (metric) => patch({ metric }),
  onLink: () =>
    void share(async (report) => {
      const address = await addressWith(location.href, report);
      history.replaceState(null, '', address);
      await navigator.clipboard.writeText(address);
      return 'The address of this result is copied.';
    }),
  onPicture: () =>
    void share(async (report) => {
      const { pictureOf } = await import('./share/picture');
      save(fileName(report, 'png'), await pictureOf(element('card', HTMLElement)));
      return 'The picture is saved.';
    }),
  onJson: () =>
    void share(async (report) => {
      save(fileName(report, 'json'), new Blob([`${JSON.stringify(report, undefined, 2)}\n`]));
      return 'The JSON is saved.';
    }),
  onCsv: () =>
    void share(async (report) => {
      save(fileName(report, 'csv'), new Blob([csvOf(report)], { type: 'text/csv' }));
      return 'The CSV is saved.';
    }),
  onShow: show,
  onForget(item) {
    if (item.from === 'this browser' || item.from === 'this run') forgetResult(item.id);
    patch({ shelf: state.shelf.filter((other) => other !== item) });
  },
  onChoose(id, isChosen) {
    const others = state.chosen.filter((other) => other !== id);
    patch({ chosen: isChosen ? [...others, id] : others });
  },
  onFiles: (files) => void openFiles(files),
});

function patch(change: Partial<PageState>): void {
  state = { ...state, ...change };
  draw(state);
}

/** Says where it happened what went wrong, or that nothing does any more. */
function problem(place: Place, error: unknown): void {
  const text = error === undefined ? undefined : error instanceof Error ? error.message : String(error);
  patch({ problems: { ...state.problems, [place]: text } });
}

function ask(next: Asked): void {
  patch({ asked: next });
  try {
    patch({ seconds: foresee && sum(foresee(next)) });
    problem('controls', undefined);
  } catch (error) {
    patch({ seconds: undefined });
    problem('controls', error);
  }
}

function sum(seconds: readonly number[]): number {
  return seconds.reduce((a, b) => a + b, 0);
}

function show(item: ShelfItem): void {
  patch({ shown: item, said: '' });
  problem('result', undefined);
  element('result', HTMLElement).scrollIntoView({ block: 'start' });
}

async function share(act: (report: Report) => Promise<string>): Promise<void> {
  const { shown } = state;
  if (shown === undefined) return;
  problem('result', undefined);
  try {
    patch({ said: await act(shown.report) });
  } catch (error) {
    patch({ said: '' });
    problem('result', error);
  }
}

function start(): void {
  const address = new URL(location.href);
  address.search = searchOf(state.asked, sampleAsked);
  address.hash = '';
  history.replaceState(null, '', address);
  const id = new Date().toISOString();
  status.textContent = 'Measuring';
  measuring = measure({
    asked: state.asked,
    sampleAsked,
    seconds: secondsOfRun(),
    canvases: {
      photo: element('photo-input', HTMLCanvasElement),
      gpu: element('photo-gpu', HTMLCanvasElement),
      loops: element('photo-loops', HTMLCanvasElement),
    },
    onChange(running) {
      const isNew = running.report !== state.running?.report;
      patch({ running, shown: { id, from: 'this run', report: running.report } });
      if (!isNew) return;
      keep(id, running.report);
      globalThis.onBenchReport?.(running.report);
    },
    onEnd(report) {
      measuring = undefined;
      const item: ShelfItem = { id, from: 'this run', report };
      patch({ running: undefined, shown: item, shelf: hasFigures(report) ? [item, ...state.shelf] : state.shelf });
      status.textContent = `The run has ${report.status}.`;
      keep(id, report);
      globalThis.onBenchReport?.(report);
    },
  });
}

/** A drawn sample is nothing that can be foreseen. */
function secondsOfRun(): readonly number[] {
  if (foresee === undefined || sampleAsked.sample !== undefined) return [];
  try {
    return foresee(state.asked);
  } catch {
    // The run itself says what is wrong with what it is asked for.
    return [];
  }
}

/** Whatever is measured survives a reload; what is not, is not worth keeping. */
function keep(id: string, report: Report): void {
  if (auto || !hasFigures(report)) return;
  keeping = keeping.then(() => keepResult(id, report)).catch((error: unknown) => problem('shelf', error));
}

function hasFigures({ rows, networks, models, peers }: Report): boolean {
  return rows.length + networks.length + models.length + (peers?.layers.length ?? 0) > 0;
}

async function openFiles(files: readonly File[]): Promise<void> {
  problem('shelf', undefined);
  try {
    const items = await resultsOfFiles(files);
    patch({ shelf: [...items, ...state.shelf] });
    if (items.length === 1) show(items[0]);
  } catch (error) {
    problem('shelf', error);
  }
}

/** A file may be dropped anywhere: elsewhere the browser would leave the page for it. */
function takeDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) void openFiles(files);
  });
}

/** What is shown before anything is measured: a result of the address, one that a reload interrupted, or the reference. */
async function showFirst(): Promise<void> {
  try {
    const report = await resultOf(location.hash);
    if (report !== undefined) {
      const item: ShelfItem = { id: 'link', from: 'a link', report };
      patch({ shown: item, shelf: [item, ...state.shelf] });
      return;
    }
  } catch (error) {
    problem('result', new Error(`The result in this address cannot be shown: ${(error as Error).message}.`));
  }
  const own = await ownResults().catch((error: unknown): readonly ShelfItem[] => {
    problem('shelf', error);
    return [];
  });
  patch({ shelf: [...state.shelf, ...own] });
  const interrupted = own.find(({ report }) => report.status === 'running');
  const first = interrupted ?? (await reference());
  if (state.shown === undefined) patch({ shown: first });
}

async function begin(): Promise<void> {
  takeDrops();
  draw(state);
  document.addEventListener('visibilitychange', () => {
    document.title = document.hidden && measuring !== undefined ? 'Paused: depthwise' : TITLE;
    draw(state);
  });
  whenNear(element('shelf', HTMLElement), () => {
    void allContributed().then((items) => patch({ shelf: [...state.shelf, ...items] }));
  });
  const first = auto ? undefined : showFirst();
  patch({ device: await lookForDevice(), clockMs: clockResolution() });
  if (auto) start();
  await first;
  if (auto || state.device.state !== 'ready') return;
  const { foreseer } = await import('./start/foresee');
  foresee = await foreseer();
  if (measuring === undefined) ask(state.asked);
}

const TITLE = document.title;
void begin();
