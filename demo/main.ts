/**
 * The benchmark page. `?filter=regex` measures the layers that match, `?quick` a subset in fewer rounds, `?peers`
 * compares with other libraries, `?sample=30&seed=7` measures layers drawn by chance, `?auto` starts at once;
 * `#result=...` shows a result that was shared.
 */
import { element } from './element';
import { createPage } from './page/draw';
import { firstResults } from './page/first';
import { measure, type Measuring } from './page/measuring';
import { whenNear } from './page/near';
import { WAYS, type Way } from './page/sharing';
import { allContributed, resultsOfFiles } from './page/shelf';
import type { PageState, Place, ShelfItem } from './page/state';
import type { Report } from './report';
import { forgetResult, keepResult } from './share/history';
import { askedBy, searchOf } from './start/asked';
import { clockResolution } from './start/clock';
import { lookForDevice } from './start/device';
import type { Asked } from './start/presets';

declare global {
  /** The command line sets it before the page loads; it is called on every change. */
  var onBenchReport: ((report: Report) => unknown) | undefined;
}

const TITLE = document.title;
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
/** Settles when the page shows its first result, which would push down, or replace, what is opened before. */
let first: Promise<void> = Promise.resolve();
/** Writes to the browser's storage, one after the other. */
let keeping: Promise<void> = Promise.resolve();

const draw = createPage({
  onAsk: ask,
  onMeasure: start,
  onStop: () => measuring?.stop(),
  onMetric: (metric) => patch({ metric }),
  onShare: (way) => void share(way),
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

/** Shows an error where it happened; without an error, it clears the message. */
function problem(place: Place, error?: unknown): void {
  const text = error instanceof Error ? error.message : (error as string | undefined);
  patch({ problems: { ...state.problems, [place]: text } });
}

function ask(next: Asked): void {
  patch({ asked: next });
  try {
    patch({ seconds: foresee?.(next).reduce((a, b) => a + b, 0) });
    problem('controls');
  } catch (error) {
    patch({ seconds: undefined });
    problem('controls', error);
  }
}

function show(item: ShelfItem): void {
  patch({ shown: item, said: '' });
  problem('result');
  element('result', HTMLElement).scrollIntoView({ block: 'start' });
}

async function share(way: Way): Promise<void> {
  const { shown } = state;
  if (shown === undefined) return;
  problem('result');
  patch({ said: '' });
  try {
    patch({ said: await WAYS[way](shown.report) });
  } catch (error) {
    problem('result', error);
  }
}

function start(): void {
  const address = new URL(location.href);
  address.search = searchOf(state.asked, sampleAsked);
  address.hash = '';
  history.replaceState(null, '', address);
  const id = new Date().toISOString();
  const itemOf = (report: Report): ShelfItem => ({ id, from: 'this run', report });
  status.textContent = 'Measuring';
  problem('result');
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
      patch({ running, shown: itemOf(running.report), said: '' });
      if (!isNew) return;
      keep(id, running.report);
      globalThis.onBenchReport?.(running.report);
    },
    onEnd(report) {
      measuring = undefined;
      const item = itemOf(report);
      patch({ running: undefined, shown: item, shelf: hasFigures(report) ? [item, ...state.shelf] : state.shelf });
      status.textContent = `The run has ${report.status}.`;
      keep(id, report);
      globalThis.onBenchReport?.(report);
    },
  });
}

/** The time of a drawn sample cannot be foreseen. */
function secondsOfRun(): readonly number[] {
  if (foresee === undefined || sampleAsked.sample !== undefined) return [];
  try {
    return foresee(state.asked);
  } catch {
    // The run itself reports what is wrong with its options.
    return [];
  }
}

/** Every measurement survives a reload. A page of the command line is gone anyway. */
function keep(id: string, report: Report): void {
  if (auto || !hasFigures(report)) return;
  keeping = keeping.then(() => keepResult(id, report)).catch((error: unknown) => problem('shelf', error));
}

function hasFigures({ rows, networks, models, peers }: Report): boolean {
  return rows.length + networks.length + models.length + (peers?.layers.length ?? 0) > 0;
}

async function openFiles(files: readonly File[]): Promise<void> {
  await first;
  problem('shelf');
  try {
    const items = await resultsOfFiles(files);
    patch({ shelf: [...items, ...state.shelf] });
    if (items.length === 1 && measuring === undefined) show(items[0]);
  } catch (error) {
    problem('shelf', error);
    // The file may have been dropped far above the place that says what is wrong with it.
    element('shelf', HTMLElement).scrollIntoView({ block: 'start' });
  }
}

/** A file may be dropped anywhere, because the browser would otherwise leave the page for it. */
function takeDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) void openFiles(files);
  });
}

/** Pasting a link to another result into this page's address bar does not reload the page. */
function takeLinks(): void {
  addEventListener('hashchange', () => location.reload());
}

function watchVisibility(): void {
  document.addEventListener('visibilitychange', () => {
    document.title = document.hidden && measuring !== undefined ? 'Paused: depthwise' : TITLE;
    draw(state);
  });
}

async function showFirst(): Promise<void> {
  const { shown, shelf } = await firstResults(location.hash, problem);
  patch({ shelf: [...shelf, ...state.shelf], ...(measuring === undefined && { shown }) });
}

async function begin(): Promise<void> {
  takeDrops();
  takeLinks();
  watchVisibility();
  draw(state);
  const clockMs = clockResolution();
  const device = lookForDevice().then((found) => patch({ device: found, clockMs }));
  if (auto) {
    await device;
    return start();
  }
  first = showFirst();
  await Promise.all([device, first]);
  whenNear(element('shelf', HTMLElement), () => {
    void allContributed().then((items) => patch({ shelf: [...state.shelf, ...items] }));
  });
  if (state.device.state !== 'ready') return;
  const { foreseer } = await import('./start/foresee');
  foresee = await foreseer();
  if (measuring === undefined) ask(state.asked);
}

void begin();
