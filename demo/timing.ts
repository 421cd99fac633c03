/**
 * Wall-clock times of calls to the GPU. A batch of calls is queued and waited for once, so that the wait (0.5 ms here) is
 * shared; the batches of rival methods take turns, so that whatever else the machine does disturbs them alike.
 */
import { median, medianAbsoluteDeviation } from 'simple-statistics';
import { profile, type Gpu } from '../src/index';

/** Queues the work once, and frees what it made. */
export type Call = () => void;

/** What a batch should take at least; Chromium's wait of 0.5 ms is below 1 % of it. */
const BATCH_MS = 60;
/** Or so many waits: Firefox looks only every 100 ms whether the GPU is done. */
const BATCH_WAITS = 5;
/** A GPU's fast layers would need more, but the page must not stand still while it queues them. */
const MOST_CALLS = 1000;
/** Calls slower than this get fewer rounds. */
const SLOW_MS = 500;
const SLOW_ROUNDS = 3;

export interface Timing {
  /** Median of the rounds, per call. */
  readonly ms: number;
  /** Median absolute deviation from it, as a share of it. */
  readonly spread: number;
  /** Median time on the GPU's own clock; undefined where it has none. */
  readonly gpuMs?: number;
}

/** Milliseconds from queueing the calls to their end on the GPU. */
export async function timed(gpu: Gpu, call: Call, calls = 1): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  await gpu.finished();
  return performance.now() - start;
}

/** Times each call, in rounds that start with another one each time. All must have run before. */
export async function interleaved(gpu: Gpu, calls: readonly Call[], rounds: number): Promise<Timing[]> {
  const batchMs = Math.max(BATCH_MS, BATCH_WAITS * (await waitTime(gpu)));
  const contenders = [];
  for (const call of calls) {
    const { batch, estimate } = await batchOf(gpu, call, batchMs);
    const few = estimate > SLOW_MS ? Math.min(rounds, SLOW_ROUNDS) : rounds;
    contenders.push({ call, batch, rounds: few, ms: [] as number[], gpuMs: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (round >= contender.rounds) continue;
      contender.ms.push((await timed(gpu, contender.call, contender.batch)) / contender.batch);
      if (round < SLOW_ROUNDS) contender.gpuMs.push(...(await gpuTime(gpu, contender.call)));
    }
  }
  return contenders.map(({ ms, gpuMs }) => ({
    ms: median(ms),
    spread: medianAbsoluteDeviation(ms) / median(ms),
    gpuMs: gpuMs.length > 0 ? median(gpuMs) : undefined,
  }));
}

/** One call's time by the GPU's timestamps, all its dispatches together; nothing where it has none. */
async function gpuTime(gpu: Gpu, call: Call): Promise<number[]> {
  if (!gpu.device.features.has('timestamp-query')) return [];
  const steps = await profile(gpu, call);
  return [steps.reduce((sum, { ms }) => sum + ms, 0)];
}

/** How many calls take `batchMs`, found by trying ever more, and what one of them takes. */
async function batchOf(
  gpu: Gpu,
  call: Call,
  batchMs: number,
): Promise<{ readonly batch: number; readonly estimate: number }> {
  let batch = 1;
  let ms = await timed(gpu, call);
  while (ms < batchMs && batch < MOST_CALLS) {
    batch = Math.min(Math.ceil(batch * Math.min(Math.max(batchMs / ms, 1.2), 8)), MOST_CALLS);
    ms = await timed(gpu, call, batch);
  }
  return { batch, estimate: ms / batch };
}

/** How long the browser takes to say that next to nothing is done. */
async function waitTime(gpu: Gpu): Promise<number> {
  const ms: number[] = [];
  for (let i = 0; i < 3; i++) ms.push(await timed(gpu, () => gpu.tensor([0], [1]).dispose()));
  return median(ms);
}
