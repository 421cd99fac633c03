/** Waits for the end of a signal. */

/** Rejects with the signal's reason when it is aborted. */
export function abortOf(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // Nobody may be waiting for it.
  aborted.catch(() => {});
  return aborted;
}
