/** Measures the peak rates of a device through WebGPU, which is the way that every library uses. */
import { median } from 'simple-statistics';
import type { Dispatch } from '../gpu-clock/dispatch';
import { gpuTimer } from '../gpu-clock/replay';
import copyWgsl from './copy.wgsl?raw';
import multiplyAddWgsl from './multiply-add.wgsl?raw';
import type { Copy, Peaks } from './peaks';

const SAMPLES = 5;
/** Bytes moved: caches hold the first size, and no cache of 2026 holds the last. */
const SIZES = [18, 20, 22, 23, 24, 25, 26, 27, 28, 29].map((exponent) => 2 ** exponent);
/** More takes a CPU seconds and shows nothing more. */
const MOST_ON_CPU = 2 ** 24;

/** Of multiply-add.wgsl: per workgroup, two to each of four lanes of eight chains. */
const WORKGROUP = 256;
const OPERATIONS = WORKGROUP * 128 * 8 * 4 * 2;
const WORKGROUPS = 8192;
const WORKGROUPS_ON_CPU = 16;

/** Bytes of a vector, and the most workgroups in a row of the grid. */
const VECTOR = 16;
const ROW = 32_768;

/** @returns undefined if the device has no `timestamp-query` */
export async function measurePeaks(device: GPUDevice, isCpu: boolean): Promise<Peaks | undefined> {
  if (!device.features.has('timestamp-query')) return undefined;
  const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  const sizes = SIZES.filter((size) => size / 2 <= most && !(isCpu && size > MOST_ON_CPU));
  const buffers = await allocate(device, sizes);
  try {
    const timeOf = async (
      code: string,
      constants: Record<string, number>,
      grid: readonly number[],
    ): Promise<number> => {
      const dispatches = [await dispatchOf(device, code, constants, buffers, grid)];
      const run = { dispatches };
      const samples: number[] = [];
      for (let i = 0; i < SAMPLES; i++) samples.push(await gpuTimer(device).time(run));
      return median(samples);
    };

    const copies: Copy[] = [];
    for (const bytes of sizes.filter((size) => size / 2 <= buffers[0].size)) {
      const times: number[] = [];
      for (const each of [1, 4]) {
        const workgroups = Math.max(1, bytes / 2 / VECTOR / WORKGROUP / each);
        const row = Math.min(workgroups, ROW);
        times.push(await timeOf(copyWgsl, { EACH: each }, [row, workgroups / row]));
      }
      copies.push({ bytes, ms: Math.min(...times) });
    }

    const workgroups = isCpu ? WORKGROUPS_ON_CPU : WORKGROUPS;
    const gigaflops = async (code: string): Promise<number> => {
      const fused = await timeOf(code, { FUSED: 1 }, [workgroups]);
      // A device without a fused instruction emulates it with many others.
      const apart = await timeOf(code, { FUSED: 0 }, [workgroups]);
      return (workgroups * OPERATIONS) / (Math.min(fused, apart) * 1e6);
    };
    const half = multiplyAddWgsl.replace('alias Number = f32;', 'alias Number = f16;');
    return {
      copies,
      gigaflops: await gigaflops(multiplyAddWgsl),
      ...(device.features.has('shader-f16') && { halfGigaflops: await gigaflops(`enable f16;\n${half}`) }),
      emptyMs: await timeOf(copyWgsl, { EACH: 0 }, [1]),
    };
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

/** Two buffers of the largest size that the device has memory for. */
async function allocate(device: GPUDevice, sizes: readonly number[]): Promise<readonly GPUBuffer[]> {
  for (const size of sizes.toReversed()) {
    device.pushErrorScope('out-of-memory');
    const usage = GPUBufferUsage.STORAGE;
    const buffers = [0, 1].map(() => device.createBuffer({ size: size / 2, usage }));
    if ((await device.popErrorScope()) === null) return buffers;
    for (const buffer of buffers) buffer.destroy();
  }
  throw new Error(`the device has no memory for ${sizes[0]} bytes`);
}

async function dispatchOf(
  device: GPUDevice,
  code: string,
  constants: Record<string, number>,
  buffers: readonly GPUBuffer[],
  grid: readonly number[],
): Promise<Dispatch> {
  const module = device.createShaderModule({ code });
  const layout = device.createBindGroupLayout({
    entries: (['read-only-storage', 'storage'] as const).map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, constants },
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout, entries });
  const [x, y] = grid;
  return { pipeline, groups: [[group]], grid: { counts: [x, y] } };
}
