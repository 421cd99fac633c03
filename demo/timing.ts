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
}

/** Who takes part in a race, in this realm or another. */
export interface Racer {
  /** Milliseconds of so many runs and one wait; NaN from one that has failed, so that the others' race goes on. */
  time(calls: number): Promise<number>;
  /** What one run alone has just taken, if it has been timed. */
  readonly knownMs?: number;
  /** A run by the GPU's own clock; undefined where it has none. */
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
const GPU_ROUNDS = 5;

export interface Timing {
  /** Median of the rounds, per call. */
  readonly ms: number;
  /** Median absolute deviation from it, as a share of it. */
  readonly spread: number;
  /** Median time on the GPU's own clock; undefined where it has none. */
  readonly gpuMs?: number;
  /** As `spread`, of the GPU's own clock. */
  readonly gpuSpread?: number;
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
  /** Whether libraries are timed by the GPU's own clock, too: it takes about as long again. */
  readonly gpuClock?: boolean;
  /** Waits until the next sample may be taken; rejects if none may any more. */
  readonly pass?: () => Promise<void>;
}

/**
 * Times each racer, in rounds that start with another one each time. All must have run before.
 *
 * @param onTurn told whose turn it is, by place
 */
export async function interleaved(
  contenders: readonly Racer[],
  { rounds, slowRounds, pass = async () => {} }: Race,
  onTurn: (place: number) => void = () => {},
): Promise<Timing[]> {
  const racers = [];
  for (const [place, contender] of contenders.entries()) {
    onTurn(place);
    const { batch, estimate } = await batchOf(contender, pass);
    const isSlow = estimate > SLOW_MS;
    // A trial of one call that fills a batch is a round already.
    racers.push({
      contender,
      batch,
      rounds: isSlow ? Math.min(rounds, slowRounds) : rounds,
      gpuRounds: isSlow ? 1 : GPU_ROUNDS,
      ms: batch === 1 ? [estimate] : [],
      gpuMs: [] as number[],
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < racers.length; turn++) {
      const place = (round + turn) % racers.length;
      const racer = racers[place];
      if (racer.ms.length < racer.rounds) {
        await pass();
        onTurn(place);
        racer.ms.push((await racer.contender.time(racer.batch)) / racer.batch);
      }
      if (round >= racer.gpuRounds) continue;
      await pass();
      const gpuMs = await racer.contender.gpuMs?.();
      if (gpuMs !== undefined) racer.gpuMs.push(gpuMs);
    }
  }
  return racers.map(({ ms, gpuMs }) => ({
    ms: median(ms),
    spread: spreadOf(ms),
    ...(gpuMs.length > 0 && { gpuMs: median(gpuMs), gpuSpread: spreadOf(gpuMs) }),
  }));
}

function spreadOf(ms: readonly number[]): number {
  return medianAbsoluteDeviation([...ms]) / median([...ms]);
}

/** How many calls make a batch, found by trying ever more, and what one of them takes. */
async function batchOf(
  racer: Racer,
  pass: () => Promise<void>,
): Promise<{ readonly batch: number; readonly estimate: number }> {
  const batchMs = Math.max(BATCH_MS, BATCH_WAITS * (await waitOf(racer)));
  let batch = 1;
  let ms = racer.knownMs ?? (await racer.time(1));
  while (ms < batchMs && batch < MOST_CALLS) {
    await pass();
    batch = Math.min(Math.ceil(batch * Math.min(Math.max(batchMs / ms, 1.2), 8)), MOST_CALLS);
    ms = await racer.time(batch);
  }
  return { batch, estimate: ms / batch };
}

/** How long it takes the browser to say that nothing is left to do. */
async function waitOf(racer: Racer): Promise<number> {
  const ms: number[] = [];
  for (let i = 0; i < 3; i++) ms.push(await racer.time(0));
  return median(ms);
}
