/**
 * `prepare` compiles before the first call, and does nothing else.
 */
import { describe, expect, test, vi } from 'vitest';
import { prepare, reshape, type Tensor } from '../../src/index';
import { useOwnGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { broken, lists, newFactor, scale, valuesOf } from '../support/scale';

const gpu = useOwnGpu();
const of = lists(gpu);

describe('prepare', () => {
  test('compiles each program once and tells how far it is, without allocating', async () => {
    using x = of(1, 2);
    const factors = [newFactor(), newFactor(), newFactor()];
    const before = gpu().memory();
    const progress: [number, number][] = [];
    await prepare(
      gpu(),
      () => {
        for (const factor of [...factors, ...factors]) {
          using upload = of(1, 2);
          using y = scale(upload, factor);
          scale(y, factors[0]);
          scale(x, factor);
        }
      },
      { onProgress: (done, total) => progress.push([done, total]) },
    );
    expect(progress).toEqual([[1, 3], [2, 3], [3, 3]]); // prettier-ignore
    const known = { plans: expect.any(Number) as number, characters: expect.any(Number) as number };
    expect(gpu().memory()).toEqual({ ...before, ...known, pipelines: before.pipelines + 3 });
    const { queue } = gpu().context;
    using y = scale(x, factors[0]);
    gpu().submit();
    expect(queue.submitted).toBe(queue.recorded);
    expect(gpu().memory().pipelines).toBe(before.pipelines + 3);
    expect(await valuesOf(y)).toEqual([factors[0], 2 * factors[0]]);
  });

  test('gives tensors that cannot be used outside, and says so at once', async () => {
    let inside: Tensor | undefined;
    await prepare(gpu(), () => (inside = scale(of(1, 2), 1)));
    expect(() => scale(inside!, 1)).toThrowErrorMatchingInlineSnapshot(
      `[Error: scale: x [2] was made inside prepare, which computes nothing; make it again outside]`,
    );
    expect(await rejectionOf(inside!.read())).toMatchInlineSnapshot(
      `"tensor.read: the tensor [2] was made inside prepare, which computes nothing; make it again outside"`,
    );
    expect(() => inside!.bufferBeforeSubmit).toThrow('made inside prepare');
    inside!.dispose();
    using x = of(1);
    expect(await valuesOf(x)).toEqual([1]);
  });

  test('leaves no reference to what a view inside it was made of', async () => {
    const x = of(1, 2);
    await prepare(gpu(), () => scale(reshape(x, [2, 1]), 1));
    x.dispose();
    expect(gpu().memory().buffersInUse).toBe(0);
  });

  test('can be aborted before and while it compiles', async () => {
    using x = of(1, 2);
    expect(
      await rejectionOf(prepare(gpu(), () => scale(x, 1), { signal: AbortSignal.abort(new Error('never mind')) })),
    ).toBe('never mind');
    const factor = newFactor();
    const controller = new AbortController();
    const onProgress = vi.fn();
    const preparing = rejectionOf(prepare(gpu(), () => scale(x, factor), { signal: controller.signal, onProgress }));
    controller.abort(new Error('too late'));
    expect(await preparing).toBe('too late');
    using y = scale(x, factor);
    expect(await valuesOf(y)).toEqual([factor, 2 * factor]);
    expect(onProgress).not.toHaveBeenCalled();
  });

  test('rejects for a program that does not compile, every time', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1], [1]);
      const first = await rejectionOf(prepare(own, () => broken(x, 'prepared mistake')));
      expect(first).toContain('depthwise: the shader of prepared mistake does not compile:\n  2:14');
      expect(await rejectionOf(prepare(own, () => broken(x, 'prepared mistake')))).toBe(first);
      expect(errors).toEqual([]);
      expect(own.memory().buffersInUse).toBe(1);
    });
  });

  test('whose function throws or is asynchronous rejects, and the next call works', async () => {
    using x = of(1);
    expect(await rejectionOf(prepare(gpu(), () => { throw new Error('the app failed'); }))).toBe('the app failed'); // prettier-ignore
    expect(await rejectionOf(prepare(gpu(), async () => scale(x, 1).read()))).toContain(
      'prepare: the function is asynchronous',
    );
    using y = scale(x, 1);
    expect(await valuesOf(y)).toEqual([1]);
  });
});
