/**
 * `tune` and `selfTest`: what they measure, what they reject, and what they store.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { openBench } from '../../src/gpu/bench';
import { createPipelines } from '../../src/gpu/pipelines';
import {
  add,
  depthwiseConv2d,
  explain,
  exportTuning,
  importTuning,
  indexedDbStore,
  loadTuning,
  prepare,
  selfTest,
  tune,
  type Gpu,
  type Tensor,
  type TunedProblem,
  type Tuning,
} from '../../src/index';
import { activationCode } from '../../src/kernels/activation';
import type { Question } from '../../src/kernels/choice';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { conv2dTranspose } from '../../src/kernels/conv2d-transpose';
import { conv2d } from '../../src/kernels/convolutions';
import { expandFused } from '../../src/kernels/expand';
import type { Kernel } from '../../src/kernels/kernel';
import { separableFused } from '../../src/kernels/separable';
import { budgetUntil } from '../../src/tune/budget';
import { memoryOf } from '../../src/tune/device-memory';
import { testKernels, type KernelReport, type Suspect } from '../../src/tune/kernel-test';
import { kernelId } from '../../src/tune/key';
import { allKernels } from '../../src/tune/self-test';
import { tried } from '../../src/tune/trial';
import { convolutionTrial } from '../../src/tune/trials/convolution';
import { tuneQuestions } from '../../src/tune/tune';
import { altered, slow, slowIf } from '../support/altered-kernel';
import { EPSILON, expectClose } from '../support/close';
import { useOwnGpu, withGpu } from '../support/gpu';
import { lacksFeature } from '../support/lacks-feature';
import { rejectionOf } from '../support/message';
import { choose, convolutionBy } from '../support/question';
import { randomValues } from '../support/random';

const gpu = useOwnGpu();

/** Tests that must not affect others use a gpu of their own and no store. */
const options = { store: null, budgetMs: Infinity } as const;

const problem: ConvProblem = depthwiseProblem('test', [1, 14, 14, 8], [3, 3, 8, 1], { padding: 'same' });

const wrong = altered(conv2dGeneral, 'test/wrong', (wgsl) =>
  wgsl.replace('epilogue(V(sums[0]), at', 'epilogue(V(sums[0]) + select(V(0.0), V(0.5), at == 5u), at'),
);
const right = altered(conv2dGeneral, 'test/right', (wgsl) => `${wgsl}\n`);
const silent = altered(conv2dGeneral, 'test/silent', (wgsl) => wgsl.replace(/output\[\w+\] = .*;/g, ''));
const garbled = altered(conv2dGeneral, 'test/garbled', (wgsl) => `${wgsl}\nthis is not WGSL`);
const question = (kernels: readonly Kernel[], change: Partial<Question> = {}): Question => ({
  operation: convolutionBy('question', kernels),
  kernels,
  problem,
  epilogue: [],
  ...change,
});

function tensorsOf(own: Gpu): { readonly x: Tensor; readonly filter: Tensor } & Disposable {
  const x = own.tensor(randomValues(14 * 14 * 8, 1), [1, 14, 14, 8]);
  const filter = own.tensor(randomValues(16, 2), [1, 2, 8, 1]);
  return {
    x,
    filter,
    [Symbol.dispose]() {
      for (const tensor of [x, filter]) tensor.dispose();
    },
  };
}

/** The parts that a self-test works with, on a gpu of the test. */
function labOf({ context }: Gpu): Parameters<typeof testKernels>[1] {
  const pipelines = createPipelines(context.device);
  return { context, pipelines, memory: memoryOf(context), budget: budgetUntil(Infinity) };
}

describe('tune', () => {
  test('measures each different convolution of the calls once, and runs none', async () => {
    using t = tensorsOf(gpu());
    const layer = (): Tensor => depthwiseConv2d(t.x, t.filter, { padding: 'same', activation: 'relu6' });
    const seen: [number, number, TunedProblem | KernelReport][] = [];
    const submits = gpu().context.queue.submits;
    const model = (): Tensor => {
      using y = layer();
      using z = depthwiseConv2d(y, t.filter, { padding: 'same', activation: 'relu6' });
      using sum = add(z, t.x);
      return depthwiseConv2d(sum, t.filter, { strides: 2 });
    };
    const before = gpu().memory();
    const result = await tune(gpu(), model, {
      ...options,
      onProgress: (...progress) => void seen.push(progress),
    });
    expect(result.problems.map(({ problem: p }) => p)).toEqual(['1x14x14x8->8 k1x2', '1x14x14x8->8 k1x2 s2x2']);
    for (const tuned of result.problems) {
      expect(tuned.outcome).toBe('measured');
      expect(tuned.candidates).toBeGreaterThan(4);
      expect(tuned.why).toMatch(/^measured: .* on this device \(\d{4}-\d\d-\d\d\)$/);
      expect(tuned.speedup).toBeGreaterThanOrEqual(1);
    }
    expect(result.dropped).toEqual([]);
    expect(result.storeError).toBeUndefined();
    // Each kernel is tested before the first problem that it may compute.
    const tested = result.selfTest.length;
    expect(tested).toBeGreaterThan(1);
    expect(result.selfTest.every(({ finished, checked }) => finished && checked > 0)).toBe(true);
    const steps = seen.map(([, , step]) => step);
    expect(steps.filter((step) => 'problem' in step)).toEqual(result.problems);
    expect(steps.filter((step) => 'checked' in step)).toEqual(result.selfTest);
    expect(steps.indexOf(result.problems[0])).toBeGreaterThan(1);
    expect(seen.map(([done, total]) => [done, total])).toEqual(seen.map((_, i) => [i + 1, tested + 2]));
    // All gpus of a page share the program texts.
    expect({ ...gpu().memory(), characters: before.characters }).toEqual(before);
    expect(gpu().context.queue.submits).toBe(submits);

    // The measured winner is what runs, eagerly and prepared, and explain says so.
    await prepare(gpu(), model);
    using y = layer();
    const { steps: ran, why } = explain(y);
    const [first] = result.problems;
    expect({ kernel: ran[0].kernel, tile: ran[0].tile, why }).toEqual({
      kernel: first.kernel,
      tile: first.tile,
      why: first.why,
    });
    using other = depthwiseConv2d(t.x, t.filter, { padding: 'same', activation: 'relu' });
    expect(explain(other).why).toMatch(/^default rule for \w+: /);
    const asked = depthwiseProblem('test', t.x.shape, t.filter.shape, { padding: 'same' });
    const expected = convReference(asked, randomValues(t.x.size, 1), randomValues(16, 2)).map((v) => Math.max(v, 0));
    // Sums of two products of numbers up to 1.
    expectClose(await y.read(), expected, y.shape, 8 * EPSILON);

    // The second time, there is nothing to do.
    const { advise } = gpu().context;
    const second = await tune(gpu(), model, options);
    expect(gpu().context.advise).toBe(advise);
    expect(second.problems.map(({ outcome }) => outcome)).toEqual(['remembered', 'remembered']);
    expect(second.selfTest).toEqual([]);
  });

  test('replaces a slow default, and explain says by how much', async () => {
    await withGpu({}, async (own) => {
      const asked = question([slow, conv2dGeneral]);
      expect(choose(asked, own.context)).toMatchObject({ kernel: slow });
      const { problems } = await tuneQuestions(own, [asked], options);
      expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
      expect(problems[0].speedup).toBeGreaterThan(1.05);
      const { kernel, why } = choose(asked, own.context);
      expect(kernel).toBe(conv2dGeneral);
      expect(why).toMatch(/^measured: \d+\.\d\dx the default tile on this device/);
      expect((await tuneQuestions(own, [asked], options)).problems).toMatchObject([{ outcome: 'remembered' }]);
      const again = await tuneQuestions(own, [asked], { ...options, again: true });
      expect(again.problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
    });
  });

  test('measures halves as halves, and remembers them apart', async () => {
    await withGpu({}, async (own) => {
      const asked = question([slow, wrong, conv2dGeneral], {
        epilogue: [{ kind: 'bias' }],
        halves: { stored: new Set(['x', 'weights', 'output']), sums: false },
      });
      const { problems } = await tuneQuestions(own, [asked], options);
      expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
      expect(choose({ ...asked, halves: undefined }, own.context)).toMatchObject({ kernel: slow });
    });
  });

  test('throws out what does not compute what the default computes, however fast', async () => {
    await withGpu({}, async (own, errors) => {
      // Marks the kernels as if the self-test had missed their mistakes.
      const asked = question([slow, wrong, silent, garbled, conv2dGeneral], {
        epilogue: [
          { kind: 'bias' },
          { kind: 'affine' },
          { kind: 'residual' },
          { kind: 'activation', code: activationCode('test', 'gelu') },
        ],
      });
      const { tested } = memoryOf(own.context);
      const untested = await tuneQuestions(own, [question([conv2dGeneral])], options);
      expect(untested.problems).toMatchObject([{ outcome: 'measured', candidates: 1 }]);
      for (const kernel of asked.kernels) tested.add(kernelId(kernel));
      const { problems, dropped } = await tuneQuestions(own, [asked], options);
      expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general', dropped }]);
      const reasonsOf = (name: string): string[] =>
        dropped.filter(({ kernel }) => kernel === name).map(({ reason }) => reason);
      expect(new Set(dropped.map(({ kernel }) => kernel))).toEqual(
        new Set(['test/wrong', 'test/silent', 'test/garbled']),
      );
      for (const reason of reasonsOf('test/wrong')) expect(reason).toMatch(/^output \d+ of 1568 is .* instead of /);
      for (const reason of reasonsOf('test/silent')) expect(reason).toMatch(/^output 0 of 1568 is 0 instead of /);
      for (const reason of reasonsOf('test/garbled')) expect(reason).toContain('does not compile');
      expect(errors).toEqual([]);
    });
  });

  test('goes on if not even the default compiles', async () => {
    await withGpu({}, async (own) => {
      // Marks the kernel as if the self-test had missed its mistake.
      memoryOf(own.context).tested.add(kernelId(garbled));
      const other = { ...problem, batch: 2 };
      const asked = [question([garbled, conv2dGeneral]), question([slow, conv2dGeneral], { problem: other })];
      const { problems } = await tuneQuestions(own, asked, options);
      expect(problems).toMatchObject([{ outcome: 'failed' }, { outcome: 'measured' }]);
      expect(problems[0].error?.message).toContain('does not compile');
      expect(exportTuning(own).winners.length).toBe(1);
    });
  });

  test('keeps to its budget, and tries again next time', async () => {
    await withGpu({}, async (own) => {
      const asked = question([slow, conv2dGeneral]);
      // The first budget is used up before the tuning begins, and the second one while the candidates compile.
      for (const budgetMs of [0.001, 5]) {
        const { problems } = await tuneQuestions(own, [asked], { ...options, budgetMs });
        expect(problems).toMatchObject([{ outcome: 'out of budget', kernel: 'test/slow', speedup: 1 }]);
        expect(problems[0].why).toMatch(/^default rule for \w+: /);
        expect(exportTuning(own).winners).toEqual([]);
      }
      expect((await tuneQuestions(own, [asked], options)).problems).toMatchObject([{ outcome: 'measured' }]);
    });
  });

  test('keeps to its budget while kernels are tested, and says which it did not reach', async () => {
    await withGpu({}, async (own) => {
      const { device, context } = own;
      const compile = device.createComputePipelineAsync.bind(device);
      // Nothing compiles any more after the first kernel was tested, so waiting for the compiler would never end.
      let compiles = true;
      device.createComputePipelineAsync = async (descriptor) =>
        compiles ? compile(descriptor) : new Promise<never>(() => {});
      const seen: [number, number][] = [];
      const onProgress = (done: number, total: number): void => {
        compiles = false;
        seen.push([done, total]);
      };
      const asked = [question([slow, conv2dGeneral]), question([right, conv2dGeneral])];
      const start = performance.now();
      const report = await tuneQuestions(own, asked, { store: null, budgetMs: 3000, onProgress });
      expect(performance.now() - start).toBeLessThan(9000);
      expect(report.selfTest.map(({ kernel, finished, checked }) => [kernel, finished, checked > 0])).toEqual([
        ['test/slow', true, true],
        ['conv2d/general', false, false],
        ['test/right', false, false],
      ]);
      expect(report.problems.map(({ outcome }) => outcome)).toEqual(['out of budget', 'out of budget']);
      expect(seen).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
      const { tested, broken } = memoryOf(context);
      expect([[...tested], [...broken]]).toEqual([[kernelId(slow)], []]);
      expect(exportTuning(own).winners).toEqual([]);
      // The next tuning goes on with the kernels that are left.
      compiles = true;
      const next = await tuneQuestions(own, asked, options);
      expect(next.selfTest.map(({ kernel, finished }) => [kernel, finished])).toEqual([
        ['conv2d/general', true],
        ['test/right', true],
      ]);
      expect(next.problems).toMatchObject([{ outcome: 'measured' }, { outcome: 'measured' }]);
    });
  }, 60_000);

  test('stops when it is aborted, with the reason, and keeps what it found', async () => {
    await withGpu({}, async (own) => {
      const reason = new Error('enough');
      await expect(tune(own, () => {}, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

      const controller = new AbortController();
      let alive = 0;
      let made = 0;
      const create = own.device.createBuffer.bind(own.device);
      own.device.createBuffer = (descriptor) => {
        const buffer = create(descriptor);
        if (descriptor.label !== 'depthwise tune') return buffer;
        alive++;
        made++;
        const destroy = buffer.destroy.bind(buffer);
        buffer.destroy = (): undefined => {
          alive--;
          return destroy();
        };
        return buffer;
      };
      const asked = [1, 2, 3].map((batch) => question([slow, conv2dGeneral], { problem: { ...problem, batch } }));
      const tuning = tuneQuestions(own, asked, {
        ...options,
        signal: controller.signal,
        onProgress: (done, total, step) =>
          'problem' in step && done === total - 2 && setTimeout(() => controller.abort(reason), 20),
      });
      expect(await rejectionOf(tune(own, () => {}, options))).toBe(
        'tune: another tune or selfTest is running on this gpu; await it first',
      );
      await expect(tuning).rejects.toBe(reason);
      expect(made).toBeGreaterThan(3);
      expect(alive).toBe(0);
      expect(exportTuning(own).winners.length).toBe(1);
      // The gpu is free for other calls.
      expect((await tune(own, () => {}, options)).problems).toEqual([]);
    });
  });

  test('rejects a wrong budget, an asynchronous function, and a gpu that is gone', async () => {
    expect(await rejectionOf(tune(gpu(), () => {}, { ...options, budgetMs: 0 }))).toBe(
      'tune: budgetMs is 0; give the milliseconds that measuring may take, more than 0',
    );
    expect(await rejectionOf(tune(gpu(), async () => {}, options))).toContain('tune: the function is asynchronous');
    expect(gpu().context.tape).toBeUndefined();
    await withGpu({}, async (own) => {
      const tuning = tuneQuestions(own, [question([slow, conv2dGeneral])], options);
      own.destroy();
      expect(await rejectionOf(tuning)).toContain('the GPU device was lost (destroyed');
      expect(await rejectionOf(tune(own, () => {}, options))).toContain('tune: the GPU device was lost');
      expect(await rejectionOf(selfTest(own))).toContain('selfTest: the GPU device was lost');
    });
  });

  test('times by the wall clock where the device has no timestamps', async () => {
    const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
    await withGpu({ device }, async (own) => {
      // The difference is milliseconds, because the wall clock includes the delays of a busy page.
      const slower = slowIf('test/slower', 'true', 40_000);
      const { problems } = await tuneQuestions(own, [question([slower, conv2dGeneral])], options);
      expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
    });
    device.destroy();
  });
});

describe('a bench', () => {
  test('rejects if there is no memory, and leaves nothing behind', async () => {
    await withGpu({}, async (own) => {
      const { context, device } = own;
      const shape = [device.limits.maxBufferSize / 4 + 1];
      const { request } = tried('tune', convolutionTrial, question([conv2dGeneral]) as Question<ConvProblem>);
      const opening = openBench(context, createPipelines(device), { ...request, output: { shape, dtype: 'f32' } }, {});
      expect(await rejectionOf(opening)).toContain('tune: the device has no memory to try the problem in');
    });
  });
});

describe('selfTest', () => {
  test('finds every kernel right on this device', async () => {
    const { passed, kernels } = await selfTest(gpu());
    expect(kernels.flatMap(({ failures }) => failures)).toEqual([]);
    expect(passed).toBe(true);
    const others = [...conv2dTranspose.kernels, separableFused, expandFused];
    const all: readonly Pick<Kernel, 'name' | 'feature'>[] = [...allKernels, ...others];
    const able = all.filter((kernel) => !lacksFeature(kernel, gpu().device));
    expect(kernels.filter(({ checked }) => checked > 1).map(({ kernel }) => kernel)).toEqual(able.map((k) => k.name));
    expect(exportTuning(gpu()).broken).toEqual([]);
  });

  test('finds a kernel that miscomputes, which is not used any more', async () => {
    await withGpu({}, async (own, errors) => {
      const { context } = own;
      const kernels = [wrong, garbled, right, conv2dGeneral];
      expect(choose(question(kernels), context).kernel).toBe(wrong);
      const suspects = kernels.map((kernel): Suspect => ({ operation: conv2d, kernel }));
      const reports = await testKernels('selfTest', labOf(own), suspects);
      expect(reports.map(({ kernel, failures }) => [kernel, failures.length > 0])).toEqual([
        ['test/wrong', true],
        ['test/garbled', true],
        ['test/right', false],
        ['conv2d/general', false],
      ]);
      expect(reports[0].failures[0]).toMatchObject({ kernel: 'test/wrong', problem: '1x9x8x4->4 k2x2 s2x2' });
      expect(reports[0].failures[0].reason).toMatch(/^output \d+ of \d+ is .* instead of /);
      const { kernel, why } = choose(question(kernels), context);
      expect(kernel).toBe(right);
      expect(why).toMatch(/^default rule for \w+: .*; test\/wrong, test\/garbled miscomputes on this device$/);
      expect(errors).toEqual([]);
    });
  });

  test('trusts a kernel again that an imported file calls broken', async () => {
    await withGpu({}, async (own) => {
      const { context } = own;
      const tuning = { ...exportTuning(own), broken: [kernelId(right)] };
      importTuning(own, tuning);
      expect(choose(question([right, conv2dGeneral]), context).kernel).toBe(conv2dGeneral);
      const suspects = [{ operation: conv2d, kernel: right }];
      await testKernels('selfTest', labOf(own), suspects);
      expect(choose(question([right, conv2dGeneral]), context).kernel).toBe(right);
    });
  });

  test('comes before tuning, so that a default that miscomputes is found', async () => {
    await withGpu({}, async (own) => {
      const asked = question([wrong, conv2dGeneral]);
      const { problems, selfTest: reports, dropped } = await tuneQuestions(own, [asked], options);
      expect(reports.map(({ kernel, failures }) => [kernel, failures.length > 0])).toEqual([
        ['test/wrong', true],
        ['conv2d/general', false],
      ]);
      expect(problems).toMatchObject([{ kernel: 'conv2d/general', candidates: 1 }]);
      expect(dropped).toEqual([]);
    });
  });
});

describe('what was measured', () => {
  test('is taken over by a new gpu of the same kind', async () => {
    const asked = question([slow, conv2dGeneral]);
    const json = await withGpu({}, async (own) => {
      await tuneQuestions(own, [asked], options);
      return JSON.stringify(exportTuning(own));
    });
    await withGpu({}, async (own) => {
      expect(importTuning(own, JSON.parse(json))).toBe(1);
      expect(choose(asked, own.context).why).toMatch(/^measured: /);
      expect((await tuneQuestions(own, [asked], options)).problems).toMatchObject([{ outcome: 'remembered' }]);
    });
  });

  test('is kept in IndexedDB, also from one visit to the next', async () => {
    const name = `depthwise test ${crypto.randomUUID()}`;
    const asked = question([slow, conv2dGeneral]);
    try {
      await withGpu({}, async (own) => {
        expect(await loadTuning(own, indexedDbStore(name))).toEqual({ accepted: 0 });
        const { storeError } = await tuneQuestions(own, [asked], { ...options, store: indexedDbStore(name) });
        expect(storeError).toBeUndefined();
      });
      await withGpu({}, async (own) => {
        expect(await loadTuning(own, indexedDbStore(name))).toEqual({ accepted: 1 });
        expect(choose(asked, own.context).why).toMatch(/^measured: /);
      });
      await withGpu({}, async (own) => {
        const { problems, selfTest: reports } = await tuneQuestions(own, [asked], {
          ...options,
          store: indexedDbStore(name),
        });
        expect(problems).toMatchObject([{ outcome: 'remembered' }]);
        expect(reports).toEqual([]);
      });
    } finally {
      await new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener('success', resolve));
    }
  });

  test('is used without a store that fails, and the failure is told', async () => {
    await withGpu({}, async (own, errors) => {
      const saved: Tuning[] = [];
      const store = {
        load: () => Promise.reject(new Error('private window')),
        save: async (_: string, tuning: Tuning) => void saved.push(tuning),
      };
      const { problems, storeError } = await tuneQuestions(own, [question([slow, conv2dGeneral])], {
        ...options,
        store,
      });
      expect(problems).toMatchObject([{ outcome: 'measured' }]);
      expect(storeError?.message).toBe('tune: the store could not load the tuning: private window');
      expect(saved).toEqual([exportTuning(own)]);
      expect(errors).toEqual([]);
    });
    // A database of the app has the same name by chance, and lacks the table.
    const name = `depthwise test ${crypto.randomUUID()}`;
    const request = indexedDB.open(name, 1);
    await new Promise((resolve) => request.addEventListener('success', resolve));
    request.result.close();
    await withGpu({}, async (own) => {
      const result = await tuneQuestions(own, [question([slow, conv2dGeneral])], {
        ...options,
        store: indexedDbStore(name),
      });
      expect(result.problems).toMatchObject([{ outcome: 'measured' }]);
      expect(result.storeError?.message).toContain('tune: the store could not load the tuning: ');
    });
    indexedDB.deleteDatabase(name);
  });
});
