/**
 * Builds the pages of the demo as static files that work from any folder of any host. Addresses are relative. The models and the
 * WebAssembly of the other libraries are copied.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { ROOT } from '../package/entries.ts';
import { shaders } from '../wgsl/plugin.ts';
import { isolation } from './isolation.ts';
import { FRAME, liteRtFiles, writeShipped } from './shipped.ts';

const PAGES = ['index.html', 'faces/index.html', 'explain/index.html'];

/** Files that keep their names, because others look for them by name. */
const NAMED: readonly (readonly [file: RegExp, folder: string])[] = [
  [/human\/models\/[^/]+$/, 'models'],
  [/@litertjs\/core\/wasm\/[^/]+$/, 'litert'],
];

/** @param outDir is emptied first */
export async function buildSite(outDir: string): Promise<void> {
  const demo = join(ROOT, 'demo');
  await build({
    root: demo,
    configFile: false,
    // Relative to the page, wherever it is.
    base: './',
    logLevel: 'warn',
    plugins: [shaders(), isolation([FRAME]), writeShipped()],
    // The sources use `using`, which not every browser with WebGPU can read yet.
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // A small model must stay a file, because a script would load it together with the page.
      assetsInlineLimit: 0,
      // The other libraries are large, and are loaded only for a comparison.
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: {
        input: [...PAGES, FRAME].map((page) => join(demo, page)),
        output: { assetFileNames },
        checks: { pluginTimings: false },
      },
    },
  });
  await copyLiteRt(join(outDir, 'assets/litert'));
}

function assetFileNames({ originalFileNames }: Rolldown.PreRenderedAsset): string {
  const folder = NAMED.find(([file]) => originalFileNames.some((name) => file.test(name)))?.[1];
  return folder === undefined ? 'assets/[name]-[hash][extname]' : `assets/${folder}/[name][extname]`;
}

async function copyLiteRt(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of await liteRtFiles()) await copyFile(file, join(folder, basename(file)));
}
