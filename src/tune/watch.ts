/**
 * Watches trials that may never end. A kernel that hangs the GPU leads to the loss of the device, to a page that somebody closes,
 * or to nothing at all. So each trial says what it tries, and a trial that takes suspiciously long is written into the store
 * before something worse happens. If it ends after all, it is removed from the store.
 *
 * Do not write before every trial: a trial takes some milliseconds and the store as long, and every visit that ends in the middle
 * of tuning would put an innocent kernel on the list.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { news, pause, type Life } from '../gpu/life';
import { workDone } from '../gpu/work-done';
import { untilAborted } from '../tensor/prepare';
import type { Budget } from './budget';
import { distrust, type Memory, type Trying } from './memory';

/** The error of a trial that has not ended. */
export class Hang extends Error {}

/** Trials take milliseconds; one that takes this long is written into the store. */
const SUSPICIOUS_MS = 1000;

/**
 * Waits for a trial.
 *
 * @throws (rejects) as the trial does, with a {@link Hang} if it takes too long, or with the signal's reason when it is aborted
 */
export async function watched<T>(
  life: Life,
  memory: Memory,
  { pace: { patienceMs }, signal }: Budget,
  trying: Trying,
  work: Promise<T>,
): Promise<T> {
  memory.trying = trying;
  // Do not suspect a trial on a destroyed device: such a device may never end its work, and its caller has given up by then.
  const isOver = (): boolean => memory.trying !== trying || life.loss !== undefined;
  const suspicion = setTimeout(
    () => {
      if (isOver()) return;
      memory.suspect = trying;
      memory.keep();
    },
    Math.min(SUSPICIOUS_MS, patienceMs / 2),
  );
  const settled = (): void => {
    clearTimeout(suspicion);
    if (memory.trying === trying) memory.trying = undefined;
    if (memory.suspect !== trying) return;
    memory.suspect = undefined;
    memory.keep();
  };
  const ending = work.then(settled, async (error: unknown) => {
    clearTimeout(suspicion);
    // A failure may be reported before the loss that causes it: wait for the loss, so that it knows what was tried.
    if (error instanceof DOMException) await news(life);
    if (life.loss === undefined) settled();
    throw error;
  });
  ending.catch(() => {});
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (!isOver()) blame(memory, trying);
      reject(new Hang(`has not ended within ${patienceMs / 1000} s; it is not tried again on this device`));
    }, patienceMs);
  });
  try {
    return await untilAborted(Promise.race([ending.then(() => work), over]), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Puts a trial on its list of the memory for good. */
export function blame(memory: Memory, { list, id }: Trying): void {
  if (list === undefined || id === undefined) return;
  if (list === 'broken') distrust(memory, id);
  else memory.hung.add(id);
  memory.changed();
  memory.keep();
}

/**
 * Waits for the GPU after a trial that has not ended.
 *
 * @param said names the trial and what it did
 * @throws (rejects) with a {@link Hang} if the GPU does nothing any more, or if the device is lost
 */
export async function comeBack(
  op: string,
  context: GpuContext,
  { pace: { patienceMs }, signal }: Budget,
  said: string,
): Promise<void> {
  const back = await untilAborted(Promise.race([workDone(context), pause(patienceMs)]), signal);
  context.life.check(op);
  if (back !== undefined) return;
  throw new Hang(`${op}: ${said}, and the GPU has done nothing for another ${patienceMs / 1000} s; reload the page`);
}
