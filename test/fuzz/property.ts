/**
 * Runs a property over many generated values, several at a time so that programs compile and reads arrive side by side,
 * and shrinks the first failure alone.
 */
import fc from 'fast-check';
import type { Gpu } from '../../src/index';
import { withGpu } from '../support/gpu';

export interface Property<T> {
  readonly name: string;
  readonly arbitrary: fc.Arbitrary<T>;
  /** What is wrong with a value, as text to paste; empty if all is well. */
  readonly attempt: (gpu: Gpu, value: T) => Promise<readonly string[]>;
  /** How many cases a value stands for. */
  readonly count: (value: T) => number;
}

/** How many cases to run, from which random numbers. */
export interface Budget {
  readonly cases: number;
  readonly seed: number;
  /** The command that runs the same again. */
  readonly again: string;
  /** Whether first calls may run by stand-ins; default no, so that each case is computed by the kernel that it names. */
  readonly quickStart?: boolean;
  /** The time after which no further case begins, by `performance.now()`; if absent, there is no limit. */
  readonly deadline?: number;
}

/** The number of values whose commands are under way together. */
const TOGETHER = 12;

/** The number of values per device, because every program stays compiled until the device is destroyed. */
const PER_DEVICE = 25 * TOGETHER;

/** A simpler candidate may need compiling. After this time the simplest failure so far is taken. */
const SHRINK_MS = 60_000;

/**
 * Throws an error with the shrunk failure, its seed and its count if there is one.
 *
 * @returns how many cases were run
 */
export async function runProperty<T>(property: Property<T>, budget: Budget): Promise<number> {
  const { cases, seed, quickStart = false, deadline = Infinity } = budget;
  const values = fc.sample(property.arbitrary, { seed, numRuns: cases });
  let done = 0;
  for (let first = 0; first < values.length && done < cases; first += PER_DEVICE) {
    if (performance.now() > deadline) break;
    done = await withGpu({ quickStart }, async (gpu, errors) => {
      const count = await runSome(property, budget, values, [first, first + PER_DEVICE], done, gpu);
      await gpu.finished();
      const { buffersInUse } = gpu.memory();
      if (errors.length > 0) throw new Error(`${property.name}, seed ${seed}: the device says ${errors.join('; ')}`);
      if (buffersInUse > 0)
        throw new Error(`${property.name}, seed ${seed}: ${buffersInUse} buffers were not disposed`);
      return count;
    });
  }
  return done;
}

async function runSome<T>(
  property: Property<T>,
  { cases, seed, again, deadline = Infinity }: Budget,
  values: readonly T[],
  [begin, end]: readonly [number, number],
  before: number,
  gpu: Gpu,
): Promise<number> {
  const { name, attempt, count } = property;
  let done = before;
  for (let first = begin; first < Math.min(end, values.length) && done < cases; first += TOGETHER) {
    if (performance.now() > deadline) break;
    const batch = values.slice(first, first + TOGETHER);
    const wrong = await Promise.all(batch.map((value) => attempt(gpu, value)));
    done += batch.reduce((sum, value) => sum + count(value), 0);
    const at = wrong.findIndex((failures) => failures.length > 0);
    if (at < 0) continue;
    const shrunk = await shrink(property, seed, first + at, gpu);
    const head = `${name}: failed by case ${done} of ${cases}, seed ${seed}; again: ${again}`;
    throw new Error([head, ...(shrunk ?? ['(not when it runs alone)', ...wrong[at]])].join('\n'));
  }
  return done;
}

/** The failures of the simplest failing value, searched from an index on. */
async function shrink<T>(
  { arbitrary, attempt }: Property<T>,
  seed: number,
  index: number,
  gpu: Gpu,
): Promise<readonly string[] | undefined> {
  let simplest: readonly string[] | undefined;
  const alone = fc.asyncProperty(arbitrary, async (value) => {
    const failures = await attempt(gpu, value);
    if (failures.length > 0) simplest = failures;
    return failures.length === 0;
  });
  await fc.check(alone, { seed, path: String(index), numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
  return simplest;
}
