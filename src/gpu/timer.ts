/**
 * GPU time per dispatch: timestamps where the device has them, the wall clock around a submit where it has not.
 *
 * @module
 */
import type { Tile } from '../step';
import type { GpuContext } from './context';
import { encodeDispatch, type Dispatch } from './encode';
import type { Pipeline } from './pipelines';

/** What one dispatch was and took. */
export interface StepTime {
  readonly label: string;
  readonly kernel: string;
  readonly tile: Tile;
  /** Milliseconds; browsers may round timestamps to 0.1 ms. */
  readonly ms: number;
  /** `'wall-clock'` includes the submit and the wait, so it only bounds short dispatches from above. */
  readonly clock: 'timestamp' | 'wall-clock';
}

type Ready = Dispatch & { readonly pipeline: Pipeline };

/**
 * Runs the dispatches once, in order, and times each. Their pipelines are compiled first, outside the clock.
 *
 * @throws (rejects) if a program does not compile or the device refuses the commands
 */
export async function timeDispatches(context: GpuContext, dispatches: readonly Dispatch[]): Promise<StepTime[]> {
  const compiled = dispatches.map(async (d) => ({ ...d, pipeline: await context.pipelines.compile(d.step) }));
  const ready = await Promise.all(compiled);
  if (ready.length === 0) return [];
  context.queue.submit();
  const stamps = context.device.features.has('timestamp-query');
  const ms = stamps ? await timestamps(context, ready) : await wallClock(context, ready);
  return ready.map(({ step: { label, kernel, tile } }, i) => ({
    label,
    kernel,
    tile,
    ms: ms[i],
    clock: stamps ? 'timestamp' : 'wall-clock',
  }));
}

async function timestamps(context: GpuContext, ready: readonly Ready[]): Promise<number[]> {
  const ms: number[] = [];
  // A query set holds at most 4096 queries, two per dispatch.
  for (let first = 0; first < ready.length; first += 2048) {
    ms.push(...(await timestampBatch(context, ready.slice(first, first + 2048))));
  }
  return ms;
}

async function timestampBatch({ device, uniforms }: GpuContext, ready: readonly Ready[]): Promise<number[]> {
  const count = ready.length * 2;
  const querySet = device.createQuerySet({ label: 'depthwise timer', type: 'timestamp', count });
  const resolved = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  try {
    await submit(device, (encoder) => {
      for (const [i, dispatch] of ready.entries()) {
        const timestampWrites = { querySet, beginningOfPassWriteIndex: i * 2, endOfPassWriteIndex: i * 2 + 1 };
        const pass = encoder.beginComputePass({ label: dispatch.step.label, timestampWrites });
        encodeDispatch(device, uniforms, pass, dispatch.pipeline, dispatch);
        pass.end();
      }
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
    });
    await staging.mapAsync(0x1); // GPUMapMode.READ
    const nanoseconds = new BigUint64Array(staging.getMappedRange());
    return ready.map((_, i) => Number(nanoseconds[i * 2 + 1] - nanoseconds[i * 2]) / 1e6);
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

async function wallClock({ device, uniforms }: GpuContext, ready: readonly Ready[]): Promise<number[]> {
  const ms: number[] = [];
  await device.queue.onSubmittedWorkDone();
  for (const dispatch of ready) {
    const start = performance.now();
    const accepted = submit(device, (encoder) => {
      const pass = encoder.beginComputePass({ label: dispatch.step.label });
      encodeDispatch(device, uniforms, pass, dispatch.pipeline, dispatch);
      pass.end();
    });
    const done = device.queue.onSubmittedWorkDone().then(() => performance.now());
    const [end] = await Promise.all([done, accepted]);
    ms.push(end - start);
  }
  return ms;
}

/** Rejects if the device refuses the commands: what never ran would take 0 ms. */
async function submit(device: GPUDevice, encode: (encoder: GPUCommandEncoder) => void): Promise<void> {
  device.pushErrorScope('validation');
  let outcome: Promise<GPUError | null>;
  try {
    const encoder = device.createCommandEncoder({ label: 'depthwise timer' });
    encode(encoder);
    device.queue.submit([encoder.finish()]);
  } finally {
    outcome = device.popErrorScope();
  }
  const refusal = await outcome;
  if (refusal !== null)
    throw new Error(`profile: the device refused the commands: ${refusal.message}`, { cause: refusal });
}
