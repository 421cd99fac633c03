/**
 * Dispatches that run again and again: their pipelines are compiled, and buffers that are the same in every run are bound once.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Bound, Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';

/** The storages of a run, by the values that they stand for. */
export type Places = ReadonlyMap<Storage, Storage>;

/** A dispatch that is ready to run, except for the buffers of the run. */
interface Ready {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
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
  /** The dispatches with the buffers of a run. */
  dispatches(places: Places): readonly Dispatch[];
}

/**
 * @param dispatches whose programs are compiled
 * @param placed the storages of the values that the program owns
 * @param loose values that have another storage in each run
 */
export function createReplay(
  context: GpuContext,
  dispatches: readonly Dispatch[],
  placed: Places,
  loose: ReadonlySet<Storage>,
): Replay {
  const { pipelines, bindGroups } = context;
  const ready = dispatches.map((dispatch): Ready => {
    const pipeline = pipelines.ready(dispatch.step.wgsl);
    if (pipeline === undefined || pipeline instanceof Error)
      throw pipeline ?? new Error('compile: a program is missing');
    const isFixed = dispatch.operands.every(
      ({ storage }) => !loose.has(storage) && (placed.has(storage) || !storage.external),
    );
    const group = isFixed ? bindGroups.of(pipeline, placedIn(dispatch, placed)) : undefined;
    return { dispatch: placedIn(dispatch, placed), pipeline, group };
  });
  return {
    encode(next, places) {
      for (const { dispatch, pipeline, group } of ready) {
        const pass = next();
        const { label, grid } = dispatch.step;
        pass.insertDebugMarker(label);
        pass.setPipeline(pipeline.pipeline);
        pass.setBindGroup(0, group ?? bindGroups.of(pipeline, placedIn(dispatch, places)));
        pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      }
    },
    dispatches: (places) => ready.map(({ dispatch }) => placedIn(dispatch, places)),
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
