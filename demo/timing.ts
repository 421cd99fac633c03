/**
 * Wall-clock times of calls to the GPU. A batch of calls is queued and waited for once, so that the wait (0.5 ms here) is
 * shared; the batches of rivals take turns, so that whatever else the machine does disturbs them alike.
 */
import { median, medianAbsoluteDeviation } from 'simple-statistics';

/** What can be timed. */
export interface Contender {
  /** Queues the work once, and frees what it made. */
  run(): void | Promise<void>;
  /** Waits until the GPU has done all that was queued. */
  sync(): Promise<void>;
  /** What one run alone has just taken, by `timed`, if it has been. */
  readonly knownMs?: number;
  /** One run alone by the GPU's own clock; undefined where it has none. */
  gpuMs?(): Promise<number | undefined>;
}

/** What a batch should take at least; Chromium's wait of 0.5 ms is below 1 % of it. */
const BATCH_MS = 60;
/** Or so many waits: Firefox looks only every 100 ms whether the GPU is done. */
const BATCH_WAITS = 5;
/** A GPU's fast layers would need more, but the page must not stand still while it queues them. */
const MOST_CALLS = 1000;
/** Calls slower than this get fewer rounds. */
const SLOW_MS = 500;
/** The GPU's own clock is steadier. */
const GPU_ROUNDS = 3;

export interface Timing {
  /** Median of the rounds, per call. */
  readonly ms: number;
  /** Median absolute deviation from it, as a share of it. */
  readonly spread: number;
  /** Median time on the GPU's own clock; undefined where it has none. */
  readonly gpuMs?: number;
}

/** Milliseconds from queueing the calls to their end on the GPU. */
export async function timed(contender: Contender, calls = 1): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const running = contender.run();
    if (running !== undefined) await running;
  }
  await contender.sync();
  return performance.now() - start;
}

export interface Race {
  readonly rounds: number;
  /** For those whose call takes longer than half a second. */
  readonly slowRounds: number;
}

/** Times each contender, in rounds that start with another one each time. All must have run before. */
export async function interleaved(contenders: readonly Contender[], { rounds, slowRounds }: Race): Promise<Timing[]> {
  const racers = [];
  for (const contender of contenders) {
    const { batch, estimate } = await batchOf(contender);
    const few = estimate > SLOW_MS ? Math.min(rounds, slowRounds) : rounds;
    // A trial of one call that fills a batch is a round already.
    racers.push({ contender, batch, rounds: few, ms: batch === 1 ? [estimate] : [], gpuMs: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < racers.length; turn++) {
      const racer = racers[(round + turn) % racers.length];
      if (racer.ms.length >= racer.rounds) continue;
      racer.ms.push((await timed(racer.contender, racer.batch)) / racer.batch);
      const gpuMs = round < GPU_ROUNDS ? await racer.contender.gpuMs?.() : undefined;
      if (gpuMs !== undefined) racer.gpuMs.push(gpuMs);
    }
  }
  return racers.map(({ ms, gpuMs }) => ({
    ms: median(ms),
    spread: medianAbsoluteDeviation(ms) / median(ms),
    gpuMs: gpuMs.length > 0 ? median(gpuMs) : undefined,
  }));
}

/** How many calls make a batch, found by trying ever more, and what one of them takes. */
async function batchOf(contender: Contender): Promise<{ readonly batch: number; readonly estimate: number }> {
  const batchMs = Math.max(BATCH_MS, BATCH_WAITS * (await waitOf(contender)));
  let batch = 1;
  let ms = contender.knownMs ?? (await timed(contender));
  while (ms < batchMs && batch < MOST_CALLS) {
    batch = Math.min(Math.ceil(batch * Math.min(Math.max(batchMs / ms, 1.2), 8)), MOST_CALLS);
    ms = await timed(contender, batch);
  }
  return { batch, estimate: ms / batch };
}

/** How long it takes the browser to say that nothing is left to do. */
async function waitOf(contender: Contender): Promise<number> {
  const ms: number[] = [];
  for (let i = 0; i < 3; i++) ms.push(await timed(contender, 0));
  return median(ms);
}
