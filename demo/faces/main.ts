/**
 * Faces and poses on photographs and the webcam. `?task=pose`, `?source=webcam`, `?engine=tfjs` and `?photo=3` choose as
 * the controls do.
 */
import { nothing, render } from 'lit-html';
import { element } from '../element';
import { addressOf, choiceOf, type Choice } from './choice';
import { draw } from './draw';
import type { Engine, EngineName, EngineOptions } from './engines/engine';
import { startInspector } from './inspector/start';
import { inspector as inspectorView } from './inspector/view';
import { loadPhoto } from './photos';
import { runSession } from './session';
import type { Figures, State } from './state';
import { tasks } from './tasks';
import { controls } from './view/controls';
import { figures } from './view/figures';
import { layers } from './view/layers';
import { photos } from './view/photos';
import { problem } from './view/problem';
import { status } from './view/status';

/** Numbers that change faster than this are unreadable. */
const REDRAW_MS = 250;

const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => Promise<Engine>>> = {
  depthwise: async (options) => (await import('./engines/depthwise')).openDepthwise(options),
  tfjs: async (options) => (await import('./engines/tfjs')).openTensorFlow(options),
};

const picture = element('picture', HTMLCanvasElement);
const stage = element('stage', HTMLElement);

let state: State = {
  choice: choiceOf(new URLSearchParams(location.search)),
  status: '',
  figures: {},
  layers: [],
  metric: 'ms',
};
let redraw: ReturnType<typeof setTimeout> | undefined;
let running = new AbortController();
/** Settles when the last session is over; never rejects. */
let over: Promise<void> = Promise.resolve();
const engines = new Map<EngineName, Promise<Engine>>();
/** The loading times by engine and task, since loading happens once. */
const loads = new Map<string, number>();
/** The sessions that have drawn what they found. */
const isDrawn = new WeakSet<AbortSignal>();
const inspector = startInspector(() => drawPage(), alone);

function drawPage(): void {
  redraw = undefined;
  const { choice, error } = state;
  render(controls(choice, choose), element('controls', HTMLElement));
  render(status(state), element('status', HTMLElement));
  render(error === undefined ? nothing : problem(error, restart), element('problem', HTMLElement));
  render(
    photos(choice, (photo) => choose({ photo, source: 'photo' })),
    element('photos', HTMLElement),
  );
  render(figures(state), element('figures', HTMLElement));
  render(
    layers(state, (metric) => patch({ metric }), restart),
    element('layers', HTMLElement),
  );
  render(inspectorView(inspector.state(), state.metric, inspector), element('inspector', HTMLElement));
}

/** Shown at once, or with the next redraw if the number is one of many. */
function patch(change: Partial<State>, soon = false): void {
  state = { ...state, ...change };
  if (soon) {
    redraw ??= setTimeout(drawPage, REDRAW_MS);
  } else {
    clearTimeout(redraw);
    drawPage();
  }
}

function choose(change: Partial<Choice>): void {
  const choice = { ...state.choice, ...change };
  const sameTask = choice.task === state.choice.task;
  const samePicture = choice.source === state.choice.source && choice.photo === state.choice.photo;
  history.replaceState(null, '', addressOf(choice));
  // Times can be compared only for the same picture and task.
  patch({
    choice,
    figures: sameTask && samePicture ? state.figures : {},
    layers: sameTask ? state.layers : [],
  });
  restart();
}

/** Ends the session, and begins another when it is over. */
function restart(): void {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  over = over.then(() => run(signal));
}

/** Does something between two sessions. */
function alone(task: () => Promise<void>): Promise<void> {
  running.abort();
  const done = over.then(task);
  over = done.catch(() => {});
  restart();
  return done;
}

async function run(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { choice } = state;
  const key = `${choice.engine} ${choice.task}`;
  const note = (change: Figures): void => {
    const known = state.figures[choice.engine];
    if (!signal.aborted) patch({ figures: { ...state.figures, [choice.engine]: { ...known, ...change } } }, true);
  };
  patch({ error: undefined, status: 'Opening the GPU …', progress: 'unknown' });
  if (choice.source === 'photo') void showUnsearched(choice.photo, signal);
  try {
    const engine = await engineOf(choice.engine);
    await runSession(choice, engine, signal, {
      onStatus(said, progress) {
        if (!signal.aborted && said !== state.status) patch({ status: said, progress });
      },
      onLoad(ms) {
        if (!loads.has(key)) loads.set(key, ms);
        note({ loadMs: loads.get(key) });
      },
      onFound(seen, found) {
        isDrawn.add(signal);
        draw(picture, seen, found);
        picture.setAttribute('aria-label', tasks[choice.task].summary(found));
      },
      onSpeed: (speed) => note({ speed }),
      onLayers: (measured) => signal.aborted || patch({ layers: measured }),
    });
  } catch (error) {
    if (signal.aborted) return;
    // A model that is still loading must report nothing more.
    running.abort();
    patch({ status: 'Stopped', progress: undefined, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Shows the photograph alone while models are fetched and compiled. */
async function showUnsearched(photo: Choice['photo'], signal: AbortSignal): Promise<void> {
  // The session loads the photograph, too, and reports the problem.
  const image = await loadPhoto(photo).catch(() => undefined);
  if (image === undefined) return;
  if (!signal.aborted && !isDrawn.has(signal)) {
    draw(picture, image, { faces: [], poses: [] });
    picture.setAttribute('aria-label', 'The photograph');
  }
  image.close();
}

async function engineOf(name: EngineName): Promise<Engine> {
  const known = engines.get(name);
  if (known !== undefined) return known;
  const opening = ENGINES[name]({ onLost: (recovered) => void replace(name, recovered) });
  engines.set(name, opening);
  opening.catch(() => engines.delete(name));
  return opening;
}

/** A device is lost when its driver is updated or crashes, for example. */
async function replace(name: EngineName, recovered: Promise<void>): Promise<void> {
  const isPresent = state.choice.engine === name;
  if (isPresent) {
    running.abort();
    patch({ status: 'The GPU was lost; opening it again …', progress: 'unknown', error: undefined });
  }
  try {
    await recovered;
    if (isPresent) restart();
  } catch (error) {
    engines.delete(name);
    if (isPresent) patch({ status: 'The GPU was lost', progress: undefined, error: (error as Error).message });
  }
}

/** A picture or a model may be dropped anywhere on the page, because the browser would otherwise leave the page for it. */
function takeDrops(): void {
  const show = (isOver: boolean): unknown => stage.classList.toggle('over', isOver);
  addEventListener('dragover', (event) => {
    event.preventDefault();
    show(true);
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) show(false);
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    show(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    if (files.length === 1 && files[0].type.startsWith('image/')) choose({ photo: files[0], source: 'photo' });
    else inspector.onFiles(files);
  });
}

takeDrops();
drawPage();
restart();
