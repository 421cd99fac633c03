/**
 * How much the CPU may do for a file. Its nodes block the page while they run, and a file of a few bytes can name sizes that
 * keep it busy for minutes. So every host op says what it is about to do, in steps, before it does it.
 *
 * @module
 */
import { check } from '../conv/check';

/** What is left for some nodes together. */
export interface HostWork {
  /** Steps: an element along one axis each, or what takes as long. */
  left: number;
  /** Whether the last op was stopped, since it was too much. */
  exceeded: boolean;
}

/**
 * The most steps at loading, and in each run: a fraction of a second on a fast machine, a second or two on a slow one.
 */
export const MAX_STEPS: number = 2 ** 25;

/** Whose steps are taken; nobody's where an array is decoded to be uploaded. */
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

/** Throws, and has it known that the op was too much, unless the condition holds. */
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
