/**
 * Weighs what a page fetches for each library that the benchmark compares. The site has the figures in a file; the development
 * server builds the same bundle when it is first asked for that file.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build, type Plugin, type Rolldown } from 'vite';
import { SHIPPED_FILE, type Shipped } from '../../demo/peers/shipped.ts';
import type { ContenderName } from '../../demo/peers/strategy.ts';
import { ROOT } from '../package/entries.ts';
import { shaders } from '../wgsl/plugin.ts';

/** The page of the frames, from the root of the demo. */
export const FRAME = 'peers/frame.html';

const ADDRESS = `${dirname(FRAME)}/${SHIPPED_FILE}`;

/** The module that the frame loads for each library. */
const MODULES: Readonly<Record<ContenderName, string>> = {
  ours: 'ours',
  eager: 'eager',
  tfjs: 'tfjs',
  ort: 'onnxruntime',
  'ort-nhwc': 'onnxruntime',
  'jax-js': 'jax-js',
  litert: 'litert',
};

type Bundle = Rolldown.OutputBundle;

/** Writes the file into the site. */
export function writeShipped(): Plugin {
  return {
    name: 'depthwise:write-shipped',
    apply: 'build',
    async generateBundle(_, bundle) {
      this.emitFile({ type: 'asset', fileName: ADDRESS, source: JSON.stringify(await weigh(bundle)) });
    },
  };
}

/** Serves the file. */
export function serveShipped(): Plugin {
  let weighed: Promise<Shipped> | undefined;
  return {
    name: 'depthwise:serve-shipped',
    apply: 'serve',
    configureServer({ middlewares, watcher }) {
      watcher.on('change', () => (weighed = undefined));
      middlewares.use(`/${ADDRESS}`, (_, response, next) => {
        weighed ??= shippedNow();
        weighed.then((figures) => {
          response.setHeader('Content-Type', 'application/json');
          response.end(JSON.stringify(figures));
        }, next);
      });
    },
  };
}

/** Builds the frame and weighs it. Nothing is written. */
export async function shippedNow(): Promise<Shipped> {
  const demo = join(ROOT, 'demo');
  const { output } = (await build({
    root: demo,
    configFile: false,
    logLevel: 'error',
    plugins: [shaders()],
    build: {
      write: false,
      target: 'es2022',
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: { input: join(demo, FRAME), checks: { pluginTimings: false } },
    },
  })) as Rolldown.RolldownOutput;
  return weigh(Object.fromEntries(output.map((file) => [file.fileName, file])));
}

async function weigh(bundle: Bundle): Promise<Shipped> {
  const scripts = Object.entries(MODULES).map(
    async ([name, module]) => [name, await sum(scriptsOf(bundle, `${dirname(FRAME)}/${module}.ts`))] as const,
  );
  return { scripts: Object.fromEntries(await Promise.all(scripts)), files: await filesOf(bundle) };
}

/** The chunks of the frame and of a library, also those that it loads later. */
function scriptsOf(bundle: Bundle, module: string): readonly string[] {
  const ofModule = (path: string): Rolldown.OutputChunk => {
    const found = Object.values(bundle).find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(path));
    if (found?.type !== 'chunk') throw new Error(`the bundle has no chunk of ${path}`);
    return found;
  };
  const frame = ofModule(FRAME);
  const found = new Set<Rolldown.OutputChunk>();
  const add = (chunk: Rolldown.OutputChunk): void => {
    if (found.has(chunk)) return;
    found.add(chunk);
    // The frame would load every library.
    const later = chunk === frame ? [] : chunk.dynamicImports;
    for (const name of [...chunk.imports, ...later]) {
      const next = bundle[name];
      if (next?.type === 'chunk') add(next);
    }
  };
  add(frame);
  add(ofModule(module));
  return [...found].map(({ code }) => code);
}

/** WebAssembly, and the folder from which LiteRT.js chooses what the browser can run. */
async function filesOf(bundle: Bundle): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {};
  for (const file of Object.values(bundle)) {
    if (file.type !== 'asset' || !file.fileName.endsWith('.wasm')) continue;
    const bytes = await compressed(file.source);
    // The site adds a hash to the name, which a development server does not.
    for (const name of [file.fileName, ...file.originalFileNames]) figures[basename(name)] = bytes;
  }
  for (const path of await liteRtFiles()) figures[basename(path)] = await compressed(await readFile(path));
  return figures;
}

/** LiteRT.js gets the address of a folder, and chooses the files for the browser itself. */
export async function liteRtFiles(): Promise<readonly string[]> {
  const folder = dirname(createRequire(import.meta.url).resolve('@litertjs/core/wasm/litert_wasm_internal.js'));
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function sum(scripts: readonly string[]): Promise<number> {
  const sizes = await Promise.all(scripts.map(compressed));
  return sizes.reduce((a, b) => a + b, 0);
}

async function compressed(data: string | Uint8Array): Promise<number> {
  return (await promisify(gzip)(data)).length;
}
