/**
 * Winograd's algorithm as a further way to compute a convolution: a chunk of its own, which is loaded where an app allows it.
 *
 * @module
 */
import type { Memory, Winner } from './memory';

/**
 * Lets the tuner try it and its winners be used, or goes back to what was measured without it; undefined changes nothing.
 *
 * @throws (rejects) if the chunk cannot be loaded
 */
export async function allowWinograd(memory: Memory, isAllowed: boolean | undefined): Promise<void> {
  if (isAllowed === undefined || isAllowed === (memory.winograd !== undefined)) return;
  memory.winograd = isAllowed ? (await import('../kernels/winograd')).winograd : undefined;
  memory.changed();
}

/** Whether a winner was measured where it was allowed. */
export function comparesWinograd({ problem }: Winner): boolean {
  return problem.startsWith('conv2d/winograd ');
}
