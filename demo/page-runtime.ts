/** The page: ours in the page itself, every other library in a frame of its own. */
import { openGpu, type Gpu } from '../src/index';
import { browserVersion } from './browser-version';
import { environmentOf } from './environment';
import { measurePeaks } from './peaks/measure';
import { loadShipped, openFrame } from './peers/open-frame';
import type { Shipped } from './peers/shipped';
import { CONTENDERS } from './peers/strategy';
import { runPhoto, type Canvases } from './photo';
import { runLayer } from './run-layer';
import type { Runtime } from './runtime';

/** A browser whose GPU process fails to start may leave `requestAdapter` unanswered for ever. */
const OPEN_MS = 30_000;

export function pageRuntime(canvases: Canvases): Runtime {
  let opened: Gpu | undefined;
  let shipped: Shipped | undefined;
  let lose: (loss: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  const gpu = (): Gpu => {
    if (opened === undefined) throw new Error('the GPU is not open');
    return opened;
  };
  return {
    async open(onError) {
      const onLost = ({ reason, message }: { readonly reason: string; readonly message: string }): void =>
        lose(new Error(`the GPU was lost (${reason}: ${message}); what was measured is kept. Measure again`));
      opened = await inTime(openGpu({ onError, onLost, recover: false }));
      return environmentOf(opened, { browser: await browserVersion(), crossOriginIsolated });
    },
    lost,
    peaks: async () => measurePeaks(gpu().device, gpu().isFallback),
    async runLayer(layer, race) {
      const rows = await runLayer(gpu(), layer, race);
      // The rest of the machine needs the memory more than the next layer, which will not use it.
      gpu().trim();
      return rows;
    },
    contenders: CONTENDERS,
    absent: [],
    async weigh() {
      shipped = await loadShipped();
    },
    openRealm: (name) => openFrame(name, shipped),
    photo: () => runPhoto(gpu(), canvases),
    close: () => opened?.destroy(),
  };
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
