/**
 * Candidates that hang the GPU while they are tried are dropped and named, and not tried again. A real hang could take the
 * machine down, so here the browser never reports that their work is done.
 */
import { expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { createPipelines } from '../../src/gpu/pipelines';
import { exportTuning, importTuning, type Gpu, type Tuning } from '../../src/index';
import type { Way } from '../../src/kernels/chain';
import type { Question } from '../../src/kernels/choice';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import type { Kernel } from '../../src/kernels/kernel';
import { budgetUntil } from '../../src/tune/budget';
import { memoryOf } from '../../src/tune/device-memory';
import { testKernels } from '../../src/tune/kernel-test';
import { candidateId, kernelId } from '../../src/tune/key';
import { atOnce } from '../../src/tune/pace';
import { tuneQuestions } from '../../src/tune/tune';
import { altered, slow } from '../support/altered-kernel';
import { withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { choose, convolutionBy } from '../support/question';

const problem = depthwiseProblem('test', [1, 14, 14, 8], [3, 3, 8, 1], { padding: 'same' });
const hanging = altered(conv2dGeneral, 'test/hanging', (wgsl) => `${wgsl}\n`);
const hangingId = candidateId({ kernel: hanging, tile: hanging.tiles(problem, {} as never)[0] });

const question = (...kernels: readonly Kernel[]): Question => ({
  operation: convolutionBy('hang', kernels),
  kernels,
  problem,
  epilogue: [],
});

/** Makes reads of the hanging kernel's results wait forever, and calls `told` when somebody waits for one. */
function hang(own: Gpu, told: () => void = () => {}): void {
  let isHanging = false;
  const { device } = own;
  const compile = device.createComputePipelineAsync.bind(device);
  const pipelines = new WeakSet<GPUComputePipeline>();
  device.createComputePipelineAsync = async (descriptor) => {
    const pipeline = await compile(descriptor);
    if (descriptor.label === 'test/hanging') pipelines.add(pipeline);
    return pipeline;
  };
  const begin = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = begin(descriptor);
    const beginPass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (how) => {
      const pass = beginPass(how);
      const set = pass.setPipeline.bind(pass);
      pass.setPipeline = (pipeline): undefined => {
        isHanging = pipelines.has(pipeline);
        return set(pipeline);
      };
      return pass;
    };
    return encoder;
  };
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const map = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = async (...how) => {
      if (!isHanging) return map(...how);
      told();
      return new Promise<never>(() => {});
    };
    return buffer;
  };
}

/** Marks kernels as if the self-test had passed them. */
function trustAll(own: Gpu, ...kernels: readonly Way<unknown>[]): void {
  for (const kernel of kernels) memoryOf(own.context).tested.add(kernelId(kernel));
}

test('a candidate that hangs is dropped and named, written down before anything worse, and never tried again', async () => {
  const saved: Tuning[] = [];
  const store = { load: async () => saved.at(-1), save: async (_: string, tuning: Tuning) => void saved.push(tuning) };
  const asked = question(slow, hanging, conv2dGeneral);
  await withGpu({}, async (own, errors) => {
    let savedBefore: number | undefined;
    hang(own, () => void (savedBefore = saved.length));
    trustAll(own, ...asked.kernels);
    const { problems, dropped } = await tuneQuestions(own, [asked], { store, budgetMs: Infinity }, 1500);
    expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general', dropped }]);
    expect(dropped).toMatchObject([
      { kernel: 'test/hanging', reason: 'has not ended within 1.5 s; it is not tried again on this device' },
    ]);
    // This was saved during the try, when the outcome was unknown.
    expect(saved[savedBefore!].hung).toEqual([hangingId]);
    expect(saved[savedBefore!].winners).toEqual([]);
    expect(saved.at(-1)).toEqual(exportTuning(own));
    expect(exportTuning(own).hung).toEqual([hangingId]);
    expect(errors).toEqual([]);
  });
  // On the next visit, nothing tries it again.
  await withGpu({}, async (own) => {
    hang(own, () => expect.fail('it was tried again'));
    trustAll(own, ...asked.kernels);
    const { problems, dropped } = await tuneQuestions(own, [asked], { store, budgetMs: Infinity, again: true });
    expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
    expect(dropped).toMatchObject([
      { kernel: 'test/hanging', reason: 'has hung this device before, and is not tried again' },
    ]);
    // The default rule also avoids it if another kernel computes the problem.
    const { kernel, why } = choose(question(hanging, conv2dGeneral), own.context);
    expect(kernel).toBe(conv2dGeneral);
    expect(why).toMatch(/^default rule for \w+: .*; test\/hanging has hung this device$/);
    importTuning(own, { ...exportTuning(own), hung: [7, 'x'.repeat(9999)] });
    expect(exportTuning(own).hung).toEqual([hangingId]);
  });
});

test('a candidate that only takes long is struck out again', async () => {
  await withGpu({}, async (own) => {
    const asked = question(slow, hanging);
    const saved: Tuning[] = [];
    const store = { load: async () => undefined, save: async (_: string, tuning: Tuning) => void saved.push(tuning) };
    trustAll(own, ...asked.kernels);
    const { device } = own;
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const map = buffer.mapAsync.bind(buffer);
      buffer.mapAsync = async (...how) => {
        await map(...how);
        if (descriptor.label === 'depthwise tune') await new Promise((resolve) => setTimeout(resolve, 1200));
      };
      return buffer;
    };
    const { dropped } = await tuneQuestions(own, [asked], { store, budgetMs: Infinity });
    expect(dropped).toEqual([]);
    expect(saved.some(({ hung }) => hung.length > 0)).toBe(true);
    expect(saved.at(-1)!.hung).toEqual([]);
    expect(exportTuning(own).hung).toEqual([]);
  });
});

test('a GPU that does not come back ends the tuning, with a word', async () => {
  await withGpu({}, async (own) => {
    const { queue } = own.device;
    hang(own, () => {
      queue.onSubmittedWorkDone = async () => new Promise<never>(() => {});
    });
    const asked = [question(slow, hanging), { ...question(slow, hanging), problem: { ...problem, batch: 2 } }];
    trustAll(own, slow, hanging);
    const { problems } = await tuneQuestions(own, asked, { store: null, budgetMs: Infinity }, 2000);
    expect(problems).toMatchObject([{ outcome: 'failed' }, { outcome: 'out of budget' }]);
    expect(problems[0].error?.message).toBe(
      'tune: test/hanging has not ended within 2 s; it is not tried again on this device, and the GPU has done nothing for another 2 s; reload the page',
    );
    expect(problems[0].dropped).toMatchObject([{ kernel: 'test/hanging' }]);
  });
});

test('a loss of the device says what was tried, which is not tried again', async () => {
  const told: Tuning[] = [];
  await withGpu({ recover: false }, async (own) => {
    const { life } = own.context;
    hang(own, () => void life.end({ reason: 'unknown', message: 'the driver crashed' }));
    trustAll(own, slow, hanging);
    const store = { load: async () => undefined, save: async (_: string, tuning: Tuning) => void told.push(tuning) };
    expect(await rejectionOf(tuneQuestions(own, [question(slow, hanging)], { store }))).toMatch(
      /^tune: the GPU device was lost \(unknown: the driver crashed\) while test\/hanging \S* ?of 1x14x14x8->8 k3x3 was tried, which is not tried again on this device; /,
    );
    await expect.poll(() => told.at(-1)?.hung).toEqual([hangingId]);
  });
});

test('a kernel that hangs in its self-test is not used at all', async () => {
  await withGpu({}, async (own) => {
    hang(own);
    const { context } = own;
    const memory = memoryOf(context);
    const lab = { context, pipelines: createPipelines(context.device), memory, budget: budgetUntil(Infinity, undefined, atOnce(2000)) }; // prettier-ignore
    const asked = question(hanging, conv2dGeneral);
    const [report] = await testKernels('test', lab, [{ operation: asked.operation, kernel: hanging }]);
    expect(report.failures).toMatchObject([{ kernel: 'test/hanging', reason: expect.stringContaining('has not ended within 2 s') as string }]); // prettier-ignore
    expect(exportTuning(own).broken).toEqual([kernelId(hanging)]);
    expect(choose(asked, context).kernel).toBe(conv2dGeneral);
  });
});

test('a program that never compiles is dropped, and no kernel is blamed', async () => {
  await withGpu({}, async (own) => {
    const { device } = own;
    const compile = device.createComputePipelineAsync.bind(device);
    device.createComputePipelineAsync = async (descriptor) =>
      descriptor.label === 'test/hanging' ? new Promise<never>(() => {}) : compile(descriptor);
    const asked = question(slow, hanging, conv2dGeneral);
    trustAll(own, ...asked.kernels);
    const { problems, dropped } = await tuneQuestions(own, [asked], { store: null, budgetMs: Infinity }, 2000);
    expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general' }]);
    expect(dropped).toMatchObject([{ kernel: 'test/hanging', reason: 'has not compiled within 2 s' }]);
    expect(exportTuning(own)).toMatchObject({ hung: [], broken: [] });
    const first = question(hanging, conv2dGeneral);
    const { problems: failed } = await tuneQuestions(own, [first], { store: null, budgetMs: Infinity }, 300);
    expect(failed[0].error?.message).toBe('tune: the default, test/hanging, has not compiled within 0.3 s');
  });
});
