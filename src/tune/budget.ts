/**
 * How long measuring may go on.
 *
 * @module
 */
import { untilAborted } from '../tensor/prepare';
import { AT_ONCE, type Pace } from './pace';

export interface Budget {
  readonly signal?: AbortSignal;
  readonly pace: Pace;
  /** When it is up, as the pace counts. */
  readonly end: number;
  /** Whether the time is up. */
  readonly expired: () => boolean;
  /**
   * Settles as the work does, but rejects with `OUT_OF_TIME` when the time is up before, or with the signal's reason. A browser
   * cannot be told to stop compiling, so the work goes on; nobody waits for it.
   */
  readonly within: <T>(work: Promise<T>) => Promise<T>;
}

/** That the time is up. */
export const OUT_OF_TIME: Error = /* @__PURE__ */ new Error('depthwise: the time is up');

/** @param end as the pace counts, which is as `performance.now` does unless it waits; Infinity if there is time enough */
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
