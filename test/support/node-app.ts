/**
 * An app in Node: the built package on Dawn. Its parameter is the folder of the package. It prints its results, and fails if they
 * are wrong.
 *
 * @module
 */
import { pathToFileURL } from 'node:url';
import type * as Library from '../../src/index';
import { installDawn, requestAdapter } from '../../tools/dawn/dawn';

const [folder] = process.argv.slice(2);

await installDawn();
await requestAdapter();
const library = (await import(pathToFileURL(`${folder}/dist/index.js`).href)) as typeof Library;

function expectEqual(what: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  const list = Array.from(actual);
  if (list.join() !== expected.join()) throw new Error(`${what} is ${list.join()} but should be ${expected.join()}`);
  console.log(`${what}: ${list.join(' ')}`);
}

const gpu = await library.openGpu();
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

const { problems } = await library.tune(gpu, convolved, { store: null, budgetMs: 5000 });
console.log(`tune: ${problems.map(({ problem, outcome, kernel }) => `${problem} ${outcome} ${kernel}`).join()}`);

gpu.destroy();
console.log('ok');
// Dawn keeps a process alive.
process.exit(0);
