/**
 * `npm run smoke:node -- /path/to/node_modules/webgpu`: the library in Node, on Dawn from the npm package `webgpu`. Run by
 * hand, since the package is no dependency. Where there is no GPU, VK_DRIVER_FILES may name a driver that computes on the
 * CPU: Chromium's own is /usr/lib/chromium/vk_swiftshader_icd.json.
 *
 * @module
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runnerImport } from 'vite';
import type * as Library from '../../src/index';
import { shaders } from '../../tools/wgsl/plugin';

interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

const [folder = 'webgpu'] = process.argv.slice(2);

async function loadDawn(): Promise<Dawn> {
  try {
    const isPath = /[/\\]/.test(folder);
    return (await import(isPath ? pathToFileURL(resolve(folder, 'index.js')).href : folder)) as Dawn;
  } catch (cause) {
    const remedy = 'install it elsewhere and give its folder: npm run smoke:node -- /tmp/node_modules/webgpu';
    throw new Error(`the npm package webgpu was not found at ${folder}; ${remedy}`, { cause });
  }
}

function expectEqual(what: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  const list = Array.from(actual);
  if (list.join() !== expected.join()) throw new Error(`${what} is ${list.join()} but should be ${expected.join()}`);
  console.log(`${what}: ${list.join(' ')}`);
}

const { create, globals } = await loadDawn();
// Node 21 and later have a navigator, which other libraries read, too.
Object.assign(globalThis, globals, 'navigator' in globalThis ? {} : { navigator: {} });
Object.defineProperty(navigator, 'gpu', { value: create([]), configurable: true });

// Vite, because the shaders are imported by `?raw`, and the sources say `using`; the built package needs none.
const { module: library } = await runnerImport<typeof Library>(resolve(import.meta.dirname, '../../src/index.ts'), {
  configFile: false,
  plugins: [shaders()],
  oxc: { target: 'es2022' },
});

const gpu = await library.openGpu().catch((cause: unknown) => {
  throw new Error('no adapter; where there is no GPU, let VK_DRIVER_FILES name a driver that computes on the CPU', {
    cause,
  });
});
const { vendor, architecture, device, description } = gpu.device.adapterInfo;
console.log(`adapter: ${[vendor, architecture, device, description].join(' | ')}, fallback: ${gpu.isFallback}`);

const x = gpu.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
const filter = gpu.tensor(new Float32Array(9).fill(1), [3, 3, 1, 1]);
const convolved = (): ReturnType<typeof library.depthwiseConv2d> =>
  library.depthwiseConv2d(x, filter, { padding: 'same', activation: 'relu' });
const expected = [12, 21, 16, 27, 45, 33, 24, 39, 28];

await library.prepare(gpu, convolved);
const y = convolved();
expectEqual('depthwiseConv2d', await y.read(), expected);

const encoder = gpu.device.createCommandEncoder();
const recording = library.record(gpu, encoder, convolved);
gpu.device.queue.submit([encoder.finish()]);
expectEqual('record', await recording.result.read(), expected);

const wrapped = gpu.wrap(y.gpuBuffer(), [9]);
expectEqual('wrap', await library.add(wrapped, 1).read(), expected.map((v) => v + 1)); // prettier-ignore

const [{ clock }] = await library.profile(gpu, convolved);
console.log(`profile: by ${clock}`);

const { problems } = await library.tune(gpu, convolved, { store: null, budgetMs: 60_000 });
console.log(`tune: ${problems.map(({ problem, outcome, kernel }) => `${problem} ${outcome} ${kernel}`).join()}`);
console.log(`tuned on: ${library.exportTuning(gpu).device}`);

gpu.destroy();
console.log('ok');
