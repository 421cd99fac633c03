/** First calls run by a stand-in, and later ones by the program that was chosen, as soon as it is compiled. */
import { describe, expect, test, vi } from 'vitest';
import { depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { convReference } from '../../src/conv/reference';
import { stepsBehind } from '../../src/gpu/provenance';
import {
  conv2d,
  depthwiseConv2d,
  explain,
  groupedConv2d,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { byKind, gated, STAND_IN, type Fate } from '../support/gated';
import { withGpu } from '../support/gpu';
import { randomValues } from '../support/random';
import { watchKernels } from '../support/watch-kernels';

const ran = watchKernels();

/** Waits until the program of a call is compiled. */
async function compiled(own: Gpu, y: Tensor): Promise<void> {
  const { wgsl } = stepsBehind(y.provenance!)[0];
  await expect.poll(() => own.context.pipelines.ready(wgsl)).toBeDefined();
}

const sizes = { x: [1, 9, 9, 8], filter: [3, 3, 8, 1] } as const;
const values = { x: randomValues(9 * 9 * 8, 1), filter: randomValues(9 * 8, 2) };

function layer(own: Gpu): { readonly call: () => Tensor; readonly expected: Float64Array } {
  const x = own.tensor(values.x, sizes.x);
  const filter = own.tensor(values.filter, sizes.filter);
  const problem = depthwiseProblem('test', sizes.x, sizes.filter, { padding: 'same' });
  return {
    call: () => depthwiseConv2d(x, filter, { padding: 'same' }),
    expected: convReference(problem, values.x, values.filter),
  };
}

async function expectRight(y: Tensor, expected: Float64Array): Promise<void> {
  const got = await y.read();
  expect(Math.max(...got.map((v, i) => Math.abs(v - expected[i])))).toBeLessThan(1e-5);
}

describe('a call whose program is not compiled', () => {
  test('runs by a stand-in, as the next one does, and a later one by its own program', async () => {
    await gated(async ({ own, errors, open }) => {
      const { call, expected } = layer(own);
      const [first, second] = [call(), call()];
      await expectRight(first, expected);
      await expectRight(second, expected);
      const [stood, again] = ran();
      expect(stood).toMatch(STAND_IN);
      expect(again).toBe(stood);
      const { steps, why } = explain(first);
      expect(steps[0].kernel).not.toBe(stood);
      expect(why).toMatch(new RegExp(`; first calls run by ${stood}( \\w+)?$`));
      // The program is compiled without another call.
      open();
      await compiled(own, first);
      const later = call();
      await expectRight(later, expected);
      expect(ran()).toEqual([steps[0].kernel]);
      expect(errors).toEqual([]);
    });
  });

  test('runs by its own program if that is there first', async () => {
    const other = (label: string): Fate => (byKind(label) === 'later' ? 'at once' : 'later');
    await gated(
      async ({ own, open }) => {
        const { call, expected } = layer(own);
        using first = call();
        const chosen = explain(first).steps[0].kernel;
        await own.context.pipelines.compile(stepsBehind(first.provenance!)[0]);
        using second = call();
        await expectRight(second, expected);
        expect(ran()).toContain(chosen);
        open();
        await expectRight(first, expected);
      },
      {},
      other,
    );
  });

  test('waits for its own program if the stand-in does not compile', async () => {
    const broken = (label: string): Fate => (byKind(label) === 'at once' ? 'fails' : 'at once');
    await gated(
      async ({ own, errors }) => {
        const { call, expected } = layer(own);
        using y = call();
        await expectRight(y, expected);
        expect(ran()).toEqual([explain(y).steps[0].kernel]);
        using again = call();
        await expectRight(again, expected);
        expect(errors).toEqual([]);
      },
      {},
      broken,
    );
  });

  test('fails if its own program turns out not to compile, once that is known', async () => {
    const broken = (label: string): Fate => (byKind(label) === 'later' ? 'fails' : 'at once');
    await gated(
      async ({ own, errors }) => {
        const { call, expected } = layer(own);
        using first = call();
        await expectRight(first, expected);
        await compiled(own, first);
        using later = call();
        await expect(later.read()).rejects.toThrow(/does not compile: .*not on this device/);
        expect(errors).toHaveLength(1);
      },
      {},
      broken,
    );
  });

  test('keeps its order among calls that read and write the same tensors', async () => {
    await gated(async ({ own, open }) => {
      const x = own.tensor(values.x, sizes.x);
      const filter = own.tensor(values.filter, sizes.filter);
      const mix = own.tensor(randomValues(64, 3), [8, 8]);
      const chain = (): Tensor => {
        using a = depthwiseConv2d(x, filter, { padding: 'same' });
        using b = pointwiseConv2d(a, mix, { activation: 'relu' });
        return depthwiseConv2d(b, filter, { padding: 'same' });
      };
      using cold = chain();
      const early = await cold.read();
      open();
      await own.finished();
      await prepare(own, chain);
      using warm = chain();
      const late = await warm.read();
      expect(Math.max(...early.map((v, i) => Math.abs(v - late[i])))).toBeLessThan(1e-5);
    });
  });

  test('is not run by a stand-in where quickStart is false', async () => {
    await gated(
      async ({ own, open, begun }) => {
        const { call, expected } = layer(own);
        using y = call();
        open();
        await expectRight(y, expected);
        expect(begun.filter((label) => byKind(label) === 'at once')).toEqual([]);
        expect(explain(y).why).not.toMatch(/first calls/);
      },
      { quickStart: false },
    );
  });

  test('leaves nothing behind when the gpu is destroyed meanwhile', async () => {
    await gated(async ({ own, errors, open }) => {
      const { call } = layer(own);
      await call().read();
      own.destroy();
      open();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(errors).toEqual([]);
    });
  });
});

test('one stand-in serves calls of other sizes, filters and strides', async () => {
  await gated(async ({ own, begun, open }) => {
    const x = own.tensor(values.x, sizes.x);
    const of = (...shape: number[]): Tensor =>
      own.tensor(
        randomValues(
          shape.reduce((a, b) => a * b, 1),
          4,
        ),
        shape,
      );
    const calls = [
      depthwiseConv2d(x, of(3, 3, 8, 1), { padding: 'same' }),
      depthwiseConv2d(x, of(5, 5, 8, 1), { strides: 2 }),
      conv2d(x, of(3, 3, 8, 16), { padding: 'same' }),
      groupedConv2d(x, of(3, 3, 4, 16), { groups: 2, strides: 2 }),
    ];
    await Promise.all(calls.map(async (y) => y.read()));
    const stood = ran();
    expect(stood.every((kernel) => STAND_IN.test(kernel))).toBe(true);
    const programs = new Set(begun.filter((label) => byKind(label) === 'at once'));
    expect(programs.size).toBe(new Set(stood).size);
    open();
  });
});

test('a stand-in that is compiled already serves calls whose own program is as short', async () => {
  await gated(async ({ own, open }) => {
    const x = own.tensor(values.x, sizes.x);
    using wide = conv2d(x, own.tensor(randomValues(9 * 8 * 16, 5), [3, 3, 8, 16]));
    await wide.read();
    const [vector, mix] = [randomValues(6, 6), randomValues(6 * 144, 7)];
    using y = pointwiseConv2d(own.tensor(vector, [1, 1, 1, 6]), own.tensor(mix, [6, 144]));
    const problem = pointwiseProblem('test', [1, 1, 1, 6], [6, 144]);
    await expectRight(y, convReference(problem, vector, mix));
    const [first, second] = ran();
    expect(first).toMatch(STAND_IN);
    expect(second).toBe(first);
    open();
  });
});

test('what was asked to be compiled, recorded or measured is run by the chosen program', async () => {
  await withGpu({ quickStart: true }, async (own) => {
    const { call } = layer(own);
    const compiling = vi.spyOn(own.device, 'createComputePipelineAsync');
    await prepare(own, call);
    using y = call();
    await y.read();
    expect(compiling.mock.calls.filter(([{ label }]) => byKind(label!) === 'at once')).toEqual([]);
    const chosen = explain(y).steps[0].kernel;
    expect(ran()).toEqual([chosen]);
  });
  await withGpu({ quickStart: true }, async (own) => {
    const { call } = layer(own);
    const [{ kernel }] = await profile(own, call);
    const encoder = own.device.createCommandEncoder();
    using recording = record(own, encoder, call);
    own.device.queue.submit([encoder.finish()]);
    await recording.result.read();
    expect(ran().every((label) => label === kernel)).toBe(true);
    recording.result.dispose();
  });
});
