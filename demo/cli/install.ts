/** `npm run bench -- --filter install`: has a page run models under TensorFlow.js, before and after `install`. */
import type { Browser, SupportedBrowser } from 'puppeteer';
import { launchBrowser } from '../../test/harness/launch-browser';
import type { Race } from '../install/race';
import { patternOf } from '../pattern';
import { serve } from './page';

export interface InstallOptions {
  readonly browser: SupportedBrowser;
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly onProgress: (line: string) => void;
}

export interface InstallReport {
  readonly browser: string;
  readonly races: Readonly<Record<string, Race>>;
  readonly errors: readonly string[];
}

/** The names of the models. They are repeated here because the module that loads them needs a page. */
const MODEL_NAMES = ['mobileNetV1', 'mobileNetV2', 'poseNet', 'blazeface', 'facemesh'] as const;

/** Two sums in different orders differ by less than this share of the largest number. */
const MOST = 1e-4;

/** The models that a filter asks for; undefined if it asks for something else. */
export function installModelsOf(filter: string): readonly string[] | undefined {
  if (!/^\^?install\b/i.test(filter)) return undefined;
  const pattern = patternOf(filter);
  const names = MODEL_NAMES.filter((name) => pattern.test(`install ${name}`));
  if (names.length > 0) return names;
  throw new Error(
    `no model matches the filter /${filter}/; there are ${MODEL_NAMES.map((n) => `"install ${n}"`).join(', ')}`,
  );
}

/** @throws (rejects) if the page does not load; a model that fails is an error of the report */
export async function runInstall({ browser: name, names, quick, onProgress }: InstallOptions): Promise<InstallReport> {
  const server = await serve();
  let browser: Browser | undefined;
  const races: Record<string, Race> = {};
  const errors: string[] = [];
  try {
    browser = await launchBrowser(name);
    const url = new URL('install/', server.resolvedUrls?.local[0]).href;
    for (const model of names) {
      // Each model gets a page of its own, so that it does not find the programs of another one.
      const page = await browser.newPage();
      page.setDefaultTimeout(600_000);
      try {
        await page.goto(url);
        await page.waitForFunction(() => globalThis.installBench !== undefined);
        races[model] = await page.evaluate(
          async (which, ms) => (await globalThis.installBench!).measure(which, ms),
          model,
          quick ? 2000 : 10_000,
        );
        const { theirs, ours, difference } = races[model];
        onProgress(
          `${model}: ${theirs.ms.length} rounds, first run ${theirs.first.toFixed(0)} and ${ours.first.toFixed(0)} ms`,
        );
        if (!(difference <= MOST)) errors.push(`${model}: the outputs differ by ${difference} of the largest number`);
      } catch (error) {
        errors.push(`${model}: ${(error as Error).message}`);
      } finally {
        await page.close();
      }
    }
    return { browser: await browser.version(), races, errors };
  } finally {
    await browser?.close();
    await server.close();
  }
}
