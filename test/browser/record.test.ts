/**
 * `record`: calls into an encoder of the app's.
 */
import { describe, expect, test, vi } from 'vitest';
import { prepare, record } from '../../src/index';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { broken, lists, newFactor, scale, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

describe('record', () => {
  test.for(['cold', 'warm'] as const)("writes into the app's encoder: %s program", async (state) => {
    const factor = newFactor();
    using x = of(1, 2);
    if (state === 'warm') await prepare(gpu(), () => scale(x, factor));
    const encoder = gpu().device.createCommandEncoder();
    const before = gpu().context.queue.submits;
    const recording = record(gpu(), encoder, () => scale(x, factor));
    using y = recording.result;
    expect(gpu().context.queue.submits).toBe(before);
    gpu().device.queue.submit([encoder.finish()]);
    recording.dispose();
    expect(await valuesOf(y)).toEqual([factor, 2 * factor]);
  });

  test('keeps scratch, inputs and uploads until the recording is disposed', async () => {
    const x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const recording = record(gpu(), encoder, () => {
      using scratch = scale(x, 1);
      const results = [scale(scratch, 1)];
      for (const n of [5, 6]) {
        using upload = of(n, n);
        results.push(scale(upload, 1));
      }
      return results;
    });
    x.dispose();
    // Would take the buffers of scratch, x and the uploads if they were idle.
    const others = Array.from({ length: 8 }, () => of(9, 9));
    await Promise.all(others.map(valuesOf));
    gpu().device.queue.submit([encoder.finish()]);
    expect(await Promise.all(recording.result.map(valuesOf))).toEqual([[1, 2], [5, 5], [6, 6]]); // prettier-ignore
    for (const tensor of [...others, ...recording.result]) tensor.dispose();
    expect(gpu().memory().buffersInUse).toBe(7);
    recording.dispose();
    recording.dispose();
    expect(gpu().memory().buffersInUse).toBe(0);
  });

  test.for(['before', 'after'] as const)('lets its result be disposed %s the submit', async (when) => {
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    {
      using recording = record(gpu(), encoder, () => scale(x, 1));
      if (when === 'before') recording.result.dispose();
      using other = of(9, 9);
      gpu().device.queue.submit([encoder.finish()]);
      expect(await valuesOf(other)).toEqual([9, 9]);
      recording.result.dispose();
    }
    expect(gpu().memory().buffersInUse).toBe(1);
  });

  test('submits what was queued before', async () => {
    using x = of(1, 2);
    const factor = newFactor();
    using y = scale(x, factor);
    const encoder = gpu().device.createCommandEncoder();
    using recording = record(gpu(), encoder, () => scale(y, 1));
    expect(gpu().context.queue.submitted).toBe(gpu().context.queue.recorded);
    gpu().device.queue.submit([encoder.finish()]);
    using z = recording.result;
    expect(await valuesOf(z)).toEqual([factor, 2 * factor]);
  });

  test('leaves nothing behind when its function throws, is asynchronous, or records again', async () => {
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const recording = (fn: () => unknown) => expect(() => record(gpu(), encoder, fn));
    recording(() => {
      scale(scale(x, 1), 1);
      throw new Error('the app failed');
    }).toThrow('the app failed');
    recording(async () => scale(x, 1).read()).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: the function is asynchronous but must make its calls before it returns; await before it]`,
    );
    recording(() => record(gpu(), encoder, () => {})).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: called inside prepare, record or profile, which do not nest]`,
    );
    expect(gpu().memory().buffersInUse).toBe(1);
    gpu().device.queue.submit([encoder.finish()]);
    using y = scale(x, 1);
    expect(await valuesOf(y)).toEqual([1, 2]);
  });

  test('cannot be read from inside', async () => {
    using x = of(1, 2);
    const { result } = record(gpu(), gpu().device.createCommandEncoder(), () => ({ read: rejectionOf(x.read()) }));
    expect(await result.read).toMatchInlineSnapshot(
      `"tensor.read: called inside prepare, record or profile; read after it"`,
    );
  });

  test('of a program that does not compile tells onError where', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const x = own.tensor([1], [1]);
      own.device.pushErrorScope('validation');
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => broken(x, 'recorded mistake'));
      own.device.queue.submit([encoder.finish()]);
      await own.device.popErrorScope();
      await vi.waitFor(() => expect(errors).toHaveLength(1));
      expect(errors[0].message).toContain('the shader of recorded mistake does not compile:\n  2:');
      recording.dispose();
      expect(() => record(own, own.device.createCommandEncoder(), () => broken(x, 'recorded mistake'))).toThrow(
        'does not compile',
      );
      expect(own.memory().buffersInUse).toBe(2);
      own.device.destroy();
    });
  });
});
