/**
 * `warnOfLeaks`: whoever drops a tensor without disposing it is told once where the tensor was made, and gets its memory
 * back. Chromium really collects the garbage. Other browsers cannot collect on demand, so there one test waits for the
 * collector, and in the others a registry of the test takes its place.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  add,
  depthwiseConv2d,
  openGpu,
  prepare,
  record,
  reshape,
  separableBlock,
  warnOfLeaks,
  type Gpu,
  type Leak,
  type Tensor,
} from '../../src/index';
import { collectGarbage, collectsGarbage, createCensus } from '../support/census';
import { loseDevice, withGpu } from '../support/gpu';
import { mixedCalls } from '../support/mixed-calls';
import { PretendedRegistry } from '../support/pretended-registry';
import { scale, valuesOf } from '../support/scale';

beforeEach(() => {
  PretendedRegistry.all = [];
  if (!collectsGarbage) vi.stubGlobal('FinalizationRegistry', PretendedRegistry);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Collects all tensors but these, and waits until the callbacks have run. */
async function collect(...held: readonly Tensor[]): Promise<void> {
  if (collectsGarbage) await collectGarbage();
  else for (const registry of PretendedRegistry.all) registry.collect(held);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0, held));
}

/** Runs `fn` with a new gpu that is watched for leaks, and with the list of reported leaks. */
async function watched(
  fn: (own: Gpu, leaks: Leak[], errors: readonly Error[]) => Promise<void>,
  options: { readonly recover?: boolean } = {},
): Promise<void> {
  await withGpu(options, async (own, errors) => {
    const leaks: Leak[] = [];
    warnOfLeaks(own, { tell: (leak) => leaks.push(leak) });
    await fn(own, leaks, errors);
    expect(errors).toEqual([]);
  });
}

/** Leaks one upload of this many numbers. */
function drop(own: Gpu, length = 3): void {
  own.tensor(new Float32Array(length), [length]);
}

/** Keeps the parts of a report that are the same in all browsers and on all lines. */
const brief = ({ count, bytes, shapes, by }: Leak): object => ({ count, bytes, shapes, by });

/** The report of a call of `drop`. */
const DROPPED = { count: 1, bytes: 12, shapes: ['[3]'], by: ['gpu.tensor'] };

describe('a tensor that is collected undisposed', () => {
  test('is reported: shape, bytes, what wrote it, and the call that made it', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor(new Float32Array(72), [1, 3, 3, 8]);
      const filter = own.tensor(new Float32Array(72), [3, 3, 8, 1]);
      function careless(): void {
        depthwiseConv2d(x, filter, { padding: 'same' });
      }
      careless();
      await collect(x, filter);
      expect(leaks.map(brief)).toEqual([
        { count: 1, bytes: 288, shapes: ['[1, 3, 3, 8]'], by: [expect.stringMatching(/^depthwise\//)] },
      ]);
      const frames = leaks[0].stack.split('\n');
      expect(frames[0]).toContain('runAll');
      expect(frames.findIndex((frame) => frame.includes('depthwiseConv2d'))).toBeGreaterThan(0);
      expect(frames.findIndex((frame) => frame.includes('careless'))).toBeGreaterThan(1);
      expect(leaks[0].stack).toContain('leaks.test.ts');
      expect(leaks[0].message.replace(/depthwise\/\w+/, 'KERNEL').replace(leaks[0].stack, 'STACK'))
        .toMatchInlineSnapshot(`
        "depthwise: 1 tensor [1, 3, 3, 8] by KERNEL, 288 bytes, was garbage-collected without dispose(); dispose what is done with, or declare it with \`using\`. Made by
        STACK"
      `);
    });
  });

  test('is reported whenever the browser collects by itself', async () => {
    vi.unstubAllGlobals();
    await watched(async (own, leaks) => {
      drop(own);
      // Other browsers do not collect on demand, but they collect when memory runs out.
      const deadline = performance.now() + 300_000;
      while (leaks.length === 0 && performance.now() < deadline) {
        const used = collectsGarbage ? await collectGarbage() : new ArrayBuffer(2 ** 26);
        await new Promise((resolve) => setTimeout(resolve, 0, used));
      }
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
    });
  });

  test('is reported at the console by default', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await withGpu({}, async (own) => {
      warnOfLeaks(own);
      drop(own);
      await collect();
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/^depthwise: 1 tensor \[3\] by gpu\.tensor, 12 bytes,/)],
      ]);
      expect(warn.mock.calls[0][0]).toMatch(/\n.*drop/);
    });
  });

  test('is reported together with those of the same place', async () => {
    await watched(async (own, leaks) => {
      // The stack of an async function is written differently after its first await, so this awaits once before.
      await collect();
      for (const lengths of [
        [1, 2, 3, 4, 5],
        [3, 3, 3, 3, 3],
      ]) {
        for (const length of lengths) drop(own, length);
        own.tensor([1], [1]);
        await collect();
      }
      leaks.sort((a, b) => b.bytes - a.bytes);
      expect(leaks.map(brief)).toEqual([
        { count: 5, bytes: 60, shapes: expect.arrayContaining(['[1]', '[3]', '[5]']), by: ['gpu.tensor'] },
        { ...DROPPED, count: 5, bytes: 60 },
        { count: 1, bytes: 4, shapes: ['[1]'], by: ['gpu.tensor'] },
        { count: 1, bytes: 4, shapes: ['[1]'], by: ['gpu.tensor'] },
      ]);
      expect(leaks[0].message).toMatch(
        /^depthwise: 5 tensors (\[\d\], ){2}\[\d\] and 2 more by gpu\.tensor, 60 bytes, were/,
      );
    });
  });

  test('is reported with its whole call stack, however deep', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor(new Float32Array(128), [1, 4, 4, 8]);
      const depthwise = { filter: own.tensor(new Float32Array(72), [3, 3, 8, 1]) };
      const pointwise = { filter: own.tensor(new Float32Array(64), [8, 8]) };
      const deep = (depth: number): void => {
        if (depth > 0) deep(depth - 1);
        else separableBlock(x, { depthwise, pointwise });
      };
      function outermost(): void {
        deep(10);
      }
      outermost();
      await collect(x, depthwise.filter, pointwise.filter);
      // The intermediate tensors of a block are not leaked.
      expect(leaks.map(brief)).toMatchObject([{ count: 1, shapes: ['[1, 4, 4, 8]'] }]);
      expect(leaks[0].stack).toContain('separableBlock');
      expect(leaks[0].stack).toContain('outermost');
    });
  });

  test('is reported and freed even if the report function throws', async () => {
    const thrown: string[] = [];
    const swallow = (event: ErrorEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      thrown.push(event.message);
    };
    addEventListener('error', swallow, { capture: true });
    await withGpu({}, async (own) => {
      warnOfLeaks(own, {
        tell({ count }) {
          throw new Error(`${count} leaked`);
        },
      });
      drop(own);
      own.tensor([1], [1]);
      await collect();
      expect(own.memory().buffersInUse).toBe(0);
    });
    removeEventListener('error', swallow, { capture: true });
    expect(thrown).toEqual([expect.stringContaining('1 leaked'), expect.stringContaining('1 leaked')]);
  });
});

describe('there is no report of a tensor', () => {
  test('that is disposed', async () => {
    await watched(async (own, leaks) => {
      own.tensor([1, 2], [2]).dispose();
      {
        using x = own.tensor([1, 2], [2]);
        using y = scale(x, 2);
        expect(await valuesOf(y)).toEqual([2, 4]);
      }
      // z shares its buffer with the disposed x, and keeps it alive.
      const shared = (): Tensor => {
        using x = own.tensor([5, 6], [2]);
        return reshape(x, [1, 2]);
      };
      const z = shared();
      drop(own);
      await collect(z);
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(own.memory().buffersInUse).toBe(1);
      expect(await valuesOf(z)).toEqual([5, 6]);
    });
  });

  test('that is held', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor([1, 2], [2]);
      drop(own);
      await collect(x);
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(await valuesOf(x)).toEqual([1, 2]);
    });
  });

  test('that the library makes for itself, whatever is called', async () => {
    await watched(async (own, leaks) => {
      await mixedCalls(own, 60, 1, { census: createCensus(), programs: new Set() });
      drop(own);
      await collect();
      expect(leaks.map(brief)).toEqual([DROPPED]);
    });
  });

  test("over a buffer of the app's, or of a dry run", async () => {
    await watched(async (own, leaks) => {
      const buffer = own.device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE });
      reshape(own.wrap(buffer, [2]), [1, 2]);
      await prepare(own, () => add(own.tensor([1], [1]), own.tensor([2], [1])));
      drop(own);
      await collect();
      expect(leaks.map(brief)).toEqual([DROPPED]);
    });
  });

  test('of a call that failed, whose buffers are back already', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor([1, 2], [2]);
      const fails = (): void => {
        scale(x, 2);
        throw new Error('half way');
      };
      expect(() => record(own, own.device.createCommandEncoder(), fails)).toThrow('half way');
      // y gets the buffer that the failed call gave back.
      const y = scale(x, 3);
      drop(own);
      await collect(x, y);
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(own.memory().buffersInUse).toBe(2);
      expect(await valuesOf(y)).toEqual([3, 6]);
    });
  });

  test('of a gpu that is destroyed', async () => {
    const leaks: Leak[] = [];
    await withGpu({}, async (own) => {
      warnOfLeaks(own, { tell: (leak) => leaks.push(leak) });
      drop(own);
    });
    await collect();
    await watched(async (own, others) => {
      drop(own);
      await collect();
      expect(others.map(brief)).toEqual([DROPPED]);
    });
    expect(leaks).toEqual([]);
  });

  test('that was made before, or after it was stopped', async () => {
    await withGpu({}, async (own) => {
      const [first, second] = [vi.fn(), vi.fn()];
      drop(own);
      const stop = warnOfLeaks(own, { tell: first });
      drop(own, 2);
      stop();
      stop();
      drop(own, 1);
      const stopSecond = warnOfLeaks(own, { tell: second });
      // Calling the first stop function again has no effect.
      stop();
      drop(own);
      await collect();
      expect(first).not.toHaveBeenCalled();
      expect(second.mock.calls.map(([leak]) => brief(leak))).toEqual([DROPPED]);
      expect(own.memory().buffersInUse, 'only what was seen comes back').toBe(3);
      stopSecond();
    });
  });
});

describe('the memory of a leaked tensor', () => {
  test('comes back to the pool', async () => {
    await watched(async (own, leaks) => {
      const before = own.memory();
      for (let i = 0; i < 3; i++) drop(own);
      expect(own.memory()).toMatchObject({ buffersInUse: 3, buffersIdle: 0 });
      await collect();
      expect(leaks.map(brief)).toEqual([{ ...DROPPED, count: 3, bytes: 36 }]);
      expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0, buffersIdle: 3 });
      own.trim();
      expect(own.memory()).toEqual({ ...before, bytesPeak: own.memory().bytesPeak });
    });
  });

  test('comes back once, with the last tensor that shares it', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor([1, 2, 3, 4], [4]);
      for (let i = 0; i < 3; i++) reshape(x, [2, 2]);
      await collect(x);
      expect(leaks.map(brief)).toEqual([{ count: 3, bytes: 0, shapes: ['[2, 2]'], by: ['gpu.tensor'] }]);
      expect(own.memory()).toMatchObject({ buffersInUse: 1, buffersIdle: 0 });
      expect(await valuesOf(x)).toEqual([1, 2, 3, 4]);
      x.dispose();
      x.dispose();
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
      const [y, z] = [own.tensor([1], [1]), own.tensor([2], [1])];
      expect([await valuesOf(y), await valuesOf(z)]).toEqual([[1], [2]]);
      y.dispose();
      z.dispose();
    });
  });

  test('comes back once the tensor that shares it is collected, too', async () => {
    await watched(async (own, leaks) => {
      const y = reshape(own.tensor([1, 2, 3, 4], [4]), [2, 2]);
      await collect(y);
      expect(leaks.map(brief)).toMatchObject([{ count: 1, bytes: 0, shapes: ['[4]'] }]);
      expect(await valuesOf(y)).toEqual([1, 2, 3, 4]);
      y.dispose();
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
    });
    await watched(async (own, leaks) => {
      reshape(own.tensor([1, 2, 3, 4], [4]), [2, 2]);
      await collect();
      expect(
        leaks.reduce((bytes, leak) => bytes + leak.bytes, 0),
        'counted once',
      ).toBe(16);
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
    });
  });

  test('serves the next call only after the commands that need it', async () => {
    await watched(async (own, leaks) => {
      const x = own.tensor([1, 2, 3], [3]);
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => scale(scale(x, 2), 5));
      await collect(x, recording.result);
      expect(leaks.map(brief)).toEqual([{ ...DROPPED, bytes: 0, by: ['test/scale'] }]);
      expect(own.memory().buffersInUse, 'the recording needs it').toBe(3);
      own.device.queue.submit([encoder.finish()]);
      recording.dispose();
      expect(own.memory().buffersInUse).toBe(2);
      const y = scale(scale(recording.result, 7), 11);
      await collect(x, recording.result, y);
      expect(own.memory().buffersInUse).toBe(3);
      expect(await valuesOf(y)).toEqual([770, 1540, 2310]);
    });
  });

  test('does not come back if the app was given its buffer', async () => {
    await watched(async (own, leaks) => {
      const { bufferBeforeSubmit: buffer } = own.tensor([1, 2, 3], [3]);
      const wrapped = own.wrap(buffer, [3]);
      await collect();
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(own.memory()).toMatchObject({ buffersInUse: 1, buffersIdle: 0 });
      const other = own.tensor([4, 5, 6], [3]);
      expect(await valuesOf(wrapped)).toEqual([1, 2, 3]);
      other.dispose();
    });
  });
});

describe('after a loss', () => {
  test('only tensors of the new device are reported', async () => {
    await watched(async (own, leaks) => {
      drop(own);
      const x = own.tensor([1, 2], [2], { keep: true });
      await loseDevice(own);
      await collect(x);
      expect(leaks).toEqual([]);
      drop(own);
      scale(x, 2);
      await collect(x);
      expect(leaks.map(brief)).toEqual(
        expect.arrayContaining([DROPPED, { count: 1, bytes: 8, shapes: ['[2]'], by: ['test/scale'] }]),
      );
      expect(leaks).toHaveLength(2);
      expect(own.memory().buffersInUse).toBe(1);
      expect(await valuesOf(x)).toEqual([1, 2]);
    });
  });

  test('a kept tensor is reported and freed there, with the call that made it', async () => {
    await watched(async (own, leaks) => {
      const keep = (): number[] => [1, 2, 3];
      function weights(): Tensor {
        return own.tensor(keep(), [3], { keep });
      }
      let x: Tensor | undefined = weights();
      weights().dispose();
      for (let loss = 0; loss < 2; loss++) {
        await loseDevice(own);
        await collect(x);
        expect(leaks).toEqual([]);
        expect(own.memory().buffersInUse).toBe(1);
      }
      x = undefined;
      await collect();
      expect(leaks.map(brief)).toEqual([DROPPED]);
      expect(leaks[0].stack).toContain('weights');
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
    });
  });

  test('a kept tensor that was dropped before does not come back', async () => {
    await watched(async (own, leaks) => {
      const keep = vi.fn(() => [1, 2, 3]);
      own.tensor([1, 2, 3], [3], { keep });
      await collect();
      expect(leaks.map(brief)).toEqual([DROPPED]);
      await loseDevice(own);
      expect(keep).not.toHaveBeenCalled();
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 0 });
    });
  });

  test('one that is dropped while there is no device is neither reported nor brought back', async () => {
    await watched(async (own, leaks) => {
      own.tensor([1, 2, 3], [3], { keep: true });
      let open = (): void => {};
      const wait = new Promise<void>((resolve) => (open = resolve));
      const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
      vi.spyOn(navigator.gpu, 'requestAdapter').mockImplementationOnce(async () => wait.then(async () => request()));
      own.device.destroy();
      await own.lost;
      await collect();
      open();
      await own.ready();
      await collect();
      expect(leaks).toEqual([]);
      expect(own.memory().buffersInUse).toBe(0);
    });
  });

  test('the watch can be stopped, and begun on the new device', async () => {
    await withGpu({}, async (own) => {
      const [first, second] = [vi.fn(), vi.fn()];
      const stop = warnOfLeaks(own, { tell: first });
      await loseDevice(own);
      expect(() => warnOfLeaks(own)).toThrow('this gpu is watched already');
      stop();
      await loseDevice(own);
      drop(own);
      await collect();
      warnOfLeaks(own, { tell: second });
      await loseDevice(own);
      drop(own);
      await collect();
      expect(first).not.toHaveBeenCalled();
      expect(second).toHaveBeenCalledOnce();
    });
  });
});

describe('warnOfLeaks', () => {
  test('refuses what it does not know, a second watch, and a lost device', async () => {
    await withGpu({ recover: false }, async (own) => {
      expect(() => warnOfLeaks(own, { told: () => {} } as never)).toThrowErrorMatchingInlineSnapshot(
        `[Error: warnOfLeaks: there is no option told; the options are tell]`,
      );
      expect(() => warnOfLeaks(own, { tell: 'console' as never })).toThrowErrorMatchingInlineSnapshot(
        `[Error: warnOfLeaks: tell is 'console'; give a function]`,
      );
      const stop = warnOfLeaks(own);
      expect(() => warnOfLeaks(own)).toThrowErrorMatchingInlineSnapshot(
        `[Error: warnOfLeaks: this gpu is watched already; stop that first, or leave this out]`,
      );
      stop();
      own.device.destroy();
      await own.lost;
      await own.ready().catch(() => {});
      expect(() => warnOfLeaks(own)).toThrow('warnOfLeaks: the GPU device was lost');
    });
  });

  test('holds neither the gpu nor its tensors', async () => {
    const census = createCensus();
    const leaks: Leak[] = [];
    const use = async (): Promise<void> => {
      const own = await openGpu();
      warnOfLeaks(own, { tell: (leak) => leaks.push(leak) });
      census.add('gpus', own);
      census.add('contexts', own.context);
      const x = own.tensor([1, 2, 3], [3], { keep: true });
      const y = scale(x, 2);
      for (const tensor of [x, y]) census.add('tensors', tensor);
      expect(await valuesOf(y)).toEqual([2, 4, 6]);
      own.destroy();
    };
    for (let i = 0; i < 3; i++) await use();
    expect(census.born()).toEqual({ gpus: 3, contexts: 3, tensors: 6 });
    await collect();
    expect(leaks).toEqual([]);
    if (!collectsGarbage) return;
    await collectGarbage();
    expect(census.alive()).toEqual({ gpus: 0, contexts: 0, tensors: 0 });
  });
});
