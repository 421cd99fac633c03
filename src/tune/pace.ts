/**
 * How measuring goes on beside all else that the page does: as fast as it can, or whenever nobody needs the device.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { pause } from '../gpu/life';
import { workDone } from '../gpu/work-done';

export interface Pace {
  /** As `performance.now` counts, without what was waited. */
  now(): number;
  /** Lets others go first. */
  rest(): Promise<void>;
  /** Whether trials are kept short, so that others need not wait for long: one submit each, and few compilations at a time. */
  readonly isGentle: boolean;
  /** Milliseconds that a trial may take; one that takes longer may never end. */
  readonly patienceMs: number;
}

/** Longer than browsers let a GPU work on one thing: most end the device after 2 to 15 s. */
const PATIENCE_MS = 20_000;

/** What nothing else matters to. */
export const AT_ONCE: Pace = /* @__PURE__ */ atOnce();

/** As fast as it can. */
export function atOnce(patienceMs: number = PATIENCE_MS): Pace {
  return { now: () => performance.now(), rest: async () => {}, isGentle: false, patienceMs };
}

/** So long may trials go on before others get their turn: half of a frame. */
const SLICE_MS = 8;

/** The longest that others are waited for: an app that is never idle is tuned all the same, slowly. */
const IDLE_WITHIN_MS = 500;

/** Whenever the GPU has done what the app gave it and the page has nothing to do. */
export function whenIdle(context: GpuContext, patienceMs: number = PATIENCE_MS): Pace {
  let waited = 0;
  let rested = -Infinity;
  const now = (): number => performance.now();
  return {
    now: () => now() - waited,
    async rest() {
      const start = now();
      if (start - rested < SLICE_MS) return;
      await Promise.race([idle(context), pause(IDLE_WITHIN_MS)]);
      rested = now();
      waited += rested - start;
    },
    isGentle: true,
    patienceMs,
  };
}

async function idle(context: GpuContext): Promise<void> {
  await context.queue.settled();
  await workDone(context);
  const { requestIdleCallback } = globalThis as { requestIdleCallback?: typeof window.requestIdleCallback };
  // Safari has none, and workers have none.
  await new Promise<void>((resolve) => (requestIdleCallback ?? setTimeout)(() => resolve()));
}
