/**
 * How Vitest's browser mode drives Puppeteer.
 *
 * @module
 */
import { defineBrowserProvider } from '@vitest/browser';
import type { Page, SupportedBrowser } from 'puppeteer';
import type { BrowserProviderOption } from 'vitest/node';
import { launchBrowser } from './launch-browser.ts';

/**
 * Puppeteer as Vitest's browser provider. The instance's name selects the browser, so vite.config.ts adds Firefox by its name
 * alone. Firefox is a second shader compiler on a second driver.
 *
 * Each session has a browser of its own. Pages of one browser share a GPU process, where one page waits for the shaders of
 * another, and a test that loses its device would also take the device of a test beside it.
 */
export function puppeteerProvider(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'puppeteer',
    supportedBrowser: ['chrome', 'firefox'] satisfies SupportedBrowser[],
    providerFactory(project) {
      const pages = new Map<string, Page>();

      function pageOf(session: string): Page {
        const page = pages.get(session);
        if (page === undefined) throw new Error(`no page is open for the test session ${session}`);
        return page;
      }

      return {
        name: 'puppeteer',
        supportsParallelism: true,
        getCommandsContext: (session) => ({ page: pageOf(session) }),
        getCDPSession: (session) => pageOf(session).createCDPSession(),
        async openPage(session, url) {
          const browser = await launchBrowser(project.config.browser.name as SupportedBrowser);
          const page = await browser.newPage();
          pages.set(session, page);
          await page.goto(url, { timeout: 0 });
        },
        async close() {
          await Promise.all(Array.from(pages.values(), async (page) => page.browser().close()));
        },
      };
    },
  });
}
