/**
 * Builds the examples with the package as it is published, opens them in a browser, and compares what they say and draw with
 * plain loops.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { exampleApps, type ExampleApps } from '../harness/example-apps';
import { openExample, type ExamplePage, type Picture } from '../harness/example-page';
import { launchBrowser } from '../harness/launch-browser';

/** Screenshots of the pages, for people to look at. */
const PICTURES = 'demo-output/examples';

const FACEMESH = 'node_modules/@vladmandic/human/models/facemesh.json';

/** The weights of sepia.onnx. Row i computes red, green or blue from red, green and blue. */
const SEPIA = [
  [0.393, 0.769, 0.189],
  [0.349, 0.686, 0.168],
  [0.272, 0.534, 0.131],
];

let apps: ExampleApps;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  apps = await exampleApps();
  // The fake camera shows a photograph.
  const photograph = join(PICTURES, 'camera.mjpeg');
  cpSync('demo/photos/astronaut.jpg', photograph);
  browser = await launchBrowser('chrome', [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${photograph}`,
  ]);
});

afterAll(async () => {
  await browser?.close();
  await apps?.remove();
});

const tested: string[] = [];

/** Builds, serves and opens an example for a test, and takes a screenshot of it at the end. */
function example(name: string, what: string, check: (opened: ExamplePage) => Promise<void>, file = ''): void {
  tested.push(name);
  test(`${name}: ${what}`, async () => {
    const server = await apps.serve(name, tested[tested.lastIndexOf(name) + 1]);
    const opened = await openExample(browser, `${server.url}${file}`, apps.packed);
    try {
      await check(opened);
    } finally {
      await opened.page.screenshot({ path: `${PICTURES}/${name}${file && `-${file}`}.png` });
      await opened.page.close();
      await server.close();
    }
  });
}

test('every example is tested', () => {
  const folders = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...new Set(tested)].toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

/** Converts bytes to numbers from 0 to 1, without alpha. */
function colors({ data }: Picture): Float64Array {
  return Float64Array.from(
    data.filter((_, i) => i % 4 < 3),
    (byte) => byte / 255,
  );
}

function convolved(
  x: ArrayLike<number>,
  shape: readonly number[],
  filter: readonly number[],
  filterShape: readonly number[],
): Float64Array {
  return convReference(depthwiseProblem('loops', shape, filterShape, { padding: 'same' }), x, filter);
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** The filter that applies one kernel to each of three channels. */
const onColors = (kernel: readonly number[]): number[] => kernel.flatMap((v) => [v, v, v]);

const clip = (v: number): number => Math.min(Math.max(v, 0), 1);

/**
 * Fails unless the canvas shows the expected colors, rounded to the nearest byte. A number halfway between two bytes may be
 * rounded either way.
 */
function expectDrawn({ data }: Picture, expected: ArrayLike<number>, error = 0): void {
  const shown = data.filter((_, i) => i % 4 < 3);
  expect(shown).toHaveLength(expected.length);
  let worst = 0;
  for (const [i, byte] of shown.entries()) worst = Math.max(worst, Math.abs(byte - 255 * clip(expected[i])));
  expect(worst).toBeLessThan(0.51 + error);
}

example('plain-html', 'edges of a picture', async ({ says, pixels }) => {
  const [, strong, all] = await says(/^(\d+) of (\d+) pixels/);
  const picture = colors(await pixels('img'));
  const grey = Float64Array.from({ length: 480 * 320 }, (_, i) => {
    const [red, green, blue] = picture.subarray(3 * i);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
  const sobel = [-1, -1, 0, -2, 1, -1, -2, 0, 0, 0, 2, 0, -1, 1, 0, 2, 1, 1];
  const slopes = convolved(grey, [1, 320, 480, 1], sobel, [3, 3, 1, 2]);
  const strengths = Array.from({ length: grey.length }, (_, i) => Math.hypot(slopes[2 * i], slopes[2 * i + 1]));
  const beyond = (threshold: number): number => strengths.filter((strength) => strength > threshold).length;
  expect(Number(all)).toBe(480 * 320);
  // A sum of nine float32 products of numbers below 3 is off by less than 1e-5.
  expect(Number(strong)).toBeGreaterThanOrEqual(beyond(1 + 1e-5));
  expect(Number(strong)).toBeLessThanOrEqual(beyond(1 - 1e-5));
});

example(
  'plain-html',
  'a script without modules',
  async ({ says }) => {
    await says(/^The sum is 45\.$/);
  },
  'classic.html',
);

example('vite-typescript', 'a sharper picture', async ({ says, pixels, seen }) => {
  const [, count, average] = await says(/^(\d+) numbers, on average (\S+)$/);
  const taps = onColors([0, -1, 0, -1, 5, -1, 0, -1, 0]);
  const sharp = convolved(colors(await pixels('img')), [1, 320, 480, 3], taps, [3, 3, 3, 1]).map((v) => Math.max(v, 0));
  expect(Number(count)).toBe(sharp.length);
  // The bound covers sums of nine float32 products of numbers below 5.
  expect(Math.abs(Number(average) - mean(sharp))).toBeLessThan(1e-5);
  expectDrawn(await seen('canvas'), sharp);
});

example('react-video', 'edges of a video, as fast as it comes', async ({ page, says, seen, pixels }) => {
  await says(/^\d+ pictures a second$/);
  await page.$eval('video', (video) => video.pause());
  const drawn = async (): Promise<void> => {
    const frame = colors(await pixels('video'));
    const edges = convolved(frame, [1, 480, 640, 3], onColors([-1, -1, -1, -1, 8, -1, -1, -1, -1]), [3, 3, 3, 1]);
    // A browser may convert a video's colors to RGB in two ways, which differ by up to a byte. The magnitudes of the filter
    // add up to 16.
    expectDrawn(await seen('canvas'), edges, 16);
    expect(mean(edges.map(clip))).toBeGreaterThan(0.01);
  };
  // The last frame may not be on the canvas yet.
  await vi.waitFor(drawn, { timeout: 30_000, interval: 500 });
});

example('worker-offscreen-canvas', 'the Game of Life', async ({ says, seen }) => {
  const [, cells] = await says(/^(\d+) cells live in generation 100\.$/);
  const generation = life(96, 100);
  expect(Number(cells)).toBe(generation.reduce((sum, cell) => sum + cell, 0));
  const { width, data } = await seen('canvas');
  const shown = generation.map((_, i) => data[4 * ((5 * Math.floor(i / 96) + 2) * width + 5 * (i % 96) + 2)]);
  // The two ends of the colormap magma are nearly black and nearly white.
  expect(shown).toEqual(generation.map((cell) => (cell === 1 ? 0xfc : 0)));
});

/** Plays Conway's Game of Life on a field whose edges are dead. */
function life(size: number, generations: number): readonly number[] {
  const at = (y: number, x: number): number => y * size + x;
  const middle = size / 2;
  const start = new Set([[0, 1], [0, 2], [1, 0], [1, 1], [2, 1]].map(([y, x]) => at(middle + y, middle + x))); // prettier-ignore
  let cells = Array.from({ length: size * size }, (_, i) => Number(start.has(i)));
  for (let generation = 0; generation < generations; generation++) {
    const isAlive = (y: number, x: number): boolean =>
      y >= 0 && y < size && x >= 0 && x < size && cells[at(y, x)] === 1;
    cells = cells.map((cell, i) => {
      const [y, x] = [Math.floor(i / size), i % size];
      let neighbours = -cell;
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) neighbours += Number(isAlive(y + dy, x + dx));
      return Number(neighbours === 3 || (cell === 1 && neighbours === 2));
    });
  }
  return cells;
}

example('camera-to-canvas', 'the joints of whoever is before the camera', async ({ page, says }) => {
  const [, joints] = await says(/^(\d+) joints of 17$/);
  const circles = await page.$$eval('circle', (all) =>
    all.map((circle) => ['cx', 'cy'].map((name) => Number(circle.getAttribute(name)))),
  );
  expect(circles).toHaveLength(Number(joints));
  // The astronaut's nose and eyes, at the places where a person sees them on the photograph.
  for (const [i, [x, y]] of [
    [0.437, 0.22],
    [0.479, 0.181],
    [0.39, 0.177],
  ].entries()) {
    // prettier-ignore
    expect(Math.hypot(circles[i][0] - x, circles[i][1] - y)).toBeLessThan(0.02);
  }
});

example('tfjs-install', 'the same face before and after, by kernels of this library', async ({ page, says }) => {
  const [, convolutions, difference] = await says(
    /^(\d+) convolutions: \S+ ms before, \S+ ms after; largest difference (\S+) pixels$/,
  );
  // The example runs the model three times.
  expect(Number(convolutions)).toBe(3 * convolutionsOf(FACEMESH, 'output_mesh'));
  // The outputs are pixel coordinates from 0 to 191, after some thirty layers in float32.
  expect(Number(difference)).toBeLessThan(0.01);
  expect(await page.$$('circle')).toHaveLength(468);
});

/** Counts the convolutions that an output of a model needs. */
function convolutionsOf(file: string, output: string): number {
  const { modelTopology, signature } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly modelTopology: {
      readonly node: readonly { readonly name: string; readonly op: string; readonly input?: readonly string[] }[];
    };
    readonly signature: { readonly outputs: Readonly<Record<string, { readonly name: string }>> };
  };
  const nodes = new Map(modelTopology.node.map((node) => [node.name, node]));
  const needed = new Set([signature.outputs[output].name.replace(/:0$/, '')]);
  // The loop also visits names that are added to the set while it runs.
  for (const name of needed) for (const input of nodes.get(name)!.input ?? []) needed.add(input.replace(/:\d+$/, ''));
  return [...needed].filter((name) => /Conv2D|DepthwiseConv2dNative/.test(nodes.get(name)!.op)).length;
}

example('tfjs-tensors', 'edges of a tensor of TensorFlow.js, and their mean by it', async ({ says, pixels, seen }) => {
  const [, average] = await says(/^The edges' mean is (\S+)\.$/);
  const taps = onColors([-1, -1, -1, -1, 8, -1, -1, -1, -1]);
  const edges = convolved(colors(await pixels('img')), [1, 320, 480, 3], taps, [3, 3, 3, 1]);
  // The bound covers sums of nine float32 products of numbers below 8, and a float32 mean of half a million numbers.
  expect(Math.abs(Number(average) - mean(edges.map(Math.abs)))).toBeLessThan(1e-5);
  expectDrawn(await seen('canvas'), edges);
});

example('onnxruntime-tensors', 'old colors of a blurred picture, by ONNX Runtime', async ({ says, pixels, seen }) => {
  const [, average] = await says(/^1 x 3 x 320 x 480, mean (\S+)$/);
  const taps = Array.from({ length: 3 * 3 * 3 }, () => 1 / 9);
  const blurred = convolved(colors(await pixels('img')), [1, 320, 480, 3], taps, [3, 3, 3, 1]);
  const brown = blurred.map((_, i) => {
    const at = i - (i % 3);
    return SEPIA[i % 3].reduce((sum, weight, c) => sum + weight * blurred[at + c], 0);
  });
  expect(Math.abs(Number(average) - mean(brown))).toBeLessThan(1e-5);
  expectDrawn(await seen('canvas'), brown);
});
