/**
 * Which kernels made a tensor, and why.
 *
 * @module
 */
import { reasonBehind, stepsBehind } from '../gpu/provenance';
import type { Grid, Tile } from '../step';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';

/** How a tensor was computed. */
export interface Explanation {
  /** The dispatches of the op that made it, in order; none for an upload. */
  readonly steps: readonly {
    /** The kernel's name, `family/method`. */
    readonly kernel: string;
    /** The knobs that its tile set. */
    readonly tile: Tile;
    /** Kernel, tile and problem in one line. */
    readonly label: string;
    /** Workgroups along x, y and z. */
    readonly grid: Grid;
  }[];
  /** The reason for these kernels, in one sentence. */
  readonly why: string;
}

/**
 * Says which kernels and tiles made a tensor, and why they were taken.
 *
 * @param tensor of any op; disposed or not
 * @returns the dispatches of the op, in order, and the reason in one sentence
 * @throws if it is no tensor
 * @example
 * ```ts
 * const { steps, why } = explain(depthwiseConv2d(x, filter));
 * console.log(steps[0].kernel, steps[0].tile, why); // depthwise/tile { TILE_WIDTH: 4, ... } default rule for apple: ...
 * ```
 * @see https://www.w3.org/TR/webgpu/#dom-gpucomputepassencoder-dispatchworkgroups (what a grid is)
 */
export function explain(tensor: Tensor): Explanation {
  checkTensor('explain', 'tensor', tensor);
  const { provenance } = tensor;
  if (provenance === undefined) return { steps: [], why: 'uploaded or wrapped, not computed' };
  const steps = stepsBehind(provenance).map(({ kernel, tile, label, grid }) => ({ kernel, tile, label, grid }));
  return { steps, why: reasonBehind(provenance) };
}
