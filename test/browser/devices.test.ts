/**
 * Devices: two gpus at once, a device that the app provides, and a device that is lost.
 */
import { describe, expect, test, vi } from 'vitest';
import { depthwiseConv2d, openGpu, prepare, profile, record } from '../../src/index';
import { allKernels } from '../../src/tune/self-test';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { newFactor, scale, valuesOf } from '../support/scale';

const gpu = useGpu();

describe('several gpus and devices', () => {
  test('SwiftShader is called a fallback', () => {
    expect(gpu().isFallback).toBe(
      gpu().device.adapterInfo.isFallbackAdapter ||
        /swiftshader/i.test(
          gpu().device.adapterInfo.device +
            gpu().device.adapterInfo.description +
            gpu().device.adapterInfo.architecture,
        ),
    );
  });

  test('a new one has every feature that a kernel needs and the adapter has', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const needed = allKernels.flatMap(({ feature }) => feature ?? []);
    expect(needed.filter((feature) => gpu().device.features.has(feature))).toEqual(
      needed.filter((feature) => adapter!.features.has(feature)),
    );
  });

  test('two of them do not mix', async () => {
    await withGpu({}, async (own) => {
      using x = own.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      using filter = gpu().tensor([1], [1, 1, 1, 1]);
      expect(() => depthwiseConv2d(x, filter)).toThrowErrorMatchingInlineSnapshot(
        `[Error: depthwiseConv2d: x and filter belong to two different gpus; use one gpu for both]`,
      );
      using ownFilter = own.tensor([2], [1, 1, 1, 1]);
      using y = depthwiseConv2d(x, ownFilter);
      expect(await valuesOf(y)).toEqual([2, 4, 6, 8]);
    });
  });

  test("the app's device is used with the limits and features it has, and outlives the gpu", async () => {
    const device = await newDevice();
    await withGpu({ device }, async (own, errors) => {
      expect(own.device).toBe(device);
      expect(own.context.target.limits.maxStorageBufferBindingSize).toBe(device.limits.maxStorageBufferBindingSize);
      using x = own.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      using filter = own.tensor([3], [1, 1, 1, 1]);
      using y = depthwiseConv2d(x, filter, { bias: own.tensor([1], [1]), activation: 'relu6' });
      expect(await valuesOf(y)).toEqual([4, 6, 6, 6]);
      expect(errors).toEqual([]);
    });
    const lost = vi.fn();
    void device.lost.then(lost);
    device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE }).destroy();
    await device.queue.onSubmittedWorkDone();
    expect(lost).not.toHaveBeenCalled();
    device.destroy();
  });

  test("destroying a gpu on the app's device frees its buffers and drops its queue, without a word", async () => {
    const device = await newDevice();
    const uncaptured = vi.fn();
    device.addEventListener('uncapturederror', uncaptured);
    const errors: Error[] = [];
    const own = await openGpu({ device, onError: (error) => errors.push(error) });
    const x = own.tensor([1, 2], [2]);
    const { bufferBeforeSubmit: buffer } = x;
    const y = scale(x, newFactor());
    const pending = rejectionOf(y.read());
    own.destroy();
    expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0, bytesIdle: 0, buffersIdle: 0 });
    y.dispose();
    expect(own.memory()).toMatchObject({ bytesInUse: 0, buffersInUse: 0, bytesIdle: 0, buffersIdle: 0 });
    expect(await pending).toMatchInlineSnapshot(
      `"tensor.read: the GPU device was lost (destroyed: gpu.destroy() was called); open a new one with openGpu()"`,
    );
    expect(() => depthwiseConv2d(x, x)).toThrow('depthwiseConv2d: the GPU device was lost (destroyed');
    await device.queue.onSubmittedWorkDone();
    expect(errors).toEqual([]);
    expect(uncaptured).not.toHaveBeenCalled();
    device.pushErrorScope('validation');
    device.queue.writeBuffer(buffer, 0, Float32Array.of(1));
    expect((await device.popErrorScope())?.message).toContain('destroyed');
    device.destroy();
  });
});

describe('a lost device that is not replaced', () => {
  test('is said by every call afterwards, and by gpu.lost', async () => {
    const own = await openGpu({ recover: false });
    const x = own.tensor([1], [1]);
    own.device.destroy();
    expect((await own.lost).reason).toBe('destroyed');
    expect(() => own.tensor([1], [1])).toThrow(
      /^gpu\.tensor: the GPU device was lost \(destroyed: .+\); open a new one with openGpu\(\)$/,
    );
    expect(() => depthwiseConv2d(x, x)).toThrow('depthwiseConv2d: the GPU device was lost');
    expect(await rejectionOf(x.read())).toContain('tensor.read: the GPU device was lost (destroyed');
    expect(await rejectionOf(prepare(own, () => {}))).toContain('prepare: the GPU device was lost');
    expect(await rejectionOf(profile(own, () => {}))).toContain('profile: the GPU device was lost');
    expect(await rejectionOf(own.finished())).toContain('gpu.finished: the GPU device was lost');
    expect(() => own.submit()).toThrow('gpu.submit: the GPU device was lost');
    expect(() => record(own, null as never, () => {})).toThrow('record: the GPU device was lost');
    x.dispose();
    own.destroy();
    own.destroy();
  });

  test.for(['cold', 'warm'] as const)('ends the reads that are pending: %s program', async (state) => {
    const own = await openGpu({ recover: false, onError: () => {} });
    const x = own.tensor([1], [1]);
    const factor = newFactor();
    if (state === 'warm') await scale(x, factor).read();
    const y = scale(x, factor);
    const reads = [x, y, scale(y, 1)].map((tensor) => rejectionOf(tensor.read()));
    own.device.destroy();
    for (const read of await Promise.all(reads))
      expect(read).toContain('tensor.read: the GPU device was lost (destroyed');
    own.destroy();
  });

  test('ends a read that waits for its submit', async () => {
    const own = await openGpu({ recover: false, onError: () => {} });
    const x = own.tensor([1], [1]);
    const read = rejectionOf(scale(x, 1).read());
    own.submit();
    await Promise.resolve();
    own.device.destroy();
    expect(await read).toContain('the GPU device was lost (destroyed');
    own.destroy();
  });

  test('that the app lost already is noticed', async () => {
    const device = await newDevice();
    device.destroy();
    await device.lost;
    const own = await openGpu({ device });
    expect(() => own.tensor([1], [1])).toThrow('the GPU device was lost');
  });
});
