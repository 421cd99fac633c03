/**
 * The pace of measuring beside the page's other work: as fast as possible, or only when nobody needs the device.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { pause } from '../gpu/life';
import { workDone } from '../gpu/work-done';

export interface Pace {
  /** The time of `performance.now`, without the time that was waited. */
  now(): number;
  /** Lets others go first. */
  rest(): Promise<void>;
  /** Whether to keep trials short, so that others need not wait long: one submit each, and few compilations at a time. */
  readonly isGentle: boolean;
  /** Milliseconds that a trial may take; a trial that takes longer may never end. */
  readonly patienceMs: number;
}

/** Default patience: longer than browsers let a GPU work on one thing, since most end the device after 2 to 15 s. */
const PATIENCE_MS = 20_000;

/** The pace where nothing else matters. */
export const AT_ONCE: Pace = /* @__PURE__ */ atOnce();

/** The pace that never waits. */
export function atOnce(patienceMs: number = PATIENCE_MS): Pace {
  return { now: () => performance.now(), rest: async () => {}, isGentle: false, patienceMs };
}

/** How long trials may go on before others get their turn: half of a frame. */
const SLICE_MS = 8;

/** The longest wait for others, so that even an app that is never idle is tuned, if slowly. */
const IDLE_WITHIN_MS = 500;

/** The pace that waits until the GPU has done the app's work and the page has nothing to do. */
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
  // Safari and workers have no `requestIdleCallback`.
  await new Promise<void>((resolve) => (requestIdleCallback ?? setTimeout)(() => resolve()));
}
