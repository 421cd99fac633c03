/**
 * `npm run fuzz -- --n 20000 --seed 7` runs test/browser/fuzz.test.ts for as long as you like. `--networks 3000` runs
 * test/browser/compile-random.test.ts, `--files 5000` runs test/browser/fuzz-files.test.ts, and `--peers 5000` runs
 * test/browser/fuzz-peers.test.ts.
 */
import { Command, Option } from 'commander';
import { startVitest } from 'vitest/node';

const { n, networks, files, peers, seed, project, quickStart } = new Command()
  .name('npm run fuzz --')
  .description('Random convolutions against the float64 reference, in a headless browser.')
  .option('-n, --n <cases>', 'how many', '20000')
  .option(
    '--networks <count>',
    'instead so many random networks: call by call, as programs, and fused; each has its seed',
  )
  .option('--files <count>', 'instead so many damaged files of models; each has its seed')
  .option('--peers <count>', 'instead so many calls against TensorFlow.js and ONNX Runtime on the CPU')
  .option('-s, --seed <number>', 'of the random cases; by default another one each time', String(Date.now() % 2 ** 31))
  .option('--quick-start', 'run first calls by stand-ins, as apps do, where the chosen program is still being compiled')
  .addOption(new Option('-p, --project <name>', 'the browser').choices(['browser', 'firefox']).default('browser'))
  .parse()
  .opts<{
    readonly n: string;
    readonly networks?: string;
    readonly files?: string;
    readonly peers?: string;
    readonly seed: string;
    readonly project: string;
    readonly quickStart?: true;
  }>();

/** Messages that the other libraries print for each model. */
const ADVICE = /^This model execution did not contain|VerifyOutputSizes/;

const runs = [
  [peers, 'calls against other libraries', 'VITE_FUZZ_PEERS', 'test/browser/fuzz-peers'],
  [files, 'files', 'VITE_FUZZ_FILES', 'test/browser/fuzz-files'],
  [networks, 'networks', 'VITE_FUZZ_NETWORKS', 'test/browser/compile-random'],
  [n, 'cases', 'VITE_FUZZ_N', 'test/browser/fuzz.test'],
] as const;
const [count, what, variable, file] = runs.find(([given]) => given !== undefined) ?? runs[3];
console.error(`fuzz: ${count} ${what}, seed ${seed}`);
// Vite passes variables that begin with VITE_ on to the page.
Object.assign(process.env, {
  [variable]: count,
  VITE_FUZZ_SEED: seed,
  ...(quickStart && { VITE_FUZZ_QUICK_START: '1' }),
});
const vitest = await startVitest('test', [file], {
  project: [project],
  watch: false,
  onConsoleLog: (text) => !ADVICE.test(text),
});
await vitest.close();
