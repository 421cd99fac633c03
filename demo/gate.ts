/** Pauses a run while its tab is hidden, because browsers slow down hidden tabs. */

export interface Gate {
  /** Waits until the page is visible. */
  readonly pass: () => Promise<void>;
  /** How often the run had to wait so far. */
  readonly pauses: () => number;
}

export function visibilityGate(): Gate {
  let pauses = 0;
  let opening: Promise<void> | undefined;
  const seen = async (): Promise<void> => {
    pauses++;
    await new Promise<void>((resolve) => {
      const listen = (): void => {
        if (document.hidden) return;
        document.removeEventListener('visibilitychange', listen);
        resolve();
      };
      document.addEventListener('visibilitychange', listen);
    });
    opening = undefined;
  };
  return {
    pass: async () => {
      if (document.hidden) await (opening ??= seen());
    },
    pauses: () => pauses,
  };
}
