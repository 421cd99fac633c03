/**
 * The command queue submits once per turn, in the order of the calls, whatever compiles or uploads meanwhile.
 */
import { describe, expect, test, vi } from 'vitest';
import { add } from '../../src/index';
import { useGpu } from '../support/gpu';
import { lists, newFactor, scale, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

describe('the queue', () => {
  test('submits all calls of one turn at once', async () => {
    const { queue } = gpu().context;
    using x = of(1, 2);
    using warm = scale(x, 1);
    await warm.read();
    const before = queue.submits;
    const tensors = Array.from({ length: 10 }, () => scale(x, 1));
    await gpu().finished();
    expect(queue.submits - before).toBe(1);
    for (const tensor of tensors) tensor.dispose();
  });

  test('submits a long turn in parts, in order', async () => {
    using x = of(1);
    using warm = add(x, 1);
    await warm.read();
    const before = gpu().context.queue.submits;
    let y = add(x, 1);
    for (let i = 0; i < 150; i++) {
      using last = y;
      // In another order, a call would add to the numbers that another call left in the buffer.
      y = add(last, 1);
    }
    expect(gpu().context.queue.submits - before).toBe(2);
    expect(await valuesOf(y)).toEqual([152]);
    y.dispose();
  });

  test.for(['cold', 'warm'] as const)('an upload never disturbs a pending command: %s program', async (state) => {
    const factor = newFactor();
    if (state === 'warm') {
      using x = of(1);
      using y = scale(x, factor);
      await y.read();
    }
    const x = of(1, 2, 3, 4);
    using y = scale(x, factor);
    x.dispose();
    using other = of(9, 9, 9, 9);
    using z = scale(y, factor);
    const pending = y.read();
    using another = of(7, 7, 7, 7);
    expect(await pending).toEqual(Float32Array.of(1, 2, 3, 4).map((n) => n * factor));
    expect(await valuesOf(z)).toEqual([1, 2, 3, 4].map((n) => n * factor * factor));
    expect(await valuesOf(other)).toEqual([9, 9, 9, 9]);
    expect(await valuesOf(another)).toEqual([7, 7, 7, 7]);
  });

  test('cold and warm programs mixed keep their order', async () => {
    using x = of(1);
    const tensors = [x];
    let product = 1;
    const expected = [1];
    for (const factor of [1, newFactor(), 1, newFactor(), newFactor(), 1]) {
      tensors.push(scale(tensors.at(-1)!, factor));
      expected.push((product *= factor));
    }
    const read = await Promise.all(tensors.toReversed().map(valuesOf));
    expect(read.toReversed()).toEqual(expected.map((n) => [n]));
    for (const tensor of tensors) tensor.dispose();
  });

  test('a synchronous submit overtakes a compilation under way', async () => {
    const [first, second] = [newFactor(), newFactor()];
    using x = of(2);
    using y = scale(x, first);
    await Promise.resolve();
    gpu().submit();
    using z = scale(y, second);
    expect(gpu().context.queue.submitted).toBe(gpu().context.queue.recorded - 1);
    expect(await valuesOf(z)).toEqual([2 * first * second]);
  });

  test('tensors can be read in any order, at once and again', async () => {
    using x = of(1, 2);
    const factor = newFactor();
    using y = scale(x, 1);
    using z = scale(y, factor);
    const all = await Promise.all([z, x, y, z].map(valuesOf));
    expect(all).toEqual([[factor, 2 * factor], [1, 2], [1, 2], [factor, 2 * factor]]); // prettier-ignore
    expect(await valuesOf(y)).toEqual([1, 2]);
  });

  test('a read that was begun survives the disposal and the reuse of its buffer', async () => {
    const x = of(1, 2);
    const pending = x.read();
    x.dispose();
    using other = of(5, 5);
    expect([...(await pending)]).toEqual([1, 2]);
    expect(await valuesOf(other)).toEqual([5, 5]);
  });

  test('finished waits until what was queued before is done', async () => {
    const { queue } = gpu().context;
    const { queue: devices } = gpu().device;
    const real = devices.onSubmittedWorkDone.bind(devices);
    let done = (): void => {};
    const late = new Promise<undefined>((resolve) => (done = () => resolve(undefined)));
    let seen = 0;
    const asked = vi.spyOn(devices, 'onSubmittedWorkDone').mockImplementation(async () => {
      seen = queue.submitted;
      await real();
      return late;
    });
    using x = of(3);
    using y = scale(x, newFactor());
    try {
      let isOver = false;
      const finished = gpu()
        .finished()
        .then(() => (isOver = true));
      await expect.poll(() => asked.mock.calls.length).toBe(1);
      expect([seen, isOver]).toEqual([queue.recorded, false]);
      // The submitted work is done by now.
      await y.read();
      expect(isOver).toBe(false);
      done();
      expect(await finished).toBe(true);
    } finally {
      done();
      asked.mockRestore();
    }
  });
});
