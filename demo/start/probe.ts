/** Measures in half a second how fast the device and the browser are, to estimate how long a run will take. */
import multiplyAddWgsl from '../peaks/multiply-add.wgsl?raw';

export interface Rates {
  /** The GPU's multiply-adds in 1e9 operations a second; a multiply-add counts as two. */
  readonly gpuGigaflops: number;
  /** The same for the page's own float64 loops, which check every layer. */
  readonly loopGigaflops: number;
}

/** What one workgroup of multiply-add.wgsl computes. */
const OPERATIONS = 256 * 128 * 8 * 4 * 2;
/** Long enough that the wait for the GPU does not count, short enough for a CPU that poses as one. */
const ENOUGH_MS = 60;
const MOST_WORKGROUPS = 2 ** 16;
const LOOP_MS = 60;

/** @throws (rejects) if there is no device */
export async function probe(): Promise<Rates> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('there is no adapter');
  const device = await adapter.requestDevice();
  try {
    return { gpuGigaflops: await gpuRate(device), loopGigaflops: loopRate() };
  } finally {
    device.destroy();
  }
}

async function gpuRate(device: GPUDevice): Promise<number> {
  const module = device.createShaderModule({ code: multiplyAddWgsl });
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
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await timeOf(1);
  let workgroups = 4;
  let ms = await timeOf(workgroups);
  while (ms < ENOUGH_MS && workgroups < MOST_WORKGROUPS) {
    workgroups *= 4;
    ms = await timeOf(workgroups);
  }
  return (workgroups * OPERATIONS) / (ms * 1e6);
}

/** Computes like the loops of the reference: products of float32 numbers, summed in float64. */
function loopRate(): number {
  const [x, filter] = [1, 2].map((seed) => Float32Array.from({ length: 4096 }, (_, i) => (i * seed) % 7));
  const start = performance.now();
  let [products, sum] = [0, 0];
  while (performance.now() - start < LOOP_MS) {
    for (let i = 0; i < x.length; i++) sum += x[i] * filter[(i * 5) % 4096];
    products += x.length;
  }
  // The sum is used, so that no compiler removes the loop.
  const ms = performance.now() - start + Math.sign(sum) * Number.EPSILON;
  return (2 * products) / (ms * 1e6);
}
