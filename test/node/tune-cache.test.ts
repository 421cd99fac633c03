import { describe, expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import type { Choice } from '../../src/kernels/choice';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { profileOf } from '../../src/kernels/profile';
import { Gpu } from '../../src/tensor/gpu';
import { idsOf } from '../../src/tune/advice';
import { exportTuning, importTuning, loadTuning } from '../../src/tune/cache';
import { memoryOf } from '../../src/tune/device-memory';
import { kernelId, questionKey } from '../../src/tune/key';
import { distrust, type Winner } from '../../src/tune/memory';
import { choose, questionOf } from '../support/question';

const problem = depthwiseProblem('test', [1, 32, 32, 8], [3, 3, 8, 1], { padding: 'same' });
const question = questionOf([depthwiseTile, conv2dGeneral], problem);

/** Has only the parts of a gpu that the cache reads, so that no device is needed. */
function fakeGpu(vendor = 'acme'): Gpu {
  const limits = {
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
  };
  const context = {
    device: { adapterInfo: { vendor } },
    target: { limits, profile: profileOf({ vendor }) },
    heirs: new Set(),
    plans: { clear: () => {} },
  };
  return Object.create(Gpu.prototype, { context: { value: context } }) as Gpu;
}

const target = fakeGpu().context.target;
const [defaultTile, otherTile] = depthwiseTile.tiles(problem, target);

const winner: Winner = {
  problem: questionKey(question),
  kernels: idsOf(question),
  kernel: 'depthwise/tile',
  tile: otherTile,
  speedup: 1.421,
  measured: '2026-11-22',
};

const tuningWith = (gpu: Gpu, ...winners: unknown[]): unknown => ({ ...exportTuning(gpu), winners });

const chosen = (gpu: Gpu): Choice => choose(question, gpu.context);

describe('a winner', () => {
  test('takes precedence over the default rule, and says so', () => {
    const gpu = fakeGpu();
    expect(chosen(gpu)).toMatchObject({
      tile: defaultTile,
      why: expect.stringMatching(/^default rule for \w+: /) as string,
    });
    expect(importTuning(gpu, tuningWith(gpu, winner))).toBe(1);
    expect(chosen(gpu)).toEqual({
      kernel: depthwiseTile,
      tile: otherTile,
      why: 'measured: 1.42x the default tile on this device (2026-11-22)',
    });
  });

  test('is for its own problem only', () => {
    const gpu = fakeGpu();
    importTuning(gpu, tuningWith(gpu, winner));
    const larger = depthwiseProblem('test', [1, 33, 32, 8], [3, 3, 8, 1], { padding: 'same' });
    expect(choose({ ...question, problem: larger }, gpu.context).why).toMatch(/^default rule for \w+: /);
  });

  test('may be the default itself', () => {
    const gpu = fakeGpu();
    importTuning(gpu, tuningWith(gpu, { ...winner, tile: defaultTile, speedup: 1 }));
    expect(chosen(gpu).why).toBe('measured: nothing beats the default on this device (2026-11-22)');
  });

  test('survives JSON', () => {
    const [first, second] = [fakeGpu(), fakeGpu()];
    importTuning(first, tuningWith(first, winner));
    const json = JSON.stringify(exportTuning(first));
    expect(importTuning(second, JSON.parse(json))).toBe(1);
    expect(JSON.stringify(exportTuning(second))).toBe(json);
  });

  test.for([
    [
      'another shader',
      { kernels: winner.kernels.replace(/@\w+/, '@00000000') },
      'it was measured against other kernels, or other versions of their shaders',
    ],
    [
      'a kernel that is not in the list',
      { kernel: 'depthwise/old' },
      'depthwise/old is no kernel for this problem on this device',
    ],
    [
      'a kernel with a strange name',
      { kernel: '<img src=x>' },
      'what it names is no kernel for this problem on this device',
    ],
    [
      'a tile that nobody would try',
      { tile: { ...otherTile, TILE_WIDTH: 60_000 } },
      'depthwise/tile has no such tile for this problem',
    ],
    [
      'a tile with one knob too many',
      { tile: { ...otherTile, WORKGROUP: 1 } },
      'depthwise/tile has no such tile for this problem',
    ],
    ['a tile with a knob too few', { tile: { TILE_WIDTH: 1 } }, 'depthwise/tile has no such tile for this problem'],
  ] as const)('of %s is forgotten, and explained', ([, change, reason]) => {
    const gpu = fakeGpu();
    importTuning(gpu, tuningWith(gpu, { ...winner, ...change }));
    expect(chosen(gpu).why).toMatch(/^default rule for \w+: /);
    expect(chosen(gpu).why.endsWith(`; the winner of 2026-11-22 is ignored: ${reason}`)).toBe(true);
    expect(exportTuning(gpu).winners).toEqual([]);
    // A winner that fits replaces the forgotten one.
    importTuning(gpu, tuningWith(gpu, winner));
    expect(chosen(gpu).why).toMatch(/^measured: /);
  });
});

describe('importTuning takes nothing over', () => {
  const gpu = fakeGpu();
  const good = exportTuning(gpu);
  test.for([
    ['null', null],
    ['a string', 'depthwise-tuning-1'],
    ['a list', [winner]],
    ['another format', { ...good, format: 'depthwise-tuning-0', winners: [winner] }],
    ['another device', { ...good, device: `${good.device}0`, winners: [winner] }],
    ['another gpu’s export', { ...exportTuning(fakeGpu('other')), winners: [winner] }],
    ['winners that are no list', { ...good, winners: { 0: winner, length: 1 } }],
    ['a billion winners', { ...good, winners: Array.from({ length: 10_001 }, () => winner) }],
    ['no winner', tuningWith(gpu, undefined)],
    ['a list for a winner', tuningWith(gpu, [winner])],
    ['a problem that is no text', tuningWith(gpu, { ...winner, problem: 7 })],
    ['a problem of a megabyte', tuningWith(gpu, { ...winner, problem: 'x'.repeat(2 ** 20) })],
    ['a kernel that is no text', tuningWith(gpu, { ...winner, kernel: { toString: 'depthwise/tile' } })],
    ['a speedup that is no number', tuningWith(gpu, { ...winner, speedup: '2' })],
    ['a speedup below 1', tuningWith(gpu, { ...winner, speedup: 0.5 })],
    ['an infinite speedup', tuningWith(gpu, { ...winner, speedup: Number.POSITIVE_INFINITY })],
    ['a day that is none', tuningWith(gpu, { ...winner, measured: '<img src=x>' })],
    ['no tile', tuningWith(gpu, { ...winner, tile: undefined })],
    ['a tile of text', tuningWith(gpu, { ...winner, tile: { TILE_WIDTH: '4' } })],
    ['a tile of fractions', tuningWith(gpu, { ...winner, tile: { TILE_WIDTH: 1.5 } })],
    ['a tile with a strange name', tuningWith(gpu, { ...winner, tile: JSON.parse('{"__proto__": 1}') as unknown })],
    ['a tile that names WGSL', tuningWith(gpu, { ...winner, tile: { 'A = 1; fn': 1 } })],
  ] as const)('from %s', ([, json]) => {
    expect(importTuning(gpu, json)).toBe(0);
    expect(exportTuning(gpu).winners).toEqual([]);
    expect(chosen(gpu).why).toMatch(/^default rule for \w+: /);
  });
});

describe('explain says why a file is not used', () => {
  const gpu = fakeGpu();
  const good = exportTuning(gpu);
  const ignored = 'the imported tuning is ignored: ';
  test.for([
    ['a text', 'depthwise-tuning-1', `${ignored}it is a string, no object`],
    ['a list', [winner], `${ignored}it is a list, no object`],
    ['another version', { ...good, format: 'depthwise-tuning-0' }, `${ignored}its format is depthwise-tuning-0, and this version reads depthwise-tuning-1`], // prettier-ignore
    ['a version that is none', { ...good, format: { toString: 'x' } }, `${ignored}its format is another, and this version reads depthwise-tuning-1`], // prettier-ignore
    ['another device', { ...good, device: 'acme 7 | Chromium 1' }, `${ignored}it is of acme 7 | Chromium 1, and this is ${good.device}`], // prettier-ignore
    [
      'a device of markup',
      { ...good, device: '<img src=x>' },
      `${ignored}it is of another, and this is ${good.device}`,
    ],
    ['winners that are not in order', tuningWith(gpu, winner, 7), 'of the imported tuning 1 of 2 winners are ignored: they are invalid, or more than 10000'], // prettier-ignore
  ] as const)('%s', ([, json, reason]) => {
    const own = fakeGpu();
    importTuning(own, json);
    const larger = {
      ...question,
      problem: depthwiseProblem('test', [1, 33, 32, 8], [3, 3, 8, 1], { padding: 'same' }),
    };
    expect(choose(larger, own.context).why.endsWith(`; ${reason}`)).toBe(true);
    // Nothing is looked up for a problem with only one kernel, so its reason does not mention the import.
    const only = questionOf([conv2dGeneral], problem);
    expect(choose(only, own.context).why).not.toContain('imported');
    importTuning(own, good);
    expect(choose(larger, own.context).why).not.toContain('imported');
  });

  test('nothing, where nothing was kept', () => {
    const own = fakeGpu();
    for (const nothing of [null, undefined]) expect(importTuning(own, nothing)).toBe(0);
    expect(own.context.advise).toBe(undefined);
  });
});

describe('a kernel that miscomputes', () => {
  test('is passed over, and its winners are forgotten', () => {
    const gpu = fakeGpu();
    importTuning(gpu, tuningWith(gpu, winner));
    distrust(memoryOf(gpu.context), kernelId(depthwiseTile));
    expect(chosen(gpu).kernel).toBe(conv2dGeneral);
    expect(chosen(gpu).why).toMatch(/; depthwise\/tile miscomputes on this device$/);
    expect(exportTuning(gpu)).toMatchObject({ winners: [], broken: [kernelId(depthwiseTile)] });
  });

  test('is passed over on the next visit, too, whatever a winner says', () => {
    const gpu = fakeGpu();
    const tuning = { ...exportTuning(gpu), winners: [winner], broken: [kernelId(depthwiseTile), 7, 'x'.repeat(9999)] };
    importTuning(gpu, tuning);
    expect(chosen(gpu).kernel).toBe(conv2dGeneral);
  });

  test('is trusted again when its shader is another', () => {
    const gpu = fakeGpu();
    importTuning(gpu, { ...exportTuning(gpu), broken: ['depthwise/tile@00000000'] });
    expect(chosen(gpu).kernel).toBe(depthwiseTile);
  });

  test('is used all the same if it is the last', () => {
    const gpu = fakeGpu();
    for (const kernel of question.kernels) distrust(memoryOf(gpu.context), kernelId(kernel));
    expect(chosen(gpu).kernel).toBe(conv2dGeneral);
  });
});

describe('a store', () => {
  test('is asked for this device', async () => {
    const gpu = fakeGpu();
    const { device } = exportTuning(gpu);
    const store = {
      load: async (key: string) => (key === device ? tuningWith(gpu, winner) : null),
      save: async () => {},
    };
    expect(await loadTuning(gpu, store)).toEqual({ accepted: 1 });
    expect(await loadTuning(fakeGpu('other'), store)).toEqual({ accepted: 0 });
  });

  test('that fails does no harm', async () => {
    const cause = new Error('quota');
    const failing = { load: () => Promise.reject(cause), save: () => Promise.reject(cause) };
    const { accepted, storeError } = await loadTuning(fakeGpu(), failing);
    expect(accepted).toBe(0);
    expect(storeError).toMatchObject({ message: 'tune: the store could not load the tuning: quota', cause });
    const throwing = {
      load: () => {
        throw cause;
      },
      save: async () => {},
    };
    expect((await loadTuning(fakeGpu(), throwing)).storeError?.cause).toBe(cause);
  });
});
