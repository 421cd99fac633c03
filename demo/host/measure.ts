/** The time that the page's thread spends in calls, for one build of the library or for several that take turns. */
import type { Gpu } from '../../src/index';
import type { Library } from '../networks/library-calls';

/** A build of the library, and the GPU that it opened. */
export interface Side {
  readonly library: Library;
  readonly gpu: Gpu;
}

/** Calls made in one turn of the event loop, or calls that wait only for each other. */
export interface Turn {
  /** How many of each counted thing a turn makes, such as { call: 300 }. */
  readonly counts: Readonly<Record<string, number>>;
  /** Prepares the next turn. Neither this nor `after` nor the GPU's work is timed. */
  before?(): void;
  run(): void | Promise<void>;
  after?(): void;
  dispose(): void;
}

export interface HostRow {
  readonly name: string;
  /** A factor of the budget, for turns so long that there would be few of them; default 1. */
  readonly patience?: number;
  prepare(side: Side): Promise<Turn> | Turn;
}

/** What a row took. */
export interface Samples {
  /** By side: how many of what is counted a turn makes. */
  readonly counts: readonly Turn['counts'][];
  /** By side: milliseconds of each round's turn. */
  readonly ms: readonly (readonly number[])[];
}

/** The programs compile in the first turn. The engine's optimizing compiler takes a while, and thousands of calls. */
const WARM_UP = 0.3;
const WARM_UP_ROUNDS = 60;
const ROUNDS = 200;

/**
 * Runs rounds in the order A B, B A, A B, so that a drift of the clock rate affects both sides alike.
 *
 * @param budgetMs how long it may take
 * @param least the fewest rounds, whatever the budget, so that there is a median
 */
export async function measureRow(row: HostRow, sides: readonly Side[], budgetMs: number, least = 15): Promise<Samples> {
  const turns: Turn[] = [];
  try {
    for (const side of sides) turns.push(await row.prepare(side));
    const play = async (ms: number, atLeast: number, most: number): Promise<number[][]> => {
      const taken: number[][] = turns.map(() => []);
      const end = performance.now() + ms;
      for (let round = 0; round < atLeast || (round < most && performance.now() < end); round++) {
        const order = [...turns.keys()];
        for (const i of round % 2 === 0 ? order : order.toReversed())
          taken[i].push(await timed(turns[i], sides[i].gpu));
      }
      return taken;
    };
    collectGarbage();
    const wholeMs = budgetMs * (row.patience ?? 1);
    await play(WARM_UP * wholeMs, 1, WARM_UP_ROUNDS);
    return { counts: turns.map(({ counts }) => counts), ms: await play((1 - WARM_UP) * wholeMs, least, ROUNDS) };
  } finally {
    for (const turn of turns) turn.dispose();
    for (const { gpu } of sides) gpu.trim();
  }
}

/** Milliseconds of a turn, including the submit. */
async function timed(turn: Turn, gpu: Gpu): Promise<number> {
  turn.before?.();
  const start = performance.now();
  const running = turn.run();
  if (running !== undefined) await running;
  gpu.submit();
  const ms = performance.now() - start;
  await gpu.finished();
  turn.after?.();
  return ms;
}

/**
 * Collects garbage where the browser lets a page do so, so that a row does not pay for the rows before it. It does not collect
 * between rounds: just after a collection the system must supply new pages for each allocation, and a program's run took twice as
 * long (Chromium 156).
 */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
