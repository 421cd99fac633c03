/**
 * What measuring needs, and how it compiles programs.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import type { Pipelines } from '../gpu/pipelines';
import type { Plan } from '../kernels/plan';
import type { Budget } from './budget';
import type { Memory } from './memory';

export interface Lab {
  readonly context: GpuContext;
  /** A cache of the caller's: most of what is tried is never used again. */
  readonly pipelines: Pipelines;
  readonly memory: Memory;
  readonly budget: Budget;
}

/** How many programs to compile at a time where others need the compiler, too. */
const FEW = 4;

/**
 * Compiles the programs of plans side by side. A program that does not compile fails again when it is run. If no program has
 * compiled for a while, it does not wait for the rest.
 */
export async function compileAll({ pipelines, budget }: Lab, plans: readonly Plan[]): Promise<void> {
  const { pace, signal } = budget;
  const steps = plans.flatMap(({ parts }) => parts.map(({ step }) => step));
  const programs = [...new Map(steps.map((step) => [step.wgsl, step])).values()];
  const atOnce = pace.isGentle ? FEW : programs.length;
  for (let first = 0; first < programs.length; first += atOnce) {
    await pace.rest();
    signal?.throwIfAborted();
    const compiling = programs.slice(first, first + atOnce).map((program) => pipelines.compile(program));
    await whileMoving(compiling, pace.patienceMs);
  }
}

/** Whether the compiler has finished all programs of a plan, well or not. Call it after `compileAll`. */
export function isCompiled({ pipelines }: Lab, { parts }: Plan): boolean {
  return parts.every(({ step }) => pipelines.ready(step.wgsl) !== undefined);
}

/** The message about a program that the compiler has not finished. */
export function notCompiled({ budget }: Lab): string {
  return `has not compiled within ${budget.pace.patienceMs / 1000} s`;
}

/** Settles when all of the work has settled, or when none of it has settled for so long. */
async function whileMoving(work: readonly Promise<unknown>[], patienceMs: number): Promise<void> {
  let giveUp: () => void;
  const stalled = new Promise<void>((resolve) => (giveUp = resolve));
  let timer = setTimeout(giveUp!, patienceMs);
  const moved = (): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patienceMs);
  };
  const moving = work.map((one) => one.then(moved, moved));
  await Promise.race([Promise.all(moving), stalled]);
  clearTimeout(timer);
}
