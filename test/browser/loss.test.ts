/**
 * A device is lost and replaced under running work, a hundred times, and gives right answers after each loss.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import {
  add,
  depthwiseConv2d,
  explain,
  exportTuning,
  importTuning,
  openGpu,
  prepare,
  profile,
  record,
  reshape,
  tensorFromImage,
  tune,
  type Gpu,
  type LostDevice,
} from '../../src/index';
import { depthwise } from '../../src/kernels/convolutions';
import { depthwiseRows } from '../../src/kernels/depthwise-rows';
import { idsOf } from '../../src/tune/advice';
import { questionKey } from '../../src/tune/key';
import { loseDevice, newDevice, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { newFactor, scale, valuesOf } from '../support/scale';

/** Rejections that no handler saw. A loss must not cause any. */
const unhandled: unknown[] = [];
const note = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
beforeAll(() => addEventListener('unhandledrejection', note));
afterAll(() => removeEventListener('unhandledrejection', note));
afterEach(() => expect(unhandled.splice(0), 'rejections that nobody handled').toEqual([]));

/** Makes the browser return these adapters, one after the other, and then its own again. */
function adapters(...given: readonly (() => Promise<GPUAdapter | null>)[]): void {
  const spy = vi.spyOn(navigator.gpu, 'requestAdapter');
  for (const give of given) spy.mockImplementationOnce(give);
}
afterEach(() => vi.restoreAllMocks());

/** The result of a pending call as text, or the message of its error. */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(String, (error: Error) => error.message);
}

describe('a lost device is replaced', () => {
  test('a hundred times, with work under way', async () => {
    const losses: LostDevice[] = [];
    await withGpu({ onLost: (loss) => losses.push(loss) }, async (own, errors) => {
      const x = own.tensor([1, 2, 3, 4], [1, 2, 2, 1], { keep: true });
      const filter = own.tensor([3], [1, 1, 1, 1], { keep: () => [3] });
      const before = own.memory();
      const times: number[] = [];
      let answered = 0;
      for (let round = 0; round < 100; round++) {
        const { device } = own;
        // Some programs are ready and others still compile. Some results are being read, and some are never read.
        const factor = newFactor();
        const made = [depthwiseConv2d(x, filter), scale(x, factor), scale(x, 2)];
        const right = [3, factor, 2].map((by) => String([1, 2, 3, 4].map((n) => n * by)));
        const reads = made.map((tensor) => outcome(tensor.read()));
        const others = [
          own.finished(),
          prepare(own, () => scale(x, newFactor())),
          profile(own, () => scale(x, 2)).then(({ length }) => length),
        ].map(outcome);
        made.push(depthwiseConv2d(x, filter));
        if (round % 4 > 0) await Promise.resolve();
        if (round % 4 > 1) await new Promise((resolve) => setTimeout(resolve, round % 7));
        if (round % 4 > 2) own.submit();
        const start = performance.now();
        device.destroy();
        await own.lost;
        await own.ready();
        times.push(performance.now() - start);
        expect(own.device).not.toBe(device);

        for (const [i, read] of (await Promise.all(reads)).entries()) {
          const isRight = read === right[i];
          expect(isRight ? 'right' : read).toMatch(/^(right$|tensor\.read: the GPU device was lost \()/);
          if (isRight) answered++;
        }
        for (const other of await Promise.all(others)) {
          expect(other).toMatch(/^((undefined|1)$|(gpu\.finished|prepare|profile): the GPU device was lost \()/);
        }
        for (const tensor of made) {
          expect(() => scale(tensor, 2)).toThrow(
            /^scale: the GPU device was lost \(.*\), and x \[1, 2, 2, 1\] with it; make/,
          );
          tensor.dispose();
        }
        expect(own.memory()).toMatchObject({ bytesInUse: before.bytesInUse, buffersInUse: 2, bytesIdle: 0 });
        using y = depthwiseConv2d(x, filter);
        using z = scale(y, 2);
        expect(await valuesOf(z)).toEqual([6, 12, 18, 24]);
        expect(await valuesOf(x)).toEqual([1, 2, 3, 4]);
      }
      expect(losses).toHaveLength(100);
      expect(losses.every(({ reason, recovering }) => reason === 'destroyed' && recovering)).toBe(true);
      expect(errors).toEqual([]);
      const sorted = times.toSorted((a, b) => a - b);
      console.log(
        `100 losses: 100 recovered, ${answered} of 300 reads under way answered; ms: median ${sorted[50].toFixed(1)}, least ${sorted[0].toFixed(1)}, most ${sorted[99].toFixed(1)}`,
      );
    });
  });

  test('and calls made meanwhile throw an error that says so', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1], [1]);
      const kept = own.tensor([1], [1], { keep: true });
      own.device.destroy();
      await own.lost;
      const meanwhile = /^(\S+): the GPU device was lost \(destroyed: .+\); a new one is coming: await gpu\.ready\(\)$/;
      expect(() => own.tensor([1], [1])).toThrow(meanwhile);
      expect(() => scale(kept, 2)).toThrow(meanwhile);
      expect(() => scale(x, 2)).toThrow('lost (destroyed');
      expect(() => scale(x, 2)).toThrow('), and x [1] with it; a new one is coming');
      expect(() => own.submit()).toThrow(meanwhile);
      expect(() => record(own, null as never, () => {})).toThrow(meanwhile);
      for (const call of [kept.read(), own.finished(), prepare(own, () => {}), profile(own, () => {})]) {
        expect(await rejectionOf(call)).toMatch(meanwhile);
      }
    });
  });

  test('and tensors of the old device say that they are lost, and what to do', async () => {
    await withGpu({}, async (own) => {
      const uploaded = own.tensor([1, 2], [2]);
      const computed = scale(uploaded, 2);
      const buffer = own.device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE });
      const wrapped = own.wrap(buffer, [2]);
      await loseDevice(own);
      const fresh = own.tensor([1, 2], [2]);
      for (const tensor of [uploaded, computed, wrapped]) {
        expect(await rejectionOf(tensor.read())).toMatch(
          /^tensor\.read: the GPU device was lost \(destroyed: .+\), and the tensor \[2\] with it; make it again on the new one$/,
        );
        expect(() => add(fresh, tensor)).toThrow(/^add: the GPU device was lost \(.+\), and b \[2\] with it/);
        expect(() => tensor.bufferBeforeSubmit).toThrow('tensor.bufferBeforeSubmit: the GPU device was lost');
        tensor.dispose();
        tensor.dispose();
      }
      expect(own.memory()).toMatchObject({ buffersInUse: 1, buffersIdle: 0 });
      expect(await valuesOf(scale(fresh, 2))).toEqual([2, 4]);
    });
  });

  test('also if the new device is lost at once', async () => {
    const losses: LostDevice[] = [];
    await withGpu({ onLost: (loss) => losses.push(loss) }, async (own, errors) => {
      const x = own.tensor([1, 2], [2], { keep: true });
      const adapter = (await navigator.gpu.requestAdapter())!;
      adapters(async () => {
        const request = adapter.requestDevice.bind(adapter);
        adapter.requestDevice = async (descriptor) => {
          const device = await request(descriptor);
          device.destroy();
          return device;
        };
        return adapter;
      });
      await loseDevice(own);
      // The replacement may be open before its own loss is reported.
      if (losses.length < 2) await own.lost;
      await own.ready();
      expect(losses).toHaveLength(2);
      using y = scale(x, 2);
      expect(await valuesOf(y)).toEqual([2, 4]);
      y.dispose();
      expect(own.memory().buffersInUse).toBe(1);
      expect(errors).toEqual([]);
    });
  });

  test('by up to five attempts, after which ready() rejects, and the next ready() tries again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      await withGpu({}, async (own, errors) => {
        const x = own.tensor([1, 2], [2], { keep: true });
        // Each attempt asks for a core adapter first, and then for one of the compatibility mode.
        adapters(...Array.from({ length: 10 }, () => async () => null));
        own.device.destroy();
        await own.lost;
        let settled = false;
        const failure = rejectionOf(own.ready()).finally(() => (settled = true));
        // An attempt may take turns of the browser before it waits for the next one.
        // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- `finally` modifies it
        while (!settled) await vi.advanceTimersByTimeAsync(1000);
        expect(await failure).toMatch(
          /^gpu\.ready: the GPU device was lost \(destroyed: .+\); no new one could be opened \(openGpu: WebGPU gives no adapter; .+\); gpu\.ready\(\) tries again$/,
        );
        expect(() => scale(x, 2)).toThrow('no new one could be opened');
        expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('gives no adapter')]);
        await own.ready();
        expect(await valuesOf(scale(x, 2))).toEqual([2, 4]);
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test('even if onLost throws', async () => {
    const thrown: string[] = [];
    const swallow = (event: ErrorEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      thrown.push(event.message);
    };
    addEventListener('error', swallow, { capture: true });
    const onLost = (): void => {
      throw new Error('the handler failed');
    };
    await withGpu({ onLost }, async (own) => {
      const x = own.tensor([1], [1], { keep: true });
      await loseDevice(own);
      expect(await valuesOf(x)).toEqual([1]);
    });
    removeEventListener('error', swallow, { capture: true });
    expect(thrown.join()).toContain('the handler failed');
  });

  test('and onLost may wait for the new device', async () => {
    let seen: number[] = [];
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => (finish = resolve));
    const own: Gpu = await openGpu({
      async onLost({ reason, message, recovering }) {
        expect([reason, recovering]).toEqual(['destroyed', true]);
        expect(message).not.toBe('');
        await own.ready();
        seen = await valuesOf(scale(x, 3));
        finish();
      },
    });
    const x = own.tensor([1], [1], { keep: true });
    own.device.destroy();
    await done;
    expect(seen).toEqual([3]);
    own.destroy();
  });
});

describe('a kept tensor', () => {
  test('has the numbers that it was made of, even if the array has changed', async () => {
    await withGpu({}, async (own) => {
      const data = Float32Array.of(1, 2);
      const x = own.tensor(data, [2], { keep: true });
      data.fill(7);
      await loseDevice(own);
      expect(await valuesOf(x)).toEqual([1, 2]);
      await loseDevice(own);
      expect(await valuesOf(x)).toEqual([1, 2]);
    });
  });

  test('may have a function that gives its numbers, which may be asynchronous', async () => {
    await withGpu({}, async (own) => {
      const source = vi.fn(() => new Promise<number[]>((resolve) => setTimeout(resolve, 20, [1, 2])));
      const x = own.tensor([1, 2], [2], { keep: source });
      expect(source).not.toHaveBeenCalled();
      await loseDevice(own);
      expect(source).toHaveBeenCalledOnce();
      expect(await valuesOf(x)).toEqual([1, 2]);
    });
  });

  test('may be an image', async () => {
    await withGpu({}, async (own) => {
      const x = tensorFromImage(own, new ImageData(Uint8ClampedArray.of(255, 0, 0, 255), 1, 1), {
        channels: 4,
        keep: true,
      });
      await loseDevice(own);
      expect(await valuesOf(x)).toEqual([1, 0, 0, 1]);
    });
  });

  test('shares its buffer with a reshape of it, before and after', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1, 2, 3, 4], [4], { keep: true });
      const y = reshape(x, [2, 2]);
      await loseDevice(own);
      expect(own.memory().buffersInUse).toBe(1);
      expect(y.bufferBeforeSubmit).toBe(x.bufferBeforeSubmit);
      x.dispose();
      expect([y.shape, await valuesOf(y)]).toEqual([[2, 2], [1, 2, 3, 4]]); // prettier-ignore
      await loseDevice(own);
      expect(await valuesOf(y)).toEqual([1, 2, 3, 4]);
      y.dispose();
      expect(own.memory().buffersInUse).toBe(0);
    });
  });

  test('that is disposed does not come back', async () => {
    await withGpu({}, async (own) => {
      const source = vi.fn(() => [1]);
      own.tensor([1], [1], { keep: source }).dispose();
      await loseDevice(own);
      expect(source).not.toHaveBeenCalled();
      expect(own.memory().buffersInUse).toBe(0);
    });
  });

  test('that was collected undisposed does not come back', async () => {
    await withGpu({}, async (own) => {
      // A WeakRef returns undefined once its object was collected. leaks.test.ts really collects garbage.
      vi.stubGlobal(
        'WeakRef',
        class {
          deref(): void {}
        },
      );
      own.tensor([1], [1], { keep: true });
      vi.unstubAllGlobals();
      const x = own.tensor([2], [1], { keep: true });
      await loseDevice(own);
      expect(own.memory().buffersInUse).toBe(1);
      expect(await valuesOf(x)).toEqual([2]);
    });
  });

  test('whose source fails is lost, and onError is told why', async () => {
    await withGpu({}, async (own, errors) => {
      const bad = own.tensor([1], [1], { keep: () => Promise.reject(new Error('no network')) });
      const short = own.tensor([1, 2], [2], { keep: () => [1] });
      const good = own.tensor([1], [1], { keep: () => [1] });
      await loseDevice(own);
      expect(await valuesOf(good)).toEqual([1]);
      expect(() => scale(bad, 1)).toThrow('), and x [1] with it');
      expect(() => scale(short, 1)).toThrow('the GPU device was lost');
      expect(errors.map(({ message }) => message)).toEqual([
        'no network',
        'gpu.tensor: what keep gave after a loss has 1 elements but shape [2] has 2; pass data of that length or another shape',
      ]);
    });
  });

  test('is refused for a wrong value of keep', async () => {
    await withGpu({}, async (own) => {
      expect(() => own.tensor([1], [1], { keep: 1 as never })).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.tensor: keep is 1; give true, or a function that gives the numbers again]`,
      );
    });
  });
});

describe('after a loss', () => {
  test('a recording from before is disposed without harm', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1, 2], [2], { keep: true });
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => scale(x, 2));
      await loseDevice(own);
      const { bufferBeforeSubmit: buffer } = x;
      recording.dispose();
      recording.result.dispose();
      expect(own.memory()).toMatchObject({ buffersInUse: 1, buffersIdle: 0 });
      using other = own.tensor([3, 4], [2]);
      expect(other.bufferBeforeSubmit).not.toBe(buffer);
      expect(await valuesOf(x)).toEqual([1, 2]);
    });
  });

  test('measured winners stay known', async () => {
    await withGpu({}, async (own) => {
      const problem = depthwiseProblem('test', [1, 32, 32, 8], [3, 3, 8, 1], {});
      const kernels = depthwise.kernels.filter((one) => one.supports(problem));
      const question = { operation: depthwise, kernels, problem, epilogue: [] };
      const kernel = depthwiseRows;
      const tile = kernel.tiles(problem, own.context.target).at(-1)!;
      const winner = { problem: questionKey(question), kernels: idsOf(question), kernel: kernel.name, tile };
      const tuning = { ...exportTuning(own), winners: [{ ...winner, speedup: 2, measured: '2026-11-22' }] };
      expect(importTuning(own, tuning)).toBe(1);
      const why = (): string => {
        using x = own.tensor(new Float32Array(32 * 32 * 8), [1, 32, 32, 8]);
        using filter = own.tensor(new Float32Array(9 * 8), [3, 3, 8, 1]);
        using y = depthwiseConv2d(x, filter);
        return explain(y).why;
      };
      const before = why();
      expect(before).toContain('measured: 2.00x');
      await loseDevice(own);
      expect(why()).toBe(before);
      expect(exportTuning(own)).toEqual(tuning);
    });
  });

  test('a tuning under way ends with it, and distrusts no kernel', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor(new Float32Array(16 * 16 * 8), [1, 16, 16, 8], { keep: true });
      const filter = own.tensor(new Float32Array(9 * 8), [3, 3, 8, 1], { keep: true });
      for (const ms of [0, 30, 200]) {
        const tuning = rejectionOf(tune(own, () => depthwiseConv2d(x, filter), { store: null }));
        await new Promise((resolve) => setTimeout(resolve, ms));
        await loseDevice(own);
        expect(await tuning).toContain('tune: the GPU device was lost');
        expect(exportTuning(own).broken).toEqual([]);
      }
      expect(explain(depthwiseConv2d(x, filter)).why).toContain('default rule');
    });
  });

  test('isFallback and the limits are those of the new device', async () => {
    await withGpu({}, async (own) => {
      const { isFallback, device } = own;
      await loseDevice(own);
      expect(own.isFallback).toBe(isFallback);
      expect(own.device.limits.maxStorageBufferBindingSize).toBe(device.limits.maxStorageBufferBindingSize);
      expect(own.context.target.features).toBe(own.device.features);
    });
  });
});

describe('a lost device is not replaced', () => {
  test('if it belongs to the app', async () => {
    const device = await newDevice();
    const losses: LostDevice[] = [];
    await withGpu({ device, onLost: (loss) => losses.push(loss) }, async (own) => {
      device.destroy();
      await own.lost;
      expect(await rejectionOf(own.ready())).toMatch(
        /^gpu\.ready: the GPU device was lost \(destroyed: .+\); open a new one with openGpu\(\)$/,
      );
      expect(losses).toMatchObject([{ reason: 'destroyed', recovering: false }]);
      expect(own.device).toBe(device);
    });
    expect(await rejectionOf(openGpu({ device, recover: true }))).toMatchInlineSnapshot(
      `"openGpu: recover needs a device of openGpu's own; leave recover out and replace the device in onLost"`,
    );
  });

  test('if the app does not want it', async () => {
    const onLost = vi.fn();
    await withGpu({ recover: false, onLost }, async (own) => {
      const x = own.tensor([1], [1], { keep: true });
      own.device.destroy();
      await own.lost;
      expect(await rejectionOf(own.ready())).toContain('open a new one with openGpu()');
      expect(() => scale(x, 1)).toThrow('open a new one with openGpu()');
      expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ recovering: false }));
      expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0 });
    });
  });

  test('after gpu.destroy(), which does not call onLost', async () => {
    const [onLost, other] = [vi.fn(), vi.fn()];
    const own = await openGpu({ onLost });
    // Another gpu on the same device is told of the loss. The first gpu would have been told before it.
    const guest = await openGpu({ device: own.device, onLost: other });
    own.destroy();
    expect(await rejectionOf(own.ready())).toContain('(destroyed: gpu.destroy() was called); open a new one');
    await own.lost;
    await expect.poll(() => other.mock.calls.length).toBe(1);
    expect(onLost).not.toHaveBeenCalled();
    guest.destroy();
    expect(() => own.tensor([1], [1])).toThrow('gpu.destroy() was called');
  });

  test('after gpu.destroy() while a new one is being opened, which is closed again', async () => {
    const own = await openGpu();
    let opened: GPUDevice | undefined;
    const adapter = (await navigator.gpu.requestAdapter())!;
    adapters(async () => {
      const request = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        opened = await request(descriptor);
        own.destroy();
        return opened;
      };
      return adapter;
    });
    own.device.destroy();
    await own.lost;
    expect(await rejectionOf(own.ready())).toContain('gpu.destroy() was called');
    expect((await opened?.lost)?.reason).toBe('destroyed');
    expect(own.memory().buffersInUse).toBe(0);
  });
});
