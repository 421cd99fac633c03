/**
 * GPU time per dispatch: timestamps where the device has them, the wall clock around a submit where it has not.
 *
 * @module
 */
import type { Tile } from '../step';
import type { BindGroups } from './bind-groups';
import type { GpuContext } from './context';
import { encodeDispatch, type Dispatch } from './encode';
import type { Pipeline } from './pipelines';
import { settleWork, workDone } from './work-done';

/** What one dispatch was and took. */
export interface StepTime {
  /** Kernel, tile and problem in one line. */
  readonly label: string;
  /** The kernel's name, `family/method`. */
  readonly kernel: string;
  /** The knobs that its tile set. */
  readonly tile: Tile;
  /** Milliseconds; browsers may round timestamps to 0.1 ms. */
  readonly ms: number;
  /** `'wall-clock'` includes the submit and the wait, so it only bounds short dispatches from above. */
  readonly clock: 'timestamp' | 'wall-clock';
}

/** A compute pass to be timed: one dispatch, `repeat` times over. */
export interface Pass extends Dispatch {
  readonly pipeline: Pipeline;
  readonly repeat: number;
}

/**
 * Runs the dispatches once, in order, and times each. Their pipelines are compiled first, outside the clock.
 *
 * @throws (rejects) if a program does not compile or the device refuses the commands
 */
export async function timeDispatches(context: GpuContext, dispatches: readonly Dispatch[]): Promise<StepTime[]> {
  const compiled = dispatches.map(async (d) => ({
    ...d,
    pipeline: await context.pipelines.compile(d.step),
    repeat: 1,
  }));
  const passes = await Promise.all(compiled);
  context.queue.submit();
  const ms = await timePasses('profile', context, context.bindGroups, passes);
  const clock = clockOf(context);
  return passes.map(({ step: { label, kernel, tile } }, i) => ({ label, kernel, tile, ms: ms[i], clock }));
}

/**
 * Runs the passes in order and gives the milliseconds of each.
 *
 * @param op the public function, for errors
 * @param groups where their bind groups come from
 * @throws (rejects) if the device refuses the commands
 */
export async function timePasses(
  op: string,
  context: GpuContext,
  groups: BindGroups,
  passes: readonly Pass[],
): Promise<number[]> {
  if (clockOf(context) === 'wall-clock') return wallClock(op, context, groups, passes);
  const ms: number[] = [];
  // A query set holds at most 4096 queries, two per pass.
  for (let first = 0; first < passes.length; first += 2048) {
    ms.push(...(await timestamps(op, context, groups, passes.slice(first, first + 2048))));
  }
  return ms;
}

/** What passes are timed with on this device. */
function clockOf({ device }: GpuContext): StepTime['clock'] {
  return device.features.has('timestamp-query') ? 'timestamp' : 'wall-clock';
}

async function timestamps(
  op: string,
  { device }: GpuContext,
  groups: BindGroups,
  passes: readonly Pass[],
): Promise<number[]> {
  const count = passes.length * 2;
  const querySet = device.createQuerySet({ label: 'depthwise timer', type: 'timestamp', count });
  const resolved = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  try {
    await submitOnce(op, device, (encoder) => {
      for (const [i, dispatch] of passes.entries()) {
        const timestampWrites = { querySet, beginningOfPassWriteIndex: i * 2, endOfPassWriteIndex: i * 2 + 1 };
        const pass = encoder.beginComputePass({ label: dispatch.step.label, timestampWrites });
        encodeDispatch(groups, pass, dispatch.pipeline, dispatch, dispatch.repeat);
        pass.end();
      }
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
    });
    await staging.mapAsync(0x1); // GPUMapMode.READ
    const nanoseconds = new BigUint64Array(staging.getMappedRange());
    return passes.map((_, i) => Number(nanoseconds[i * 2 + 1] - nanoseconds[i * 2]) / 1e6);
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

async function wallClock(
  op: string,
  context: GpuContext,
  groups: BindGroups,
  passes: readonly Pass[],
): Promise<number[]> {
  const { device } = context;
  const ms: number[] = [];
  await context.life.during(op, settleWork(context));
  for (const dispatch of passes) {
    const start = performance.now();
    const accepted = submitOnce(op, device, (encoder) => {
      const pass = encoder.beginComputePass({ label: dispatch.step.label });
      encodeDispatch(groups, pass, dispatch.pipeline, dispatch, dispatch.repeat);
      pass.end();
    });
    const [end] = await Promise.all([context.life.during(op, workDone(context)), accepted]);
    ms.push(end - start);
  }
  return ms;
}

/**
 * Submits commands of one's own, apart from the queue.
 *
 * @throws (rejects) if the device refuses them: what never ran would take 0 ms
 */
export async function submitOnce(
  op: string,
  device: GPUDevice,
  encode: (encoder: GPUCommandEncoder) => void,
): Promise<void> {
  device.pushErrorScope('validation');
  let outcome: Promise<GPUError | null>;
  try {
    const encoder = device.createCommandEncoder({ label: `depthwise ${op}` });
    encode(encoder);
    device.queue.submit([encoder.finish()]);
  } finally {
    outcome = device.popErrorScope();
  }
  const refusal = await outcome;
  if (refusal !== null)
    throw new Error(`${op}: the device refused the commands: ${refusal.message}`, { cause: refusal });
}
