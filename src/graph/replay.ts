/**
 * Dispatches that run again and again: their pipelines are compiled, and buffers that are the same in every run are bound once.
 * A dispatch whose pipeline is not compiled runs by its stand-in until it is.
 *
 * @module
 */
import { createBindGroups, type BindGroups } from '../gpu/bind-groups';
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Bound, Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';
import { createUniforms } from '../gpu/uniforms';
import type { Step } from '../step';
import type { Planned } from './parts';

/** The storages of a run, by the values that they stand for. */
export type Places = ReadonlyMap<Storage, Storage>;

/** A dispatch that is ready to run, except for the buffers of the run. */
interface Ready {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
  /** Gives its buffers, if some are of the run. */
  readonly groups: BindGroups;
  /** Its buffers, if all are the program's own. */
  readonly group?: GPUBindGroup;
}

export interface Replay {
  /**
   * Writes all dispatches.
   *
   * @param next gives the pass of each
   */
  encode(next: () => GPUComputePassEncoder, places: Places): void;
  /** The dispatches with the buffers of a run; none of them is a stand-in. */
  dispatches(places: Places): readonly Dispatch[];
  /** What a dispatch runs by as long as its own program is not compiled. */
  standIn(index: number): Step | undefined;
  /** Compiles what stand-ins run for; settles when none runs any more. Rejects if a program does not compile. */
  settle(): Promise<void>;
  /** Why no run is right any more: a program for which a stand-in ran does not compile. */
  readonly failure: Error | undefined;
  /** Its buffers go to others: binds nothing any more. */
  close(): void;
}

/**
 * @param dispatches whose programs, or those of their stand-ins, are compiled
 * @param placed the storages of the values that the program owns
 * @param loose values that have another storage in each run
 */
export function createReplay(
  context: GpuContext,
  dispatches: readonly Planned[],
  placed: Places,
  loose: ReadonlySet<Storage>,
): Replay {
  const { pipelines, bindGroups, queue, device } = context;
  const placedOnce = dispatches.map((dispatch) => placedIn(dispatch, placed));
  const readyBy = (i: number, step: Step, pipeline: Pipeline, groups: BindGroups): Ready => {
    const isFixed = dispatches[i].operands.every(
      ({ storage }) => !loose.has(storage) && (placed.has(storage) || !storage.external),
    );
    const dispatch = { step, operands: placedOnce[i].operands };
    return { dispatch, pipeline, groups, group: isFixed ? groups.of(pipeline, dispatch) : undefined };
  };
  /** Of stand-ins alone, so that nothing is left of them when the last one is replaced. */
  let quick: BindGroups | undefined;
  const missing = new Map<string, Step>();
  const ready = dispatches.map(({ step, standIn: substitute }, i): Ready => {
    const pipeline = pipelines.ready(step.wgsl);
    if (pipeline instanceof Error) throw pipeline;
    if (pipeline !== undefined) return readyBy(i, step, pipeline, bindGroups);
    const standIn = substitute?.().step;
    const other = standIn && pipelines.ready(standIn.wgsl);
    if (standIn === undefined || other === undefined || other instanceof Error)
      throw other ?? new Error('compile: a program is missing');
    missing.set(step.wgsl, step);
    quick ??= createBindGroups(device, createUniforms(device));
    return readyBy(i, standIn, other, quick);
  });

  let isClosed = false;
  let failure: Error | undefined;
  let settling: Promise<void> | undefined;
  const replace = async (step: Step): Promise<void> => {
    const pipeline = await pipelines.compile(step);
    if (isClosed) return;
    for (const [i, own] of placedOnce.entries())
      if (own.step.wgsl === step.wgsl) ready[i] = readyBy(i, own.step, pipeline, bindGroups);
  };
  const replaceAll = async (): Promise<void> => {
    try {
      await Promise.all([...missing.values()].map(replace));
      quick = undefined;
    } catch (error) {
      if (!isClosed) queue.tell((failure = error as Error));
      throw error;
    }
  };
  const settle = (): Promise<void> => (settling ??= replaceAll());
  // In the next task, who waited for the program has begun its first run. Begin when that is over: on a CPU adapter, compiler
  // and run would take each other's time.
  if (missing.size > 0) {
    setTimeout(() => {
      const begin = (): unknown => isClosed || settle().catch(() => {});
      device.queue.onSubmittedWorkDone().then(begin, begin);
    });
  }

  return {
    encode(next, places) {
      for (const { dispatch, pipeline, groups, group } of ready) {
        const pass = next();
        const { label, grid } = dispatch.step;
        pass.insertDebugMarker(label);
        pass.setPipeline(pipeline.pipeline);
        pass.setBindGroup(0, group ?? groups.of(pipeline, placedIn(dispatch, places)));
        pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      }
    },
    dispatches: (places) => placedOnce.map((dispatch) => placedIn(dispatch, places)),
    standIn(index) {
      const { step } = ready[index].dispatch;
      return step === dispatches[index].step ? undefined : step;
    },
    settle,
    get failure() {
      return failure;
    },
    close() {
      isClosed = true;
    },
  };
}

/** The dispatch on the storages that its values stand for. */
function placedIn({ step, operands }: Dispatch, places: Places): Dispatch {
  const real = ({ storage, offset, byteLength }: Bound): Bound => ({
    storage: places.get(storage) ?? storage,
    offset,
    byteLength,
  });
  return { step, operands: operands.map(real) };
}
