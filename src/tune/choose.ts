/**
 * Which kernel and tile a problem gets: the first of its op's list that supports it, with the kernel's default tile.
 * The lists are in the order of preference; a measured winner will take precedence over them here.
 *
 * @module
 */
import type { Kernel, Target } from '../kernels/kernel';
import type { Tile } from '../step';

/** A kernel and tile, and the reason in one sentence. */
export interface Choice<P> {
  readonly kernel: Kernel<P>;
  readonly tile: Tile;
  readonly why: string;
}

/**
 * The kernel and tile for a problem.
 *
 * @param kernels the op's kernels, the fastest where it applies first; the last supports everything
 */
export function choose<P>(kernels: readonly Kernel<P>[], problem: P, target: Target): Choice<P> {
  const kernel = kernels.find((candidate) => candidate.supports(problem));
  if (kernel === undefined)
    throw new Error(`no kernel of ${kernels.map((k) => k.name).join(', ')} supports the problem`);
  return { kernel, tile: kernel.tiles(problem, target)[0], why: `default rule: ${kernel.why}` };
}
