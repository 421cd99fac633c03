/** A dispatch as it was asked for. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  /** By index, the parameters of `setBindGroup` after the index. */
  readonly groups: readonly (GroupParameters | undefined)[];
  readonly grid: Grid;
}

export type GroupParameters = readonly [group: GPUBindGroup, ...rest: unknown[]];

/** The number of workgroups, or the buffer in which the GPU finds it. */
export type Grid =
  | { readonly counts: Parameters<GPUComputePassEncoder['dispatchWorkgroups']> }
  | { readonly buffer: GPUBuffer; readonly offset: number };
