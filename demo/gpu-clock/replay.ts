/** Runs captured dispatches between two timestamps of the GPU's own clock, and repeats them until they take some milliseconds. */
import type { CapturedRun } from './capture';

/** The target time of a pass: launches and the clock's steps (100 us in a browser) are then a small share of it. */
const PASS_MS = 4;

/** The most commands in a pass, so that no driver thinks that the GPU hangs. */
const MOST_DISPATCHES = 4000;

export interface GpuTimer {
  /** Milliseconds of one run's dispatches. @throws (rejects) if the GPU refuses them */
  readonly time: (run: Pick<CapturedRun, 'dispatches'>) => Promise<number>;
}

const timers = new WeakMap<GPUDevice, GpuTimer>();

/** The device's timer. The device must have been opened with `timestamp-query`. */
export function gpuTimer(device: GPUDevice): GpuTimer {
  let timer = timers.get(device);
  if (timer === undefined) timers.set(device, (timer = makeTimer(device)));
  return timer;
}

function makeTimer(device: GPUDevice): GpuTimer {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const repeatsOf = new WeakMap<object, number>();

  /** Milliseconds of a pass. */
  async function pass({ dispatches }: Pick<CapturedRun, 'dispatches'>, repeats: number): Promise<number> {
    device.pushErrorScope('validation');
    const encoder = device.createCommandEncoder();
    const timestampWrites = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    const commands = encoder.beginComputePass({ timestampWrites });
    for (let i = 0; i < repeats; i++) {
      for (const { pipeline, groups, grid } of dispatches) {
        // A run of one dispatch needs its state set only once.
        if (i === 0 || dispatches.length > 1) {
          commands.setPipeline(pipeline);
          for (const [index, parameters] of groups.entries()) {
            if (parameters !== undefined) setBindGroup(commands, index, parameters);
          }
        }
        if ('counts' in grid) commands.dispatchWorkgroups(...grid.counts);
        else commands.dispatchWorkgroupsIndirect(grid.buffer, grid.offset);
      }
    }
    commands.end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
    device.queue.submit([encoder.finish()]);
    const error = await device.popErrorScope();
    if (error !== null) throw new Error(`its dispatches cannot be repeated: ${error.message}`);
    await staging.mapAsync(GPUMapMode.READ);
    const [start, end] = new BigUint64Array(staging.getMappedRange());
    staging.unmap();
    return Number(end - start) / 1e6;
  }

  async function repeatsFor(run: Pick<CapturedRun, 'dispatches'>): Promise<number> {
    const most = Math.max(1, Math.floor(MOST_DISPATCHES / run.dispatches.length));
    let repeats = 1;
    for (;;) {
      const ms = await pass(run, repeats);
      if (ms >= PASS_MS / 2 || repeats >= most) return repeats;
      // A GPU that has idled is slow at first, so the repeat count approaches the target in steps.
      repeats = Math.min(most, Math.ceil(repeats * Math.min(Math.max(PASS_MS / Math.max(ms, 1e-6), 1.5), 16)));
    }
  }

  return {
    async time(run) {
      let repeats = repeatsOf.get(run);
      if (repeats === undefined) repeatsOf.set(run, (repeats = await repeatsFor(run)));
      return (await pass(run, repeats)) / repeats;
    },
  };
}

function setBindGroup(
  commands: GPUComputePassEncoder,
  index: number,
  [group, ...rest]: readonly [GPUBindGroup, ...unknown[]],
): void {
  (commands.setBindGroup as (...parameters: readonly unknown[]) => void).call(commands, index, group, ...rest);
}
