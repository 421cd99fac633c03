/**
 * Builds the pages of the demo as static files that work from any folder of any host. Addresses are relative. The models and the
 * WebAssembly of the other libraries are copied.
 */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { ROOT } from '../package/entries.ts';
import { shaders } from '../wgsl/plugin.ts';
import { isolation } from './isolation.ts';

const PAGES = ['index.html', 'faces/index.html', 'explain/index.html'];
/** The page that the benchmark opens for each library. */
const FRAMES = ['peers/frame.html'];

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
    plugins: [shaders(), isolation(FRAMES)],
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
        input: [...PAGES, ...FRAMES].map((page) => join(demo, page)),
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

/** LiteRT.js gets the address of a folder, and chooses the files for the browser itself. */
async function copyLiteRt(folder: string): Promise<void> {
  const from = join(ROOT, 'node_modules/@litertjs/core/wasm');
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(from)) await copyFile(join(from, file), join(folder, file));
}
