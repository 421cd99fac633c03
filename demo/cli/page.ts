/** Serves the page and opens it in a headless browser; closes both whatever happens. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page, SupportedBrowser } from 'puppeteer';
import { createServer, type ViteDevServer } from 'vite';
import { launchBrowser } from '../../test/harness/launch-browser';
import type { Report } from '../report';
import type { TableTexts } from './table';

export interface PageOptions {
  readonly browser: SupportedBrowser;
  readonly filter: string;
  readonly quick: boolean;
  readonly onReport: (report: Report) => void;
}

export interface PageResult {
  readonly report: Report;
  /** What the page's table says, cell by cell. */
  readonly table: TableTexts;
  /** The edges of the photograph as a PNG, if the run got that far. */
  readonly picture?: Uint8Array;
}

/** A page that says nothing for so long is stuck: the slowest layer takes a fraction of it. */
const SILENCE_MS = 180_000;

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
    return { report, table: await readTable(page), picture: report.photo && (await readPicture(page)) };
  } finally {
    await browser?.close();
    await server.close();
  }
}

async function serve(): Promise<ViteDevServer> {
  const server = await createServer({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    root: fileURLToPath(new URL('..', import.meta.url)),
    logLevel: 'warn',
    // A file that is saved during the run must not reload the page.
    server: { port: 0, hmr: false, watch: null },
  });
  return server.listen();
}

/** Opens the page and waits for the report with which it ends. */
async function lastReport(
  browser: Browser,
  page: Page,
  url: URL,
  { filter, quick, onReport }: Omit<PageOptions, 'browser'>,
): Promise<Report> {
  let silence: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    const fail = (what: string, cause?: Error): void =>
      reject(new Error(cause === undefined ? what : `${what}: ${cause.message}`, { cause }));
    page.on('error', (error) => fail('the page crashed', error));
    page.on('pageerror', (error) => fail('the page failed', error as Error));
    browser.on('disconnected', () => fail('the browser ended'));
    silence = setTimeout(() => fail(`the page said nothing for ${SILENCE_MS / 1000} s`), SILENCE_MS);
  });
  const reported = new Promise<Report>((resolve, reject) => {
    const listen = (report: Report): void => {
      silence?.refresh();
      onReport(report);
      if (report.status !== 'running') resolve(report);
    };
    url.search = new URLSearchParams({ auto: '', ...(quick ? { quick: '' } : {}), filter }).toString();
    page
      .exposeFunction('onBenchReport', listen)
      .then(() => page.goto(url.href))
      .catch(reject);
  });
  try {
    return await Promise.race([reported, ended]);
  } finally {
    clearTimeout(silence);
  }
}

async function readTable(page: Page): Promise<TableTexts> {
  const head = await page.$$eval('#table thead th', (cells) => cells.map((cell) => cell.textContent.trim()));
  const rows = await page.$$eval('#table tbody tr', (all) =>
    all.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
  );
  return { head, rows };
}

async function readPicture(page: Page): Promise<Uint8Array> {
  const url = await page.$eval('#photo-gpu', (canvas) => (canvas as HTMLCanvasElement).toDataURL('image/png'));
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
