/**
 * `program.tune` and `model.tune`: how a program is tuned, and what changes in it.
 */
import { expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { add, compile, exportTuning, importTuning, loadGraphModel, multiply, type Gpu, type Program, type Tensor } from '../../src/index'; // prettier-ignore
import { conv2dGeneral } from '../../src/kernels/conv2d';
import type { Kernel } from '../../src/kernels/kernel';
import { run } from '../../src/ops/call';
import { memoryOf } from '../../src/tune/device-memory';
import { kernelId } from '../../src/tune/key';
import { altered, slowIf } from '../support/altered-kernel';
import { EPSILON, expectClose } from '../support/close';
import { withGpu } from '../support/gpu';
import { floats, placeholder, tinyModel } from '../support/graph-model';
import { MEASURED } from '../support/measured';
import { rejectionOf } from '../support/message';
import { convolutionBy } from '../support/question';
import { randomValues } from '../support/random';

/** Tests that must not affect others use a gpu of their own and no store. */
const options = { store: null, budgetMs: Infinity } as const;

const SHAPE = [1, 6, 6, 4] as const;
const problem = depthwiseProblem('test', SHAPE, [3, 3, 4, 1], { padding: 'same' });
const X = randomValues(144, 1);
const WEIGHTS = randomValues(36, 2);

/** It is so slow that a busy machine does not hide the difference. */
const slow = slowIf('test/slow', 'true', 8000);

/** The convolution plus one. */
const EXPECTED = convReference(problem, X, WEIGHTS).map((sum) => sum + 1);

/** The number of buffers that a program reads and the test keeps. */
const KEPT = 2;

/** A program of a convolution that has these kernels. The first one is the default. */
async function programBy(own: Gpu, kernels: readonly Kernel[]): Promise<Program<{ x: typeof SHAPE }, Tensor>> {
  // The self-test is skipped, because it takes longer than everything else here.
  for (const kernel of kernels) memoryOf(own.context).tested.add(kernelId(kernel));
  const weights = own.tensor(WEIGHTS, [3, 3, 4, 1], { keep: true });
  const half = own.tensor([0.5], [1], { keep: true });
  const operation = convolutionBy('program', kernels);
  return compile(own, { x: SHAPE }, ({ x }) => {
    const { context } = x;
    using y = run('test', context, { operation, problem, inputs: { x, weights } }, { shape: SHAPE });
    // A constant of the program itself.
    return add(y, multiply(half, 2));
  });
}

async function expectRight(program: Program<{ x: typeof SHAPE }, Tensor>): Promise<void> {
  using y = program.run({ x: X });
  // Sums of nine products of numbers up to 1.
  expectClose(await y.read(), EXPECTED, SHAPE, 16 * EPSILON);
}

const kernelOf = (program: Pick<Program<never, unknown>, 'explain'>): string => program.explain()[0].kernel;

test(
  'a program runs by the winners at once, is right meanwhile, and has them on its next device',
  MEASURED,
  async () => {
    await withGpu({}, async (own, errors) => {
      const program = await programBy(own, [slow, conv2dGeneral]);
      expect(kernelOf(program)).toBe('test/slow');
      const { buffersInUse } = own.memory();
      let runs = 0;
      const state = { isTuned: false };
      const tuning = program.tune(options).finally(() => (state.isTuned = true));
      while (!state.isTuned) {
        await expectRight(program);
        runs++;
      }
      const { kept, why, before, after, speedup, spread, problems, dropped, selfTest, storeError } = await tuning;
      expect(runs).toBeGreaterThan(5);
      expect(why).toMatch(/^\d+\.\d\dx as fast as before, which is more than the spread of \d+\.\d\d$/);
      expect({ kept, dropped, selfTest, storeError }).toEqual({ kept: true, dropped: [], selfTest: [], storeError: undefined }); // prettier-ignore
      expect(speedup).toBeGreaterThan(1 + spread);
      expect(before!.ms).toBeGreaterThan(after!.ms);
      expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'conv2d/general', candidates: 2 }]);
      // The convolution takes nearly all of the time. The share may be smaller, because other runs on a busy machine lengthen
      // the measured time of the rest.
      expect(problems[0].share).toBeGreaterThan(0.1);
      expect(program.explain()[0]).toMatchObject({ kernel: 'conv2d/general', why: expect.stringMatching(/^measured: /) as string }); // prettier-ignore
      expect(own.memory().buffersInUse).toBe(buffersInUse);
      await expectRight(program);
      // The winner is remembered, as after `tune`.
      expect(exportTuning(own).winners).toMatchObject([{ kernel: 'conv2d/general' }]);

      // The second time, there is nothing to do.
      const again = await program.tune(options);
      expect(again).toMatchObject({ kept: false, problems: [{ outcome: 'remembered' }], speedup: 1 });
      expect(again.why).toBe('nothing that was measured is faster than what the program has');

      own.device.destroy();
      await own.lost;
      await own.ready();
      await expectRight(program);
      expect(kernelOf(program)).toBe('conv2d/general');
      program.dispose();
      expect(own.memory().buffersInUse).toBe(KEPT);
      expect(errors).toEqual([]);
    });
  },
);

test('a program stays as it was where its winners are faster alone, but it is not', MEASURED, async () => {
  await withGpu({}, async (own, errors) => {
    // Trials use whole numbers. A program is timed with other numbers.
    const alone = slowIf('test/slow-alone', 'fract(x[0]) == 0.0', 8000);
    const inside = slowIf('test/slow-inside', 'fract(x[0]) != 0.0', 8000);
    const program = await programBy(own, [alone, inside]);
    const steps = program.explain();
    const { buffersInUse } = own.memory();
    const { kept, why, before, after, speedup, problems } = await program.tune(options);
    expect(kept).toBe(false);
    expect(why).toMatch(/^with its winners it is 0\.\d\dx as fast, which is not faster by more than the spread of /);
    expect(before!.ms).toBeLessThan(after!.ms);
    expect(speedup).toBeLessThan(1);
    // The winner was faster alone, but the problem still gets the default.
    expect(problems).toMatchObject([{ outcome: 'measured', kernel: 'test/slow-alone' }]);
    expect(problems[0].speedup).toBeGreaterThan(1.05);
    expect(problems[0].why).toMatch(/^default rule for \w+: /);
    expect(program.explain()).toEqual(steps);
    expect(own.memory().buffersInUse).toBe(buffersInUse);
    expect(exportTuning(own).winners).toEqual([]);
    // The second time, only the whole program is measured again.
    expect((await program.tune(options)).problems).toMatchObject([{ outcome: 'remembered' }]);
    program.dispose();
    expect(own.memory().buffersInUse).toBe(KEPT);
    expect(errors).toEqual([]);
  });
});

test('a kernel that miscomputes leaves the program even where that does not make it faster', async () => {
  await withGpu({}, async (own) => {
    const wrong = altered(conv2dGeneral, 'test/wrong', (wgsl) =>
      wgsl.replace('epilogue(V(sums[0]), at', 'epilogue(V(sums[0]) + select(V(0.0), V(0.5), at == 5u), at'),
    );
    const program = await programBy(own, [wrong, slow]);
    memoryOf(own.context).tested.delete(kernelId(wrong));
    const { kept, why, selfTest, problems } = await program.tune(options);
    expect(selfTest).toMatchObject([{ kernel: 'test/wrong' }]);
    expect(selfTest[0].failures.length).toBeGreaterThan(0);
    expect(problems).toMatchObject([{ kernel: 'test/slow' }]);
    expect({ kept, why }).toEqual({ kept: true, why: 'test/wrong miscomputes on this device' });
    await expectRight(program);
  });
});

test('tuning that is aborted or has no time leaves the program as it was, and can go on', MEASURED, async () => {
  await withGpu({}, async (own, errors) => {
    const program = await programBy(own, [slow, conv2dGeneral]);
    const steps = program.explain();
    const { buffersInUse } = own.memory();
    const reason = new Error('enough');
    await expect(program.tune({ ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(reason);
    await expect(program.tune({ ...options, onProgress, signal: controller.signal })).rejects.toBe(reason);
    expect(program.explain()).toEqual(steps);
    expect(own.memory().buffersInUse).toBe(buffersInUse);
    expect(exportTuning(own).winners).toEqual([]);
    await expectRight(program);
    const { kept, why, problems } = await program.tune({ ...options, budgetMs: 0.001 });
    expect({ kept, problems }).toMatchObject({ kept: false, problems: [{ outcome: 'remembered' }] });
    expect(why).toBe('there was no time to compare it with its winners; the next tune goes on there');
    // What was measured before the abort is not measured again.
    expect(await program.tune(options)).toMatchObject({ kept: true, problems: [{ outcome: 'remembered' }] });
    expect(kernelOf(program)).toBe('conv2d/general');
    expect(errors).toEqual([]);
  });
});

test('wrong calls of program.tune are refused', async () => {
  await withGpu({}, async (own) => {
    const program = await programBy(own, [slow, conv2dGeneral]);
    expect(await rejectionOf(program.tune({ budget: 1 } as never))).toBe(
      'program.tune: there is no option budget; the options are onProgress, signal, budgetMs, store, again, winograd',
    );
    expect(await rejectionOf(program.tune({ budgetMs: 0 }))).toBe(
      'program.tune: budgetMs is 0; give the milliseconds that measuring may take, more than 0',
    );
    const first = program.tune({ ...options, onProgress: () => program.dispose() });
    expect(await rejectionOf(program.tune(options))).toBe(
      'program.tune: another tune or selfTest is running on this gpu; await it first',
    );
    expect(await rejectionOf(first)).toBe(
      'program.tune: the program was disposed while it was tuned; compile it again',
    );
    expect(own.memory().buffersInUse).toBe(KEPT);
    expect(await rejectionOf(program.tune(options))).toBe('program.tune: the program was disposed; compile it again');
  });
});

test('a program says why an imported winner is not used', async () => {
  await withGpu({}, async (own) => {
    const first = await programBy(own, [slow, conv2dGeneral]);
    // On a loaded machine, the whole program may not be faster by more than the spread at first.
    for (let i = 0; i < 9 && exportTuning(own).winners.length === 0; i++)
      await first.tune({ ...options, again: i > 0 });
    const tuning = exportTuning(own);
    first.dispose();
    await withGpu({}, async (other) => {
      const winners = tuning.winners.map((winner) => ({ ...winner, kernel: 'conv2d/of-tomorrow' }));
      importTuning(other, { ...tuning, winners });
      const program = await programBy(other, [slow, conv2dGeneral]);
      expect(program.explain()[0].why).toMatch(
        /^default rule for \w+: .*; the winner of \S+ is ignored: conv2d\/of-tomorrow is no kernel for this problem on this device$/,
      );
      importTuning(other, { ...tuning, device: 'acme' });
      const next = await programBy(other, [slow, conv2dGeneral]);
      expect(next.explain()[0].why).toMatch(/; the imported tuning is ignored: it is of acme, and this is .+$/);
      importTuning(other, tuning);
      expect((await programBy(other, [slow, conv2dGeneral])).explain()[0].why).toMatch(/^measured: /);
    });
  });
});

test('a model is tuned in all programs that it has', MEASURED, async () => {
  await withGpu({}, async (own) => {
    const files = tinyModel([placeholder('x', [-1, 4]), { name: 'y', op: 'AddV2', input: ['x', 'b'] }], [floats('b', [4], [1, 2, 3, 4])]); // prettier-ignore
    using model = await loadGraphModel(own, files);
    expect(await rejectionOf(model.tune(options))).toBe(
      'model.tune: no program of the model is compiled; await model.compile() or run the model before',
    );
    for (const rows of [1, 2]) await model.compile({ x: [rows, 4] });
    const { programs } = await model.tune(options);
    // The program has no kernels to choose from.
    expect(programs).toMatchObject([{ kept: false, problems: [] }, { kept: false, problems: [] }]); // prettier-ignore
    expect(await rejectionOf(model.tune({ again: 1 } as never))).toBe('model.tune: again is 1; it is true or false');
    model.dispose();
    expect(await rejectionOf(model.tune(options))).toBe('model.tune: the model was disposed; load it again');
  });
});
