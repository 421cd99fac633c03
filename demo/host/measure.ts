/** The time that the page's thread spends in calls, of one build of the library or of several that take turns. */
import type { Gpu } from '../../src/index';
import type { Library } from '../networks/library-calls';

/** A build of the library, and the GPU that it opened. */
export interface Side {
  readonly library: Library;
  readonly gpu: Gpu;
}

/** Calls that are made in one turn of the event loop, or wait for nothing but each other. */
export interface Turn {
  /** How many of what is counted a turn makes, such as { call: 300 }. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the next turn needs; outside of the clock, as are `after` and the GPU's work. */
  before?(): void;
  run(): void | Promise<void>;
  after?(): void;
  dispose(): void;
}

export interface HostRow {
  readonly name: string;
  /** Times the budget, where a turn takes so long that there would be few; default 1. */
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

/** The programs compile in the first turn; the engine's optimizing compiler takes a while, and thousands of calls. */
const WARM_UP = 0.3;
const WARM_UP_ROUNDS = 60;
const ROUNDS = 200;

/**
 * Rounds in the order A B, B A, A B, so that a drift of the clock rate meets both alike.
 *
 * @param budgetMs how long it may take
 * @param least so many rounds even so, that there is a median
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

/** Milliseconds of a turn, with handing it over. */
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
 * So that a row does not pay for those before, where the browser lets a page collect. Not between rounds: what a turn allocates
 * just after a collection are pages that the system must give anew, and a program's run took twice as long (Chromium 156).
 */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}
