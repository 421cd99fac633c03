/** The message of a failing call. A call that does not fail fails the test. */

/** The message of the error that `call` throws. */
export function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Phrases of the JavaScript engine's own errors, which tell a user nothing about a file. */
export const ENGINE_WORDS: RegExp =
  /undefined|of null|is NaN|is not a function|Cannot |not iterable|Invalid|call stack|out of (memory|range|bounds)/;

/** The message with which `promise` rejects. */
export async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was rejected');
}
