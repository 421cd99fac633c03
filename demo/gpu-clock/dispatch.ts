/** A dispatch as it was asked for. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  /** By index, the parameters of `setBindGroup` after it. */
  readonly groups: readonly (GroupParameters | undefined)[];
  readonly grid: Grid;
}

export type GroupParameters = readonly [group: GPUBindGroup, ...rest: unknown[]];

/** Workgroups, or where the GPU finds how many. */
export type Grid =
  | { readonly counts: Parameters<GPUComputePassEncoder['dispatchWorkgroups']> }
  | { readonly buffer: GPUBuffer; readonly offset: number };
