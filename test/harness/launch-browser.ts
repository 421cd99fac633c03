/**
 * Launches the browser that was found, so that it has WebGPU.
 *
 * @module
 */
import puppeteer, { type Browser, type SupportedBrowser } from 'puppeteer';
import { findBrowser } from './find-browser.ts';
import { launchFlags } from './launch-flags.ts';

/**
 * A headless browser with WebGPU, for the tests and for `npm run bench`. The caller closes it.
 *
 * @param more arguments beside those that it needs for WebGPU
 */
export async function launchBrowser(
  browser: SupportedBrowser = 'chrome',
  more: readonly string[] = [],
): Promise<Browser> {
  const { executablePath, env } = await findBrowser(browser);
  const flags = launchFlags(browser);
  const args = [...(flags.args ?? []), ...more];
  return puppeteer.launch({
    ...flags,
    args,
    browser,
    executablePath,
    env: { ...process.env, ...flags.env, ...env },
    // The callers have time limits of their own, and Puppeteer's are too short for a loaded machine.
    timeout: 0,
    protocolTimeout: 0,
  });
}
