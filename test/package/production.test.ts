/**
 * The production build that apps ship: its errors are short, but name the function, the argument and the numbers. A code in
 * each error finds the full text in the package's table. The development build has the full text in the error itself.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../tools/package/entries';
import { launchBrowser } from '../harness/launch-browser';

const run = promisify(execFile);

/** A folder with those parts of the published package that these tests need. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'depthwise-package-'));
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  for (const [mode, dist] of [
    ['production', 'dist'],
    ['development', 'dist/development'],
  ]) {
    const options = ['build', '--logLevel', 'error', '--mode', mode, '--outDir', join(folder, dist), '--emptyOutDir'];
    await run(process.execPath, [vite, ...options], { cwd: ROOT, env: { ...process.env, NODE_ENV: mode } });
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** The error messages of these calls in an app that resolves one of the builds. Node takes the place of the app's bundler. */
async function messages(conditions: readonly string[], calls: readonly string[]): Promise<readonly string[]> {
  const script = `
    import * as depthwise from 'depthwise';
    const { conv2d, depthwiseConv2d, groupedConv2d, openGpu, parameterCount } = depthwise;
    const messages = [];
    for (const call of [${calls.map((call) => `() => ${call}`).join(', ')}]) {
      try { await call(); messages.push('nothing'); } catch (error) { messages.push(error.message); }
    }
    console.log(JSON.stringify(messages));`;
  const options = conditions.map((condition) => `--conditions=${condition}`);
  const { stdout } = await run(process.execPath, [...options, '--input-type=module', '-e', script], { cwd: folder });
  return JSON.parse(stdout) as readonly string[];
}

const CALLS = [
  'openGpu({ colour: 1 })',
  'openGpu({ memoryBudget: -7 })',
  'openGpu()',
  'depthwiseConv2d([1, 2, 3], 4)',
  'parameterCount({ filterSize: 3, inChannels: 2.5, outChannels: 8 })',
];

describe('in production', () => {
  let short: readonly string[];
  beforeAll(async () => {
    short = await messages([], CALLS);
  });

  test('an error names the function, the argument and the numbers, and has a code', () => {
    const code = String.raw`\(depthwise error [0-9a-z]{4}\)$`;
    expect(short).toEqual([
      expect.stringMatching(new RegExp(`^openGpu: option colour ${code}`)),
      expect.stringMatching(new RegExp(`^openGpu: memoryBudget -7 ${code}`)),
      expect.stringMatching(new RegExp(`^openGpu: this browser has no WebGPU ${code}`)),
      expect.stringMatching(new RegExp(`^depthwiseConv2d: x \\[1, 2, 3\\] ${code}`)),
      expect.stringMatching(new RegExp(`^parameterCount: inChannels 2\\.5 ${code}`)),
    ]);
  });

  test('the table of the package has the words of each code', async () => {
    const table = await readFile(join(folder, 'dist/errors.md'), 'utf8');
    for (const message of short) {
      const [code] = /\w{4}(?=\)$)/.exec(message)!;
      expect(table.split('\n').filter((row) => row.startsWith(`- \`${code}\` `))).toHaveLength(1);
    }
    expect(table).toContain(
      '{op}: memoryBudget is {show(memoryBudget)}; give the bytes that tensors may take, more than 0',
    );
  });

  test('one op carries no kernel that CPU adapters or the tuner alone want; where one is found it is loaded', async () => {
    const modules = [...(await modulesOf('ops/depthwise-conv2d.js', 'ops/conv2d.js', 'tensor/gpu.js'))];
    expect(modules.filter((name) => /depthwise-strip|conv2d-quad|pointwise-shared|winograd/.test(name))).toEqual([]);
    expect(modules).toContain('shaders/depthwise-tile.js');
    expect(await readFile(join(folder, 'dist/kernels/late.js'), 'utf8')).toMatch(/import\("\.\/for-cpu\.js"\)/);
    expect(await modulesOf('kernels/for-cpu.js')).toContain('shaders/depthwise-strip.js');
  });
});

test('in development an error has all its words, and no code', async () => {
  const [unknown, budget] = await messages(['development'], CALLS);
  expect(unknown).toMatch(/^openGpu: there is no option colour; the options are device, /);
  expect(budget).toBe('openGpu: memoryBudget is -7; give the bytes that tensors may take, more than 0');
});

test('in production a page computes, on a CPU adapter with the kernels that it loads for it', async () => {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', request.url === '/' ? 'text/html' : 'text/javascript');
    readFile(join(folder, request.url ?? '')).then(
      (file) => response.end(file),
      () => response.end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const seen = await page.evaluate(`(async () => {
      const { openGpu } = await import('/dist/tensor/gpu.js');
      const { depthwiseConv2d } = await import('/dist/ops/depthwise-conv2d.js');
      const { explain } = await import('/dist/ops/explain.js');
      const gpu = await openGpu();
      const ones = (...shape) => gpu.tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
      const y = depthwiseConv2d(ones(1, 8, 8, 4), ones(3, 3, 4, 1), { padding: 'same' });
      const values = await y.read();
      return { isFallback: gpu.isFallback, kernel: explain(y).steps[0].kernel, corner: values[0], inside: values[4 * 9] };
    })()`);
    const { isFallback } = seen as { readonly isFallback: boolean };
    expect(seen).toEqual({
      isFallback,
      kernel: isFallback ? 'depthwise/strip' : 'depthwise/tile',
      corner: 4,
      inside: 9,
    });
  } finally {
    await browser.close();
    server.close();
  }
});

/** The modules of the build that these modules import, directly or through others. Modules that are loaded later do not count. */
async function modulesOf(...names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set(names);
  for (const name of found) {
    const text = await readFile(join(folder, 'dist', name), 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export) .*from "(\.[^"]+)";$/gm)) {
      found.add(relative('.', join(dirname(name), from)));
    }
  }
  return found;
}
