/**
 * Several gpus on one page, and several asynchronous callers of one gpu that do not know of each other.
 */
import { describe, expect, test, vi } from 'vitest';
import { conv2dProblem } from '../../src/conv/problem';
import {
  activate,
  add,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  exportTuning,
  groupedConv2d,
  matMul,
  multiply,
  openGpu,
  pointwiseConv2d,
  prepare,
  record,
  separableConv2d,
  tune,
  type Gpu,
  type Tensor,
  type TuneResult,
} from '../../src/index';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import type { Kernel } from '../../src/kernels/kernel';
import { tuneQuestions } from '../../src/tune/tune';
import { useGpu, withGpu } from '../support/gpu';
import { messageOf, rejectionOf } from '../support/message';
import { questionOf } from '../support/question';
import { generator } from '../support/random';
import { lists, newFactor, scale, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

/** The general kernel under another name, as a program of its own. */
const another: Kernel = {
  ...conv2dGeneral,
  name: 'test/another',
  step: (...all) => {
    const step = conv2dGeneral.step(...all);
    return { ...step, kernel: 'test/another', wgsl: `${step.wgsl}\n` };
  },
};

/** A problem that is quick to tune: it has two kernels with short programs. */
const question = questionOf([another, conv2dGeneral], conv2dProblem('test', [1, 4, 4, 4], [1, 2, 4, 4], {}));

/**
 * Calls `fn` at each buffer that `tune` makes, with the number of the buffer. That tells how far `tune` has come without a
 * clock.
 */
function atEachBuffer(own: Gpu, fn: (made: number) => unknown): void {
  const create = own.device.createBuffer.bind(own.device);
  let made = 0;
  own.device.createBuffer = (descriptor) => {
    if (descriptor.label === 'depthwise tune') fn(++made);
    return create(descriptor);
  };
}

/** Lets others run, for some turns of the event loop or only for microtasks. */
async function pause(next: () => number): Promise<void> {
  const turns = Math.floor(next() * 4);
  if (turns === 0) return;
  await new Promise((resolve) => setTimeout(resolve, turns - 1));
}

/**
 * A caller makes a chain of calls on its own numbers. The seed decides where reads and pauses come in between. The results
 * must equal those of the same chain on the CPU. All numbers are whole, so that float32 holds them exactly.
 */
async function caller(own: Gpu, seed: number): Promise<void> {
  const next = generator(seed);
  const size = 1 + Math.floor(next() * 300);
  let expected = Float32Array.from({ length: size }, () => Math.floor(next() * 9));
  let x = own.tensor(expected, [size]);
  const reads: { readonly actual: Promise<Float32Array>; readonly wanted: Float32Array }[] = [];
  for (let i = 0; i < 8; i++) {
    // There are only a few factors, so some programs are ready, and others compile while the next caller goes on.
    const factor = 1 + Math.floor(next() * 5);
    const y = next() < 0.5 ? scale(x, factor) : multiply(x, factor);
    expected = expected.map((v) => v * factor);
    if (next() < 0.5) reads.push({ actual: y.read(), wanted: expected });
    // x is disposed while it may still be read, copied or waited for. The next tensor may get its buffer.
    x.dispose();
    x = y;
    if (next() < 0.3) own.trim();
    await pause(next);
  }
  using last = x;
  expect(await last.read(), `caller ${seed}`).toEqual(expected);
  for (const { actual, wanted } of reads) expect(await actual, `caller ${seed}`).toEqual(wanted);
}

const seeds = Array.from({ length: 60 }, (_, i) => i + 1);

describe('asynchronous callers of one gpu', () => {
  test('get their own numbers, however they interleave', async () => {
    await Promise.all(seeds.map(async (seed) => caller(gpu(), seed)));
  });

  test('get them while others prepare, record, tune and fail', async () => {
    const others = async (seed: number): Promise<void> => {
      using x = of(seed, -seed);
      const factor = newFactor();
      await prepare(gpu(), () => scale(x, factor));
      expect(() => add(x, of as never)).toThrow('add: b is');
      const encoder = gpu().device.createCommandEncoder();
      using recording = record(gpu(), encoder, () => scale(x, factor));
      await Promise.resolve();
      gpu().device.queue.submit([encoder.finish()]);
      using y = recording.result;
      expect(await valuesOf(y)).toEqual([seed * factor, -seed * factor]);
    };
    const tuning = tuneQuestions(gpu(), [question], { store: null, budgetMs: Infinity });
    await Promise.all(seeds.slice(0, 20).flatMap((seed) => [caller(gpu(), seed + 100), others(seed)]));
    expect((await tuning).problems).toMatchObject([{ outcome: 'measured' }]);
  });
});

describe('two gpus on one page', () => {
  test('opened and used at once give each its own numbers', async () => {
    const errors: Error[] = [];
    const onError = (error: Error): void => void errors.push(error);
    const both = await Promise.all([openGpu({ onError }), openGpu({ onError })]);
    expect(both[0].device).not.toBe(both[1].device);
    await Promise.all(seeds.map(async (seed) => caller(both[seed % 2], seed)));
    for (const own of both) {
      expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0 });
      own.destroy();
    }
    expect(errors).toEqual([]);
  });

  test('outlive each other', async () => {
    using x = of(1, 2);
    await withGpu({}, async (own) => {
      using y = own.tensor([3, 4], [2]);
      expect(await valuesOf(y)).toEqual([3, 4]);
    });
    const factor = newFactor();
    using z = scale(x, factor);
    expect(await valuesOf(z)).toEqual([factor, 2 * factor]);
  });

  test('may share a device, and still have memory of their own', async () => {
    const device = (await navigator.gpu.requestAdapter())!;
    const shared = await device.requestDevice();
    const both = await Promise.all([openGpu({ device: shared }), openGpu({ device: shared })]);
    await Promise.all(seeds.slice(0, 20).map(async (seed) => caller(both[seed % 2], seed)));
    both[0].destroy();
    await caller(both[1], 1);
    both[1].destroy();
    shared.destroy();
  });

  const mixtures: Readonly<Record<string, (a: (...shape: number[]) => Tensor, b: typeof a) => unknown>> = {
    'depthwiseConv2d: x and filter': (a, b) => depthwiseConv2d(a(1, 4, 4, 2), b(3, 3, 2, 1)),
    'depthwiseConv2d: x and bias': (a, b) => depthwiseConv2d(a(1, 4, 4, 2), a(3, 3, 2, 1), { bias: b(2) }),
    'depthwiseConv2d: x and residual': (a, b) =>
      depthwiseConv2d(a(1, 4, 4, 2), a(3, 3, 2, 1), { residual: b(1, 2, 2, 2) }),
    'depthwiseConv2d: x and batchNorm.mean': (a, b) =>
      depthwiseConv2d(a(1, 4, 4, 2), a(3, 3, 2, 1), { batchNorm: { mean: b(2), variance: a(2) } }),
    'depthwiseConv2d: x and activation.alpha': (a, b) =>
      depthwiseConv2d(a(1, 4, 4, 2), a(3, 3, 2, 1), { activation: { name: 'prelu', alpha: b(2) } }),
    'conv2d: x and filter': (a, b) => conv2d(a(1, 4, 4, 2), b(3, 3, 2, 4)),
    'pointwiseConv2d: x and filter': (a, b) => pointwiseConv2d(a(1, 4, 4, 2), b(2, 3)),
    'groupedConv2d: x and filter': (a, b) => groupedConv2d(a(1, 4, 4, 4), b(3, 3, 2, 4), { groups: 2 }),
    'separableConv2d (pointwise step): x and filter': (a, b) => separableConv2d(a(1, 4, 4, 2), a(3, 3, 2, 1), b(2, 3)),
    'add: a and b': (a, b) => add(a(2), b(2)),
    'matMul: a and b': (a, b) => matMul(a(2, 3), b(3, 2)),
    'concat: tensors[0] and tensors[1]': (a, b) => concat([a(2), b(2)]),
    'batchNorm: x and mean': (a, b) => batchNorm(a(2, 2), { mean: b(2), variance: a(2) }),
    'activate: x and activation.alpha': (a, b) => activate(a(2, 2), { name: 'prelu', alpha: b(2) }),
  };

  test.for(Object.keys(mixtures))('do not mix: %s', async (title) => {
    await withGpu({}, async (own, errors) => {
      const made: Tensor[] = [];
      const maker =
        (from: Gpu) =>
        (...shape: number[]) => {
          made.push(from.tensor(new Float32Array(shape.reduce((product, n) => product * n, 1)), shape));
          return made[made.length - 1];
        };
      for (const [a, b] of [
        [own, gpu()],
        [gpu(), own],
      ]) {
        // prettier-ignore
        const said = messageOf(() => mixtures[title](maker(a), maker(b)));
        expect(said).toContain(`${title} belong to two different gpus`);
      }
      for (const tensor of made) tensor.dispose();
      await own.finished();
      expect(own.memory().buffersInUse).toBe(0);
      expect(errors).toEqual([]);
    });
  });

  test("do not mix: a buffer of the other's device", async () => {
    await withGpu({}, async (own, errors) => {
      using x = of(1, 2);
      using y = own.wrap(x.bufferBeforeSubmit, [2]);
      using z = scale(y, newFactor());
      expect(await rejectionOf(z.read())).toMatch(/^gpu\.wrap: this buffer belongs to another device/);
      expect(errors.length).toBe(1);
    });
  });
});

describe('an AbortSignal', () => {
  test('that is aborted already ends prepare and tune before the function is looked at', async () => {
    const signal = AbortSignal.abort(new Error('never mind'));
    const fn = vi.fn();
    expect(await rejectionOf(prepare(gpu(), fn, { signal }))).toBe('never mind');
    expect(await rejectionOf(tune(gpu(), fn, { signal, store: null }))).toBe('never mind');
    expect(fn).not.toHaveBeenCalled();
    expect(gpu().context.tape).toBeUndefined();
  });

  test('ends prepare half way: some programs are compiled, no more is told, and the rest is there later', async () => {
    using x = of(1, 2);
    const factors = Array.from({ length: 6 }, newFactor);
    const controller = new AbortController();
    const progress: number[] = [];
    const preparing = prepare(gpu(), () => factors.map((factor) => scale(x, factor)), {
      signal: controller.signal,
      onProgress: (done) => {
        progress.push(done);
        if (done === 2) controller.abort(new Error('half way'));
      },
    });
    expect(await rejectionOf(preparing)).toBe('half way');
    for (const factor of factors) {
      using y = scale(x, factor);
      expect(await valuesOf(y)).toEqual([factor, 2 * factor]);
    }
    expect(progress).toEqual([1, 2]);
  });

  test('of one of two that prepare the same leaves the other alone', async () => {
    using x = of(1, 2);
    const factor = newFactor();
    const controller = new AbortController();
    const aborted = rejectionOf(prepare(gpu(), () => scale(x, factor), { signal: controller.signal }));
    const done = vi.fn();
    const other = prepare(gpu(), () => scale(x, factor), { onProgress: done });
    controller.abort(new Error('only mine'));
    expect(await aborted).toBe('only mine');
    await other;
    expect(done).toHaveBeenCalledExactlyOnceWith(1, 1);
  });

  test('that is not aborted is left without a listener', async () => {
    using x = of(1);
    const { signal } = new AbortController();
    let listening = 0;
    const [add_, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...all: Parameters<typeof add_>): void => (listening++, add_(...all));
    signal.removeEventListener = (...all: Parameters<typeof remove>): void => (listening--, remove(...all));
    for (let i = 0; i < 3; i++) await prepare(gpu(), () => scale(x, newFactor()), { signal });
    expect(listening).toBe(0);
  });

  test('ends tune at its first step, half way and at its last, after which it can be begun again', async () => {
    const tuned = async (own: Gpu, signal?: AbortSignal): Promise<TuneResult> =>
      tuneQuestions(own, [question], { store: null, budgetMs: Infinity, signal });
    let all = 0;
    await withGpu({}, async (own) => {
      atEachBuffer(own, (made) => (all = made));
      await tuned(own);
    });
    expect(all).toBeGreaterThan(10);
    for (const when of [1, all >> 1, all]) {
      await withGpu({}, async (own, errors) => {
        const before = own.memory();
        const controller = new AbortController();
        const reason = new Error(`at buffer ${when} of ${all}`);
        atEachBuffer(own, (made) => made === when && controller.abort(reason));
        await expect(tuned(own, controller.signal)).rejects.toBe(reason);
        expect(exportTuning(own).winners).toEqual([]);
        expect(own.context.tape).toBeUndefined();
        expect(own.memory()).toEqual(before);
        expect((await tuned(own)).problems).toMatchObject([{ outcome: 'measured' }]);
        expect(errors).toEqual([]);
      });
    }
  });
});
