/**
 * Builds the package into dist/: the modules for production and for development, the types, and single files for a page
 * without a bundler.
 */
import { build, type InlineConfig, type Rolldown } from 'vite';
import { shortErrors } from '../errors/plugin.ts';
import { shaders } from '../wgsl/plugin.ts';
import { ROOT } from './entries.ts';
import { buildTypes } from './types.ts';

/** Both are the same as in vite.config.ts. */
async function buildModules(): Promise<void> {
  for (const mode of ['production', 'development']) await build({ root: ROOT, mode, logLevel: 'warn' });
}

/** The whole main entry in one file: a module, and a script that defines the global `depthwise`. */
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
      rolldownOptions: { output, checks: { pluginTimings: false } },
    },
  });
  await build(config('es', 'depthwise.min.js'));
  await build(config('iife', 'depthwise.iife.min.js'));
}

await buildModules();
await buildTypes(`${ROOT}/dist`);
await buildSingleFiles();
