import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { SupportedBrowser } from 'puppeteer';
import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
  type ViteUserConfigFnObject,
} from 'vitest/config';
import { LongestFirst } from './test/harness/longest-first.ts';
import { puppeteerProvider } from './test/harness/puppeteer-provider.ts';
import { shortErrors } from './tools/errors/plugin.ts';
import { dropBareImports } from './tools/package/bare-imports.ts';
import { ENTRIES, PEERS } from './tools/package/entries.ts';
import { serveShipped } from './tools/site/shipped.ts';
import { shaders } from './tools/wgsl/plugin.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly features: readonly GPUFeatureName[];
    readonly refusesLargest: boolean;
  }
}

/**
 * What the adapter must have in each browser of the tests. A kernel is only run where its feature is; elsewhere the tests
 * see that nobody uses it.
 */
export const FEATURES: Readonly<Record<SupportedBrowser, readonly GPUFeatureName[]>> = {
  chrome: ['subgroups', 'timestamp-query'],
  firefox: ['shader-f16', 'timestamp-query'],
};

/**
 * Whether the adapter must refuse the largest buffer that it says it has: SwiftShader has no 1 GiB in one piece, and says so at
 * once; Mesa gives whatever it is asked for, and runs out later.
 */
const REFUSES_LARGEST: Readonly<Record<SupportedBrowser, boolean>> = { chrome: true, firefox: false };

/** A loaded machine takes many times as long as a quiet one; what hangs, hangs longer. */
const PATIENCE_MS = 600_000;

/** The tests that need WebGPU, in a browser. */
function inBrowser(name: string, browser: SupportedBrowser): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: ['test/browser/**/*.test.ts'],
      // A page runs many files. Most of their time goes into compiling programs, of which many files want the same.
      isolate: false,
      provide: { features: FEATURES[browser], refusesLargest: REFUSES_LARGEST[browser] },
      browser: {
        enabled: true,
        headless: true,
        provider: puppeteerProvider(),
        instances: [{ browser }],
        api: { host: '127.0.0.1' },
        connectTimeout: PATIENCE_MS / 2,
        // A picture of an empty test page explains nothing about a kernel.
        screenshotFailures: false,
      },
    },
  };
}

const config: ViteUserConfigFnObject = defineConfig(({ mode }): ViteUserConfig => ({
  // Pages that exist are served; an unknown address is a 404 instead of the demo's first page.
  appType: 'mpa',
  plugins: [
    shaders(),
    serveShipped(),
    dropBareImports(),
    ...(mode === 'production' ? [shortErrors()] : []),
  ],
  // The sources say `using`, which not every browser with WebGPU reads yet.
  oxc: { target: 'es2022' },
  server: {
    host: '127.0.0.1',
    // `npm start` serves demo/ at the root, and demo/ imports ../src as a user imports the package.
    // Packages too, which are elsewhere where node_modules is a link, as in a git worktree.
    fs: { allow: [import.meta.dirname, realpathSync(`${import.meta.dirname}/node_modules`)] },
    // A page that is cross-origin isolated gets a clock of 5 us instead of 100 us: the benchmark needs it.
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  // `vite build` is what an app carries; with `--mode development` it is the same with the whole text of every error.
  build: {
    lib: { entry: ENTRIES.map((name) => `src/${name}.ts`), formats: ['es'] },
    outDir: mode === 'production' ? 'dist' : 'dist/development',
    target: 'es2022',
    // The consumer's bundler minifies, and better when it sees the whole program; readable code is debuggable code.
    minify: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      external: PEERS,
      // One output module per source module: with `sideEffects: false` an op that nobody imports is dropped whole, and what
      // two entries have in common is one module.
      output: {
        preserveModules: true,
        preserveModulesRoot: 'src',
        entryFileNames: '[name].js',
        // Who reads on from an editor reads the build for development.
        comments: { jsdoc: mode !== 'production' },
      },
    },
  },
  test: {
    sequence: { sequencer: LongestFirst },
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS / 10 } },
    // A compiler of shaders keeps one core busy, and a software adapter is idle meanwhile: two browsers take half the time of
    // one. More than four would want more memory than small machines have.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    projects: [
      { extends: true, test: { name: 'node', include: ['test/node/**/*.test.ts'] } },
      // What users install: it is built first, and apps with it. One file after the other, since each builds and opens a browser.
      { extends: true, test: { name: 'package', include: ['test/package/**/*.test.ts'], fileParallelism: false } },
      inBrowser('browser', 'chrome'),
      // The same tests by a second compiler (naga) on a second driver (lavapipe).
      inBrowser('firefox', 'firefox'),
    ],
  },
}));

export default config;
