/**
 * An example in the browser: its output, its drawing, and everything that goes wrong.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer';

/** An example that names the package on a CDN gets the package under test instead. */
const CDN = /^https:\/\/cdn\.jsdelivr\.net\/npm\/depthwise@([^/]+)\/(.*)$/;

/** The bytes of an RGBA picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface ExamplePage {
  readonly page: Page;
  /** Waits until `<output>` has this text, and fails if anything goes wrong meanwhile. */
  readonly says: (what: RegExp) => Promise<RegExpExecArray>;
  /** The visible part of an element, as a screenshot shows it. */
  readonly seen: (selector: string) => Promise<Picture>;
  /** The pixels of an `<img>` or `<video>`, as read from a 2-D canvas. */
  readonly pixels: (selector: string) => Promise<Picture>;
}

/** A loaded machine takes many times as long as a quiet one; a hang takes longer still. */
const PATIENCE_MS = 300_000;

/** @param packed the folder of the package */
export async function openExample(browser: Browser, url: string, packed: string): Promise<ExamplePage> {
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
    // The page has an image decoder.
    await page.evaluate(async (source) => {
      const image = document.createElement('img');
      image.src = source;
      await image.decode();
      image.id = 'screenshot';
      image.hidden = true;
      document.querySelector('#screenshot')?.remove();
      document.body.append(image);
    }, `data:image/png;base64,${png}`);
    return pixels('#screenshot');
  }

  async function pixels(selector: string): Promise<Picture> {
    const { base64, ...size } = await page.$eval(selector, (element) => {
      const source = element as HTMLImageElement | HTMLVideoElement;
      const [width, height] =
        source instanceof HTMLVideoElement
          ? [source.videoWidth, source.videoHeight]
          : [source.naturalWidth, source.naturalHeight];
      const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
      canvas.drawImage(source, 0, 0);
      const { data } = canvas.getImageData(0, 0, width, height);
      let text = '';
      for (const byte of data) text += String.fromCharCode(byte);
      return { width, height, base64: btoa(text) };
    });
    return { ...size, data: Buffer.from(base64, 'base64') };
  }

  return { page, says, seen, pixels };
}

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}
