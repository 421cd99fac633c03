/**
 * An example in the browser: what it says, what it draws, and whatever goes wrong.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer';

/** Where it names the package on a CDN, it gets the package that is tested. */
const CDN = /^https:\/\/cdn\.jsdelivr\.net\/npm\/depthwise@([^/]+)\/(.*)$/;

/** The bytes of an RGBA picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface ExamplePage {
  readonly page: Page;
  /** Waits for `<output>` to say it, and for nothing to go wrong meanwhile. */
  readonly says: (what: RegExp) => Promise<RegExpExecArray>;
  /** What is seen of an element, as a screenshot shows it. */
  readonly seen: (selector: string) => Promise<Picture>;
  /** The pixels of an `<img>`, as a 2-D canvas has them. */
  readonly pixels: (selector: string) => Promise<Picture>;
}

const PATIENCE_MS = 60_000;

/**
 * @param packed the folder of the package
 * @param script run in the page before its own
 */
export async function openExample(
  browser: Browser,
  url: string,
  packed: string,
  script: () => void = () => {},
): Promise<ExamplePage> {
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('error', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') wrong.push(message.text());
  });
  page.on('requestfailed', (request) => wrong.push(`${request.url()}: ${request.failure()?.errorText}`));
  await page.setViewport({ width: 1320, height: 620 });
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const [, version, file] = CDN.exec(request.url()) ?? [];
    if (file === undefined) return void request.continue();
    const isPublished = version === versionOf(packed) && existsSync(join(packed, file));
    if (!isPublished) return void request.abort();
    return void request.respond({
      contentType: 'text/javascript',
      headers: { 'Access-Control-Allow-Origin': '*' },
      body: readFileSync(join(packed, file)),
    });
  });
  await page.evaluateOnNewDocument(script);
  await page.goto(url, { timeout: PATIENCE_MS });

  async function says(what: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const said = await page.$eval('output', (output) => output.textContent).catch(() => '(no <output>)');
      const match = what.exec(said);
      if (wrong.length > 0) throw new Error(`${url} says "${said}", and: ${wrong.join('\n')}`);
      if (match !== null) return match;
      if (Date.now() > end) throw new Error(`${url} says "${said}" after ${PATIENCE_MS / 1000} s, not ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function seen(selector: string): Promise<Picture> {
    const element = await page.waitForSelector(selector);
    const png = await element!.screenshot({ encoding: 'base64' });
    return decoded(`data:image/png;base64,${png}`);
  }

  /** By the page: it has a decoder of pictures. */
  async function decoded(source: string): Promise<Picture> {
    const { width, height, base64 } = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d')!;
      canvas.drawImage(image, 0, 0);
      const { data } = canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
      let text = '';
      for (const byte of data) text += String.fromCharCode(byte);
      return { width: image.naturalWidth, height: image.naturalHeight, base64: btoa(text) };
    }, source);
    return { width, height, data: Buffer.from(base64, 'base64') };
  }

  return {
    page,
    says,
    seen,
    pixels: async (selector) => decoded(await page.$eval(selector, (image) => (image as HTMLImageElement).src)),
  };
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}
