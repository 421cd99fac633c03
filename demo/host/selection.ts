/** Which rows of host time a filter asks for. */
import { patternOf } from '../pattern';
import { HOST_ROWS } from './rows';

/**
 * A filter that begins with "host" asks for these rows, and for nothing else. No other filter asks for them, so that they do not
 * slow down a run of layers.
 *
 * @returns names of rows; undefined if the filter asks for layers, networks or models
 * @throws if it asks for rows that do not exist
 */
export function hostRowsOf(filter: string): readonly string[] | undefined {
  if (!/^\^?host\b/i.test(filter)) return undefined;
  const pattern = patternOf(filter);
  const names = HOST_ROWS.map(({ name }) => name);
  const found = names.filter((name) => pattern.test(`host ${name}`));
  if (found.length > 0) return found;
  throw new Error(
    `no row of host time matches the filter /${filter}/; there are ${names.map((name) => `"host ${name}"`).join(', ')}`,
  );
}
