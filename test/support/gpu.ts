/**
 * The device that test files share, and devices of a file's or a test's own. A test that leaves an uncaught error or a buffer
 * in use fails. A test that timed out may still run and would disturb later tests, so these fail at once and say why.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { settleWork } from '../../src/gpu/work-done';
import { openGpu, type Gpu, type GpuOptions } from '../../src/tensor/gpu';

/** Tests compare bits and count programs, so calls run by their own kernels from the first on; first-calls.test.ts tests the others. */
const STEADY: GpuOptions = { quickStart: false };

/** A gpu, and what its errors are told to. */
interface Opened {
  readonly gpu: Gpu;
  tell: (error: Error) => void;
}

async function open(options: GpuOptions): Promise<Opened> {
  const opened: Opened = {
    gpu: await openGpu({ ...STEADY, ...options, onError: (error) => opened.tell(error) }),
    tell: () => {},
  };
  opened.gpu.device.addEventListener('uncapturederror', ({ error }) => opened.tell(new Error(error.message)));
  return opened;
}

/**
 * All files of a page have these one after the other, by the feature that the device lacks. A program that one file has
 * compiled, the next need not compile again.
 */
const shared = new Map<GPUFeatureName | undefined, Opened>();

/**
 * Opens a gpu that the page's files share, for the file's tests.
 *
 * @param without a feature that the device must not have
 * @returns a function that returns the gpu once the tests run
 */
export function useGpu(without?: GPUFeatureName): () => Gpu {
  return duringTests(
    async () => {
      const opened =
        shared.get(without) ?? (await open(without === undefined ? {} : { device: await deviceWithout(without) }));
      shared.set(without, opened);
      return opened;
    },
    ({ gpu }, spoiled) => {
      const { context } = gpu;
      // A gpu that was tuned chooses other kernels.
      const isAsNew =
        context.life.loss === undefined && context.advise === undefined && gpu.memory().buffersInUse === 0;
      if (isAsNew && !spoiled) return;
      gpu.destroy();
      shared.delete(without);
    },
  );
}

/**
 * Opens a gpu of the file's own, for tests that count programs or want other options.
 *
 * @param options returns the options to open it with
 * @returns a function that returns the gpu once the tests run
 */
export function useOwnGpu(options: () => Promise<GpuOptions> = async () => ({})): () => Gpu {
  return duringTests(
    async () => open(await options()),
    ({ gpu }) => gpu.destroy(),
  );
}

/** @param end is told whether a test may still run */
function duringTests(begin: () => Promise<Opened>, end: (opened: Opened, spoiled: boolean) => void): () => Gpu {
  let opened: Opened | undefined;
  let errors: Error[] = [];
  let inUse = 0;
  let stuck: string | undefined;
  const current = (): Gpu => {
    if (opened === undefined) throw new Error('useGpu: the gpu is open only while tests run');
    return opened.gpu;
  };
  beforeAll(async () => {
    opened = await begin();
    opened.tell = (error) => errors.push(error);
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
  afterAll(() => {
    if (opened !== undefined) end(opened, stuck !== undefined);
  });
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
