/**
 * `npm run isa`: what the kernels compile to on AMD GPUs, and how long they should take there, without such a GPU. It is
 * optional: it needs a driver and a compiler that nothing else here needs, and reports if they are missing.
 */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { runnerImport } from 'vite';
import { installDawn } from '../dawn/dawn';
import { shaders } from '../wgsl/plugin';
import { DEVICES, FAMILIES, type Family } from './devices';
import type * as jobsModule from './jobs';
import { distinct, networkRows, networkTable } from './network-table';
import type * as networksModule from './networks';
import { readPeers } from './peers';
import { selftest } from './selftest';
import { simulateAll, type Dispatch, type Result } from './simulate';
import { findStack, MissingStack, type Stack } from './stack';
import { tableText } from './table';
import { findings, ranked, rowOf, type Row } from './work';

interface Options {
  readonly filter: string;
  readonly family: Family | 'both';
  readonly tiles: boolean;
  readonly json: boolean;
  readonly peers?: string;
  readonly networks?: string;
  readonly without?: string;
  readonly selftest: boolean;
}

const options: Options = new Command()
  .name('npm run isa --')
  .description("Compiles the library's kernels for AMD GPUs, runs the code in an emulator and models its time.")
  .option('-f, --filter <regex>', 'only layers whose family or name matches, such as "pw|dilation"', '')
  .addOption(new Option('--family <name>', 'RDNA2 or RDNA3').choices([...FAMILIES, 'both']).default('both'))
  .option(
    '-t, --tiles',
    "all tiles of each layer's kernel, and of those that only the tuner tries, the fastest first; * marks the default",
    false,
  )
  .option('--json', 'the rows as JSON instead of tables', false)
  .option(
    '--peers <dir>',
    "recorded kernels of other libraries instead of the layers, and this library's on the same shapes",
  )
  .option('-n, --networks <regex>', 'whole networks whose name matches instead of layers: dispatches, bytes, times')
  .option('--without <regex>', 'with --networks: kernels that are not chosen, such as "fused"')
  .option('--selftest', 'checks the emulator instead', false)
  .addHelpText(
    'after',
    '\nCounts and registers are exact for the compiler that is installed; times are a model that was never checked on' +
      '\nhardware: trust ratios of 2, and no difference under a quarter.',
  )
  .parse()
  .opts();

try {
  process.exitCode = await main(options);
} catch (error) {
  console.error(`isa: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof MissingStack ? 2 : 1;
}

async function main({
  filter,
  family,
  tiles,
  json,
  peers,
  networks,
  without,
  selftest: isSelftest,
}: Options): Promise<number> {
  const stack = findStack();
  if (isSelftest) return selftest(stack) === 0 ? 0 : 1;

  const families = family === 'both' ? FAMILIES : [family];
  if (networks !== undefined) return reportNetworks(stack, networks, without, families, json);

  const { jobs, others } = await load(filter, tiles, peers);
  const reports = families.map((name) => {
    const { driver, rows } = analyse(stack, [...jobs, ...others], name);
    const sorted = peers === undefined && !tiles ? rows : ranked(rows);
    return { family: name, device: DEVICES[name].name, driver, rows: sorted };
  });
  if (json) console.log(JSON.stringify(reports, undefined, 2));
  else for (const report of reports) print(report, peers === undefined);
  const failed = reports.flatMap(({ rows }) => rows).filter(({ error }) => error !== undefined);
  for (const { layer, kernel, tile, error } of failed) console.error(`isa: ${layer}, ${kernel} ${tile}: ${error}`);
  return failed.length === 0 ? 0 : 1;
}

/** A future row: one dispatch of ours, or all dispatches that another library needs. */
type Item = Omit<jobsModule.Job, 'dispatch' | 'check'> & {
  readonly dispatches: readonly Dispatch[];
  readonly check?: jobsModule.Job['check'];
};

async function load(filter: string, tiles: boolean, folder?: string): Promise<{ jobs: Item[]; others: Item[] }> {
  const module = await loaded<typeof jobsModule>('jobs.ts');
  const single = ({ dispatch, ...job }: jobsModule.Job): Item => ({ ...job, dispatches: [dispatch] });
  if (folder === undefined) return { jobs: module.layerJobs(filter, tiles).map(single), others: [] };

  const peers = readPeers(folder, filter);
  const layers = new Map(peers.map(({ layer }) => [layer.name, layer]));
  const ours = [...layers.values()].flatMap((layer) => module.jobsOf(layer, tiles).map(single));
  const others = peers.map(({ layer, framework, dispatches }): Item => {
    const { kernel: _kernel, check: _check, ...work } = single(module.jobsOf(layer, false)[0]);
    const kernel = dispatches.length > 1 ? `${framework}, ${dispatches.length} dispatches` : framework;
    return { ...work, kernel, tile: '', isDefault: false, dispatches };
  });
  return { jobs: ours, others };
}

/** A file of this folder, loaded by Vite, because the kernels import their shaders as Vite's `?raw`. */
async function loaded<T>(file: string): Promise<T> {
  const { module } = await runnerImport<T>(join(import.meta.dirname, file), {
    configFile: false,
    plugins: [shaders()],
    // As in vite.config.ts: the sources use `using`, which Node 20 cannot read.
    oxc: { target: 'es2022' },
    logLevel: 'error',
  });
  return module;
}

async function reportNetworks(
  stack: Stack,
  filter: string,
  without: string | undefined,
  families: readonly Family[],
  json: boolean,
): Promise<number> {
  await installDawn({ backend: 'null' });
  const jobs = await (await loaded<typeof networksModule>('networks.ts')).networkJobs(filter, without);
  const dispatches = distinct(jobs);
  const reports = families.map((family) => {
    const { driver, results } = simulateAll(stack, [...dispatches.values()], family, (result): Result =>
      'error' in result ? result : { ...result, contents: gone },
    );
    const byKey = new Map([...dispatches.keys()].map((key, i) => [key, results[i]]));
    return { family, device: DEVICES[family].name, driver, networks: networkRows(jobs, byKey) };
  });
  if (json) console.log(JSON.stringify(reports, undefined, 2));
  for (const { family, device, driver, networks } of json ? [] : reports) {
    console.log(`${family} (${device}), compiled by ${driver}`);
    console.log(networkTable(networks));
  }
  return 0;
}

function analyse(stack: Stack, items: readonly Item[], family: Family): { driver: string; rows: Row[] } {
  const owners = items.flatMap((item) => item.dispatches.map(() => item));
  const dispatches = items.flatMap((item) => item.dispatches);
  const { driver, results } = simulateAll(stack, dispatches, family, (result, i): Result => {
    if (process.stderr.isTTY) process.stderr.write(`\r${family} ${i + 1} of ${dispatches.length} `);
    if ('error' in result) return result;
    const mismatch = owners[i].check?.(result.contents);
    // The contents are left out, because they would keep every buffer of the run alive.
    const { statistics, totals, time } = result;
    return mismatch === undefined ? { statistics, totals, time, contents: gone } : { error: `WRONG: ${mismatch}` };
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  const rows = items.map((item) => {
    const own = results.filter((_, i) => owners[i] === item);
    return rowOf(item, own, family);
  });
  return { driver, rows };
}

function gone(): never {
  throw new Error('the buffers of a run are not kept');
}

function print(
  report: { family: Family; device: string; driver: string; rows: readonly Row[] },
  isOurs: boolean,
): void {
  console.log(`${report.family} (${report.device}), compiled by ${report.driver}`);
  console.log(tableText(report.rows));
  if (isOurs) for (const finding of findings(report.rows)) console.log(finding);
  console.log();
}
