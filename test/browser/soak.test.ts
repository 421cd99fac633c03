/**
 * Hours of use in a few seconds: mixed calls of random sizes leave nothing behind. `npm run soak -- --calls 20000` makes more
 * calls, and prints figures on the way.
 */
import { describe, expect, test } from 'vitest';
import { activate, multiply, prepare, profile, record, type Gpu, type Tensor } from '../../src/index';
import { collectGarbage, collectsGarbage, countMade, createCensus, type Census } from '../support/census';
import { withGpu } from '../support/gpu';
import { mixedCalls } from '../support/mixed-calls';

/** The number of calls that `npm run soak` asks for; 0 without it. */
const asked = Number(import.meta.env.VITE_SOAK_CALLS ?? 0);

/** Enough calls for every kind to occur several times, in every manner. */
const CALLS = asked > 0 ? asked : 300;

/** The first two rounds compile the programs. */
const ROUNDS = 10;

/** Enough repetitions to see a leak of 40 bytes above the noise of the engine. */
const TIMES = 500;

/** The number of entries that `src/gpu/uniforms.ts` keeps. */
const UNIFORMS_KEPT = 1024;

interface Figures {
  readonly calls: number;
  readonly seconds: number;
  readonly heap: number;
  readonly programs: number;
  readonly alive: Readonly<Record<string, number>>;
}

async function figuresOf(own: Gpu, census: Census, calls: number, start: number): Promise<Figures> {
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const heap = collectsGarbage ? await collectGarbage() : 0;
  return { calls, seconds, heap, programs: own.memory().pipelines, alive: census.alive() };
}

/** Vitest does not forward `console.table`, so this makes the table as text. */
function tableOf(rounds: readonly Figures[]): string {
  const kinds = Object.keys(rounds[rounds.length - 1].alive);
  const rows = rounds.map(({ calls, seconds, heap, programs, alive }) => [
    calls,
    seconds,
    heap,
    programs,
    ...kinds.map((kind) => alive[kind] ?? 0),
  ]);
  const head = ['calls', 'seconds', 'heap bytes', 'pipelines', ...kinds.map((kind) => `${kind} alive`)];
  return [head, ...rows].map((row) => row.map((cell) => String(cell).padStart(18)).join('')).join('\n');
}

describe('soak', () => {
  test(
    `${CALLS} mixed calls of random sizes leave nothing behind`,
    async () => {
      await withGpu({}, async (own, errors) => {
        const census = createCensus();
        countMade(own.device, census);
        const programs = new Set<string>();
        const start = performance.now();
        const before = own.memory();
        const rounds: Figures[] = [await figuresOf(own, census, 0, start)];
        for (let round = 1; round <= ROUNDS; round++) {
          await mixedCalls(own, CALLS / ROUNDS, round, { census, programs });
          // Nothing may be held between the rounds. A pool that only grew would fail here.
          expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0 });
          rounds.push(await figuresOf(own, census, (CALLS * round) / ROUNDS, start));
        }
        if (asked > 0) console.log(tableOf(rounds));

        own.trim();
        const { bytesPeak: _, pipelines, uniforms, bindGroups, plans, characters, ...after } = own.memory();
        expect(after).toEqual({ bytesInUse: 0, bytesIdle: 0, buffersInUse: 0, buffersIdle: 0 });
        expect(before).toMatchObject(after);
        // Bind groups named buffers that are gone.
        expect(bindGroups).toBe(0);
        expect(plans).toBeLessThanOrEqual(4096);
        expect(characters).toBeLessThanOrEqual(2 ** 24);
        expect(errors).toEqual([]);

        expect(uniforms).toBeLessThanOrEqual(UNIFORMS_KEPT);
        // Each program has one pipeline. It is compiled once, or twice if `record` could not wait the first time.
        expect(pipelines).toBe(programs.size);
        expect(census.born().programs).toBeLessThanOrEqual(2 * programs.size);

        if (!collectsGarbage) return;
        const heap = await collectGarbage();
        const alive = census.alive();
        expect(alive).toMatchObject({ tensors: 0, buffers: 0, 'bind groups': 0 });
        expect(alive.uniforms).toBeLessThanOrEqual(UNIFORMS_KEPT);
        expect(census.born().tensors).toBeGreaterThan(CALLS);
        // The engine and Vitest keep less than this for themselves, however many calls there are. The tests below find
        // smaller leaks.
        expect(heap - rounds[2].heap).toBeLessThan(2 ** 20 + 10 * CALLS);
      });
    },
    600_000 + 100 * CALLS,
  );
});

/** Actions to repeat many times. Each promise settles when the action is over. */
const habits: Readonly<Record<string, (own: Gpu, x: Tensor) => Promise<unknown>>> = {
  read: async (_, x) => x.read(),
  finished: async (own) => own.finished(),
  'a call': async (own, x) => {
    multiply(x, 2).dispose();
    own.submit();
  },
  upload: async (own) => own.tensor([1, 2, 3], [3]).dispose(),
  'a call that throws': async (_, x) => expect(() => multiply(x, 1e39)).toThrow('multiply: b is 1e+39'),
  'prepare with a signal': async (own, x) => prepare(own, () => multiply(x, 2), { signal }),
  record: async (own, x) => {
    using recording = record(own, own.device.createCommandEncoder(), () => multiply(x, 2));
    recording.result.dispose();
  },
  profile: async (own, x) => profile(own, () => multiply(x, 2)),
};

/** A signal that outlives many calls, such as that of a page. */
const { signal } = new AbortController();

describe('the heap', () => {
  // A reaction to a promise that lives as long as the device, such as `device.lost`, takes 127 bytes, and a tensor takes
  // more.
  test.for(Object.keys(habits))('is not longer after many times: %s', async (name) => {
    await withGpu({}, async (own) => {
      using x = own.tensor([1, 2, 3], [3]);
      // The pool can be checked everywhere. The heap can be checked only where garbage can be collected.
      const { buffersInUse } = own.memory();
      for (let i = 0; i < 10; i++) await habits[name](own, x);
      await own.finished();
      expect(own.memory().buffersInUse).toBe(buffersInUse);
      if (!collectsGarbage) return;
      const heaps: number[] = [];
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < TIMES; i++) await habits[name](own, x);
        heaps.push(await collectGarbage());
      }
      // The first round warms up, and the collector may be late in one of the others.
      const perTime = heaps.slice(1).map((heap, i) => (heap - heaps[i]) / TIMES);
      expect(Math.min(...perTime), `bytes per time: ${perTime.join(', ')}`).toBeLessThan(40);
    });
  });
});

describe('a cache', () => {
  test('of uniforms forgets the oldest, and then their buffers go', async () => {
    await withGpu({}, async (own) => {
      const census = createCensus();
      countMade(own.device, census);
      using x = own.tensor([1, 2, 3], [3]);
      const call = (factor: number): void => multiply(x, factor).dispose();
      const born = (): number => census.born().uniforms;
      for (let i = 0; i < 2 * UNIFORMS_KEPT; i++) call(i);
      await own.finished();
      expect(born()).toBe(2 * UNIFORMS_KEPT);
      // Bind groups keep their uniforms alive, so this drops the bind groups.
      own.trim();
      call(2 * UNIFORMS_KEPT - 1);
      call(UNIFORMS_KEPT);
      await own.finished();
      expect(born(), 'the newest are known').toBe(2 * UNIFORMS_KEPT);
      call(UNIFORMS_KEPT - 1);
      await own.finished();
      expect(born(), 'an older one is made again').toBe(2 * UNIFORMS_KEPT + 1);
      if (!collectsGarbage) return;
      await collectGarbage();
      expect(census.alive().uniforms).toBe(UNIFORMS_KEPT);
    });
  });

  test('of programs grows by different programs alone, not by calls or sizes', async () => {
    await withGpu({}, async (own) => {
      const names = ['relu', 'relu6', 'hardSwish'] as const;
      for (let size = 4; size < 400; size += 4) {
        using x = own.tensor(new Float32Array(size), [size]);
        for (const name of names) activate(x, name).dispose();
      }
      await own.finished();
      expect(own.memory().pipelines).toBe(names.length);
    });
  });

  test('goes with its gpu', async () => {
    const census = createCensus();
    for (let i = 0; i < 5; i++) {
      await withGpu({}, async (own) => {
        census.add('gpus', own);
        census.add('contexts', own.context);
        countMade(own.device, census);
        await mixedCalls(own, 2, i, { census, programs: new Set() });
        own.destroy();
        expect(own.memory()).toMatchObject({ bytesInUse: 0, bytesIdle: 0 });
      });
    }
    if (!collectsGarbage) return;
    await collectGarbage();
    const { gpus, contexts, tensors, buffers, uniforms } = census.alive();
    expect({ gpus, contexts, tensors, buffers, uniforms }).toEqual({ gpus: 0, contexts: 0, tensors: 0, buffers: 0, uniforms: 0 }); // prettier-ignore
  });
});
