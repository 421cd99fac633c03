/**
 * `npm run soak -- --calls 20000`: the soak test with more calls, and its figures as a table.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';

function count(text: string): number {
  const calls = Number(text);
  if (!Number.isSafeInteger(calls) || calls < 10) throw new InvalidArgumentError('give a whole number of at least 10');
  return calls;
}

const { calls } = new Command('npm run soak --')
  .description('Makes mixed calls of random sizes in a browser, and fails if they leave anything behind.')
  .option('--calls <n>', 'how many', count, 20_000)
  .parse()
  .opts<{ readonly calls: number }>();

// Vite passes environment variables with this prefix to a page.
const env = { ...process.env, VITE_SOAK_CALLS: String(calls) };
const options = ['run', '--project', 'browser', 'test/browser/soak.test.ts'];
const { status } = spawnSync('npx', ['vitest', ...options], {
  stdio: 'inherit',
  env,
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
