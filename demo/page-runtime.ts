/** The page: ours in the page itself, every other library in a frame of its own. */
import { openGpu, type Gpu } from '../src/index';
import { environmentOf } from './environment';
import { measurePeaks } from './peaks/measure';
import { openFrame } from './peers/open-frame';
import { CONTENDERS } from './peers/strategy';
import { runPhoto, type Canvases } from './photo';
import { runLayer } from './run-layer';
import type { Runtime } from './runtime';

/** A browser whose GPU process fails to start may leave `requestAdapter` unanswered for ever. */
const OPEN_MS = 30_000;

export function pageRuntime(canvases: Canvases): Runtime {
  let opened: Gpu | undefined;
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
      // What the next layer will not use is worth more to the rest of the machine.
      gpu().trim();
      return rows;
    },
    contenders: CONTENDERS,
    absent: [],
    openRealm: openFrame,
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

/** The user agent client hints of Chromium, which TypeScript's DOM types do not have. */
interface ClientHints {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly platform?: string;
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
  }>;
}

/** The full version where the browser tells it; user agent strings round it. */
async function browserVersion(): Promise<string> {
  const { userAgentData } = navigator as { readonly userAgentData?: ClientHints };
  const hints = await userAgentData?.getHighEntropyValues(['fullVersionList']);
  // Beside the real brands Chromium lists a made-up one, so that nobody relies on the list's order.
  const brands = hints?.fullVersionList?.filter(({ brand }) => !/not.*brand/i.test(brand)) ?? [];
  const brand = brands.find((b) => b.brand !== 'Chromium') ?? brands[0];
  if (brand !== undefined) return `${brand.brand} ${brand.version} on ${hints?.platform}`;
  return navigator.userAgent;
}
