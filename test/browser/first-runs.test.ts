/** First runs of programs and loaded models by stand-ins, and later ones by the programs that were chosen. */
import { describe, expect, test, vi } from 'vitest';
import { conv2dProblem, depthwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { compile, conv2d, depthwiseConv2d, loadGraphModel, type Gpu, type Program, type Tensor } from '../../src/index';
import { byKind, gated, STAND_IN, type Fate } from '../support/gated';
import { loseDevice, withGpu } from '../support/gpu';
import { floats, integers, placeholder, text, tinyModel } from '../support/graph-model';
import { randomValues } from '../support/random';
import { watchKernels } from '../support/watch-kernels';

const ran = watchKernels();

const SHAPES = { x: [1, 9, 9, 8], filter: [3, 3, 8, 1], mix: [3, 3, 8, 16] } as const;
const X = randomValues(9 * 9 * 8, 1);
const FILTER = randomValues(9 * 8, 2);
const MIX = randomValues(9 * 8 * 16, 3);

/** Two convolutions one after the other. */
const EXPECTED: Float64Array = (() => {
  const first = depthwiseProblem('test', SHAPES.x, SHAPES.filter, { padding: 'same' });
  const second = conv2dProblem('test', SHAPES.x, SHAPES.mix, { padding: 'same' });
  return convReference(second, Float32Array.from(convReference(first, X, FILTER)), MIX);
})();

type Two = Program<{ readonly x: readonly number[] }, Tensor>;

async function compiled(own: Gpu): Promise<Two> {
  const keep = { keep: true };
  const filter = own.tensor(FILTER, SHAPES.filter, keep);
  const mix = own.tensor(MIX, SHAPES.mix, keep);
  return compile(own, { x: SHAPES.x }, ({ x }) =>
    conv2d(depthwiseConv2d(x, filter, { padding: 'same' }), mix, { padding: 'same' }),
  );
}

async function expectRight(y: Tensor): Promise<void> {
  const got = await y.read();
  // Sums of 72 products of sums of nine products, each at most 9 long: rounded 81 times to 2^-24 of at most 648.
  expect(Math.max(...got.map((v, i) => Math.abs(v - EXPECTED[i])))).toBeLessThan(648 * 81 * 2 ** -24);
  y.dispose();
}

const namesOf = (program: Two): readonly string[] => program.explain().map(({ kernel }) => kernel);
const saysSo = (program: Two): readonly boolean[] =>
  program.explain().map(({ why }) => /; first runs by \S+\/(quick|rows|general)( \w+)?$/.test(why));
const standIns = (labels: readonly string[]): readonly string[] =>
  labels.filter((label) => byKind(label) === 'at once');

describe('a program that is not compiled', () => {
  test('runs by stand-ins, and by its own kernels once they are there', async () => {
    await gated(async ({ own, errors, open, begun }) => {
      const program = await compiled(own);
      // Nothing but the stand-ins was waited for, or begun.
      expect(standIns(begun)).toEqual(begun);
      expect(saysSo(program)).toEqual([true, true]);
      await expectRight(program.run({ x: X }));
      expect(ran().every((kernel) => STAND_IN.test(kernel))).toBe(true);
      const before = own.memory();
      // No other run is needed.
      open();
      await expect.poll(() => saysSo(program)).toEqual([false, false]);
      expect(own.memory().bytesInUse).toBe(before.bytesInUse);
      await expectRight(program.run({ x: X }));
      expect(ran()).toEqual(namesOf(program));
      expect(ran().some((kernel) => STAND_IN.test(kernel))).toBe(false);
      program.dispose();
      expect(errors).toEqual([]);
    });
  });

  test('leaves no bind group and no uniforms of stand-ins behind', async () => {
    const cachesAfter = async (quickStart: boolean): Promise<readonly number[]> => {
      let sizes: readonly number[] = [];
      await gated(
        async ({ own, open }) => {
          if (!quickStart) open();
          const program = await compiled(own);
          if (quickStart) await expectRight(program.run({ x: X }));
          open();
          await program.ready();
          await expectRight(program.run({ x: X }));
          const { bindGroups, uniforms } = own.memory();
          sizes = [bindGroups, uniforms];
        },
        { quickStart },
      );
      return sizes;
    };
    expect(await cachesAfter(true)).toEqual(await cachesAfter(false));
  });

  test('is waited for by ready, profile and tune, which measure no stand-in', async () => {
    await gated(async ({ own, open }) => {
      const program = await compiled(own);
      let isReady = false;
      const waiting = program.ready().then(() => (isReady = true));
      await expectRight(program.run({ x: X }));
      expect(isReady).toBe(false);
      ran();
      const profiling = program.profile({ x: X });
      open();
      expect((await profiling).map(({ kernel }) => kernel)).toEqual(namesOf(program));
      expect(standIns(ran())).toEqual([]);
      await waiting;
      expect(saysSo(program)).toEqual([false, false]);
    });
    await gated(async ({ own, open }) => {
      const program = await compiled(own);
      const tuning = program.tune({ budgetMs: 1 });
      await expectRight(program.run({ x: X }));
      expect(standIns(ran())).toHaveLength(2);
      open();
      await tuning;
      await program.ready();
      await expectRight(program.run({ x: X }));
    });
  });

  test('is written into an encoder of the app by stand-ins, and runs by them whenever it is submitted', async () => {
    await gated(async ({ own, errors, open }) => {
      const program = await compiled(own);
      const encoder = own.device.createCommandEncoder();
      using recording = program.encode(encoder, { x: X });
      expect(standIns(ran())).toHaveLength(2);
      open();
      await program.ready();
      // The groups of the stand-ins are dropped, but not what the encoder names.
      own.device.queue.submit([encoder.finish()]);
      await expectRight(recording.result);
      expect(errors).toEqual([]);
    });
  });

  test('takes other stand-ins for other shapes of a model, and the same programs', async () => {
    const files = tinyModel(
      [
        placeholder('x', [1, -1, -1, 8]),
        {
          name: 'y',
          op: 'DepthwiseConv2dNative',
          input: ['x', 'filter'],
          attr: { strides: integers(1, 1, 1, 1), padding: text('SAME') },
        },
      ],
      [floats('filter', SHAPES.filter, FILTER)],
    );
    await gated(async ({ own, begun, open }) => {
      using model = await loadGraphModel(own, { model: files.model, weights: files.weights });
      for (const size of [9, 7]) {
        const shape = [1, size, size, 8];
        const values = randomValues(size * size * 8, size);
        const expected = convReference(
          depthwiseProblem('test', shape, SHAPES.filter, { padding: 'same' }),
          values,
          FILTER,
        );
        using x = own.tensor(values, shape);
        const { y } = await model.run({ x });
        const got = await y.read();
        expect(Math.max(...got.map((v, i) => Math.abs(v - expected[i])))).toBeLessThan(1e-5);
        expect(standIns(ran())).toHaveLength(1);
      }
      expect(new Set(standIns(begun)).size).toBe(1);
      open();
      for (const size of [9, 7]) {
        const program = await model.compile({ x: [1, size, size, 8] });
        await program.ready();
        expect(program.explain()[0].why).not.toMatch(/first runs/);
      }
    });
  });

  test('waits for its own kernels where quickStart is false', async () => {
    await gated(
      async ({ own, begun, open }) => {
        const compiling = compiled(own);
        open();
        const program = await compiling;
        expect(standIns(begun)).toEqual([]);
        expect(saysSo(program)).toEqual([false, false]);
        await expectRight(program.run({ x: X }));
        expect(ran()).toEqual(namesOf(program));
      },
      { quickStart: false },
    );
  });

  test('compiles nothing more when its programs are there already', async () => {
    await gated(async ({ own, begun, open }) => {
      open();
      const first = await compiled(own);
      await first.ready();
      begun.length = 0;
      const second = await compiled(own);
      expect(begun).toEqual([]);
      expect(saysSo(second)).toEqual([false, false]);
    });
  });

  test('does without a stand-in that does not compile', async () => {
    const broken = (label: string): Fate => (byKind(label) === 'at once' ? 'fails' : 'at once');
    await gated(
      async ({ own, errors }) => {
        const program = await compiled(own);
        expect(saysSo(program)).toEqual([false, false]);
        await expectRight(program.run({ x: X }));
        expect(ran()).toEqual(namesOf(program));
        expect(errors).toEqual([]);
      },
      {},
      broken,
    );
  });

  test('says so at every later run if its own kernel does not compile', async () => {
    const broken = (label: string): Fate =>
      byKind(label) === 'later' && label.startsWith('depthwise/') ? 'fails' : byKind(label);
    await gated(
      async ({ own, errors, open }) => {
        const program = await compiled(own);
        await expectRight(program.run({ x: X }));
        open();
        await expect(program.ready()).rejects.toThrow(/does not compile: .*not on this device/);
        await expect.poll(() => errors).toHaveLength(1);
        const { buffersInUse } = own.memory();
        for (const _ of [1, 2]) expect(() => program.run({ x: X })).toThrow(/does not compile: .*not on this device/);
        expect(own.memory().buffersInUse).toBe(buffersInUse);
        await expect(program.profile({ x: X })).rejects.toThrow(/does not compile/);
        expect(errors).toHaveLength(1);
      },
      {},
      broken,
    );
  });

  test('compiles nothing more once it is disposed', async () => {
    await gated(async ({ own, errors, begun, open }) => {
      const program = await compiled(own);
      const y = program.run({ x: X });
      program.dispose();
      await expectRight(y);
      await own.finished();
      await new Promise((resolve) => setTimeout(resolve));
      expect(standIns(begun)).toEqual(begun);
      // Neither does it bind buffers that may belong to others by now; those of the one in the middle are bound ahead.
      const filter = own.tensor(FILTER, SHAPES.filter);
      const again = (x: Tensor): Tensor => depthwiseConv2d(x, filter, { padding: 'same' });
      const other = await compile(own, { x: SHAPES.x }, ({ x }) => again(again(again(x))));
      const waiting = other.ready();
      other.dispose();
      const { bindGroups } = own.memory();
      open();
      await waiting;
      expect(own.memory().bindGroups).toBe(bindGroups);
      expect(errors).toEqual([]);
    });
  });

  test('begins by stand-ins again on the device that replaces a lost one', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const gating = vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync').mockImplementation(async function (
      this: GPUDevice,
      descriptor: GPUComputePipelineDescriptor,
    ) {
      if (byKind(descriptor.label!) === 'later') await gate;
      return this.createComputePipeline(descriptor);
    });
    try {
      await withGpu({ quickStart: true }, async (own, errors) => {
        const program = await compiled(own);
        await expectRight(program.run({ x: X }));
        const waiting = program.ready();
        const lost = expect(waiting).rejects.toThrow(/program\.ready: the GPU device was lost/);
        await loseDevice(own);
        await lost;
        ran();
        await expectRight(program.run({ x: X }));
        expect(standIns(ran())).toHaveLength(2);
        expect(saysSo(program)).toEqual([true, true]);
        open();
        await program.ready();
        await expectRight(program.run({ x: X }));
        expect(ran()).toEqual(namesOf(program));
        expect(errors).toEqual([]);
      });
    } finally {
      gating.mockRestore();
    }
  });
});
