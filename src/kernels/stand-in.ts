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

/** What may compute first calls and first runs in the place of another step. */
export interface Substitute {
  readonly step: Step;
  /** About how many milliseconds it takes. */
  readonly ms: number;
  /** Whether a single call has its result sooner by it, while the other program is being compiled; it may be compiled itself. */
  readonly isSooner: (isCompiled: boolean) => boolean;
}

/**
 * The substitute for `own`.
 *
 * @param multiplyAdds those of the problem
 */
export function substituteFor<P>(
  own: Step,
  { kernel, tile, pace }: NonNullable<Choice<P>['standIn']>,
  problem: P,
  epilogue: Epilogue,
  target: Target,
  multiplyAdds: number,
): Substitute {
  const step = kernel.step(problem, tile, epilogue, target);
  const ms = multiplyAdds * pace * 1e-6;
  const [waited, compiling] = [own, step].map(({ wgsl }) => compilingMs(wgsl));
  return { step, ms, isSooner: (isCompiled) => ms + (isCompiled ? 0 : compiling) < waited };
}

/** About how many milliseconds a compiler is busy with a program, beyond what it takes for the shortest. */
export function compilingMs(wgsl: string): number {
  return wgsl.split('[').length * COMPILING;
}
