/**
 * The library works in a dedicated worker as on the page, on a device of the worker's own.
 */
import { describe, expect, test } from 'vitest';
import * as library from '../../src/index';
import { doubled } from '../support/doubled';
import { useGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { callPublic, publicCalls, withinTune } from '../support/public-calls';
import { randomValues } from '../support/random';
import { openWorker } from '../support/worker';

const gpu = useGpu();
const worker = openWorker();

describe('in a worker', () => {
  test('there is a call for every public function', () => {
    expect([...publicCalls, ...withinTune].toSorted()).toEqual(Object.keys(library).toSorted());
  });

  test.for(publicCalls.filter((name) => name !== 'tune'))('%s gives what it gives on the page', async (name) => {
    const [there, here] = await Promise.all([worker.call('publicCall', [name]), callPublic(gpu(), name)]);
    expect(there).toEqual(here);
    expect(there.length).toBeGreaterThan(0);
    expect(await worker.call('state', [])).toEqual({ buffersInUse: 0, errors: [] });
  });

  // `tune` measures times, so it must not run on the page and in a worker at once.
  test('tune measures, and keeps in IndexedDB what it found', async () => {
    const measured = [['1x9x8x4->4 k3x3 s2x2', 'measured']];
    expect(await worker.call('publicCall', ['tune'])).toEqual([measured, true, undefined, { accepted: 1 }, 1]);
    expect(await worker.call('state', [])).toEqual({ buffersInUse: 0, errors: [] });
  });

  test('an error has the words that it has on the page', async () => {
    expect(await rejectionOf(worker.call('mistake', []))).toBe(
      'gpu.tensor: data has 3 elements but shape [4] has 4; pass data of that length or another shape',
    );
  });
});

describe('an image in a worker', () => {
  const pixels = [[1, 1, 4, 3], Float32Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 136, 136, 136)];

  test.for(['OffscreenCanvas', 'ImageBitmap', 'a transferred ImageBitmap', 'ImageData', 'VideoFrame'])(
    'may be %s',
    async (kind) => {
      expect(await worker.call('image', [kind])).toEqual(pixels);
    },
  );

  test("may be drawn on a canvas of the page's", async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [4, 1];
    const offscreen = canvas.transferControlToOffscreen();
    expect(await worker.call('image', ['OffscreenCanvas', offscreen], [offscreen])).toEqual(pixels);
  });
});

describe('several at once', () => {
  test('two workers and the page compute, each its own numbers', async () => {
    const second = openWorker();
    const expected = [1, 2, 3].map((seed) => randomValues(16, seed).map((v) => v * 2 ** 20));
    const all = [worker.call('double', [1, 20]), second.call('double', [2, 20]), doubled(gpu(), 3, 20)];
    expect(await Promise.all(all)).toEqual(expected);
    second.terminate();
  });

  test('a worker that is ended half way takes nothing with it', async () => {
    const doomed = openWorker();
    await doomed.call('double', [1, 1]);
    void doomed.call('double', [1, 10_000]);
    const pending = worker.call('double', [2, 5]);
    doomed.terminate();
    expect(await pending).toEqual(randomValues(16, 2).map((v) => v * 32));
    using x = gpu().tensor([1, 2], [2]);
    using y = library.add(x, x);
    expect([...(await y.read())]).toEqual([2, 4]);
  });
});
