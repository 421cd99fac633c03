/**
 * How Vitest's browser mode drives Puppeteer.
 *
 * @module
 */
import { defineBrowserProvider } from '@vitest/browser';
import type { Browser, Page, SupportedBrowser } from 'puppeteer';
import type { BrowserProviderOption } from 'vitest/node';
import { launchBrowser } from './launch-browser.ts';

/**
 * Puppeteer as Vitest's browser provider. The instance's name picks the browser, so that Firefox, a second shader
 * compiler on a second driver, is another name in vite.config.ts and nothing else.
 */
export function puppeteerProvider(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'puppeteer',
    supportedBrowser: ['chrome', 'firefox'] satisfies SupportedBrowser[],
    providerFactory(project) {
      const pages = new Map<string, Page>();
      let browser: Browser | undefined;

      function pageOf(session: string): Page {
        const page = pages.get(session);
        if (page === undefined) throw new Error(`no page is open for the test session ${session}`);
        return page;
      }

      return {
        name: 'puppeteer',
        // Pages side by side would starve each other: a software adapter takes every core for one dispatch.
        supportsParallelism: false,
        getCommandsContext: (session) => ({ page: pageOf(session) }),
        getCDPSession: (session) => pageOf(session).createCDPSession(),
        async openPage(session, url) {
          browser ??= await launchBrowser(project.config.browser.name as SupportedBrowser);
          const page = await browser.newPage();
          pages.set(session, page);
          await page.goto(url);
        },
        close: () => browser?.close(),
      };
    },
  });
}
