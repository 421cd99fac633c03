/** Builds the code that a process of the bench runs: the page's own modules, as Node reads them. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { shaders } from '../../tools/wgsl/plugin';

const ROOT = resolve(import.meta.dirname, '../..');

export interface BuiltChild {
  /** The module to start. */
  readonly script: string;
  remove(): Promise<void>;
}

export async function buildChild(): Promise<BuiltChild> {
  // The output is within the project, so that packages are found from there.
  const parent = join(ROOT, 'demo-output');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'node-'));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    plugins: [shaders()],
    // The sources use `using`, which Node 20 cannot read.
    oxc: { target: 'es2022' },
    build: { ssr: 'demo/node/child.ts', outDir: folder, target: 'es2022', minify: false, emptyOutDir: false },
  });
  return { script: join(folder, 'child.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}
