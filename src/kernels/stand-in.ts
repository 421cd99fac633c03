/**
 * Stand-ins: a call whose program is not compiled yet may run by a shorter program, which is compiled sooner, or was compiled for
 * an earlier call of another shape. The chosen program is compiled meanwhile and computes all later calls.
 *
 * @module
 */
import type { Step } from '../step';
import type { Choice } from './choice';
import type { Epilogue } from './epilogue';
import type { Target } from './kernel';

/**
 * Milliseconds for which a compiler is busy with each access to an array: 0.2 to 0.36 on SwiftShader, beyond the 30 that the
 * shortest program takes (29 November 2026, time of the CPU). Compilers of GPUs are not faster.
 */
const COMPILING = 0.25;

/**
 * The step that computes first calls in place of `step`: none if waiting for the program is not longer than running by the
 * stand-in.
 *
 * @param multiplyAdds those of the problem
 */
export function standInFor<P>(
  step: Step,
  { standIn }: Choice<P>,
  problem: P,
  epilogue: Epilogue,
  target: Target,
  multiplyAdds: number,
): Step | undefined {
  if (standIn === undefined) return undefined;
  const { kernel, tile, pace } = standIn;
  const other = kernel.step(problem, tile, epilogue, target);
  return multiplyAdds * pace * 1e-6 < (accesses(step) - accesses(other)) * COMPILING ? other : undefined;
}

/** How many places of a program access an array. */
function accesses({ wgsl }: Step): number {
  return wgsl.split('[').length;
}
