/**
 * How much to fuzz: what CI can afford, in cases and in time, or what `npm run fuzz` was told.
 *
 * @module
 */
import { runProperty, type Property } from './property';
import { newSeen, printSeen, type Seen } from './seen';

const told: Readonly<Record<string, unknown>> = import.meta.env;

/** Always the same in CI, so that a change is judged by its own faults; one that reaches every kernel and relation. */
const SEED = 5;

const isLong = [told.VITE_FUZZ_N, told.VITE_FUZZ_NETWORKS, told.VITE_FUZZ_PEERS].some((count) => count !== undefined);

/** When a run that is no long one begins no further case: a slow machine tries fewer of them, and fails for none. */
export const BUDGET_MS: number = isLong ? Infinity : 120_000;

/** As long as a test may take: a long run has no limit. */
export const TIMEOUT_MS: number = isLong ? 2 ** 31 - 1 : 600_000;

/** What a run has reached, and whether its time was enough for all of its cases. */
export interface Fuzzed extends Seen {
  readonly isWhole: boolean;
}

/**
 * Runs a property for its part of the cases, and says what it reached if it was a long run.
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
  const again = `npm run fuzz -- --n ${Math.ceil(cases / share)} --seed ${seed}`;
  const begin = performance.now();
  const done = await runProperty(property, { cases, seed, again, deadline: begin + BUDGET_MS });
  const seconds = (performance.now() - begin) / 1000;
  if (told.VITE_FUZZ_N !== undefined) console.log(printSeen(property.name, done, seconds, seen));
  const isWhole = done >= cases;
  if (!isWhole)
    console.warn(`${property.name}: ${done} of ${cases} cases in ${seconds.toFixed(0)} s, which is the budget`);
  return { ...seen, isWhole };
}

/** As long as calls against other libraries may take where nobody asked for so many of them. */
const PEERS_MS = 5_000;

/** Runs the property of calls against other libraries: for a few seconds, or as often as was told. */
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
