/**
 * The published site: built, served from a subfolder of a plain host, and used by clicks in a real browser.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMPTY, type Report } from '../../demo/report';
import { addressWith } from '../../demo/share/address';
import { buildDocs } from '../../tools/docs/build';
import { buildSite } from '../../tools/site/build';
import { launchBrowser } from '../harness/launch-browser';
import { serveFolder, type StaticServer } from '../harness/static-server';
import { row } from '../support/report-row';

const axe = createRequire(import.meta.url).resolve('axe-core');

/** Makes the page measure one small layer. */
const SMALL = '?quick&filter=dw13';
/** A loaded machine takes many times as long as a quiet one. */
const PATIENCE = { timeout: 120_000 };
/** The result that the page shows first. */
const REFERENCE = 'swiftshader-chromium-156';
/** The most bytes that a visitor may fetch before a run, compressed as hosts do. */
const MOST_FIRST_VIEW = 150_000;

let folder: string;
let browser: Browser;
const servers: StaticServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'depthwise-site-'));
  [browser] = await Promise.all([launchBrowser(), buildSite(folder)]);
  await buildDocs(join(folder, 'docs'));
});

afterAll(async () => {
  await browser.close();
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

async function serve(isolated = true): Promise<StaticServer> {
  const server = await serveFolder(folder, '/some/sub/path/', isolated);
  servers.push(server);
  return server;
}

/** Opens a page with its own storage. An error that the page throws fails the test. */
async function open(url: string, before?: (page: Page) => Promise<unknown>): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error as Error;
  });
  await before?.(page);
  await page.goto(url, PATIENCE);
  return page;
}

/** Waits until the element's text matches. */
async function says(page: Page, selector: string, what: RegExp): Promise<void> {
  await page.waitForFunction(
    (within, source, flags) => new RegExp(source, flags).test(document.querySelector(within)?.textContent ?? ''),
    PATIENCE,
    selector,
    what.source,
    what.flags,
  );
}

async function click(page: Page, text: string): Promise<void> {
  await page.locator(`::-p-text(${text})`).setTimeout(PATIENCE.timeout).click();
}

/** Some browsers have no timestamp queries. */
const WITHOUT_TIMESTAMPS = `
  const { has } = GPUSupportedFeatures.prototype;
  GPUSupportedFeatures.prototype.has = function (name) {
    return name !== 'timestamp-query' && has.call(this, name);
  };`;

const WITH_FULL_STORAGE = `
  Storage.prototype.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };`;

/** Makes the device that the page opened last a global of the page. */
const SHOWING_DEVICE = `
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    return (globalThis.device = await requestDevice.call(this, descriptor));
  };`;

/** What has moved, and by how much, as the browser tells it. */
const WATCHING_SHIFTS = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, startTime, sources } of list.getEntries()) {
      const moved = sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      shifts.push({ value, startTime, moved });
    }
  }).observe({ type: 'layout-shift', buffered: true });`;

interface Shift {
  readonly value: number;
}

/** The faults that an accessibility checker finds. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: axe });
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    const results = await checker.run();
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** Measures the small layer by clicking. */
async function measured(page: Page): Promise<void> {
  await says(page, 'button.main', /Measure this .*, about/);
  await page.click('button.main');
  await says(page, '#progress', /Every result is right/);
}

describe('a host that sends no headers', () => {
  test('is isolated by a worker; a run by clicks, its charts, its link in a second browser, and two results compared', async () => {
    const server = await serve(false);
    const page = await open(server.url + SMALL);
    await says(page, '#device', /WebGPU is ready.*swiftshader.*Chrom/s);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await says(page, '#headline', /A reference result.*exact/s);

    await measured(page);
    await says(page, '#headline', /Measured here.*1 of 1/s);
    await page.waitForSelector('#bars svg [role=img]', PATIENCE);
    await page.$eval('#roofline svg [role=img]', (dot) => (dot as SVGElement).focus());
    await says(page, '#roofline .facts', /dw13 .*ms ±.*kernel .*tile /s);
    expect(await violations(page)).toEqual([]);

    await click(page, 'Copy link');
    await says(page, '.said', /address/);
    const other = await open(page.url());
    await says(other, '#headline', /A result from a link.*1 of 1/s);

    // The shelf lists the kept run beside the results of the repository. The first and the last of them have this layer.
    await page.$eval('#shelf', (shelf) => shelf.scrollIntoView());
    await says(page, '#shelf', /the repository/);
    const boxes = await page.$$('#shelf tbody input');
    for (const box of [boxes[0], boxes[boxes.length - 1]]) await box.click();
    await says(page, '#comparison', /dw13 7x7x1024.*×, (faster|tie|slower)/s);
    expect(await violations(page)).toEqual([]);
    expect(server.missing).toEqual([]);
  });
});

describe('a host that sends them', () => {
  test('sends little before a run; a run stops at once', async () => {
    const server = await serve();
    let bytes = 0;
    const page = await open(server.url, async (fresh) => {
      fresh.on('response', (response) => {
        void response.buffer().then(
          (body) => (bytes += gzipSync(body).length),
          () => undefined,
        );
      });
      await fresh.setViewport({ width: 390, height: 844 });
      await fresh.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    });
    await says(page, 'button.main', /Measure this .*, about/);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MOST_FIRST_VIEW);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await violations(page)).toEqual([]);

    await page.click('button.main');
    await says(page, '#headline', /Measuring here.*[1-9] of [1-9]/s);
    const took = await page.evaluate(async () => {
      const start = performance.now();
      document.querySelector<HTMLElement>('button.main')!.click();
      while (!/Stopped/.test(document.querySelector('#progress')!.textContent)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return performance.now() - start;
    });
    expect(took).toBeLessThan(1000);
    await says(page, '#shelf', /this run/);
  });

  test('a hidden tab pauses a run, and a reload keeps what was measured', async () => {
    const server = await serve();
    const page = await open(`${server.url}?quick&filter=dw`);
    const hide = (isHidden: boolean): Promise<void> =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    await says(page, 'button.main', /Measure this .*, about/);
    await page.click('button.main');
    await says(page, '#headline', /1 of 1/);
    await hide(true);
    await says(page, '#progress', /Paused: this tab is hidden/);
    // A layer that already has all of its samples may still finish.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = await page.$eval('#progress .what', (what) => what.textContent);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await page.$eval('#progress .what', (what) => what.textContent)).toBe(before);
    await hide(false);
    await says(page, '#progress', /Measuring/);
    await says(page, '#headline', /([2-9]) of \1/);

    await page.reload(PATIENCE);
    await says(page, '#headline', /Measured in this browser.*interrupted: what was measured until then/s);
  });

  test('has the pages of faces and of kinds of convolution, which compute', async () => {
    const server = await serve();
    const page = await open(`${server.url}faces/`);
    await says(page, '#status', /faces? found/);
    expect(await violations(page)).toEqual([]);
    await click(page, 'Kinds of convolution');
    await says(page, 'main', /108.*0.*36.*9.*27/s);
    expect(await violations(page)).toEqual([]);
    expect(server.missing).toEqual([]);
  });
});

describe('nothing that is seen moves', () => {
  /** High enough that whatever moves on a page is seen. */
  const SIZES = [
    { width: 1280, height: 4500 },
    { width: 390, height: 9000 },
  ];
  /** Of the height of the view times the part of it that moves. A button that grows gives 0.001, a section that jumps 0.02 and more. */
  const MOST_SHIFT = 0.005;

  async function openWatched(url: string, size: { readonly width: number; readonly height: number }): Promise<Page> {
    return open(url, async (fresh) => {
      await fresh.setViewport(size);
      await fresh.evaluateOnNewDocument(WATCHING_SHIFTS);
    });
  }

  /** What has moved since the page was opened. The sum is that of Chrome's cumulative layout shift, without its windows of time. */
  async function expectStill(page: Page, when: string): Promise<void> {
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: readonly Shift[] }).shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    expect(sum, `${when}: ${JSON.stringify(shifts)}`).toBeLessThan(MOST_SHIFT);
  }

  test.each(SIZES)('on the benchmark before, during and after a run, at $width px', async (size) => {
    const server = await serve();
    const page = await openWatched(`${server.url}?quick&filter=dw1`, size);
    await says(page, 'button.main', /Measure this .*, about/);
    await page.waitForSelector('#bars svg [role=img]', PATIENCE);
    await expectStill(page, 'before a run');
    await page.click('button.main');
    await says(page, '#headline', /1 of 1/);
    await expectStill(page, 'during a run');
    await says(page, '#progress', /Every result is right/);
    await says(page, '#shelf', /this run/);
    await expectStill(page, 'after a run');
  });

  test.each(SIZES)('on the pages of faces and of kinds of convolution, at $width px', async (size) => {
    const server = await serve();
    const faces = await openWatched(`${server.url}faces/`, size);
    await says(faces, '#layers', /dispatches/);
    await expectStill(faces, 'faces');
    for (const language of ['en', 'zh']) {
      const page = await openWatched(`${server.url}explain/?lang=${language}`, size);
      await says(page, 'main', /108.*0.*36.*9.*27.*0, 4, 8, 12/s);
      await expectStill(page, `kinds of convolution, ${language}`);
    }
  });

  test.each(SIZES)('in the documentation, at $width px', async (size) => {
    const server = await serve();
    for (const path of ['index.html', 'documents/Start.html', 'functions/depthwise.conv2d.html']) {
      const page = await openWatched(`${server.url}docs/${path}`, size);
      await page.waitForFunction(() => getComputedStyle(document.body).display !== 'none', PATIENCE);
      await expectStill(page, path);
    }
  });
});

describe('the documentation', () => {
  /** TypeDoc hides a page until its script has run. */
  async function violationsAt(page: Page, url: string): Promise<readonly string[]> {
    await page.goto(url, PATIENCE);
    await page.waitForFunction(() => getComputedStyle(document.body).display !== 'none', PATIENCE);
    return violations(page);
  }

  test('is found from the benchmark, and every kind of page is accessible', async () => {
    const server = await serve();
    const page = await open(server.url);
    await click(page, 'Documentation');
    await says(page, 'main, [role=main]', /Convolution on the GPU inside a web page/);
    const pages = [
      'index.html',
      'modules.html',
      'hierarchy.html',
      'documents/Start.html',
      'documents/Performance.html',
      // From here on the list of its members is open in the navigation.
      'modules/depthwise_tfjs.html',
      'modules/depthwise.html',
      'functions/depthwise.conv2d.html',
      'interfaces/depthwise.Tensor.html',
      'types/depthwise.MirrorMode.html',
    ];
    for (const path of pages) {
      expect(await violationsAt(page, `${server.url}docs/${path}`), path).toEqual([]);
      expect(await page.$eval('h1', (heading) => heading.checkVisibility()), path).toBe(path !== 'index.html');
    }
    expect(server.missing).toEqual([]);
  });
});

/** Drops a file on the page. */
async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate((content) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], 'result.json'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
}

describe('what is wrong is said where it happens', () => {
  const result: Report = { ...EMPTY, status: 'passed' };

  test('an address that is damaged, or of something else', async () => {
    const server = await serve();
    const whole = await addressWith(server.url, result);
    const page = await open(whole.slice(0, -9));
    await says(page, '#tools', /The result in this address cannot be shown: it is damaged, or was cut off/);
    const foreign = await open(await addressWith(server.url, { hello: 1 } as unknown as Report));
    await says(foreign, '#tools', /it is no result of this benchmark/);
    await says(foreign, '#headline', /A reference result/);
  });

  test('no WebGPU, no timestamp queries, storage that is forbidden or full', async () => {
    const server = await serve();
    const page = await open(server.url, (fresh) =>
      fresh.evaluateOnNewDocument(() => {
        Object.defineProperty(navigator, 'gpu', { value: undefined });
        Object.defineProperty(globalThis, 'localStorage', {
          get() {
            throw new DOMException('denied', 'SecurityError');
          },
        });
      }),
    );
    await says(page, '#device', /WebGPU is missing.*This browser has no WebGPU/s);
    await says(page, '#shelf', /the browser allows this page to keep nothing/);
    await says(page, '#headline', /A reference result/);
    expect(await page.$eval('button.main', (button) => button.disabled)).toBe(true);

    const coarse = await open(server.url + SMALL, (fresh) =>
      fresh.evaluateOnNewDocument(WITHOUT_TIMESTAMPS + WITH_FULL_STORAGE),
    );
    await says(coarse, '#device', /It has no timestamp queries here/);
    await measured(coarse);
    await says(coarse, '#headline', /which only timestamp queries tell/);
    await says(coarse, '#shelf', /the browser has no room left for this page/);
  });

  test('a device that is lost during a run', async () => {
    const server = await serve();
    const page = await open(`${server.url}?filter=dw`, (fresh) => fresh.evaluateOnNewDocument(SHOWING_DEVICE));
    await says(page, 'button.main', /Measure this .*, about/);
    await page.click('button.main');
    await says(page, '#headline', /1 of 1/);
    await page.evaluate(() => (globalThis as unknown as { device: GPUDevice }).device.destroy());
    await says(page, '#progress', /the GPU was lost .* what was measured is kept/);
    await says(page, 'button.main', /Measure this/);
  });

  test('a result that is too long for an address', async () => {
    const server = await serve();
    const page = await open(server.url);
    // Digits that no compression makes shorter.
    const digits = (i: number): string => Array.from({ length: 6 }, (_, k) => Math.sin(6 * i + k)).join(' ');
    const rows = Array.from({ length: 800 }, (_, i) => row(digits(i), 1, 0.1));
    await drop(page, JSON.stringify({ ...result, rows }));
    await says(page, '#headline', /A result from a file/);
    await click(page, 'Copy link');
    await says(page, '#tools', /makes an address of \d+ letters, .* save it as a file instead/);
    expect(new URL(page.url()).hash).toBe('');
    await click(page, 'Save CSV');
    await says(page, '.said', /The CSV is saved/);
  });

  test('a file that is no result', async () => {
    const server = await serve();
    // The page's first result is late. It pushes down what says that a file is wrong.
    let release = (): void => {};
    const late = new Promise<void>((resolve) => (release = resolve));
    const page = await open(server.url, async (fresh) => {
      await fresh.setRequestInterception(true);
      fresh.on('request', (request) => {
        const go = (): unknown => request.continue();
        void (request.url().includes(REFERENCE) ? late.then(go) : go());
      });
    });
    await drop(page, '{"format":');
    release();
    await says(page, '#shelf', /result.json cannot be opened: it is no JSON, or was cut off/);
    await page.waitForFunction(() => {
      const { top, bottom } = document.querySelector('#shelf [role=alert]')!.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }, PATIENCE);
    await drop(page, JSON.stringify({ ...result, rows: [{ ...row('a', 1, 0), count: 'two' }] }));
    await says(
      page,
      '#shelf',
      /result.json cannot be opened: it is damaged: rows\[0\]\.count is "two", where a number belongs;/,
    );
    await drop(page, JSON.stringify(result));
    await says(page, '#headline', /A result from a file/);
  });
});
