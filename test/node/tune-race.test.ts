import { describe, expect, test } from 'vitest';
import { race } from '../../src/tune/race';

/** A clock for tests. An entrant's number is its time in milliseconds, and `noise` multiplies it. */
function clock(noise: (round: number, entrant: number) => number = () => 1): {
  readonly rounds: (readonly number[])[];
  readonly time: (entrants: readonly number[]) => Promise<number[]>;
} {
  const rounds: (readonly number[])[] = [];
  return {
    rounds,
    time: async (entrants) => {
      rounds.push(entrants);
      return entrants.map((ms) => ms * noise(rounds.length, ms));
    },
  };
}

const never = (): boolean => false;

describe('a race', () => {
  test('is won by the fastest, in heats that halve', async () => {
    const { rounds, time } = clock();
    const challengers = [9.9, 8, 7, 6, 5, 4, 9];
    expect(await race(10, challengers, time, never)).toEqual({ winner: 4, speedup: 2.5, finished: true });
    const field = rounds.map((entrants) => entrants.length);
    expect(field).toEqual([8, 8, 5, 5, 5, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('times the default in every round', async () => {
    const { rounds, time } = clock();
    await race(10, [9, 8, 7], time, never);
    expect(rounds.every(([first]) => first === 10)).toBe(true);
  });

  test('is the default’s unless it is beaten by 5 %', async () => {
    expect((await race(10, [9.6], clock().time, never)).winner).toBe(10);
    expect((await race(10, [9.5], clock().time, never)).winner).toBe(9.5);
    expect(await race(10, [10, 11], clock().time, never)).toEqual({ winner: 10, speedup: 1, finished: true });
  });

  test('is the default’s unless it is beaten by more than the spread of the rounds', async () => {
    // In the median it is twice as fast, but single rounds range from equally fast to four times as fast.
    const shaky = clock((round, entrant) => (entrant === 5 ? [0.5, 2, 1, 0.5, 2, 1, 1][round - 1] : 1));
    expect((await race(10, [5], shaky.time, never)).winner).toBe(10);
    const steady = clock((round, entrant) => (entrant === 5 ? [0.9, 1.1, 1, 0.9, 1.1, 1, 1][round - 1] : 1));
    expect((await race(10, [5], steady.time, never)).winner).toBe(5);
  });

  test('ends at once where all are slower', async () => {
    const { rounds, time } = clock();
    expect((await race(10, [20, 30, 40], time, never)).winner).toBe(10);
    expect(rounds.length).toBe(2);
  });

  test('is not won by a lucky round, nor lost by an unlucky one', async () => {
    const lucky = clock((round, entrant) => ((round === 2 || round === 4) && entrant === 12 ? 0.01 : 1));
    expect((await race(10, [12], lucky.time, never)).winner).toBe(10);
    const unlucky = clock((round, entrant) => ((round === 2 || round === 4) && entrant === 5 ? 100 : 1));
    expect((await race(10, [5], unlucky.time, never)).winner).toBe(5);
  });

  test('is decided by the final alone, whatever the heats said', async () => {
    const flattered = clock((round, entrant) => (entrant === 10 || round > 2 ? 1 : 0.1));
    expect(await race(10, [12, 13], flattered.time, never)).toEqual({ winner: 10, speedup: 1, finished: true });
  });

  test('is not affected by a clock rate that changes for all candidates', async () => {
    const throttled = clock((round) => (round > 4 ? 10 : 1));
    expect(await race(10, [8, 5], throttled.time, never)).toEqual({ winner: 5, speedup: 2, finished: true });
  });

  test('is not won by a clock that stands still', async () => {
    const broken = clock((_, entrant) => (entrant === 5 ? 0 : 1));
    expect((await race(10, [5], broken.time, never)).winner).toBe(10);
    const reset = clock((_, entrant) => (entrant === 5 ? -1 : 1));
    expect((await race(10, [5], reset.time, never)).winner).toBe(10);
    expect((await race(10, [5], async () => [Number.NaN, 5], never)).winner).toBe(10);
    expect((await race(10, [5], async () => [0, 0], never)).winner).toBe(10);
    expect((await race(10, [5], async () => [-5, -1], never)).winner).toBe(10);
  });

  test('leaves the default where the time is up', async () => {
    let asked = 0;
    const after = (rounds: number) => () => asked++ >= rounds;
    const { rounds, time } = clock();
    expect(await race(10, [5, 6], time, after(1))).toEqual({ winner: 10, speedup: 1, finished: false });
    expect(rounds.length).toBe(1);
    asked = 0;
    expect((await race(10, [5, 6], clock().time, after(4))).finished).toBe(false);
    asked = 0;
    // Three rounds of the final are enough for a decision.
    expect(await race(10, [5, 6], clock().time, after(5))).toEqual({ winner: 5, speedup: 2, finished: true });
  });

  test('without challengers needs no clock', async () => {
    const { rounds, time } = clock();
    expect(await race(10, [], time, never)).toEqual({ winner: 10, speedup: 1, finished: true });
    expect(rounds).toEqual([]);
  });
});
