/**
 * The question of which kernel computes a problem, with which tile, and the answer by rule. Measurements may give another
 * answer; see tune/memory.ts.
 *
 * @module
 */
import type { Tile } from '../step';
import type { Way } from './chain';
import type { Epilogue } from './epilogue';
import type { Halves } from './half';
import { canRun, targetWith, type Kernel, type StandIn, type Target } from './kernel';
import type { Operation } from './operation';

/** What is to be computed, and the kernels that may do it. */
export interface Question<P = unknown> {
  readonly operation: Operation<P>;
  /** The operation's kernels that serve here, in order of preference; the last supports everything. */
  readonly kernels: readonly Way<P>[];
  readonly problem: P;
  readonly epilogue: Epilogue;
  /** What of the step is float16; default nothing. */
  readonly halves?: Halves;
}

/** A kernel and tile, and the reason in one sentence. */
export interface Choice<P = unknown> {
  readonly kernel: Way<P>;
  readonly tile: Tile;
  readonly why: string;
  /** What computes the first calls, if that may be another kernel or tile. */
  readonly standIn?: StandIn & { readonly kernel: Kernel<P> };
}

/**
 * The default rule: the first kernel that supports the problem and suits the device, with its default tile. If no kernel
 * suits the device, the caller still needs one: take the first that supports the problem.
 */
export function byRule<P>({ operation, kernels, problem, halves }: Question<P>, device: Target): Choice<P> {
  const target = targetWith(halves, device);
  const able = kernels.filter((k) => canRun(k, problem, target));
  const kernel = able.find((k) => k.suits?.(problem, target) !== false) ?? able[0];
  const why = operation.kernels.length === 1 ? kernel.why : `default rule for ${target.profile.name}: ${kernel.why}`;
  const standIn = operation.isMethod === true ? undefined : standInOf(able, problem, target);
  return { kernel, tile: kernel.tiles(problem, target)[0], why, standIn };
}

/** The first kernel that stands in for others. */
function standInOf<P>(able: readonly Way<P>[], problem: P, target: Target): Choice<P>['standIn'] {
  if (target.quickStart !== true) return undefined;
  for (const kernel of able) {
    const standIn = 'step' in kernel ? kernel.standsIn?.(problem, target) : undefined;
    if (standIn !== undefined) return { ...standIn, kernel: kernel as Kernel<P> };
  }
  return undefined;
}
