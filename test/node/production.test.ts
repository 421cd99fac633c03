/**
 * The build that apps carry in production: its errors are short, but name the function, the argument and the numbers, and have a
 * code by which the package's table tells the rest. The build for development has all of it in the error.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTo, messagesOf } from '../../tools/errors/plugin';
import type { Shortened } from '../../tools/errors/shorten';
import { ROOT } from '../../tools/package/entries';

const run = promisify(execFile);

/** A folder with the package as it is published, as far as it is needed. */
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

/** The messages of these calls in an app whose bundler, here Node, takes one of the builds. */
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

  test('one op carries no kernel that CPU adapters alone want; where one is found it is loaded', async () => {
    const modules = [...(await modulesOf('ops/depthwise-conv2d.js', 'ops/conv2d.js', 'tensor/gpu.js'))];
    expect(modules.filter((name) => /depthwise-strip|pointwise-quad/.test(name))).toEqual([]);
    expect(modules).toContain('shaders/depthwise-tile.js');
    expect(await readFile(join(folder, 'dist/gpu/open.js'), 'utf8')).toMatch(/import\("\.\.\/kernels\/for-cpu\.js"\)/);
    expect(await modulesOf('kernels/for-cpu.js')).toContain('shaders/depthwise-strip.js');
  });
});

test('in development an error has all its words, and no code', async () => {
  const [unknown, budget] = await messages(['development'], CALLS);
  expect(unknown).toMatch(/^openGpu: there is no option colour; the options are device, /);
  expect(budget).toBe('openGpu: memoryBudget is -7; give the bytes that tensors may take, more than 0');
});

/** What modules of the build import, and what those do; not what they load later. */
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

describe('a message', () => {
  const short = (message: string): string => messagesOf(`check(x, () => ${message});`, 'a.ts')[0].code;
  const cases: readonly (readonly [message: string, short: string])[] = [
    // The numbers that the remedy repeats are there once; what it lists is left to the table.
    ['`${op}: filter ${f} is for ${m} channels but x has ${n}; give ${n} or ${m}`', '${op}: filter ${f} ${m} ${n}'],
    ['`${op}: method is ${show(m)}; it is one of ${METHODS.join(", ")}`', '${op}: method ${show(m)}'],
    ['`${op}: ${name} is ${show(v)} but must be ${least}`', '${op}: ${name} ${show(v)} ${least}'],
    // Neither an article nor a verb names an argument; but matMul has an argument `a`.
    ['`${op}: the input has rank ${r}; reshape it`', '${op}: input ${r}'],
    ['`${op}: a ${shape} has ${n} columns`', '${op}: a ${shape} ${n}'],
    ['`${op}: there is no option ${name}`', '${op}: ${name}'],
    // With nothing filled in, the words are all there is.
    ['"gpu.read: the device is gone; open a new one"', 'gpu.read: the device is gone'],
    ['`${op}: tensors[${i}] is ${shape}`', '${op}: tensors[${i}] ${shape}'],
    ['`${op}: usage is 0x${bits} without STORAGE (0x80)`', '${op}: usage 0x${bits}'],
    ['`${op}: x is ${a}` + (a === b ? "" : ` to ${b}`)', '${op}: x ${a}${a === b ? `` : ` ${b}`}'],
    ['`${what} is ${show(v)}; ${v ? "say so" : "say no"}`', '${what} ${show(v)}'],
  ];

  test.for(cases)('%s', ([message, wanted]) => {
    expect(short(message)).toMatch(/ \(depthwise error [0-9a-z]{4}\)`$/);
    expect(short(message).replace(/^`| \(depthwise error .*/g, '')).toBe(wanted);
  });

  test('is found in a check, a fail, an Error, both branches, and the function that makes it', () => {
    const code = `
      function words(n) { return \`f: a is \${n}\`; }
      check(ok, () => words(1));
      fail('f: b is wrong');
      throw new TypeError(late ? 'f: c is late' : \`f: d is \${n}\`);
      console.log('f: e is no error');`;
    expect(messagesOf(code, 'a.ts').map(({ words }) => words)).toEqual([
      'f: a is {n}',
      'f: b is wrong',
      'f: c is late',
      'f: d is {n}',
    ]);
  });

  test('has a code that its words alone decide, and no two messages share one', () => {
    const [one] = messagesOf('fail(`f: x is ${a}`)', 'a.ts');
    const [renamed] = messagesOf('fail(`f: x is ${b.c}`)', 'b.ts');
    const [other] = messagesOf('fail(`f: y is ${a}`)', 'a.ts');
    expect(renamed.key).toBe(one.key);
    expect(other.key).not.toBe(one.key);
    const table = new Map<string, Shortened>();
    addTo(table, one);
    expect(() => addTo(table, renamed)).not.toThrow();
    expect(() => addTo(table, { ...other, key: one.key })).toThrow(`two errors have the code ${one.key}`);
  });
});
