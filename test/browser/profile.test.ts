/**
 * `profile` measures each dispatch, by the GPU's clock or by the wall clock.
 */
import { describe, expect, test } from 'vitest';
import { profile, reshape, type Tensor } from '../../src/index';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { runStep } from '../support/run-step';
import { broken, lists, newFactor, refused, scale, scaleStep, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

/** A dispatch with one invocation that takes tens of milliseconds on a CPU, and some on a GPU. */
function long(x: Tensor): Tensor {
  const step = scaleStep(1, x.size, 'long');
  const wgsl = step.wgsl.replace(
    'output[id.x] = x[id.x]',
    'var sum = x[id.x];\n for (var i = 0u; i < 2000000u; i++) { sum = sum * 0.5 + f32(i & 3u); }\n output[id.x] = sum',
  );
  return runStep(x.context, { ...step, wgsl }, { x }, x.shape, { op: 'long' });
}

describe('profile', () => {
  test('times each dispatch by the GPU, and frees what the function made', async () => {
    using x = of(1, 2);
    const factor = newFactor();
    const times = await profile(gpu(), () => {
      using scratch = scale(x, 1);
      return scale(scratch, factor);
    });
    expect(times.map(({ label, kernel, clock }) => ({ label, kernel, clock }))).toEqual([
      { label: 'scale 1', kernel: 'test/scale', clock: 'timestamp' },
      { label: `scale ${factor}`, kernel: 'test/scale', clock: 'timestamp' },
    ]);
    expect(gpu().memory().buffersInUse).toBe(1);
  });

  test.for(['timestamp', 'wall-clock'] as const)('gives each dispatch its own time: %s', async (clock) => {
    const device = clock === 'timestamp' ? undefined : await newDevice();
    await withGpu({ device }, async (own) => {
      using x = own.tensor([1, 2], [2]);
      const fn = (): void => {
        scale(x, 1).dispose();
        long(x).dispose();
        scale(x, 2).dispose();
      };
      // The work that a driver does only once per program must not count.
      await profile(own, fn);
      const start = performance.now();
      const times = await profile(own, fn);
      const elapsed = performance.now() - start;
      expect(times.map((time) => time.clock)).toEqual([clock, clock, clock]);
      // Browsers round timestamps to 0.1 ms.
      expect(times.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThan(elapsed + 0.3);
      // Other work of the machine may interrupt a short dispatch, but not every time. The wall clock cannot tell them apart,
      // so it only has to be positive.
      const isRight = ([before, longest, after]: readonly number[]): boolean =>
        clock === 'timestamp' ? Math.max(before, after) < longest : Math.min(before, longest, after) > 0;
      await expect.poll(async () => isRight((await profile(own, fn)).map(({ ms }) => ms))).toBe(true);
    });
    device?.destroy();
  });

  test('of nothing is an empty list', async () => {
    expect(await profile(gpu(), () => {})).toEqual([]);
  });

  test.for<readonly [string, (x: Tensor) => unknown]>([
    ['a tensor', (x) => scale(x, 2)],
    ['a list', (x) => [scale(x, 2), scale(x, 3)]],
    ['a record', (x) => ({ y: scale(x, 2), z: scale(x, 3), n: 1, nothing: null })],
    ['one tensor twice', (x) => [x, x].map((y) => reshape(y, [2])).concat(scale(x, 2))],
    ['nothing', (x) => scale(x, 2).dispose()],
  ])('frees what the function returns: %s', async ([, fn]) => {
    using x = of(1, 2);
    const { buffersInUse } = gpu().memory();
    for (let i = 0; i < 3; i++) expect((await profile(gpu(), () => fn(x))).length).toBeGreaterThan(0);
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
    expect(await valuesOf(x)).toEqual([1, 2]);
  });

  test('frees what the function made if it throws half way', async () => {
    using x = of(1, 2);
    const { buffersInUse } = gpu().memory();
    const half = (): never => {
      scale(scale(x, 2), 3);
      of(1, 2);
      throw new Error('half way');
    };
    expect(await rejectionOf(profile(gpu(), half))).toBe('half way');
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
  });

  test('computes, so that a result kept by the app is right', async () => {
    using x = of(1, 2);
    const factor = newFactor();
    let y: Tensor | undefined;
    await profile(gpu(), () => {
      y = scale(x, factor);
    });
    expect(await valuesOf(y!)).toEqual([factor, 2 * factor]);
    y!.dispose();
  });

  test('takes the wall clock where the device has no timestamps', async () => {
    const device = await newDevice();
    await withGpu({ device }, async (own) => {
      using x = own.tensor([1], [1]);
      const times = await profile(own, () => scale(x, 1));
      expect(times).toMatchObject([{ clock: 'wall-clock', label: 'scale 1' }]);
      expect(times[0].ms).toBeGreaterThan(0);
      expect(await rejectionOf(profile(own, () => refused(x)))).toContain('profile: the device refused');
    });
    device.destroy();
  });

  test('rejects if the device refuses the commands or a program does not compile', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1], [1]);
      expect(await rejectionOf(profile(own, () => refused(x)))).toContain('profile: the device refused');
      expect(await rejectionOf(profile(own, () => broken(x, 'timed mistake')))).toContain(
        'timed mistake does not compile',
      );
      expect(own.memory().buffersInUse).toBe(1);
    });
  });
});
