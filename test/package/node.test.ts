/**
 * The library and the benchmark in Node, on Dawn. They compute on SwiftShader, so that results do not depend on the machine.
 * Without SwiftShader or Dawn they fail, and say what to install.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../demo/report';
import { ROOT } from '../../tools/package/entries';
import { onlySwiftShader } from '../harness/find-swiftshader';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'depthwise-node-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs a module of the project in a new process. */
async function start(
  module: string,
  parameters: readonly string[],
  environment?: Record<string, string>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number }> {
  const options = {
    cwd: ROOT,
    env: { ...process.env, XDG_RUNTIME_DIR: folder, ...(environment ?? (await onlySwiftShader())) },
    maxBuffer: 2 ** 26,
  };
  try {
    return { ...(await run(process.execPath, ['--import', 'tsx', module, ...parameters], options)), code: 0 };
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as ExecFileException;
    return { stdout, stderr, code: typeof code === 'number' ? code : 1 };
  }
}

test('the package that was built computes in Node, on Dawn', async () => {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const options = ['build', '--logLevel', 'error', '--outDir', join(folder, 'dist'), '--emptyOutDir'];
  await run(process.execPath, [vite, ...options], { cwd: ROOT, env: { ...process.env, NODE_ENV: 'production' } });
  const { stdout, stderr, code } = await start('test/support/node-app.ts', [folder]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^depthwiseConv2d: 12 21 16 .*\nrecord: .*\nwrap: .*\nprofile: by .*\ntune: .*\nok\n$/s);
});

/** The smallest layer of MobileNetV1. */
const LAYER = '^MobileNetV1 depthwise 3x3 dw13 ';

describe('npm run bench -- --runtime node', () => {
  const bench = (parameters: readonly string[], environment?: Record<string, string>): ReturnType<typeof start> =>
    start('demo/bench-cli.ts', ['--runtime', 'node', '--quick', '--filter', LAYER, ...parameters], environment);

  test('checks a layer, times it by both clocks, and says how near it is to what the device gives', async () => {
    const file = join(folder, 'report.json');
    const { stdout, stderr, code } = await bench(['--json', file]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/multiply-adds in float32 .* GFLOP\/s/);
    expect(stdout).toMatch(/dw13 7x7x1024 .* ok, all 50176 /);
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    expect(report.environment?.browser).toMatch(/^Node \d+.* on \w+ \w+, Dawn \(webgpu \d/);
    expect(report.environment?.driver).toMatch(/\w/);
    expect(report.environment?.date).toMatch(/^20\d\d-/);
    expect(report.peaks?.copies.length).toBeGreaterThan(3);
    const [{ ok, bound, result }] = report.rows;
    expect(ok).toBe(true);
    expect(result?.ms).toBeGreaterThan(0);
    expect(result?.gpuMs).toBeGreaterThan(0);
    expect(bound?.ms).toBeGreaterThan(0);
  });

  test('has the libraries that run in Node beside ours, and says why one does not', async () => {
    const { stdout, stderr, code } = await bench(['--peers', '--json']);
    expect(code, stderr).toBe(0);
    const { peers } = JSON.parse(stdout) as Report;
    expect(peers?.loads.find(({ name }) => name === 'litert')?.absent).toContain(
      'not in Node: it loads its WebAssembly',
    );
    const [{ outcomes }] = peers!.layers;
    expect(outcomes.map(({ name }) => name)).toEqual(['ours', 'tfjs', 'ort', 'ort-nhwc', 'jax-js']);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ms: expect.any(Number), gpuMs: expect.any(Number) });
    }
  });

  test('without a driver, says which library it looked for and how to get it', async () => {
    const nowhere = join(folder, 'no-such-driver.json');
    const { stderr, code } = await bench([], { VK_DRIVER_FILES: nowhere, VK_ICD_FILENAMES: nowhere });
    expect(code).toBe(1);
    expect(stderr).toContain(`Dawn finds no adapter; VK_DRIVER_FILES names ${nowhere}, which is not there; `);
    expect(stderr).toContain('mesa-vulkan-drivers');
  });

  test('of an adapter that there is not, says so', async () => {
    const { stderr, code } = await bench(['--adapter', 'No Such GPU']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/No Such GPU/);
  });

  test.for([
    [['--filter', 'host'], '--filter host measures a page; leave --runtime node out, or ask for layers and networks'],
    [
      ['--runtime', 'browser', '--adapter', 'A'],
      '--adapter is for --runtime node; a browser chooses its adapter itself',
    ],
    [['--runtime', 'browser', '--patience', '9'], '--patience is for --runtime node'],
    [['--patience', 'long'], 'long is no number of seconds'],
  ] as const)('refuses %o', async ([parameters, message]) => {
    const { stderr, code } = await bench(parameters);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});
