/**
 * Failures in the words of `failures.ts`, which few apps ever load.
 *
 * @module
 */
import type * as failures from './failures';
import { pause } from './life';

/** Milliseconds to wait for that file. */
const PATIENCE = 5000;

/**
 * A failure as an error of the library. If the server does not have the file any more, or does not answer, the error has the
 * browser's own words.
 *
 * @param cause what the browser reported
 */
export async function worded(cause: unknown, word: (words: typeof failures) => Promise<Error>): Promise<Error> {
  const words = await Promise.race([import('./failures').catch(() => undefined), pause(PATIENCE)]);
  return words === undefined ? new Error(`depthwise: ${(cause as Error).message}`, { cause }) : word(words);
}
