/** Waiting that a signal can end. */

/** Rejects with the signal's reason when it is aborted, and until then does nothing. */
export function abortOf(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // Nobody may be waiting for it.
  aborted.catch(() => {});
  return aborted;
}
