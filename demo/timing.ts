/**
 * Wall-clock times of calls to the GPU. A batch of calls is queued and awaited once, so that the calls share the wait (0.5 ms
 * here). The batches of rivals take turns, so that other work on the machine disturbs them alike.
 */
import { median, medianAbsoluteDeviation } from 'simple-statistics';

/** What can be timed. */
export interface Contender {
  /** Queues the work once, and frees what it made. */
  run(): void | Promise<void>;
  /** Waits until the GPU has done all that was queued. */
  sync(): Promise<void>;
}

/** A participant in a race, in this realm or another. */
export interface Racer {
  /** Milliseconds of this many runs and one wait; NaN after a failure, so that the race of the others goes on. */
  time(calls: number): Promise<number>;
  /** The time of a single run just before the race, if it was measured. */
  readonly knownMs?: number;
  /** A run's time on the GPU's own clock; undefined if there is none. */
  gpuMs?(): Promise<number | undefined>;
}

/** The least time of a batch; Chromium's wait of 0.5 ms is below 1 % of it. */
const BATCH_MS = 60;
/** Or this many waits: Firefox checks only every 100 ms whether the GPU is done. */
const BATCH_WAITS = 5;
/** A GPU's fast layers would need more calls, but the page must not freeze while it queues them. */
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
  /** Undefined after a single round. */
  readonly ends?: Ends;
}

/** The beginning and the end of a race. A device that grows hot gets slower in between. */
export interface Ends {
  /** Median of the first third of the rounds, per call. */
  readonly first: number;
  /** The same of the last third. */
  readonly last: number;
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
  /** For racers whose call takes longer than half a second. */
  readonly slowRounds: number;
  /** Whether the GPU's own clock times the libraries, too, which takes about as long again. */
  readonly gpuClock?: boolean;
  /** Waits until the next sample may be taken; rejects if no more may be taken. */
  readonly pass?: () => Promise<void>;
}

/**
 * Times each racer, in rounds that each start with another racer. All must have run before.
 *
 * @param onTurn told whose turn it is, by its place
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
    // If one call alone fills a batch, its trial counts as a round.
    racers.push({
      contender,
      batch,
      rounds: isSlow ? Math.min(rounds, slowRounds) : rounds,
      gpuRounds: isSlow ? 1 : GPU_ROUNDS,
      // Evenly over the race, so that its samples precede as many of the last rounds as of the first.
      gpuEvery: Math.max(1, Math.floor(rounds / GPU_ROUNDS)),
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
      if (round % racer.gpuEvery !== 0 || round / racer.gpuEvery >= racer.gpuRounds) continue;
      await pass();
      const gpuMs = await racer.contender.gpuMs?.();
      if (gpuMs !== undefined) racer.gpuMs.push(gpuMs);
    }
  }
  return racers.map(({ ms, gpuMs }) => ({
    ms: median(ms),
    spread: spreadOf(ms),
    ...(gpuMs.length > 0 && { gpuMs: median(gpuMs), gpuSpread: spreadOf(gpuMs) }),
    ...(ms.length > 1 && { ends: endsOf(ms) }),
  }));
}

function endsOf(ms: readonly number[]): Ends {
  const third = Math.max(1, Math.floor(ms.length / 3));
  return { first: median(ms.slice(0, third)), last: median(ms.slice(-third)) };
}

function spreadOf(ms: readonly number[]): number {
  return medianAbsoluteDeviation([...ms]) / median([...ms]);
}

/** Finds how many calls make a batch, by trying ever more of them, and the time of one call. */
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

/** The time that the browser takes to report that the GPU has nothing left to do. */
async function waitOf(racer: Racer): Promise<number> {
  const ms: number[] = [];
  for (let i = 0; i < 3; i++) ms.push(await racer.time(0));
  return median(ms);
}
