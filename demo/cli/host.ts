/** `npm run bench -- --filter host`: builds the library, and has a page measure what its calls cost the page. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, SupportedBrowser } from 'puppeteer';
import { launchBrowser } from '../../test/harness/launch-browser';
import { figuresOf, type HostFigure } from '../host/figures';
import { buildCommit, buildThis } from './builds';
import { serve } from './page';

export interface HostOptions {
  readonly browser: SupportedBrowser;
  /** Names of rows. */
  readonly rows: readonly string[];
  readonly quick: boolean;
  /** The commit to compare with. */
  readonly against?: string;
  readonly onProgress: (line: string) => void;
}

export interface HostReport {
  readonly browser: string;
  /** The commit of the other build. */
  readonly against?: string;
  readonly rows: readonly HostFigure[];
  readonly errors: readonly string[];
}

/** Time for each row; some rows ask for more. */
const BUDGET_MS = 5000;
const QUICK_BUDGET_MS = 1000;

/** @throws (rejects) if a build fails or the page does; a row that fails is an error of the report */
export async function runHost({ browser: name, rows, quick, against, onProgress }: HostOptions): Promise<HostReport> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'depthwise-host-')));
  try {
    const builds = [join(folder, 'this')];
    await buildThis(builds[0]);
    let commit: string | undefined;
    if (against !== undefined) {
      builds.push(join(folder, 'other'));
      commit = await buildCommit(against, builds[1], join(folder, 'tree'));
    }
    const server = await serve([folder]);
    let browser: Browser | undefined;
    try {
      // A page that may collect garbage does so before each row.
      browser = await launchBrowser(name, name === 'chrome' ? ['--js-flags=--expose-gc'] : []);
      const page = await browser.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warn') onProgress(`page: ${message.text()}`);
      });
      const url = new URL('host/', server.resolvedUrls?.local[0]);
      for (const build of builds) url.searchParams.append('library', `/@fs/${build.replace(/^\//, '')}/index.js`);
      const measured = await measure(page, url.href, rows, quick ? QUICK_BUDGET_MS : BUDGET_MS, onProgress);
      return { browser: await browser.version(), against: commit, ...measured };
    } finally {
      await browser?.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Each row is a call of its own, because the browser's protocol waits only minutes for one call. Each row also gets a page of its
 * own, because the next row would pay for what one leaves in caches and on the heap.
 */
async function measure(
  page: Page,
  address: string,
  names: readonly string[],
  budgetMs: number,
  onProgress: HostOptions['onProgress'],
): Promise<Pick<HostReport, 'rows' | 'errors'>> {
  const rows: HostFigure[] = [];
  const errors: string[] = [];
  for (const [done, name] of names.entries()) {
    try {
      await page.goto(address);
      await page.evaluate(async () => {
        if (globalThis.hostBench === undefined) throw new Error('the page does not load');
        await globalThis.hostBench;
      });
      const samples = await page.evaluate(
        async (row, ms) => (await globalThis.hostBench!).measure(row, ms),
        name,
        budgetMs,
      );
      const figures = figuresOf(name, samples);
      rows.push(...figures);
      onProgress(`[${done + 1}/${names.length}] ${name}: ${figures.map(inShort).join(', ')}`);
    } catch (error) {
      errors.push(`${name}: ${(error as Error).message}`);
      onProgress(`[${done + 1}/${names.length}] ${name}: FAILED`);
    }
  }
  return { rows, errors };
}

function inShort({ per, us, ratio }: HostFigure): string {
  return `${us.toFixed(1)} µs per ${per}${ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`;
}
