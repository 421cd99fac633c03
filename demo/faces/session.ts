/** Turns a choice into pictures with faces on them: once for a photograph, repeatedly for the webcam. */
import { abortOf } from '../abort';
import type { Choice } from './choice';
import type { Engine, LoadedModel } from './engines/engine';
import { createMeter, type Speed } from './meter';
import { loadPhoto } from './photos';
import type { Picture } from './square';
import type { ModelLayers, Progress } from './state';
import { tasks, type Found } from './tasks';
import { openWebcam } from './webcam';

/** The listeners of a session. */
export interface Listener {
  /** @param progress of the current wait, if it is known */
  readonly onStatus: (status: string, progress?: Progress) => void;
  /** The models are ready; the time that this took. */
  readonly onLoad: (ms: number) => void;
  readonly onFound: (picture: Picture, found: Found) => void;
  readonly onSpeed: (speed: Speed) => void;
  readonly onLayers: (layers: readonly ModelLayers[]) => void;
}

/** A photograph is processed this many times for the measurement, and for no longer than this. */
const RUNS = 30;
const MEASURE_MS = 3000;

/**
 * Runs until it is done or stopped.
 *
 * @throws (rejects) with a sentence for the visitor, or the signal's reason
 */
export async function runSession(choice: Choice, engine: Engine, signal: AbortSignal, on: Listener): Promise<void> {
  const stopped = abortOf(signal);
  // The browser asks the visitor for the webcam while the models load.
  const opening = choice.source === 'webcam' ? webcam(stopped) : photograph(choice.photo);
  try {
    const ready = Promise.all([loadModels(choice, engine, on), opening]);
    const [models, { next }] = await Promise.race([ready, stopped]);
    await look(choice, { models, next, signal, on });
  } finally {
    // The webcam may still be opening.
    opening.then(
      ({ close }) => close(),
      () => {},
    );
  }
}

async function loadModels({ task, source }: Choice, engine: Engine, on: Listener): Promise<readonly LoadedModel[]> {
  const { models: files } = tasks[task];
  const shares = files.map(() => 0);
  const start = performance.now();
  on.onStatus('Loading and compiling the models …', 'unknown');
  const loading = files.map((file, i) =>
    engine.load(file, (share) => {
      shares[i] = share;
      const done = shares.reduce((a, b) => a + b) / shares.length;
      if (done < 1) on.onStatus(`Loading the models: ${Math.round(100 * done)} %`, done);
      else on.onStatus('Compiling the models …', 'unknown');
    }),
  );
  const models = await Promise.all(loading);
  on.onLoad(performance.now() - start);
  on.onStatus(source === 'webcam' ? 'Waiting for the webcam …' : 'Looking …', 'unknown');
  return models;
}

/** The source of pictures. */
interface Source {
  /** The next picture; the same one again if it is a photograph. */
  readonly next: () => Promise<Picture>;
  readonly close: () => void;
}

async function photograph(photo: Choice['photo']): Promise<Source> {
  const picture = await loadPhoto(photo);
  return { next: async () => picture, close: () => picture.close() };
}

async function webcam(stopped: Promise<never>): Promise<Source> {
  let onEnd: ((error: Error) => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    onEnd = reject;
  });
  ended.catch(() => {});
  const camera = await openWebcam(() =>
    onEnd?.(new Error('The webcam has ended. Was it unplugged, or used by another app?')),
  );
  const { video } = camera;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  const next = async (): Promise<Picture> => {
    await Promise.race([camera.next(), ended, stopped]);
    if (canvas.width !== video.videoWidth) canvas.width = video.videoWidth;
    if (canvas.height !== video.videoHeight) canvas.height = video.videoHeight;
    // The webcam is mirrored, because people expect to see themselves as in a mirror.
    context?.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context?.drawImage(video, 0, 0);
    return canvas;
  };
  return { next, close: camera.stop };
}

interface Looking {
  readonly models: readonly LoadedModel[];
  readonly next: Source['next'];
  readonly signal: AbortSignal;
  readonly on: Listener;
}

async function look({ task, source }: Choice, { models, next, signal, on }: Looking): Promise<void> {
  const { find, summary } = tasks[task];
  // The signal ends the webcam.
  const [runs, ms] = source === 'webcam' ? [Infinity, Infinity] : [RUNS, MEASURE_MS];
  const meter = createMeter();
  const frame = async (): Promise<void> => {
    const picture = await next();
    const start = performance.now();
    const found = await find(picture, models);
    const end = performance.now();
    signal.throwIfAborted();
    meter.add(end - start, end);
    on.onFound(picture, found);
    on.onStatus(summary(found));
  };
  await frame();
  await measureLayers(task, models, on);
  // The first frame fills pools and caches.
  meter.reset();
  const begin = performance.now();
  for (let run = 0; run < runs && performance.now() - begin < ms; run++) {
    await frame();
    on.onSpeed(meter.speed());
  }
}

async function measureLayers(task: Choice['task'], models: readonly LoadedModel[], on: Listener): Promise<void> {
  const measured: ModelLayers[] = [];
  for (const [i, { profile }] of models.entries()) {
    if (profile !== undefined) measured.push({ model: tasks[task].models[i].name, layers: await profile() });
  }
  if (measured.length > 0) on.onLayers(measured);
}
