/**
 * A call whose program is ready overtakes calls that wait for theirs, unless one needs the other. Every result is the same as
 * if the calls ran in order.
 */
import { describe, expect, test } from 'vitest';
import { add, compile, type Gpu, type Program, type Tensor } from '../../src/index';
import { newDevice, withGpu } from '../support/gpu';
import { generator } from '../support/random';
import { broken, scale, valuesOf } from '../support/scale';

const COLD = 7;
const WARM = 2;

interface Gated {
  readonly own: Gpu;
  /** Lets the program of `COLD` compile. */
  readonly open: () => void;
  /** Makes a cold call on these numbers. Its input tensor is disposed, so the buffer of the input is idle. */
  readonly cold: (...values: number[]) => Tensor;
}

/** Runs `fn` with a gpu on which the `COLD` program compiles only when `open` is called, and the `WARM` one is ready. */
async function gated(fn: (given: Gated) => Promise<void>): Promise<void> {
  const device = await newDevice();
  const create = device.createComputePipelineAsync.bind(device);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  device.createComputePipelineAsync = async (descriptor) => {
    if (descriptor.label === `scale ${COLD}`) await gate;
    return create(descriptor);
  };
  await withGpu({ device }, async (own, errors) => {
    using x = own.tensor([1, 1], [2]);
    using y = scale(x, WARM);
    await y.read();
    const cold = (...values: number[]): Tensor => {
      using input = own.tensor(values, [values.length]);
      return scale(input, COLD);
    };
    await fn({ own, open, cold });
    expect(errors).toEqual([]);
  });
  device.destroy();
}

/** Whether a promise is still pending after the GPU has done all of its work. */
async function isPending(own: Gpu, promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await own.device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve, 30));
  return !settled;
}

describe('a call that waits for its program', () => {
  test('does not keep a later one waiting that is ready', async () => {
    await gated(async ({ own, open, cold }) => {
      using x = own.tensor([1, 3], [2]);
      using slow = cold(1, 2);
      using heir = scale(slow, WARM);
      const late = heir.read();
      using fast = scale(x, WARM);
      expect(await valuesOf(fast)).toEqual([2, 6]);
      // The same holds in a later turn.
      using faster = scale(fast, WARM);
      expect(await valuesOf(faster)).toEqual([4, 12]);
      const { queue } = own.context;
      expect(queue.recorded - queue.submitted).toBeGreaterThanOrEqual(3);
      expect(await isPending(own, late)).toBe(true);
      open();
      expect([...(await late)]).toEqual([14, 28]);
      await own.finished();
      expect(queue.submitted).toBe(queue.recorded);
    });
  });

  test('keeps its buffers from the calls that get them next', async () => {
    await gated(async ({ own, open, cold }) => {
      using x = own.tensor([1, 3], [2]);
      using slow = cold(1, 2);
      // This call gets the buffer that the cold call still reads, so it must wait.
      using next = scale(x, WARM);
      const late = next.read();
      expect(await isPending(own, late)).toBe(true);
      using other = scale(x, WARM);
      expect(await valuesOf(other)).toEqual([2, 6]);
      using upload = own.tensor([9, 9], [2]);
      open();
      expect([...(await late)]).toEqual([2, 6]);
      expect(await valuesOf(slow)).toEqual([7, 14]);
      expect(await valuesOf(upload)).toEqual([9, 9]);
    });
  });

  test('keeps its buffers from uploads, however many others have gone before it', async () => {
    await gated(async ({ own, open, cold }) => {
      // x is larger, so its results do not get the buffer that the cold call reads.
      using x = own.tensor(new Float32Array(128).fill(3), [128]);
      using slow = cold(1, 2);
      using first = scale(x, WARM);
      using second = scale(first, WARM);
      expect((await valuesOf(second))[0]).toBe(12);
      using upload = own.tensor([9, 9], [2]);
      open();
      expect(await valuesOf(slow)).toEqual([7, 14]);
      expect(await valuesOf(upload)).toEqual([9, 9]);
    });
  });

  test('keeps its buffers from the intermediates of a program', async () => {
    await gated(async ({ own, open, cold }) => {
      using x = own.tensor([1, 3], [2]);
      using slow = cold(1, 2);
      using program = await compile(own, { x: [2] }, (t) => scale(scale(t.x, WARM), WARM));
      using y = program.run({ x });
      const late = y.read();
      expect(await isPending(own, late)).toBe(true);
      open();
      expect([...(await late)]).toEqual([4, 12]);
      expect(await valuesOf(slow)).toEqual([7, 14]);
    });
  });

  test('reads a destination before the next run writes it', async () => {
    await gated(async ({ own, open }) => {
      using x = own.tensor([1, 3], [2]);
      using into = own.tensor([0, 0], [2]);
      using program = await compile(own, { x: [2] }, (t) => scale(t.x, WARM));
      program.run({ x }, { into });
      using slow = scale(into, COLD);
      program.run({ x: [5, 5] }, { into });
      open();
      expect(await valuesOf(slow)).toEqual([14, 42]);
      expect(await valuesOf(into)).toEqual([10, 10]);
    });
  });
});

/** The numbers of a tensor if the calls run in order; undefined if the tensor is spoilt. */
type Expected = readonly number[] | undefined;

interface Live {
  readonly tensor: Tensor;
  expected: Expected;
}

/** Makes random calls whose programs compile at different times, and compares them with the same calls in order. */
async function fuzz(seed: number, steps: number): Promise<number> {
  const next = generator(seed);
  const int = (below: number): number => Math.floor(next() * below);
  const device = await newDevice();
  const create = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = async (descriptor) => {
    await new Promise((resolve) => setTimeout(resolve, int(40)));
    return create(descriptor);
  };
  let overtaken = 0;
  // Some calls fail on purpose, so `onError` gets errors, which do not matter here.
  await withGpu({ device }, async (own) => {
    const program: Program<{ x: readonly number[] }, Tensor> = await compile(own, { x: [4] }, ({ x }) =>
      scale(scale(x, 2), 0.25),
    );
    const live: Live[] = [];
    const reads: Promise<void>[] = [];
    const make = (): Live => {
      const values = Array.from({ length: 4 }, () => int(100));
      return { tensor: own.tensor(values, [4]), expected: values };
    };
    const any = (): Live => live[int(live.length)];
    const map = (expected: Expected, fn: (value: number, i: number) => number): Expected =>
      expected?.map((value, i) => Math.fround(fn(value, i)));
    const sumOf = (a: Expected, b: Expected): Expected => b && map(a, (value, i) => value + b[i]);
    for (let i = 0; i < 4; i++) live.push(make());
    const actions: readonly (() => void)[] = [
      () => void live.push(make()),
      () => {
        const { tensor, expected } = any();
        const factor = 1 + (1 + int(2000)) / 4096;
        live.push({ tensor: scale(tensor, factor), expected: map(expected, (v) => v * factor) });
      },
      () => {
        const { tensor, expected } = any();
        live.push({ tensor: scale(tensor, 0.5), expected: map(expected, (v) => v * 0.5) });
      },
      () => {
        const [a, b] = [any(), any()];
        live.push({ tensor: add(a.tensor, b.tensor), expected: sumOf(a.expected, b.expected) });
      },
      () => {
        const { tensor, expected } = any();
        live.push({ tensor: program.run({ x: tensor }), expected: map(expected, (v) => v * 0.5) });
      },
      () => {
        const [from, to] = [any(), any()];
        if (from === to) return;
        program.run({ x: from.tensor }, { into: to.tensor });
        to.expected = map(from.expected, (v) => v * 0.5);
      },
      () => {
        // Compiled by an immediate submit, a broken program fails together with everything else in the submit.
        if (seed % 2 === 0 || int(4) > 0) return;
        live.push({ tensor: broken(any().tensor, `mistake ${int(1000)}`), expected: undefined });
      },
      () => {
        if (seed % 2 === 0 && int(8) === 0) own.submit();
      },
    ];
    const look = ({ tensor, expected }: Live): void => {
      const seen = tensor.read().then(
        (values) => expect([...values]).toEqual(expected),
        (error: Error) => expect(expected, error.message).toBeUndefined(),
      );
      reads.push(seen);
    };
    for (let i = 0; i < steps; i++) {
      actions[int(actions.length)]();
      if (int(3) === 0) look(any());
      while (live.length > 6) live.splice(int(live.length), 1)[0].tensor.dispose();
      if (int(4) === 0) {
        const { queue } = own.context;
        const { submits, submitted } = queue;
        await new Promise((resolve) => setTimeout(resolve, int(8)));
        if (queue.submits > submits && queue.submitted === submitted && queue.recorded > submitted) overtaken++;
      }
    }
    for (const one of live) look(one);
    await Promise.all(reads);
    expect(own.context.queue.submitted).toBe(own.context.queue.recorded);
    program.dispose();
    for (const { tensor } of live) tensor.dispose();
    expect(own.memory().buffersInUse).toBe(0);
  });
  device.destroy();
  return overtaken;
}

test.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'random calls give what they give in order: seed %i',
  { timeout: 60_000 },
  async (seed) => {
    expect(await fuzz(seed, 200)).toBeGreaterThan(0);
  },
);
