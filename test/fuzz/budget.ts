/**
 * How much to fuzz: the cases and the time that CI can afford, or what `npm run fuzz` was given.
 *
 * @module
 */
import { runProperty, type Property } from './property';
import { newSeen, printSeen, type Seen } from './seen';

const told: Readonly<Record<string, unknown>> = import.meta.env;

/**
 * The seed is always the same in CI, so that a change is judged by its own faults. This one reaches every kernel and relation.
 */
const SEED = 5;

const isLong = [told.VITE_FUZZ_N, told.VITE_FUZZ_NETWORKS, told.VITE_FUZZ_PEERS].some((count) => count !== undefined);

/** After this time a short run begins no further case, so that a slow machine tries fewer cases instead of failing. */
export const BUDGET_MS: number = isLong ? Infinity : 120_000;

/** The time limit of a test. A long run has none. */
export const TIMEOUT_MS: number = isLong ? 2 ** 31 - 1 : 600_000;

/** What a run has reached, and whether it had as many cases as the usual run, which reaches everything. */
export interface Fuzzed extends Seen {
  readonly isWhole: boolean;
}

/**
 * Runs a property for its share of the cases. A long run reports what it reached.
 *
 * @param usual cases in CI
 * @param share of a long run's cases
 */
export async function fuzz<T>(
  propertyOf: (seen: Seen) => Property<T>,
  { usual, share }: { readonly usual: number; readonly share: number },
): Promise<Fuzzed> {
  const seen = newSeen();
  const property = propertyOf(seen);
  const cases = told.VITE_FUZZ_N === undefined ? usual : Math.ceil(Number(told.VITE_FUZZ_N) * share);
  const seed = Number(told.VITE_FUZZ_SEED ?? SEED);
  const quickStart = told.VITE_FUZZ_QUICK_START !== undefined;
  const again = `npm run fuzz -- --n ${Math.ceil(cases / share)} --seed ${seed}${quickStart ? ' --quick-start' : ''}`;
  const begin = performance.now();
  const done = await runProperty(property, { cases, seed, again, quickStart, deadline: begin + BUDGET_MS });
  const seconds = (performance.now() - begin) / 1000;
  if (told.VITE_FUZZ_N !== undefined) console.log(printSeen(property.name, done, seconds, seen));
  const isWhole = done >= Math.max(cases, usual);
  if (done < cases)
    console.warn(`${property.name}: ${done} of ${cases} cases in ${seconds.toFixed(0)} s, which is the budget`);
  return { ...seen, isWhole };
}

/** The time for calls against other libraries, unless a number of them was requested. */
const PEERS_MS = 5_000;

/** Runs the property of calls against other libraries: for a few seconds, or the requested number of times. */
export async function fuzzPeers<T>(propertyOf: (seen: Seen) => Property<T>): Promise<Seen> {
  const seen = newSeen();
  const property = propertyOf(seen);
  const count = told.VITE_FUZZ_PEERS;
  const cases = Number(count ?? 2000);
  const seed = Number(told.VITE_FUZZ_SEED ?? SEED);
  const begin = performance.now();
  const deadline = count === undefined ? begin + PEERS_MS : Infinity;
  const done = await runProperty(property, { cases, seed, again: `npm run fuzz -- --peers ${cases} --seed ${seed}`, deadline }); // prettier-ignore
  if (count !== undefined) console.log(printSeen(property.name, done, (performance.now() - begin) / 1000, seen));
  return seen;
}
