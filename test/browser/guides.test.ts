/** The code of the guides that no example has: what a reader copies from there runs, and gives what the guide says. */
import { expect, test } from 'vitest';
import {
  activate,
  add,
  cast,
  compile,
  conv2d,
  depthwiseConv2d,
  explain,
  exportTuning,
  groupedConv2d,
  importTuning,
  indexedDbStore,
  loadTuning,
  openGpu,
  parameterCount,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  separableConv2d,
  tune,
  warnOfLeaks,
  type Gpu,
  type LostDevice,
  type Tensor,
} from '../../src/index';
import { useGpu } from '../support/gpu';

const device = useGpu();

/** Disposes what a test has made, at its end. */
function keeper(gpu: Gpu): { readonly ones: (...shape: readonly number[]) => Tensor; [Symbol.dispose](): void } {
  const made: Tensor[] = [];
  return {
    ones: (...shape) => {
      const size = shape.reduce((product, n) => product * n, 1);
      made.push(gpu.tensor(new Float32Array(size).fill(1), shape));
      return made.at(-1)!;
    },
    [Symbol.dispose]: () => made.forEach((tensor) => tensor.dispose()),
  };
}

test('convolutions: the same channels by every kind', () => {
  using make = keeper(device());
  const { ones } = make;

  const x = ones(1, 5, 5, 4); // batch, height, width, channels
  using standard = conv2d(x, ones(3, 3, 4, 8)); // every output sees all 4 channels
  using depthwise = depthwiseConv2d(x, ones(3, 3, 4, 2)); // 2 outputs for each channel, which see that channel alone
  using pointwise = pointwiseConv2d(x, ones(4, 8)); // every output sees all 4 channels of one pixel
  using separable = separableConv2d(x, ones(3, 3, 4, 2), ones(1, 1, 8, 8)); // depthwise, then pointwise
  using grouped = groupedConv2d(x, ones(3, 3, 2, 8), { groups: 2 }); // every output sees the 2 channels of its group

  const shapes = [standard, depthwise, pointwise, separable, grouped].map(({ shape }) => String(shape));
  expect(shapes).toEqual(['1,3,3,8', '1,3,3,8', '1,5,5,8', '1,3,3,8', '1,3,3,8']);
});

test('convolutions: parameters', () => {
  const weights = parameterCount({ filterSize: 3, inChannels: 3, outChannels: 4 });
  expect(weights).toEqual({ standard: 108, depthwise: 27, pointwise: 12, separable: 39 });
});

test('convolutions: both groupings', async () => {
  const gpu = device();
  using make = keeper(gpu);
  using x = gpu.tensor([0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 8]);
  const filter = make.ones(1, 1, 4, 8);

  using contiguous = groupedConv2d(x, filter, { groups: 2, grouping: 'contiguous' }); // channels 0 1 2 3 and 4 5 6 7
  using strided = groupedConv2d(x, filter, { groups: 2, grouping: 'strided' }); // channels 0 2 4 6 and 1 3 5 7

  expect([...(await contiguous.read())]).toEqual([6, 6, 6, 6, 22, 22, 22, 22]);
  expect([...(await strided.read())]).toEqual([12, 12, 12, 12, 16, 16, 16, 16]);
});

test('convolutions: what is fused', async () => {
  using make = keeper(device());
  const { ones } = make;
  const [x, filter, bias, residual] = [ones(1, 4, 4, 2), ones(3, 3, 2, 1), ones(2), ones(1, 4, 4, 2)];

  using y = depthwiseConv2d(x, filter, { padding: 'same', bias, residual, activation: 'relu6' });

  expect(explain(y).steps).toHaveLength(1);
  expect(Math.max(...(await y.read()))).toBe(6);
});

test('programs: compiled once, run often', async () => {
  const gpu = device();
  using make = keeper(gpu);
  const { ones } = make;
  const [depthwise, pointwise, skip] = [ones(3, 3, 4, 1), ones(4, 4), ones(1, 8, 8, 4)];

  using program = await compile(gpu, { x: [1, 8, 8, 4] }, ({ x }) => {
    const y = depthwiseConv2d(x, depthwise, { padding: 'same' });
    return activate(add(pointwiseConv2d(y, pointwise), skip), 'relu'); // the sum and relu go into the convolution
  });
  using y = program.run({ x: new Float32Array(8 * 8 * 4) });
  const times = await program.profile({ x: skip });

  expect((await y.read())[0]).toBe(1);
  expect(program.dispatches.run).toBeLessThan(program.dispatches.traced);
  expect(times).toHaveLength(program.dispatches.run);

  using into = ones(1, 8, 8, 4);
  program.run({ x: skip }, { into });
  expect((await into.read())[0]).toBe(17);
});

test('programs: prepared, timed, recorded', async () => {
  const gpu = device();
  using make = keeper(gpu);
  const [x, filter] = [make.ones(1, 4, 4, 4), make.ones(3, 3, 4, 1)];
  const shown: number[] = [];
  const bar = { set: (part: number): void => void shown.push(part) };

  const model = (): Tensor => depthwiseConv2d(x, filter, { padding: 'same' });
  await prepare(gpu, model, { onProgress: (done, total) => bar.set(done / total) });
  for (const { kernel, ms } of await profile(gpu, model)) console.log(kernel, ms);

  const encoder = gpu.device.createCommandEncoder();
  using recording = record(gpu, encoder, model);
  gpu.device.queue.submit([encoder.finish()]);
  using y = recording.result;

  expect(shown.at(-1)).toBe(1);
  expect((await y.read())[0]).toBe(4);
});

test('tuning: measured once, remembered', async () => {
  const gpu = await openGpu();
  using make = keeper(gpu);
  const [x, filter] = [make.ones(1, 4, 4, 4), make.ones(3, 3, 4, 1)];
  const model = (): Tensor => depthwiseConv2d(x, filter);
  const store = indexedDbStore('depthwise-guides');

  await loadTuning(gpu, store); // what an earlier visit has measured
  const { problems } = await tune(gpu, model, { store, budgetMs: 1000 }); // what it has not
  for (const { problem, outcome, kernel, speedup } of problems) console.log(problem, outcome, kernel, speedup);
  using y = model(); // by the winner, from here on

  localStorage.setItem('tuning', JSON.stringify(exportTuning(gpu)));
  importTuning(gpu, JSON.parse(localStorage.getItem('tuning') ?? 'null'));

  expect(problems).toMatchObject([{ problem: expect.stringContaining('1x4x4x4') }]);
  expect((await y.read())[0]).toBe(9);
  localStorage.removeItem('tuning');
  gpu.destroy();
});

test('float16: half the memory', async () => {
  const gpu = device();
  using make = keeper(gpu);
  const x = make.ones(1, 4, 4, 4);

  using filter = gpu.tensor(new Float32Array(36).fill(0.5), [3, 3, 4, 1], { dtype: 'f16' });
  using half = cast(x, 'f16');
  using y = depthwiseConv2d(half, filter); // y.dtype is 'f16' too; the sums were float32
  using wide = cast(y, 'f32');

  expect(y.dtype).toBe('f16');
  expect([...(await wide.read())]).toEqual(Array.from({ length: 16 }, () => 4.5));
});

test('errors: what to type', async () => {
  using make = keeper(device());
  const [x, filter] = [make.ones(1, 9, 9, 16), make.ones(3, 3, 8, 1)];
  let message = '';

  try {
    depthwiseConv2d(x, filter);
  } catch (error) {
    message = (error as Error).message;
  }

  expect(message).toBe(
    'depthwiseConv2d: filter [3, 3, 8, 1] is for 8 channels but the input [1, 9, 9, 16] (NHWC) has 16; give one filter per ' +
      'input channel as [height, width, 16, multiplier], or use conv2d or groupedConv2d to mix channels',
  );
});

test('device loss: kept tensors come back', async () => {
  const pixels = new Float32Array(16).fill(1);
  const losses: LostDevice[] = [];
  const painted: number[] = [];

  const gpu = await openGpu({
    onLost: (loss) => {
      losses.push(loss);
      if (loss.recovering) void gpu.ready().then(paint);
    },
  });
  const filter = gpu.tensor([2], [1, 1, 1, 1], { keep: true });

  async function paint(): Promise<void> {
    using x = gpu.tensor(pixels, [1, 4, 4, 1]);
    using y = depthwiseConv2d(x, filter);
    painted.push((await y.read())[0]);
  }

  warnOfLeaks(gpu); // in development
  await paint();
  gpu.device.destroy();
  await expect.poll(() => painted).toEqual([2, 2]);
  expect(losses).toMatchObject([{ reason: 'destroyed', recovering: true }]);
  gpu.destroy();
});
