/**
 * Runs programs only to time them, apart from the queue, with inputs and outputs of their own.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { createBindGroups } from '../gpu/bind-groups';
import { compileDispatches, timePasses, type Compiled } from '../gpu/timer';
import { createUniforms } from '../gpu/uniforms';
import type { Budget } from '../tune/budget';
import type { Bound } from './bound';
import { NO_OPTIONS } from './destinations';
import type { Parts } from './parts';
import { dropRun, preparedRun } from './run';

/** The least time that a sample should take: browsers round timestamps to 0.1 ms. */
export const SAMPLE_MS = 4;

/** The most runs in a sample. */
const MOST_REPEATS = 100;

/** The most rounds of a comparison, and the fewest that decide it. */
export const ROUNDS = { most: 9, least: 5 } as const;

/** A run that can be timed. */
export interface TimedRun {
  /** Milliseconds of each dispatch, in order. */
  steps(): Promise<readonly number[]>;
  /** Milliseconds of a run, as the mean of so many runs in one sample. */
  whole(repeat: number): Promise<number>;
  close(): void;
}

/** @throws if there is no room for inputs and outputs */
export async function openRun(op: string, bound: Bound<unknown>): Promise<TimedRun> {
  const { context, parts, held, replay } = bound;
  const { device } = context;
  const run = preparedRun(op, context, parts, held, replay, { feeds: feedsOf(parts), options: NO_OPTIONS });
  let dispatches: readonly Compiled[];
  try {
    // Submit first: commands that wait may name the same buffers of the pool, and these must not go before them.
    await context.queue.settled();
    dispatches = await compileDispatches(context.pipelines, replay.dispatches(run.places));
  } catch (error) {
    dropRun(context, run);
    throw error;
  }
  // Use caches of its own, so that timing drives nothing of the app's out of the caches.
  const groups = createBindGroups(device, createUniforms(device));
  return {
    async steps() {
      const passes = dispatches.map((dispatch) => ({ dispatches: [dispatch], repeat: 1 }));
      return timePasses(op, context, groups, passes);
    },
    async whole(repeat) {
      const [ms] = await timePasses(op, context, groups, [{ dispatches, repeat }]);
      return ms / repeat;
    },
    close: () => dropRun(context, run),
  };
}

/** Times two programs in rounds; each goes first in every other round. Undefined if there was no time for enough rounds. */
export async function timesInTurn(
  one: TimedRun,
  other: TimedRun,
  { pace, signal, expired }: Budget,
): Promise<readonly [readonly number[], readonly number[]] | undefined> {
  const sample = async (run: TimedRun, repeat: number): Promise<number> => {
    await pace.rest();
    signal?.throwIfAborted();
    return run.whole(repeat);
  };
  // The first run of each has a cold cache; use it only to find out how many runs fill a sample.
  const first = Math.max(await sample(one, 1), await sample(other, 1));
  const repeat = Math.min(Math.max(1, Math.ceil(SAMPLE_MS / first)), MOST_REPEATS);
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS.most && !expired(); round++) {
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) times[i].push(await sample(i === 0 ? one : other, repeat));
  }
  return times[0].length < ROUNDS.least ? undefined : times;
}

/** Numbers for every input. A kernel's time does not depend on them, but zeros might be faster. */
function feedsOf({ inputs }: Parts<unknown>): Readonly<Record<string, Float32Array>> {
  const numbers = (shape: readonly number[]): Float32Array =>
    new Float32Array(sizeOf(shape)).map((_, i) => ((i % 7) + 1) / 8);
  return Object.fromEntries(Array.from(inputs, ([name, { form }]) => [name, numbers(form.shape)]));
}
