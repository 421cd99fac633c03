/** When a page may measure: browsers slow down what a hidden tab does, so a run waits until the tab is seen again. */

export interface Gate {
  /** Waits until the page is seen. */
  readonly pass: () => Promise<void>;
  /** How often somebody had to wait so far. */
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
