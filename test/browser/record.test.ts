/**
 * `record` puts calls into an encoder of the app.
 */
import { describe, expect, test } from 'vitest';
import { add, prepare, record, reshape } from '../../src/index';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { broken, lists, newFactor, refused, scale, valuesOf } from '../support/scale';

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
    // These tensors would take the buffers of scratch, x and the uploads if those were idle.
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
      `[Error: record: the function is asynchronous but must make its calls before it returns; await what it needs before this call]`,
    );
    recording(() => record(gpu(), encoder, () => {})).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: called inside prepare, record, profile or compile, which do not nest]`,
    );
    expect(gpu().memory().buffersInUse).toBe(1);
    gpu().device.queue.submit([encoder.finish()]);
    using y = scale(x, 1);
    expect(await valuesOf(y)).toEqual([1, 2]);
  });

  test('takes functions that return a record, or nothing, and frees what they made if they throw', async () => {
    using x = of(1, 2);
    const encoder = gpu().device.createCommandEncoder();
    const all = record(gpu(), encoder, () => ({ y: scale(x, 2), z: scale(x, 3), count: 2 }));
    const none = record(gpu(), encoder, () => scale(x, 5).dispose());
    gpu().device.queue.submit([encoder.finish()]);
    using y = all.result.y;
    using z = all.result.z;
    expect([await valuesOf(y), await valuesOf(z), all.result.count]).toEqual([[2, 4], [3, 6], 2]); // prettier-ignore
    all.dispose();
    none.dispose();
    const { buffersInUse } = gpu().memory();
    const later = gpu().device.createCommandEncoder();
    expect(() =>
      record(gpu(), later, () => {
        const made = { y: scale(x, 2), view: reshape(x, [2, 1]), upload: of(1) };
        made.y.dispose();
        add(made.view, scale(of(4), 1));
        throw new Error('half way');
      }),
    ).toThrow('half way');
    expect(() => record(gpu(), {} as never, () => ({ y: scale(x, 2) }))).toThrowErrorMatchingInlineSnapshot(
      `[Error: record: encoder is [object Object]; give a GPUCommandEncoder of this device]`,
    );
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
  });

  test('passes the failure of its inputs on to its result', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const x = own.tensor([1], [1]);
      const bad = refused(x);
      const encoder = own.device.createCommandEncoder();
      using recording = record(own, encoder, () => [scale(bad, 2), scale(x, 2)]);
      own.device.queue.submit([encoder.finish()]);
      const [heir, other] = recording.result;
      expect(await rejectionOf(heir.read())).toContain('the device refused a grid too large');
      expect(await valuesOf(other)).toEqual([2]);
      expect(errors).toHaveLength(1);
      own.device.destroy();
    });
  });

  test('into an encoder that is finished calls onError and rejects the reads of its result', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const uncaptured: string[] = [];
      own.device.addEventListener('uncapturederror', (event) => uncaptured.push(event.error.message));
      const x = own.tensor([1], [1]);
      const encoder = own.device.createCommandEncoder();
      own.device.queue.submit([encoder.finish()]);
      using recording = record(own, encoder, () => [scale(x, 2), scale(scale(x, 2), 2)]);
      const [y, z] = recording.result;
      const heir = scale(z, 2);
      const said = await rejectionOf(y.read());
      expect(said).toMatch(/^record: the device refused the commands: [^]*; give an encoder of this device /);
      for (const tensor of [y, z, heir]) expect(await rejectionOf(tensor.read())).toBe(said);
      expect(errors.map(({ message }) => message)).toEqual([said]);
      expect(await valuesOf(scale(x, 3))).toEqual([3]);
      expect(uncaptured).toEqual([]);
      own.device.destroy();
    });
  });

  test('cannot be read from inside', async () => {
    using x = of(1, 2);
    const { result } = record(gpu(), gpu().device.createCommandEncoder(), () => ({ read: rejectionOf(x.read()) }));
    expect(await result.read).toMatchInlineSnapshot(
      `"tensor.read: called inside prepare, record, profile or compile; read after it"`,
    );
  });

  test('of a program that does not compile calls onError with the line', async () => {
    await withGpu({ device: await newDevice() }, async (own, errors) => {
      const x = own.tensor([1], [1]);
      own.device.pushErrorScope('validation');
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => broken(x, 'recorded mistake'));
      own.device.queue.submit([encoder.finish()]);
      await own.device.popErrorScope();
      await expect.poll(() => errors).toHaveLength(1);
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
