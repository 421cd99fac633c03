/**
 * Measures GPU time per dispatch: by timestamps where the device has them, otherwise by the wall clock around a submit.
 *
 * @module
 */
import type { Tile } from '../step';
import type { BindGroups } from './bind-groups';
import type { GpuContext } from './context';
import { encodeDispatch, type Dispatch } from './encode';
import type { Pipeline, Pipelines } from './pipelines';
import { createRoll, type Roll } from './roll';
import { settleWork, workDone } from './work-done';

/** One dispatch, and the time it took. */
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

/** A dispatch whose program is compiled. */
export interface Compiled extends Dispatch {
  readonly pipeline: Pipeline;
}

/** A compute pass to time: some dispatches in order, repeated `repeat` times. */
export interface Pass {
  readonly dispatches: readonly Compiled[];
  readonly repeat: number;
}

/**
 * Runs the dispatches once, in order, and times each. Their pipelines are compiled first, outside the clock.
 *
 * @throws (rejects) if a program does not compile or the device refuses the commands
 */
export async function timeDispatches(context: GpuContext, dispatches: readonly Dispatch[]): Promise<StepTime[]> {
  const compiled = await compileDispatches(context.pipelines, dispatches);
  context.queue.submit();
  const passes = compiled.map((dispatch) => ({ dispatches: [dispatch], repeat: 1 }));
  const ms = await timePasses('profile', context, context.bindGroups, passes);
  const clock = clockOf(context);
  return compiled.map(({ step: { label, kernel, tile } }, i) => ({ label, kernel, tile, ms: ms[i], clock }));
}

/** @throws (rejects) if a program does not compile */
export async function compileDispatches(
  pipelines: Pipelines,
  dispatches: readonly Dispatch[],
): Promise<readonly Compiled[]> {
  return Promise.all(dispatches.map(async (d) => ({ ...d, pipeline: await pipelines.compile(d.step) })));
}

/** Cuts a pass into parts that fit into one encoder each, in order. */
function partsOf({ dispatches, repeat }: Pass, most: number): readonly Pass[] {
  // A single dispatch is bound only once, however often it repeats.
  const [rounds, each] = dispatches.length === 1 ? [1, repeat] : [repeat, 1];
  const parts: Pass[] = [];
  if (rounds === 1 && each > 1)
    for (let left = each; left > 0; left -= most) parts.push({ dispatches, repeat: Math.min(left, most) });
  else {
    const all = Array.from({ length: rounds }, () => dispatches).flat();
    for (let i = 0; i < all.length; i += most) parts.push({ dispatches: all.slice(i, i + most), repeat: 1 });
  }
  return parts;
}

/**
 * Writes a pass, or several passes in several encoders if one encoder has no room for it.
 *
 * @param writes timestamps at the beginning of the first and at the end of the last
 */
function encodePass(
  groups: BindGroups,
  roll: Roll,
  one: Pass,
  most: number,
  writes?: Required<GPUComputePassTimestampWrites>,
): void {
  const label = labelOf(one);
  const parts = partsOf(one, most);
  for (const [i, { dispatches, repeat }] of parts.entries()) {
    const { querySet, beginningOfPassWriteIndex, endOfPassWriteIndex } = writes ?? {};
    const timestampWrites = querySet && {
      querySet,
      ...(i === 0 && { beginningOfPassWriteIndex }),
      ...(i === parts.length - 1 && { endOfPassWriteIndex }),
    };
    const isTimed = i === 0 || i === parts.length - 1;
    const pass = roll
      .encoder(dispatches.length * repeat)
      .beginComputePass({ label, ...(isTimed && timestampWrites && { timestampWrites }) });
    for (const dispatch of dispatches) encodeDispatch(groups, pass, dispatch.pipeline, dispatch, repeat);
    pass.end();
  }
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

/** The clock for passes on this device. */
function clockOf({ device }: GpuContext): StepTime['clock'] {
  return device.features.has('timestamp-query') ? 'timestamp' : 'wall-clock';
}

async function timestamps(
  op: string,
  context: GpuContext,
  groups: BindGroups,
  passes: readonly Pass[],
): Promise<number[]> {
  const { device } = context;
  const count = passes.length * 2;
  const querySet = device.createQuerySet({ label: 'depthwise timer', type: 'timestamp', count });
  const resolved = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ label: 'depthwise timer', size: count * 8, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  try {
    await submitOnce(op, context, (roll) => {
      for (const [i, one] of passes.entries()) {
        const writes = { querySet, beginningOfPassWriteIndex: i * 2, endOfPassWriteIndex: i * 2 + 1 };
        encodePass(groups, roll, one, context.queue.perEncoder, writes);
      }
      const encoder = roll.encoder(2);
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
  const ms: number[] = [];
  await context.life.during(op, settleWork(context));
  for (const one of passes) {
    const start = performance.now();
    const accepted = submitOnce(op, context, (roll) => {
      encodePass(groups, roll, one, context.queue.perEncoder);
    });
    const [end] = await Promise.all([context.life.during(op, workDone(context)), accepted]);
    ms.push(end - start);
  }
  return ms;
}

function labelOf({ dispatches }: Pass): string {
  return dispatches.map(({ step }) => step.label).join(', ');
}

/**
 * Submits the caller's commands, apart from the queue.
 *
 * @throws (rejects) if the device refuses them; otherwise commands that never ran would seem to take 0 ms
 */
export async function submitOnce(
  op: string,
  { device, queue }: Pick<GpuContext, 'device' | 'queue'>,
  encode: (roll: Roll) => void,
): Promise<void> {
  device.pushErrorScope('validation');
  let outcome: Promise<GPUError | null>;
  try {
    const roll = createRoll(device, `depthwise ${op}`, queue.perEncoder);
    encode(roll);
    device.queue.submit(roll.finish());
  } finally {
    outcome = device.popErrorScope();
  }
  const refusal = await outcome;
  if (refusal !== null)
    throw new Error(`${op}: the device refused the commands: ${refusal.message}`, { cause: refusal });
}
