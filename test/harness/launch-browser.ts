/**
 * A browser that computes: the one found, started so that it has WebGPU.
 *
 * @module
 */
import puppeteer, { type Browser, type SupportedBrowser } from 'puppeteer';
import { findBrowser } from './find-browser.ts';
import { launchFlags } from './launch-flags.ts';

/** A headless browser with WebGPU, for the tests and for `npm run bench`. The caller closes it. */
export async function launchBrowser(browser: SupportedBrowser = 'chrome'): Promise<Browser> {
  const { executablePath, env } = await findBrowser(browser);
  const flags = launchFlags(browser);
  return puppeteer.launch({ ...flags, browser, executablePath, env: { ...process.env, ...flags.env, ...env } });
}
