/**
 * The time that measuring may take.
 *
 * @module
 */
import { untilAborted } from '../tensor/prepare';
import { AT_ONCE, type Pace } from './pace';

export interface Budget {
  readonly signal?: AbortSignal;
  readonly pace: Pace;
  /** When the time is up, on the clock of the pace. */
  readonly end: number;
  /** Whether the time is up. */
  readonly expired: () => boolean;
  /**
   * Settles as the work does, but rejects with `OUT_OF_TIME` if the time is up before, or with the signal's reason. A browser
   * cannot be told to stop compiling, so the work goes on, but nobody waits for it.
   */
  readonly within: <T>(work: Promise<T>) => Promise<T>;
}

/** Is thrown when the time is up. */
export const OUT_OF_TIME: Error = /* @__PURE__ */ new Error('depthwise: the time is up');

/** @param end on the clock of the pace, which is `performance.now` without the time it waited; Infinity for no limit */
export function budgetUntil(end: number, signal?: AbortSignal, pace: Pace = AT_ONCE): Budget {
  return {
    signal,
    pace,
    end,
    expired: () => pace.now() >= end,
    async within(work) {
      const waiting = untilAborted(work, signal);
      if (end === Infinity) return waiting;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(OUT_OF_TIME), Math.min(end - pace.now(), 2 ** 31 - 1));
      });
      try {
        return await Promise.race([waiting, over]);
      } finally {
        clearTimeout(timer);
        waiting.catch(() => {});
      }
    },
  };
}
