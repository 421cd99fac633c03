/**
 * The folders of examples/ as separate apps: outside the repository, with the package as npm would publish it.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { preview } from 'vite';

const ROOT = resolve(import.meta.dirname, '../..');

/** The apps, and the package that they use. */
export interface ExampleApps {
  /** The package's own folder. */
  readonly packed: string;
  /**
   * Builds an app as its package.json says, and serves the output.
   *
   * @param next another app, which is built meanwhile
   */
  readonly serve: (
    name: string,
    next?: string,
  ) => Promise<{ readonly url: string; readonly close: () => Promise<void> }>;
  readonly remove: () => Promise<void>;
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Packs the package, and makes a folder for the apps. */
export async function exampleApps(): Promise<ExampleApps> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'depthwise-examples-')));
  const packed = join(folder, 'node_modules/depthwise');
  mkdirSync(packed, { recursive: true });
  await run(ROOT, 'npm', ['pack', '--pack-destination', folder]);
  const { version } = readManifest(ROOT);
  await run(folder, 'tar', ['-xzf', `depthwise-${version}.tgz`, '--strip-components=1', '-C', packed]);
  // Its declarations name the types of the libraries that it joins.
  for (const name of Object.keys(readManifest(packed).peerDependencies ?? {})) link(name, folder);

  const outputs = new Map<string, Promise<string>>();
  function outputOf(name: string): Promise<string> {
    const output = outputs.get(name) ?? build(join(folder, name), packed);
    outputs.set(name, output);
    // The test of this app reports the error.
    output.catch(() => {});
    return output;
  }

  async function serve(name: string, next?: string): Promise<{ url: string; close: () => Promise<void> }> {
    const outDir = await outputOf(name);
    if (next !== undefined) void outputOf(next);
    const server = await preview({
      root: join(folder, name),
      configFile: false,
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
      logLevel: 'error',
    });
    return { url: server.resolvedUrls!.local[0], close: () => server.close() };
  }

  async function remove(): Promise<void> {
    await Promise.allSettled(outputs.values());
    rmSync(folder, { recursive: true });
  }

  return { packed, serve, remove };
}

/**
 * Copies and builds an app.
 * @returns the folder within the app to serve
 */
async function build(app: string, packed: string): Promise<string> {
  cpSync(join(ROOT, 'examples', basename(app)), app, { recursive: true });
  const { scripts, dependencies, devDependencies } = readManifest(app);
  // Nothing else is installed, so that an import missing from package.json is not found.
  for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
    if (dependency === 'depthwise') linkTo(packed, join(app, 'node_modules/depthwise'));
    else link(dependency, app);
  }
  if (scripts.build === undefined) return '.';
  await run(app, 'npm', ['run', 'build', '--silent']);
  return 'dist';
}

function readManifest(folder: string): Manifest & { readonly version: string } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** A package from this repository's own node_modules, because the tests reach no network. */
function link(name: string, folder: string): void {
  const installed = join(ROOT, 'node_modules', name);
  if (!existsSync(installed))
    throw new Error(`${name} is not installed; add it to the devDependencies of package.json`);
  linkTo(realpathSync(installed), join(folder, 'node_modules', name));
}

function linkTo(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, 'junction');
}

async function run(cwd: string, command: string, parameters: readonly string[]): Promise<void> {
  const PATH = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  await new Promise<void>((done, reject) => {
    const options = { cwd, env: { ...process.env, PATH }, maxBuffer: 2 ** 26 };
    execFile(command, parameters, options, (error, stdout, stderr) => {
      if (error === null) return done();
      const said = `${stdout}${stderr}`.slice(0, 4000);
      return reject(new Error(`${command} ${parameters.join(' ')} in ${cwd} failed:\n${said}`));
    });
  });
}
