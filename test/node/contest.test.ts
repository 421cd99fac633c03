/**
 * A comparison in which libraries fail, give wrong results or hang: these are named and left out, and the others are
 * measured.
 */
import { expect, test } from 'vitest';
import { PLAIN, type Layer } from '../../demo/layer';
import { compareLayer } from '../../demo/peers/compare-layer';
import type { Entered, OpenRealm } from '../../demo/peers/realm';
import type { Outcome } from '../../demo/peers/results';
import { runPeers } from '../../demo/peers/run-peers';
import type { ContenderName } from '../../demo/peers/strategy';
import { notes, tables } from '../../demo/peers/tables';
import { expectedOf, problemOf } from '../../demo/problem';
import type { Drift } from '../../demo/report';

const layer: Layer = {
  ...PLAIN,
  name: 'dw 4x4x4',
  family: 'test',
  op: 'depthwiseConv2d',
  input: [1, 4, 4, 4],
  filter: [3, 3, 4, 1],
};

const { values } = await expectedOf(problemOf(layer));
const right: Entered = {
  firstMs: 9,
  knownMs: 1,
  dispatches: 1,
  submits: 1,
  peakBytes: 1000,
  devices: 1,
  output: Float32Array.from(values),
  errors: [],
};

/** A library whose call takes `ms`. `other` changes its behaviour. */
function realm(ms: number, other: Partial<OpenRealm> = {}): OpenRealm {
  return {
    enterLayer: async () => right,
    enterNetwork: async () => ({ unsupported: 'no networks' }),
    enterModel: async () => ({ unsupported: 'no models' }),
    time: async (calls) => ({ ms: ms * calls, hostMs: ms / 2 }),
    gpuMs: async () => ms / 4,
    leave: async () => [],
    close: () => {},
    ...other,
  };
}

/** The error for a library whose process was ended because it did not answer. */
const HANGS = 'it hangs: no answer in 60 s, so its process was ended';

async function compare(realms: readonly (readonly [ContenderName, OpenRealm])[]): Promise<readonly Outcome[]> {
  const race = { rounds: 3, slowRounds: 2, gpuClock: true };
  return (await compareLayer(new Map(realms), layer, race)).outcomes;
}

test('those that are right are timed by both clocks', async () => {
  const [ours, tfjs] = await compare([
    ['ours', realm(20)],
    ['tfjs', realm(40)],
  ]);
  expect(ours).toMatchObject({ name: 'ours', ms: 20, spread: 0, gpuMs: 5, hostMs: 10, firstMs: 9 });
  expect(tfjs).toMatchObject({ name: 'tfjs', ms: 40, gpuMs: 10 });
});

test('one that miscomputes, one that does not compute on the GPU and one that hangs are named', async () => {
  const outcomes = await compare([
    ['tfjs', realm(40, { enterLayer: async () => ({ ...right, output: new Float32Array(values.length) }) })],
    ['ort', realm(40, { enterLayer: async () => ({ ...right, dispatches: 0 }) })],
    ['jax-js', realm(40, { enterLayer: () => Promise.reject(new Error(HANGS)) })],
    ['ours', realm(20)],
  ]);
  expect(outcomes).toMatchObject([
    { name: 'tfjs', error: expect.stringContaining('WRONG: off by ') },
    { name: 'ort', error: expect.stringContaining('it did not compute on the GPU') },
    { name: 'jax-js', error: `Error: ${HANGS}` },
    { name: 'ours', ms: 20 },
  ]);
});

test('one that hangs during the race stands still, and the race goes on', async () => {
  let turns = 0;
  const outcomes = await compare([
    [
      'tfjs',
      realm(40, {
        time: () => (turns++ > 3 ? Promise.reject(new Error(HANGS)) : Promise.resolve({ ms: 40, hostMs: 1 })),
      }),
    ],
    [
      'ort',
      realm(40, {
        gpuMs: () => Promise.reject(new Error('the device is lost')),
        leave: () => Promise.reject(new Error('the device is lost')),
      }),
    ],
    ['ours', realm(20)],
  ]);
  expect(outcomes).toMatchObject([
    { name: 'tfjs', error: `Error: ${HANGS}` },
    { name: 'ort', error: 'Error: the device is lost' },
    { name: 'ours', ms: 20, gpuMs: 5 },
  ]);

  const report = {
    loads: [],
    layers: [{ layer: layer.name, family: 'depthwise' as const, multiplyAdds: 1, bytes: 1, outcomes }],
  };
  expect(notes(report)).toEqual([
    `tfjs FAILED on dw 4x4x4: Error: ${HANGS}`,
    'ort FAILED on dw 4x4x4: Error: the device is lost',
  ]);
  const [, , byGpu] = tables({
    ...report,
    layers: report.layers.map((it) => ({ ...it, bound: { ms: 1, by: 'memory' } })),
  });
  expect(byGpu.rows).toEqual([
    ['dw 4x4x4', '5.00', '0', 'FAILED', 'FAILED', '–', '–', '–', '–', '–', '–', '20 %', '–'],
  ]);
});

test('what a library that is not there says is a note, and no failure', () => {
  const absent = { name: 'litert', title: 'LiteRT.js 1', ms: 0, absent: 'not in Node: no pages' } as const;
  const report = { loads: [absent], layers: [] };
  expect(notes(report)).toEqual(['LiteRT.js 1 is not in Node: no pages']);
  expect(tables(report)[0].rows).toEqual([['litert', 'LiteRT.js 1', 'not in Node: no pages', '–']]);
});

test('the first layer is measured again at the end, by ours alone', async () => {
  // The device gets hotter: each layer that our library enters makes all later calls 10 ms slower.
  let ms = 10;
  const entered: string[] = [];
  const drifts: Drift[] = [];
  await runPeers({
    layers: [layer, { ...layer, name: 'another' }],
    contenders: ['ours', 'tfjs'],
    absent: [],
    race: { rounds: 3, slowRounds: 2, gpuClock: false },
    openRealm: async (name) => ({
      ...realm(20),
      enterLayer: async (entering) => {
        entered.push(`${name} ${entering.name}`);
        if (name === 'ours') ms += 10;
        return right;
      },
      time: async (calls) => ({ ms: ms * calls, hostMs: 1 }),
    }),
    signal: new AbortController().signal,
    onChange: () => {},
    onDrift: (drift) => drifts.push(drift),
  });
  expect(entered.at(-1)).toBe('ours dw 4x4x4');
  expect(entered).toHaveLength(5);
  expect(drifts).toEqual([{ layer: 'dw 4x4x4', first: { ms: 20, spread: 0 }, last: { ms: 40, spread: 0 } }]);
});
