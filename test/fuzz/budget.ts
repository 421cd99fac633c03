/** How much to fuzz: what CI can afford, or what `npm run fuzz` was told. */
import { runProperty, type Property } from './property';
import { newSeen, printSeen, type Seen } from './seen';

const told: Readonly<Record<string, unknown>> = import.meta.env;

/** Always the same in CI, so that a change is judged by its own faults; one that reaches every kernel and relation. */
const SEED = 5;

/** As long as a test may take: a long run has no limit. */
export const TIMEOUT_MS: number = told.VITE_FUZZ_N === undefined ? 180_000 : 2 ** 31 - 1;

/**
 * Runs a property for its part of the cases, and says what it reached if it was a long run.
 *
 * @param usual cases in CI
 * @param share of a long run's cases
 */
export async function fuzz<T>(
  propertyOf: (seen: Seen) => Property<T>,
  { usual, share }: { readonly usual: number; readonly share: number },
): Promise<Seen> {
  const seen = newSeen();
  const property = propertyOf(seen);
  const cases = told.VITE_FUZZ_N === undefined ? usual : Math.ceil(Number(told.VITE_FUZZ_N) * share);
  const seed = Number(told.VITE_FUZZ_SEED ?? SEED);
  const again = `npm run fuzz -- --n ${Math.ceil(cases / share)} --seed ${seed}`;
  const begin = performance.now();
  const done = await runProperty(property, { cases, seed, again });
  const seconds = (performance.now() - begin) / 1000;
  if (told.VITE_FUZZ_N !== undefined) console.log(printSeen(property.name, done, seconds, seen));
  return seen;
}
