/**
 * The promises of the package as a whole: no dependencies, no network, no `eval`, and published shaders that lose only their
 * comments and layout.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Shader } from '../../src/kernels/shader';
import { specialize } from '../../src/kernels/specialize';
import { allKernels } from '../../src/tune/self-test';
import { stripWgsl } from '../../tools/wgsl/plugin';
import { FEATURES } from '../../vite.config.ts';

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true });
const shaders = import.meta.glob<Shader>('../../shaders/*.wgsl', { import: 'default', eager: true });

test('there is a test for each shader and each source', () => {
  const filesIn = (folder: string, end: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(end));
  expect(Object.keys(shaders)).toHaveLength(filesIn('shaders', '.wgsl').filter((file) => !/[\\/]/.test(file)).length);
  expect(Object.keys(sources)).toHaveLength(filesIn('src', '.ts').length);
});

test('a user installs this package and nothing else', () => {
  expect(packageJson).not.toHaveProperty('dependencies');
  // The package names the versions of the libraries that it works with, but all of them are optional, so an app that uses
  // none installs none.
  const optional = Object.entries(packageJson.peerDependenciesMeta).filter(([, meta]) => meta.optional);
  expect(optional.map(([name]) => name)).toEqual(Object.keys(packageJson.peerDependencies));
});

test('the lockfile names no host', () => {
  expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
});

test('every feature that a kernel needs is in a browser of the tests', () => {
  const needed = allKernels.flatMap(({ feature }) => feature ?? []);
  expect(Object.values(FEATURES).flat()).toEqual(expect.arrayContaining(needed));
});

test.for(Object.entries(sources))('%s makes no code from text and no request', ([file, source]) => {
  // Only this file may fetch: an app that passes the address of a model asks for the model's files.
  const fetches = file.endsWith('/load/download.ts');
  expect(source).not.toMatch(/\b(eval|Function|importScripts)\s*\(|\b(XMLHttpRequest|WebSocket)\b/);
  const code = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
  expect(/\bfetch\s*\(|\bglobalThis\.fetch\b|(=|\?\?|\|\|)\s*fetch\b/.test(code)).toBe(fetches);
});

describe('the shaders that are published', () => {
  test('lose comments and layout, keep the directive', () => {
    const source = '// a header\nfn f() {\n  // @unroll\n  for (;;) { // why\n  }\n\n}\n';
    expect(stripWgsl(source)).toBe('fn f() {\n// @unroll\nfor (;;) {\n}\n}');
  });

  test.for(Object.entries(shaders))('%s specialises to the program in its file', ([, shader]) => {
    const published = { ...shader, code: stripWgsl(shader.code) };
    expect(published.code.length).toBeLessThan(shader.code.length);
    expect(stripWgsl(specialize(published, {}))).toBe(stripWgsl(specialize(shader, {})));
  });
});
