/**
 * A depthwise and a pointwise convolution in one dispatch or in two: this choice is measured, remembered and used like every
 * other.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { outputShape } from '../../src/conv/window';
import { createPipelines } from '../../src/gpu/pipelines';
import {
  compile,
  depthwiseConv2d,
  explain,
  exportTuning,
  importTuning,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  separableConv2d,
  tune,
  type Gpu,
  type Program,
  type SeparableConv2dOptions,
  type Tensor,
} from '../../src/index';
import type { Question } from '../../src/kernels/choice';
import { expand } from '../../src/kernels/expand';
import type { Target } from '../../src/kernels/kernel';
import type { ConvPair } from '../../src/kernels/pair';
import { profileOf } from '../../src/kernels/profile';
import { separable, separableFused } from '../../src/kernels/separable';
import { budgetUntil } from '../../src/tune/budget';
import { memoryOf } from '../../src/tune/device-memory';
import { testKernels } from '../../src/tune/kernel-test';
import { kernelId } from '../../src/tune/key';
import { allKernels } from '../../src/tune/self-test';
import { tuneQuestions } from '../../src/tune/tune';
import { expectClose } from '../support/close';
import { useOwnGpu, withGpu } from '../support/gpu';
import { MEASURED } from '../support/measured';
import { randomValues } from '../support/random';
import { AMD } from '../support/target';

const gpu = useOwnGpu();

const options = { store: null, budgetMs: Infinity } as const;

const SHAPE = [1, 8, 8, 8] as const;

/** The second sum has 8 terms, and each of them is a sum of 2 terms. Both sums have a bias, and all terms are below 3. */
const BOUND = 2 * (9 + 3) * 2 ** -24 * 9 * 3;

/** The input, the filters and the biases. */
function tensorsOf(own: Gpu) {
  const make = (seed: number, ...shape: readonly number[]): Tensor =>
    own.tensor(
      randomValues(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      shape,
    );
  const all = {
    x: make(1, ...SHAPE),
    filter: make(2, 1, 2, 8, 1),
    mix: make(3, 8, 12),
    inner: make(4, 8),
    outer: make(5, 12),
  };
  return {
    ...all,
    [Symbol.dispose]() {
      for (const tensor of Object.values(all)) tensor.dispose();
    },
  };
}

type Tensors = ReturnType<typeof tensorsOf>;

const between = (t: Tensors) => ({ bias: t.inner, activation: 'relu6' }) as const;

const eager = (t: Tensors, more: SeparableConv2dOptions = {}): Tensor =>
  separableConv2d(t.x, t.filter, t.mix, { padding: 'same', between: between(t), bias: t.outer, ...more });

/** The same convolution, written as two calls in a program. */
const compiled = (own: Gpu, t: Tensors): Promise<Program<{ x: typeof SHAPE }, Tensor>> =>
  compile(own, { x: SHAPE }, ({ x }) => {
    using middle = depthwiseConv2d(x, t.filter, { padding: 'same', ...between(t) });
    return pointwiseConv2d(middle, t.mix, { bias: t.outer });
  });

/** The roles of the steps. The pointwise convolution may be computed by a kernel for every convolution. */
const rolesOf = (steps: readonly { readonly kernel: string }[]): string[] =>
  steps.map(({ kernel }) =>
    kernel === 'separable/fused' ? 'both' : kernel.startsWith('depthwise/') ? 'depthwise' : 'pointwise',
  );

/** Makes a device dispatch some programs many times over, which changes only the time. */
function slow(device: GPUDevice, isSlow: (label: string) => boolean): void {
  const createEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => {
      const made = begin(pass);
      const set = made.setPipeline.bind(made);
      const dispatch = made.dispatchWorkgroups.bind(made);
      let times = 1;
      made.setPipeline = (pipeline) => {
        times = isSlow(pipeline.label) ? 30 : 1;
        return set(pipeline);
      };
      made.dispatchWorkgroups = (...grid) => {
        for (let i = 0; i < times; i++) dispatch(...grid);
        return undefined;
      };
      return made;
    };
    return encoder;
  };
}

const isFused = (label: string): boolean => label.includes('separable/fused');

const ways = [
  {
    name: 'one dispatch',
    wins: 'separable/fused',
    slower: (label: string) => !isFused(label),
    steps: ['both'],
  },
  { name: 'two dispatches', wins: 'separable/two-dispatches', slower: isFused, steps: ['depthwise', 'pointwise'] },
] as const;

describe.for(ways)('where $name wins', ({ wins, slower, steps }) => {
  test('it is measured, remembered, exported and imported, and used eagerly and in programs', MEASURED, async () => {
    const tuning = await withGpu({}, async (own, errors) => {
      slow(own.device, slower);
      // Another test covers the self-test, which takes longer than this one.
      const { tested } = memoryOf(own.context);
      for (const kernel of [...allKernels, ...separable.kernels]) tested.add(kernelId(kernel));
      using t = tensorsOf(own);
      const before = own.memory();
      const { problems, dropped } = await tune(own, () => eager(t), options);
      expect(own.memory().buffersInUse).toBe(before.buffersInUse);
      expect(dropped).toEqual([]);
      expect(problems.map(({ outcome }) => outcome)).toEqual(['measured', 'measured', 'measured']);
      // The single steps are measured first, so that the two dispatches are then timed with their winners.
      const [first, second, pair] = problems;
      expect(rolesOf([first, second]).toSorted()).toEqual(['depthwise', 'pointwise']);
      expect(pair).toMatchObject({ problem: '1x8x8x8->8 k1x2 ->12', kernel: wins, candidates: 2 });
      expect(pair.why).toMatch(/^measured: /);

      using y = eager(t);
      expect(rolesOf(explain(y).steps)).toEqual(steps);
      expect(explain(y).why).toBe(pair.why);
      using one = eager(t, { method: 'fused' });
      using two = eager(t, { method: 'two-dispatches' });
      const values = await Promise.all([y, one, two].map((tensor) => tensor.read()));
      expectClose(values[0], values[1], y.shape, BOUND);
      expectClose(values[0], values[2], y.shape, BOUND);
      expect(errors).toEqual([]);
      return JSON.stringify(exportTuning(own));
    });

    await withGpu({}, async (own, errors) => {
      expect(importTuning(own, JSON.parse(tuning))).toBe(3);
      using t = tensorsOf(own);
      const { problems } = await tune(own, () => eager(t), options);
      expect(problems.map(({ outcome }) => outcome)).toEqual(['remembered', 'remembered', 'remembered']);
      using y = eager(t);
      expect(rolesOf(explain(y).steps)).toEqual(steps);
      using program = await compiled(own, t);
      expect(rolesOf(program.explain())).toEqual(steps);
      expect(program.explain().map(({ why }) => why)).toEqual(steps.map(() => expect.stringMatching(/^measured: /)));
      using z = program.run({ x: t.x });
      expectClose(await z.read(), await y.read(), y.shape, BOUND);
      expect(errors).toEqual([]);
    });
  });
});

test.for([
  { wins: 'expand/fused', slower: (label: string) => !label.includes('expand/fused') },
  { wins: 'expand/two-dispatches', slower: (label: string) => label.includes('expand/fused') },
])('pointwise first, $wins is measured, and programs are computed so', MEASURED, async ({ wins, slower }) => {
  await withGpu({}, async (own, errors) => {
    slow(own.device, slower);
    const { tested } = memoryOf(own.context);
    for (const kernel of [...allKernels, ...expand.kernels]) tested.add(kernelId(kernel));
    const pointwise = pointwiseProblem('test', SHAPE, [8, 12]);
    const depthwise = depthwiseProblem('test', outputShape(pointwise), [1, 2, 12, 1], { padding: 'same' });
    const problem: ConvPair = { pointwise, depthwise, between: [{ kind: 'bias' }] };
    const asked = { operation: expand, kernels: expand.kernels, problem, epilogue: [] } as Question;
    const { problems, dropped } = await tuneQuestions(own, [asked], options);
    expect(dropped).toEqual([]);
    expect(problems).toMatchObject([{ problem: '8-> 1x8x8x12->12 k1x2', kernel: wins }]);

    using t = tensorsOf(own);
    using taps = own.tensor(randomValues(2 * 12, 6), [1, 2, 12, 1]);
    const model = (x: Tensor): Tensor => {
      using middle = pointwiseConv2d(x, t.mix, { bias: t.outer });
      return depthwiseConv2d(middle, taps, { padding: 'same' });
    };
    using expected = model(t.x);
    using program = await compile(own, { x: SHAPE }, ({ x }) => model(x));
    const areFused = program
      .explain()
      .map(({ kernel, why }) => kernel === 'expand/fused' && why.startsWith('measured: '));
    expect(areFused).toEqual(wins === 'expand/fused' ? [true] : [false, false]);
    using y = program.run({ x: t.x });
    expectClose(await y.read(), await expected.read(), y.shape, BOUND);
    expect(errors).toEqual([]);
  });
});

describe('two dispatches of one call', () => {
  test('give their intermediate back, wherever they go', async () => {
    using t = tensorsOf(gpu());
    const { cpu } = gpu().context.target.profile;
    expect(cpu, 'the tests run on CPU adapters, whose rule is two dispatches').toBe(true);
    using expected = eager(t, { method: 'fused' });
    const values = await expected.read();
    const { buffersInUse } = gpu().memory();

    using y = eager(t);
    expect(rolesOf(explain(y).steps)).toEqual(['depthwise', 'pointwise']);
    expect(gpu().memory().buffersInUse).toBe(buffersInUse + 1);
    expectClose(await y.read(), values, y.shape, BOUND);

    const times = await profile(gpu(), () => eager(t));
    expect(rolesOf(times)).toEqual(['depthwise', 'pointwise']);
    await prepare(gpu(), () => eager(t));
    expect(gpu().memory().buffersInUse).toBe(buffersInUse + 1);

    const encoder = gpu().device.createCommandEncoder();
    using recording = record(gpu(), encoder, () => eager(t));
    using z = recording.result;
    // The recording holds the intermediate tensor until it is disposed.
    expect(gpu().memory().buffersInUse).toBe(buffersInUse + 3);
    gpu().device.queue.submit([encoder.finish()]);
    recording.dispose();
    expect(gpu().memory().buffersInUse).toBe(buffersInUse + 2);
    expectClose(await z.read(), values, z.shape, BOUND);
  });

  test('share the buffers of a program', async () => {
    using t = tensorsOf(gpu());
    using program = await compiled(gpu(), t);
    expect(rolesOf(program.explain())).toEqual(['depthwise', 'pointwise']);
    expect(program.dispatches).toEqual({ traced: 2, run: 2 });
    expect(program.memory().unshared).toBe(8 * 8 * 8 * 4);
    using other = await compile(gpu(), { x: SHAPE }, ({ x }) => eager({ ...t, x }));
    expect(other.dispatches).toEqual({ traced: 2, run: 2 });
    using y = eager(t);
    const values = await y.read();
    for (const one of [program, other]) {
      using z = one.run({ x: t.x });
      expectClose(await z.read(), values, z.shape, 0);
    }
  });

  test('are queued both or not at all', async () => {
    // The memory of the inputs and the output, without the intermediate tensor.
    const bytes = await withGpu({}, async (own) => {
      using t = tensorsOf(own);
      expect(t.x.size).toBe(512);
      return own.memory().bytesInUse + 8 * 8 * 12 * 4;
    });
    await withGpu({ memoryBudget: bytes }, async (own) => {
      using t = tensorsOf(own);
      const { recorded } = own.context.queue;
      const { bytesInUse } = own.memory();
      expect(() => eager(t)).toThrow(/the intermediate \(separable\) takes 2048 bytes/);
      expect(own.context.queue.recorded).toBe(recorded);
      expect(own.memory().bytesInUse).toBe(bytesInUse);
    });
  });
});

test('a fused kernel that miscomputes is found, and two dispatches are taken', async () => {
  await withGpu({}, async (own, errors) => {
    const create = own.device.createShaderModule.bind(own.device);
    own.device.createShaderModule = (descriptor) => {
      const { code } = descriptor;
      if (!code.includes('var<workgroup> middle')) return create(descriptor);
      // This loses the term of one channel.
      const wrong = code.replace(/middle\[([^\]]+)\] = (?!vec)/, 'middle[$1] = f32($1 != 0u) * ');
      expect(wrong).not.toBe(code);
      return create({ ...descriptor, code: wrong });
    };
    // Selects the default rule of a GPU.
    (own.context as { target: Target }).target = { ...own.context.target, profile: profileOf(AMD) };
    using x = own.tensor(new Float32Array(128 * 64 * 8), [1, 128, 64, 8]);
    using t = tensorsOf(own);
    const stepsOf = async (): Promise<string[]> => {
      let found: string[] = [];
      await prepare(own, () => {
        const { steps, why } = explain(eager({ ...t, x }));
        found = [...rolesOf(steps), why];
      });
      return found;
    };
    expect((await stepsOf()).slice(0, -1)).toEqual(['both']);
    const suspects = separable.kernels.map((kernel) => ({ operation: separable, kernel }));
    const { context } = own;
    const lab = {
      context,
      pipelines: createPipelines(own.device),
      memory: memoryOf(context),
      budget: budgetUntil(Infinity),
    };
    const reports = await testKernels('test', lab, suspects);
    expect(reports.map(({ kernel, checked, failures }) => [kernel, checked, failures.length])).toEqual([
      ['separable/fused', 3, 3],
    ]);
    expect(exportTuning(own).broken).toEqual([kernelId(separableFused)]);
    expect(reports[0].failures[0].reason).toMatch(/^output \d+ of \d+ is .* instead of /);
    const [first, second, why] = await stepsOf();
    expect([first, second]).toEqual(['depthwise', 'pointwise']);
    expect(why).toMatch(/^default rule for \w+: two dispatches: .*; separable\/fused miscomputes on this device$/);
    expect(errors).toEqual([]);
  });
});
