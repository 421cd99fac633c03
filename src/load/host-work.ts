/**
 * Limits the work of the CPU for a file. Nodes on the CPU block the page while they run, and a file of a few bytes can name
 * sizes that keep it busy for minutes. So every host op says how many steps it is about to take before it takes them.
 *
 * @module
 */
import { check } from '../conv/check';

/** The work left for a group of nodes. */
export interface HostWork {
  /** Steps: one element along one axis each, or work that takes as long. */
  left: number;
  /** Whether the last op was stopped because it was too much work. */
  exceeded: boolean;
}

/**
 * The most steps at loading, and in each run: a fraction of a second on a fast machine, a second or two on a slow one.
 */
export const MAX_STEPS: number = 2 ** 25;

/** The work whose steps are spent; none while an array is decoded to be uploaded. */
let current: HostWork | undefined;

/** The work of one loading or run, before it begins. */
export function newWork(): HostWork {
  return { left: MAX_STEPS, exceeded: false };
}

/** Runs an op that spends of this work. */
export function working<T>(work: HostWork, op: () => T): T {
  const outer = current;
  current = work;
  work.exceeded = false;
  try {
    return op();
  } finally {
    current = outer;
  }
}

/** Unless the condition holds, notes that the op was too much work, and throws. */
export function checkWork(fits: boolean, message: () => string): void {
  if (!fits && current !== undefined) current.exceeded = true;
  check(fits, message);
}

/** Takes the steps of a loop that is about to begin. */
export function spend(steps: number): void {
  if (current === undefined) return;
  const { left } = current;
  checkWork(
    steps <= left,
    () =>
      `it takes ${steps} steps on the CPU, but of the ${MAX_STEPS} that all such nodes may take together ${left} are left; choose outputs that do not need it with options.outputs`,
  );
  current.left -= steps;
}
