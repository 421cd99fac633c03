/** Serves the page and opens it in a headless browser; closes both whatever happens. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page, SupportedBrowser } from 'puppeteer';
import { createServer, type ViteDevServer } from 'vite';
import { launchBrowser } from '../../test/harness/launch-browser';
import type { Report } from '../report';
import type { Sample } from '../sample/parameters';
import { tableAndSentences, tableText, type TableTexts } from './table';

export interface PageOptions {
  readonly browser: SupportedBrowser;
  readonly filter: string;
  readonly quick: boolean;
  readonly peers: boolean;
  /** Layers drawn by chance, instead of those of the list. */
  readonly sample?: Sample;
  readonly onReport: (report: Report) => void;
}

export interface PageResult {
  readonly report: Report;
  /** What the page's tables say. */
  readonly tables: string;
  /** The edges of the photograph as a PNG, if the run got that far. */
  readonly picture?: Uint8Array;
}

/** A page that is silent for this long is stuck: the slowest race of networks takes a fraction of it. */
const SILENCE_MS = 600_000;

/** @throws (rejects) if the page fails to load, crashes or falls silent; a failed check is a report like any other */
export async function runPage({ browser: name, ...options }: PageOptions): Promise<PageResult> {
  const server = await serve();
  let browser: Browser | undefined;
  try {
    const [url] = server.resolvedUrls?.local ?? [];
    if (url === undefined) throw new Error('the development server gives no local address');
    browser = await launchBrowser(name);
    const page = await browser.newPage();
    const report = await lastReport(browser, page, new URL(url), options);
    return { report, tables: await readTables(page), picture: report.photo && (await readPicture(page)) };
  } finally {
    await browser?.close();
    await server.close();
  }
}

/**
 * Serves the pages of the demo.
 *
 * @param more folders elsewhere whose files are served, too
 */
export async function serve(more: readonly string[] = []): Promise<ViteDevServer> {
  const server = await createServer({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    root: fileURLToPath(new URL('..', import.meta.url)),
    logLevel: 'warn',
    // A file that is saved during the run must not reload the page.
    server: { port: 0, hmr: false, watch: null, fs: { allow: [...more] } },
  });
  return server.listen();
}

/** Opens the page and waits for the report with which it ends. */
async function lastReport(
  browser: Browser,
  page: Page,
  url: URL,
  { filter, quick, peers, sample, onReport }: Omit<PageOptions, 'browser'>,
): Promise<Report> {
  let silence: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    const fail = (what: string, cause?: Error): void =>
      reject(new Error(cause === undefined ? what : `${what}: ${cause.message}`, { cause }));
    page.on('error', (error) => fail('the page crashed', error));
    page.on('pageerror', (error) => {
      // An error in another library's frame looks the same here as one of the page. The report tells what fails in a frame.
      if (peers) console.error(`bench: uncaught: ${String(error)}`);
      else fail('the page failed', error as Error);
    });
    browser.on('disconnected', () => fail('the browser ended'));
    silence = setTimeout(() => fail(`the page said nothing for ${SILENCE_MS / 1000} s`), SILENCE_MS);
  });
  const reported = new Promise<Report>((resolve, reject) => {
    const listen = (report: Report): void => {
      silence?.refresh();
      onReport(report);
      if (report.status !== 'running') resolve(report);
    };
    const flags = { ...(quick && { quick: '' }), ...(peers && { peers: '' }) };
    const drawn = sample && { sample: `${sample.count}`, seed: `${sample.seed}` };
    url.search = new URLSearchParams({ auto: '', ...flags, ...drawn, filter }).toString();
    page
      .exposeFunction('onBenchReport', listen)
      .then(() => page.goto(url.href, { timeout: SILENCE_MS }))
      .catch(reject);
  });
  try {
    return await Promise.race([reported, ended]);
  } finally {
    clearTimeout(silence);
  }
}

async function readTables(page: Page): Promise<string> {
  const own = (await readSection(page, '#table')).map(tableAndSentences);
  const titled = (table: TableTexts & { readonly title: string }): string => `${table.title}\n${tableText(table)}`;
  const peaks = (await readSection(page, '#peaks')).map(titled);
  const compared = (await readSection(page, '#peers')).map(titled);
  const networks = (await readSection(page, '#networks')).map(titled);
  const models = (await readSection(page, '#models')).map(titled);
  const notes = await page.$$eval('.notes li', (items) => items.map((item) => item.textContent.trim()));
  return [...peaks, ...own, ...compared, ...networks, ...models, notes.join('\n')]
    .filter((text) => text !== '')
    .join('\n\n');
}

async function readSection(page: Page, section: string): Promise<(TableTexts & { readonly title: string })[]> {
  return page.$$eval(`${section} table`, (tables) =>
    tables.map((table) => ({
      title: table.dataset.title ?? '',
      head: [...table.querySelectorAll('thead th')].map((cell) => cell.textContent.trim()),
      rows: [...table.querySelectorAll('tbody tr')].map((row) =>
        [...row.children].map((cell) => cell.textContent.trim()),
      ),
    })),
  );
}

async function readPicture(page: Page): Promise<Uint8Array> {
  const url = await page.$eval('#photo-gpu', (canvas) => (canvas as HTMLCanvasElement).toDataURL('image/png'));
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
