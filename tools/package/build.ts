/**
 * Builds the package into dist/: the modules for production and for development, the types, and single files for a page
 * without a bundler.
 */
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { shortErrors } from '../errors/plugin.ts';
import { shaders } from '../wgsl/plugin.ts';
import { ENTRIES, PEERS, ROOT } from './entries.ts';

/** Both as vite.config.ts says. */
async function buildModules(): Promise<void> {
  for (const mode of ['production', 'development']) await build({ root: ROOT, mode, logLevel: 'warn' });
}

/** What two entries have in common is declared once: a class that was declared twice would be two types. */
async function buildTypes(): Promise<void> {
  const bundle = await rollup({
    input: ENTRIES.map((name) => `${ROOT}/src/${name}.ts`),
    external: PEERS,
    plugins: [dts({ tsconfig: `${ROOT}/src/tsconfig.json` })],
  });
  await bundle.write({ dir: `${ROOT}/dist`, entryFileNames: '[name].d.ts', chunkFileNames: 'shared.d.ts' });
}

/** All of the main entry in one file: a module, and a script that makes the global `depthwise`. */
async function buildSingleFiles(): Promise<void> {
  const output: Rolldown.OutputOptions = { codeSplitting: false, minify: true };
  const config = (format: 'es' | 'iife', fileName: string): InlineConfig => ({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    mode: 'production',
    plugins: [shaders(), shortErrors()],
    build: {
      lib: { entry: 'src/index.ts', formats: [format], name: 'depthwise', fileName: () => fileName },
      emptyOutDir: false,
      target: 'es2022',
      rolldownOptions: { output },
    },
  });
  await build(config('es', 'depthwise.min.js'));
  await build(config('iife', 'depthwise.iife.min.js'));
}

await buildModules();
await buildTypes();
await buildSingleFiles();
