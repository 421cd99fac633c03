/**
 * The GPU process crashes, as it does when a driver crashes. It is the only kind of loss that a page cannot cause itself.
 * These tests have a browser of their own, because Chromium refuses WebGPU to a page after two crashes, and to all pages
 * after a few more.
 */
import type { Browser, Page } from 'puppeteer';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../harness/launch-browser';

const CRASHES = 25;

let server: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  server = await createServer({
    configFile: 'vite.config.ts',
    server: { port: 0, hmr: false, watch: null },
    // The sources import no packages, so nothing needs to be bundled in advance. Servers of other tests do not use this cache
    // folder.
    cacheDir: 'node_modules/.vite/gpu-crash',
    optimizeDeps: { noDiscovery: true, include: [] },
    logLevel: 'error',
  });
  await server.listen();
  browser = await launchBrowser('chrome', [
    '--disable-domain-blocking-for-3d-apis',
    '--disable-gpu-process-crash-limit',
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Runs in the page: it computes, `crashGpu` interrupts the running work, and it computes again. */
const script = `async (crashes) => {
  const unhandled = [];
  addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason)));
  const [losses, errors, rounds] = [[], [], []];
  // A hang must say where.
  const within = async (what, work) => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('round ' + rounds.length + ' hangs: ' + what)), 120_000);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  };
  const { openGpu, depthwiseConv2d } = await within('import', import('/src/index.ts'));
  const gpu = await within('openGpu', openGpu({
    onLost: ({ reason, message, recovering }) => losses.push({ reason, message, recovering }),
    onError: ({ message }) => errors.push(message),
  }));
  const x = gpu.tensor([1, 2, 3, 4], [1, 2, 2, 1], { keep: true });
  const filter = gpu.tensor([3], [1, 1, 1, 1], { keep: () => [3] });
  for (let round = 0; round < crashes; round++) {
    const under = depthwiseConv2d(x, filter, { activation: { name: 'leakyRelu', alpha: 1 / (round + 2) } });
    const read = under.read().then((values) => values.join(), ({ message }) => message);
    const start = performance.now();
    const { lost } = gpu;
    await within('crash', crashGpu());
    await within('lost', lost);
    await within('ready', gpu.ready());
    const ms = performance.now() - start;
    const y = depthwiseConv2d(x, filter);
    const values = (await within('read', y.read())).join();
    rounds.push({ ms, read: await within('read of what was lost', read), values, inUse: gpu.memory().buffersInUse });
    under.dispose();
    y.dispose();
  }
  gpu.destroy();
  return { losses, errors, unhandled, rounds };
}`;

interface Report {
  readonly losses: readonly { readonly reason: string; readonly recovering: boolean }[];
  readonly errors: readonly string[];
  readonly unhandled: readonly string[];
  readonly rounds: readonly {
    readonly ms: number;
    readonly read: string;
    readonly values: string;
    readonly inUse: number;
  }[];
}

/** Runs the script in a new page. */
async function crashes(): Promise<Report> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('hangs: a page')), 120_000);
  });
  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    const session = await browser.target().createCDPSession();
    await page.exposeFunction('crashGpu', () => session.send('Browser.crashGpuProcess' as never));
    await page.goto(new URL('/package.json', server.resolvedUrls!.local[0]).href);
    return page;
  };
  const page = await Promise.race([open(), late]).finally(() => clearTimeout(timer));
  return (await page.evaluate(`(${script})(${CRASHES})`)) as Report;
}

test(`a gpu survives ${CRASHES} crashes of the GPU process under running work`, async () => {
  const { losses, errors, unhandled, rounds } = await crashes().catch(async (error: Error) => {
    // The library must resolve everything that it waits for itself. If Chromium hangs in opening a page, importing, crashing
    // or reporting the loss, the test tries once more, because the library has no part in that.
    if (!/hangs: (a page|import|crash|lost)$/.test(error.message)) throw error;
    console.warn(`Chromium ${error.message}; once more`);
    return crashes();
  });

  expect(rounds.map(({ values }) => values)).toEqual(Array.from({ length: CRASHES }, () => '3,6,9,12'));
  expect(losses).toHaveLength(CRASHES);
  for (const loss of losses) expect(loss).toMatchObject({ reason: 'unknown', recovering: true });
  for (const { read } of rounds) expect(read).toMatch(/^(3,6,9,12|tensor\.read: the GPU device was lost \(unknown.*)$/);
  expect(rounds.map(({ inUse }) => inUse)).toEqual(rounds.map(() => 3));
  expect([errors, unhandled]).toEqual([[], []]);
  const times = rounds.map(({ ms }) => Math.round(ms));
  console.log(`${CRASHES} crashes, milliseconds until ready: ${times.join(' ')}`);
});
