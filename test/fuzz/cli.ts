/**
 * `npm run fuzz -- --n 20000 --seed 7`: test/browser/fuzz.test.ts for as long as you like.
 */
import { Command, Option } from 'commander';
import { startVitest } from 'vitest/node';

const { n, seed, project } = new Command()
  .name('npm run fuzz --')
  .description('Random convolutions against the float64 reference, in a headless browser.')
  .option('-n, --n <cases>', 'how many', '20000')
  .option('-s, --seed <number>', 'of the random cases; by default another one each time', String(Date.now() % 2 ** 31))
  .addOption(new Option('-p, --project <name>', 'the browser').choices(['browser', 'firefox']).default('browser'))
  .parse()
  .opts<{ readonly n: string; readonly seed: string; readonly project: string }>();

console.error(`fuzz: ${n} cases, seed ${seed}`);
// Vite hands what begins with VITE_ on to the page.
Object.assign(process.env, { VITE_FUZZ_N: n, VITE_FUZZ_SEED: seed });
const vitest = await startVitest('test', ['test/browser/fuzz'], { project: [project], watch: false });
await vitest.close();
