/**
 * Opening a device fails because something is missing or the browser does not answer. The errors say what is missing and what
 * to do.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openGpu } from '../../src/index';
import { withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { valuesOf } from '../support/scale';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const never = (): Promise<never> => new Promise(() => {});

/** An adapter whose device arrives when `give` is called. */
async function slowAdapter(): Promise<{ readonly adapter: GPUAdapter; readonly give: () => Promise<GPUDevice> }> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice();
  let resolve: (device: GPUDevice) => void = () => {};
  adapter.requestDevice = () => new Promise((give) => (resolve = give));
  vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(adapter);
  const give = async (): Promise<GPUDevice> => {
    resolve(device);
    return device;
  };
  return { adapter, give };
}

describe('openGpu says what is missing and what to do', () => {
  test('without WebGPU', async () => {
    vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(undefined as never);
    expect(await rejectionOf(openGpu())).toMatchInlineSnapshot(
      `"openGpu: this browser has no WebGPU (navigator.gpu is missing); use Chrome or Edge 113, Safari 26, Firefox 141 or later"`,
    );
  });

  test('on a page that is not secure', async () => {
    vi.spyOn(navigator, 'gpu', 'get').mockReturnValue(undefined as never);
    vi.stubGlobal('isSecureContext', false);
    expect(await rejectionOf(openGpu())).toMatchInlineSnapshot(
      `"openGpu: WebGPU needs a secure context; serve the page over https or from localhost"`,
    );
  });

  test('without an adapter', async () => {
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
    expect(await rejectionOf(openGpu())).toMatchInlineSnapshot(
      `"openGpu: WebGPU gives no adapter; update the graphics driver, look at chrome://gpu, or on a machine with no GPU start Chromium with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader"`,
    );
  });

  test('without an adapter of all that WebGPU has, but with one of its compatibility mode', async () => {
    const request = navigator.gpu.requestAdapter.bind(navigator.gpu);
    const ask = vi
      .spyOn(navigator.gpu, 'requestAdapter')
      .mockImplementation(async (options) => (options?.featureLevel === 'core' ? null : request(options)));
    const own = await openGpu();
    expect(ask.mock.calls.map(([options]) => options?.featureLevel)).toEqual(['core', 'compatibility']);
    expect(await own.tensor([1, 2], [2]).read()).toEqual(new Float32Array([1, 2]));
    own.destroy();
  });

  test('when the browser gives no adapter for 10 s, and no sooner', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(navigator.gpu, 'requestAdapter').mockImplementation(never);
    const settled = vi.fn();
    const failure = rejectionOf(openGpu()).finally(settled);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await failure).toMatchInlineSnapshot(
      `"openGpu: the browser has given no adapter for 10 s; restart it, update the graphics driver and look at chrome://gpu, or start Chromium with --use-webgpu-adapter=swiftshader where there is no GPU"`,
    );
  });

  test('when it gives no device for 10 s, and closes the one that comes too late', async () => {
    const { give } = await slowAdapter();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const failure = rejectionOf(openGpu());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failure).toMatch(/^openGpu: the browser has given no device for 10 s; /);
    const device = await give();
    expect((await device.lost).reason).toBe('destroyed');
  });
});

describe('a signal ends the wait', () => {
  test('for an adapter', async () => {
    vi.spyOn(navigator.gpu, 'requestAdapter').mockImplementation(never);
    const controller = new AbortController();
    const failure = rejectionOf(openGpu({ signal: controller.signal }));
    controller.abort(new Error('the page was left'));
    expect(await failure).toBe('the page was left');
  });

  test('for a device, and closes the one that comes too late', async () => {
    const { give } = await slowAdapter();
    const controller = new AbortController();
    const failure = rejectionOf(openGpu({ signal: controller.signal }));
    await Promise.resolve();
    await Promise.resolve();
    controller.abort(new Error('the page was left'));
    expect(await failure).toBe('the page was left');
    const device = await give();
    expect((await device.lost).reason).toBe('destroyed');
  });

  test('that was over before it began', async () => {
    const ask = vi.spyOn(navigator.gpu, 'requestAdapter');
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await rejectionOf(openGpu({ signal }))).toBe('too late');
    expect(ask).not.toHaveBeenCalled();
  });

  test('and nothing that comes after it: neither the gpu nor its recovery', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await withGpu({ signal }, async (own) => {
      expect(add.mock.calls.length).toBeGreaterThan(0);
      await expect.poll(() => remove.mock.calls.length).toBe(add.mock.calls.length);
      controller.abort();
      const x = own.tensor([1], [1], { keep: true });
      own.device.destroy();
      await own.lost;
      await own.ready();
      expect(await valuesOf(x)).toEqual([1]);
    });
  });
});
