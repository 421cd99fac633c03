/**
 * `npm run bench`: the benchmark page in a headless browser, or its run in Node; tables on stdout, progress on stderr. Fails if
 * a check fails or there is no adapter.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SupportedBrowser } from 'puppeteer';
import { runHost } from './cli/host';
import { installModelsOf, runInstall } from './cli/install';
import { runNode } from './cli/node';
import { runPage, type PageOptions, type PageResult } from './cli/page';
import { showProgress } from './cli/progress';
import { tableText } from './cli/table';
import { missingLibraries } from './failures';
import { hostNote, hostTable } from './host/figures';
import { hostRowsOf } from './host/selection';
import { INSTALL_NOTE, installTable } from './install/table';
import type { Report } from './report';
import { remarksOf } from './result/remarks';
import { sampleOf } from './sample/parameters';

interface Options {
  readonly filter: string;
  readonly json?: string | true;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly png: string;
  readonly browser: SupportedBrowser;
  readonly against?: string;
  readonly sample?: string;
  readonly seed?: string;
  readonly runtime: 'browser' | 'node';
  readonly adapter?: string;
  readonly patience?: number;
}

const options: Options = new Command()
  .name('npm run bench --')
  .description('Measures and checks layers and whole networks, as the benchmark page does, in a headless browser.')
  .option(
    '-f, --filter <regex>',
    'only what matches by family or name, such as "pw|dilation"; "network" is all networks, "model" all models, "host" what calls cost the page, "install" models under TensorFlow.js',
    '',
  )
  .option('-q, --quick', 'a subset of the layers, fewer rounds', false)
  .option('-p, --peers', 'beside TensorFlow.js, ONNX Runtime Web, jax-js and LiteRT.js, as ratios', false)
  .option('--sample <n>', 'so many layers drawn by chance from 17 families of networks, and not the list')
  .option('--seed <n>', 'with --sample: draws the layers of that run again; it is printed')
  .option('--against <ref>', 'with --filter host: this tree beside that commit, both built, in turns, as a ratio')
  .option('--json [file]', 'the full report as JSON: into a file beside the table, or on stdout instead of it')
  .option('--png <file>', 'where the final picture goes', 'demo-output/photo.png')
  .addOption(
    new Option('--browser <name>', 'chrome or firefox')
      .choices(['chrome', 'firefox'])
      .default('chrome')
      .env('DEPTHWISE_BROWSER'),
  )
  .addOption(
    new Option('--runtime <name>', "browser, or node: on Dawn, the npm package webgpu, with the GPU's unrounded clock")
      .choices(['browser', 'node'])
      .default('browser'),
  )
  .option('--adapter <name>', 'with --runtime node: the adapter whose name contains this')
  .option('--patience <seconds>', 'with --runtime node: how long a library may say nothing before it is ended', seconds)
  .addHelpText(
    'after',
    '\nPUPPETEER_EXECUTABLE_PATH names another Chromium, DEPTHWISE_FIREFOX_PATH another Firefox, DEPTHWISE_ADAPTER=hardware\n' +
      'measures the real GPU. With --runtime node it is the first GPU that Dawn finds; VK_DRIVER_FILES names the file of another\n' +
      'Vulkan driver, such as /usr/lib/chromium/vk_swiftshader_icd.json, which computes on the CPU.',
  )
  .parse()
  .opts();

try {
  const rows = hostRowsOf(options.filter);
  const models = installModelsOf(options.filter);
  checkRuntime(options, rows ?? models);
  if (models !== undefined) process.exitCode = await installMain(models, options);
  else process.exitCode = rows === undefined ? await main(options) : await hostMain(rows, options);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** @throws if an option belongs to the other runtime, or a filter asks for something that only a page has */
function checkRuntime({ runtime, adapter, patience, filter }: Options, pageOnly: readonly string[] | undefined): void {
  if (runtime === 'node') {
    if (pageOnly === undefined) return;
    throw new Error(`--filter ${filter} measures a page; leave --runtime node out, or ask for layers and networks`);
  }
  if (adapter !== undefined) throw new Error('--adapter is for --runtime node; a browser chooses its adapter itself');
  if (patience !== undefined) throw new Error('--patience is for --runtime node');
}

async function main(told: Options): Promise<number> {
  const { filter, json, quick, peers, png, against } = told;
  if (against !== undefined) throw new Error(`--against ${against} compares host time alone; add --filter host`);
  const sample = sampleOf(told);
  if (sample !== undefined) console.error(`bench: --sample ${sample.count} --seed ${sample.seed}`);
  const tell = showProgress();
  let last: Report | undefined;
  const onReport = (latest: Report): void => tell((last = latest));
  const { report, tables, picture } = await runOn(told, { filter, quick, peers, sample, onReport }).catch(
    async (error: unknown) => {
      // If the page fails, hours of figures must not be lost with it.
      if (typeof json === 'string' && last !== undefined) await save(json, `${JSON.stringify(last, undefined, 2)}\n`);
      throw error;
    },
  );

  const text = JSON.stringify(report, undefined, 2);
  if (typeof json === 'string') await save(json, `${text}\n`);
  if (picture !== undefined) await save(png, picture);
  if (json === true) console.log(text);
  else if (tables !== '') console.log([tables, ...remarksOf(report)].join('\n'));

  const missing = missingLibraries(report);
  for (const error of [...report.errors, ...missing]) console.error(`bench: ${error}`);
  for (const { layer, method, error } of report.rows.filter((row) => !row.ok)) {
    console.error(`bench: ${layer} ${method}: ${error ?? 'the result is wrong'}`);
  }
  if (report.photo?.ok === false) console.error('bench: the photograph differs from the float64 loops');
  console.error(
    `bench: ${report.status}${report.environment === undefined ? '' : ` on ${report.environment.adapter}`}`,
  );
  return report.status === 'passed' && missing.length === 0 ? 0 : 1;
}

/** In a headless browser, or in Node processes. */
async function runOn(
  { runtime, adapter, patience, browser }: Options,
  asked: Omit<PageOptions, 'browser'>,
): Promise<PageResult> {
  return runtime === 'node' ? runNode({ ...asked, adapter, patience }) : runPage({ ...asked, browser });
}

async function hostMain(rows: readonly string[], { json, quick, peers, browser, against }: Options): Promise<number> {
  if (peers) throw new Error('--peers is for layers, networks and models; leave it out, or the filter');
  const report = await runHost({ browser, rows, quick, against, onProgress: (line) => console.error(line) });

  const text = JSON.stringify(report, undefined, 2);
  if (typeof json === 'string') await save(json, `${text}\n`);
  if (json === true) console.log(text);
  else console.log(`${tableText(hostTable(report.rows, report.against))}\n${hostNote(report.against !== undefined)}`);

  for (const error of report.errors) console.error(`bench: ${error}`);
  return report.errors.length === 0 ? 0 : 1;
}

async function installMain(names: readonly string[], { json, quick, browser }: Options): Promise<number> {
  const report = await runInstall({ browser, names, quick, onProgress: (line) => console.error(line) });

  const text = JSON.stringify(report, undefined, 2);
  if (typeof json === 'string') await save(json, `${text}\n`);
  if (json === true) console.log(text);
  else console.log(`${tableText(installTable(report.races))}\n${INSTALL_NOTE}`);

  for (const error of report.errors) console.error(`bench: ${error}`);
  return report.errors.length === 0 ? 0 : 1;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new InvalidArgumentError(`${text} is no number of seconds`);
}

async function save(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  console.error(`bench: wrote ${file}`);
}
