/**
 * Kept tensors that are never disposed: after they are collected, the page no longer holds the copies of their numbers.
 * Chromium really collects the garbage. In other browsers a registry of the test takes the place of the collector.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { reshape, type Gpu } from '../../src/index';
import { collectGarbage, collectsGarbage } from '../support/census';
import { withGpu } from '../support/gpu';
import { valuesOf } from '../support/scale';

/** A callback for each registered tensor of 512 numbers. The test calls it to say that the tensor was collected. */
let collected: ((held: unknown) => void)[] = [];
class PretendedRegistry {
  readonly #callback: (held: unknown) => void;
  constructor(callback: (held: unknown) => void) {
    this.#callback = callback;
  }
  register(target: { readonly size?: number }, held: unknown): void {
    if (target.size === 512) collected.push(() => this.#callback(held));
  }
  unregister(): void {}
}
afterEach(() => vi.unstubAllGlobals());

async function collect(): Promise<void> {
  if (collectsGarbage) await collectGarbage();
  for (const tell of collected.splice(0)) tell(undefined);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
}

function drop(own: Gpu): void {
  own.tensor(new Float32Array(512), [512], { keep: true });
}

test('a kept tensor that is collected undisposed leaves no copy of its numbers', async () => {
  if (!collectsGarbage) vi.stubGlobal('FinalizationRegistry', PretendedRegistry);
  collected = [];
  await withGpu({}, async (own) => {
    const x = own.tensor([1, 2], [2], { keep: true });
    for (let i = 0; i < 3; i++) drop(own);
    expect(own.context.kept.size).toBe(4);
    await expect
      .poll(async () => {
        await collect();
        return own.context.kept.size;
      })
      .toBe(1);
    own.device.destroy();
    await own.lost;
    await own.ready();
    expect(own.memory().buffersInUse).toBe(1);
    expect(await valuesOf(x)).toEqual([1, 2]);
  });
});

test('a kept tensor that is collected undisposed leaves the numbers to a kept tensor that shares them', async () => {
  if (!collectsGarbage) vi.stubGlobal('FinalizationRegistry', PretendedRegistry);
  collected = [];
  await withGpu({}, async (own) => {
    const shared = (): ReturnType<typeof reshape> => {
      const whole = own.tensor(new Float32Array(512).fill(3), [512], { keep: true });
      return reshape(whole, [2, 256]);
    };
    const view = shared();
    expect(own.context.kept.size).toBe(2);
    await expect
      .poll(async () => {
        if (collectsGarbage) await collectGarbage();
        else collected.shift()?.(undefined);
        return own.context.kept.size;
      })
      .toBe(1);
    const again = reshape(view, [512]);
    own.device.destroy();
    await own.lost;
    await own.ready();
    expect((await valuesOf(again)).slice(0, 2)).toEqual([3, 3]);
    expect((await valuesOf(view)).slice(0, 2)).toEqual([3, 3]);
  });
});
