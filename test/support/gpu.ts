/**
 * The one device that a test file uses, and devices of a test's own. A test that leaves an uncaught error or a buffer in use
 * fails. A test that timed out may still run and would disturb later tests, so these fail at once and say why.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { settleWork } from '../../src/gpu/work-done';
import { openGpu, type Gpu, type GpuOptions } from '../../src/tensor/gpu';

/** Tests compare bits and count programs, so calls run by their own kernels from the first on; first-calls.test.ts tests the others. */
const STEADY: GpuOptions = { quickStart: false };

/**
 * Opens a gpu for the file's tests.
 *
 * @param options returns the options to open it with
 * @returns a function that returns the gpu once the tests run
 */
export function useGpu(options: () => Promise<GpuOptions> = async () => ({})): () => Gpu {
  let gpu: Gpu | undefined;
  let errors: Error[] = [];
  let inUse = 0;
  let stuck: string | undefined;
  const current = (): Gpu => {
    if (gpu === undefined) throw new Error('useGpu: the gpu is open only while tests run');
    return gpu;
  };
  beforeAll(async () => {
    gpu = await openGpu({ ...STEADY, ...(await options()), onError: (error) => errors.push(error) });
    gpu.device.addEventListener('uncapturederror', (event) => errors.push(new Error(event.error.message)));
  });
  beforeEach(() => {
    if (stuck !== undefined) throw new Error(`not run: "${stuck}" timed out and may still use the gpu`);
  });
  afterEach(async ({ signal, task }) => {
    if (signal.aborted) stuck ??= task.name;
    if (stuck !== undefined) return;
    const { context } = current();
    // Does what `finished` does, which has a test of its own. In Firefox, `finished` would add 100 ms to each of a thousand
    // tests.
    context.life.check('useGpu');
    await context.queue.settled();
    await context.life.during('useGpu', settleWork(context));
    const [seen, before] = [errors, inUse];
    errors = [];
    inUse = current().memory().buffersInUse;
    current().trim();
    expect(seen, 'errors of the device').toEqual([]);
    expect(inUse, 'buffers that the test did not dispose').toBe(before);
  });
  afterAll(() => gpu?.destroy());
  return current;
}

/** Runs `fn` on a gpu of the test's own, for tests that would spoil the others. `errors` holds what its `onError` received. */
export async function withGpu<T>(
  options: GpuOptions,
  fn: (own: Gpu, errors: readonly Error[]) => Promise<T>,
): Promise<T> {
  const errors: Error[] = [];
  const own = await openGpu({ ...STEADY, onError: (error) => errors.push(error), ...options });
  try {
    return await fn(own, errors);
  } finally {
    own.destroy();
  }
}

/** Loses the device and waits for the next one. */
export async function loseDevice(own: Gpu): Promise<void> {
  own.device.destroy();
  await own.lost;
  await own.ready();
}

/** A device with all of the adapter's features but one. */
export async function deviceWithout(feature: GPUFeatureName): Promise<GPUDevice> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const requiredFeatures = [...adapter.features].filter((name) => name !== feature) as GPUFeatureName[];
  return adapter.requestDevice({ requiredFeatures });
}

/** A device that an app might bring. */
export async function newDevice(): Promise<GPUDevice> {
  return (await navigator.gpu.requestAdapter())!.requestDevice();
}
