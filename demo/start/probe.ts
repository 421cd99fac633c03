/** Measures in about half a second how fast the device and the browser are, to estimate how long a run will take. */
import { mean } from 'simple-statistics';
import multiplyAddWgsl from '../peaks/multiply-add.wgsl?raw';

export interface Rates {
  /** The GPU's multiply-adds in 1e9 operations a second; a multiply-add counts as two. */
  readonly gpuGigaflops: number;
  /** The same for the page's own float64 loops, which check every layer. */
  readonly loopGigaflops: number;
  /** Milliseconds to compile a small shader and run it once. */
  readonly compileMs: number;
}

/** What one workgroup of multiply-add.wgsl computes. */
const OPERATIONS = 256 * 128 * 8 * 4 * 2;
/** Long enough that the wait for the GPU does not count, short enough for a CPU that poses as one. */
const BATCH_MS = 40;
const MOST_WORKGROUPS = 2 ** 16;
/** On a busy machine a shorter time may be one without any rival, or one of rivals alone. */
const ENOUGH_MS = 80;
/** Enough to see how busy the machine is. The worst is left out: the first time the page's loops are not compiled yet. */
const TIMES = 4;
/** The page answers in between. */
const LOOP_MS = 30;

/** @throws (rejects) if there is no device */
export async function probe(): Promise<Rates> {
  const all: Rates[] = [];
  for (let i = 0; i < TIMES; i++) all.push(await rates());
  return {
    gpuGigaflops: 1 / usual(all.map(({ gpuGigaflops }) => 1 / gpuGigaflops)),
    loopGigaflops: 1 / usual(all.map(({ loopGigaflops }) => 1 / loopGigaflops)),
    compileMs: usual(all.map(({ compileMs }) => compileMs)),
  };
}

/** The mean of times without the longest. The best of them would be one without the rivals that a long run has. */
function usual(times: readonly number[]): number {
  return mean(times.toSorted((a, b) => a - b).slice(0, -1));
}

async function rates(): Promise<Rates> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('there is no adapter');
  const device = await adapter.requestDevice();
  try {
    return { ...(await gpuRates(device)), loopGigaflops: await loopRate() };
  } finally {
    device.destroy();
  }
}

async function gpuRates(device: GPUDevice): Promise<Omit<Rates, 'loopGigaflops'>> {
  const start = performance.now();
  // No text that the browser has compiled before.
  const module = device.createShaderModule({ code: `${multiplyAddWgsl}// ${start}` });
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module, constants: { FUSED: 1 } },
  });
  const buffers = [0, 1].map(() => device.createBuffer({ size: 2 ** 16, usage: GPUBufferUsage.STORAGE }));
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const timeOf = async (workgroups: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.min(workgroups, 2 ** 15), Math.ceil(workgroups / 2 ** 15));
    pass.end();
    const begin = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
  await timeOf(1);
  const compileMs = performance.now() - start;
  let workgroups = 4;
  let ms = await timeOf(workgroups);
  while (ms < BATCH_MS && workgroups < MOST_WORKGROUPS) {
    workgroups *= 4;
    ms = await timeOf(workgroups);
  }
  let batches = 1;
  for (; ms < ENOUGH_MS; batches++) ms += await timeOf(workgroups);
  return { gpuGigaflops: (batches * workgroups * OPERATIONS) / (ms * 1e6), compileMs };
}

/** Computes like the loops of the reference: products of float32 numbers, summed in float64. */
async function loopRate(): Promise<number> {
  const [x, filter] = [1, 2].map((seed) => Float32Array.from({ length: 4096 }, (_, i) => (i * seed) % 7));
  let [products, sum, ms] = [0, 0, 0];
  while (ms < ENOUGH_MS) {
    const start = performance.now();
    while (performance.now() - start < LOOP_MS) {
      for (let i = 0; i < x.length; i++) sum += x[i] * filter[(i * 5) % 4096];
      products += x.length;
    }
    ms += performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve));
  }
  // The sum is used, so that no compiler removes the loop.
  return (2 * products) / ((ms + Math.sign(sum) * Number.EPSILON) * 1e6);
}
