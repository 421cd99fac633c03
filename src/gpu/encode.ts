/**
 * Dispatches into command encoders.
 *
 * @module
 */
import type { Step } from '../step';
import type { BindGroups } from './bind-groups';
import type { Storage } from './buffers';
import type { Pipeline } from './pipelines';

/** A range of a storage, in bytes from where the storage begins. */
export interface Bound {
  readonly storage: Storage;
  readonly offset: number;
  readonly byteLength: number;
}

/** A step with its buffers. */
export interface Dispatch {
  readonly step: Step;
  /** What is bound, in the order of the step's storage bindings. */
  readonly operands: readonly Bound[];
}

/** Writes one dispatch into an open pass, `repeat` times over, after a marker that names its problem. */
export function encodeDispatch(
  groups: BindGroups,
  pass: GPUComputePassEncoder,
  pipeline: Pipeline,
  dispatch: Dispatch,
  repeat = 1,
): void {
  const { label, grid } = dispatch.step;
  pass.insertDebugMarker(label);
  pass.setPipeline(pipeline.pipeline);
  pass.setBindGroup(0, groups.of(pipeline, dispatch));
  for (let i = 0; i < repeat; i++) pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
}
