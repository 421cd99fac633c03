/**
 * Buffers that this library shares with others. Whoever gets a buffer finds the right numbers in it. The owner of a buffer is
 * told once that it is no longer needed, and never before the last command that uses it is submitted.
 */
import { describe, expect, test, vi } from 'vitest';
import {
  add,
  compile,
  openGpu,
  prepare,
  profile,
  record,
  reshape,
  warnOfLeaks,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { collectGarbage, collectsGarbage } from '../support/census';
import { newDevice, useGpu, withGpu } from '../support/gpu';
import { messageOf, rejectionOf } from '../support/message';
import { PretendedRegistry } from '../support/pretended-registry';
import { broken, scale, valuesOf } from '../support/scale';

const gpu = useGpu();

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC

/** A buffer of another library, which destroys the buffer as soon as it is told that nobody needs it. */
interface Lender {
  readonly buffer: GPUBuffer;
  readonly dispose: () => void;
  /** The number of times that the library was told. */
  readonly told: () => number;
}

function lenderOf(own: Gpu, ...values: number[]): Lender {
  const buffer = own.device.createBuffer({ size: 4 * values.length, usage: USAGE });
  own.device.queue.writeBuffer(buffer, 0, Float32Array.from(values));
  let told = 0;
  return {
    buffer,
    dispose() {
      told++;
      buffer.destroy();
    },
    told: () => told,
  };
}

/** The numbers that commands of the app find in a tensor's buffer. */
async function copied(own: Gpu, { size, byteOffset }: Tensor, buffer: GPUBuffer): Promise<number[]> {
  const { device } = own;
  const staging = device.createBuffer({ size: 4 * size, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, byteOffset, staging, 0, 4 * size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(0x1);
  const values = [...new Float32Array(staging.getMappedRange())];
  staging.destroy();
  return values;
}

describe('a buffer that is handed out', () => {
  test('holds the numbers for commands that the app submits at once', async () => {
    // No other test uses these factors, so their programs are not compiled yet.
    for (const factor of [31, 31, 32]) {
      using x = gpu().tensor([1, 2, 3], [3]);
      using y = scale(x, factor);
      using z = add(y, y);
      expect(await copied(gpu(), z, z.gpuBuffer())).toEqual([2 * factor, 4 * factor, 6 * factor]);
    }
  });

  test('may lack them before the submit, if it is taken as bufferBeforeSubmit', async () => {
    using x = gpu().tensor([1, 2, 3], [3]);
    using y = scale(x, 33);
    expect(await copied(gpu(), y, y.bufferBeforeSubmit)).not.toEqual([33, 66, 99]);
    gpu().submit();
    expect(await copied(gpu(), y, y.bufferBeforeSubmit)).toEqual([33, 66, 99]);
  });

  test('holds what a program has written, at once and again', async () => {
    using program = await compile(gpu(), { x: [2] }, ({ x }) => ({ y: scale(x, 34) }));
    using y = gpu().tensor([0, 0], [2]);
    for (const x of [1, 2]) {
      program.run({ x: [x, 3] }, { into: { y } });
      expect(await copied(gpu(), y, y.gpuBuffer())).toEqual([34 * x, 102]);
    }
  });

  test('is in the order of the encoder, where the app has one', async () => {
    using x = gpu().tensor([1, 2], [2]);
    const encoder = gpu().device.createCommandEncoder();
    const staging = gpu().device.createBuffer({ size: 8, usage: 0x1 | 0x8 });
    using recording = record(gpu(), encoder, () => scale(x, 35));
    using y = recording.result;
    encoder.copyBufferToBuffer(y.gpuBuffer(), y.byteOffset, staging, 0, 8);
    gpu().device.queue.submit([encoder.finish()]);
    await staging.mapAsync(0x1);
    expect([...new Float32Array(staging.getMappedRange())]).toEqual([35, 70]);
    staging.destroy();
  });

  test('is refused where it would be wrong, and nothing is submitted then', async () => {
    await withGpu({}, async (own) => {
      const { queue } = own.context;
      using x = own.tensor([1, 2], [2]);
      const gone = own.tensor([1], [1]);
      gone.dispose();
      using spoilt = broken(x, 'a mistake');
      await rejectionOf(spoilt.read());
      using pending = scale(x, 1);
      const { submits } = queue;
      expect(messageOf(() => gone.gpuBuffer())).toMatchInlineSnapshot(
        `"tensor.gpuBuffer: the tensor [1] was disposed; use it before dispose(), or make it again"`,
      );
      expect(messageOf(() => spoilt.gpuBuffer())).toContain('depthwise: the shader of a mistake does not compile');
      expect(queue.submits).toBe(submits);
      let dry: Tensor | undefined;
      const inside: string[] = [];
      await prepare(own, () => {
        dry = scale(x, 1);
        inside.push(
          messageOf(() => dry!.gpuBuffer()),
          messageOf(() => x.gpuBuffer()),
        );
      });
      const encoder = own.device.createCommandEncoder();
      record(own, encoder, () => inside.push(messageOf(() => x.gpuBuffer()))).dispose();
      expect(new Set(inside).size).toBe(1);
      expect(inside[0]).toMatchInlineSnapshot(
        `"tensor.gpuBuffer: called inside prepare, record, profile or compile, where nothing is submitted; call it after it, or take bufferBeforeSubmit for commands in the encoder of record"`,
      );
      expect(messageOf(() => dry!.gpuBuffer())).toMatchInlineSnapshot(
        `"tensor.gpuBuffer: the tensor [2] was made inside prepare, which computes nothing; make it again outside"`,
      );
      expect(await valuesOf(pending)).toEqual([1, 2]);
    });
  });

  test('is refused when the device is lost', async () => {
    await withGpu({ recover: false }, async (own) => {
      const x = own.tensor([1, 2], [2]);
      own.destroy();
      expect(messageOf(() => x.gpuBuffer())).toMatch(/^tensor\.gpuBuffer: the GPU device was lost \(destroyed/);
    });
  });
});

describe('what owns a wrapped buffer', () => {
  test('is told when tensor and views are disposed and the calls are submitted, and not before', async () => {
    const lender = lenderOf(gpu(), 1, 2, 3, 4);
    const x = gpu().wrap(lender.buffer, [4], { keepAlive: lender });
    const view = reshape(x, [2, 2]);
    using y = scale(x, 2);
    x.dispose();
    x.dispose();
    gpu().submit();
    expect(lender.told()).toBe(0);
    using z = scale(view, 3);
    view.dispose();
    expect(lender.told()).toBe(0);
    gpu().submit();
    expect(lender.told()).toBe(1);
    expect(await valuesOf(y)).toEqual([2, 4, 6, 8]);
    expect(await valuesOf(z)).toEqual([3, 6, 9, 12]);
  });

  test('is told at once where nothing waits, also if it is a function', () => {
    const dispose = vi.fn();
    const { buffer } = lenderOf(gpu(), 1);
    gpu().wrap(buffer, [1], { keepAlive: dispose }).dispose();
    expect(dispose).toHaveBeenCalledTimes(1);
    buffer.destroy();
  });

  test('waits for a read that is under way', async () => {
    const lender = lenderOf(gpu(), 5, 6);
    const x = gpu().wrap(lender.buffer, [2], { keepAlive: lender });
    const reading = valuesOf(x);
    x.dispose();
    expect(lender.told()).toBe(0);
    expect(await reading).toEqual([5, 6]);
    expect(lender.told()).toBe(1);
  });

  test('waits for calls whose program is being compiled', async () => {
    const device = await newDevice();
    const create = device.createComputePipelineAsync.bind(device);
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    device.createComputePipelineAsync = async (descriptor) => {
      await gate;
      return create(descriptor);
    };
    await withGpu({ device }, async (own, errors) => {
      const lender = lenderOf(own, 1, 2);
      const x = own.wrap(lender.buffer, [2], { keepAlive: lender });
      const y = scale(x, 36);
      x.dispose();
      const reading = y.read();
      await device.queue.onSubmittedWorkDone();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(lender.told()).toBe(0);
      open();
      expect([...(await reading)]).toEqual([36, 72]);
      expect(lender.told()).toBe(1);
      expect(errors).toEqual([]);
    });
    device.destroy();
  });

  test('waits for a program that reads or writes it, for one that has it among its weights, and for recordings', async () => {
    const weight = lenderOf(gpu(), 10, 20);
    const w = gpu().wrap(weight.buffer, [2], { keepAlive: weight });
    const compiling = compile(gpu(), { x: [2] }, ({ x }) => ({ y: add(x, w) }));
    w.dispose();
    const program = await compiling;
    expect(weight.told()).toBe(0);

    const fed = lenderOf(gpu(), 1, 2);
    const x = gpu().wrap(fed.buffer, [2], { keepAlive: fed });
    const into = lenderOf(gpu(), 0, 0);
    const y = gpu().wrap(into.buffer, [2], { keepAlive: into });
    program.run({ x }, { into: { y } });
    const reading = valuesOf(y);
    x.dispose();
    y.dispose();
    expect([fed.told(), into.told()]).toEqual([0, 0]);
    gpu().submit();
    expect([fed.told(), into.told()]).toEqual([1, 1]);
    expect(await reading).toEqual([11, 22]);

    const encoder = gpu().device.createCommandEncoder();
    const coded = lenderOf(gpu(), 3, 4);
    const c = gpu().wrap(coded.buffer, [2], { keepAlive: coded });
    const recorded = lenderOf(gpu(), 5, 6);
    const r = gpu().wrap(recorded.buffer, [2], { keepAlive: recorded });
    const encoding = program.encode(encoder, { x: c });
    const recording = record(gpu(), encoder, () => scale(r, 2));
    c.dispose();
    r.dispose();
    gpu().submit();
    expect([coded.told(), recorded.told()]).toEqual([0, 0]);
    gpu().device.queue.submit([encoder.finish()]);
    encoding.dispose();
    recording.dispose();
    expect([coded.told(), recorded.told()]).toEqual([1, 1]);
    expect(await valuesOf(encoding.result.y)).toEqual([13, 24]);
    expect(await valuesOf(recording.result)).toEqual([10, 12]);
    encoding.result.y.dispose();
    recording.result.dispose();

    expect(weight.told()).toBe(0);
    program.dispose();
    expect(weight.told()).toBe(1);
  });

  test('waits for profiles and for prepare', async () => {
    const lender = lenderOf(gpu(), 1, 2);
    const x = gpu().wrap(lender.buffer, [2], { keepAlive: lender });
    using program = await compile(gpu(), { x: [2] }, ({ x: given }) => scale(given, 37));
    const profiling = [program.profile({ x }), profile(gpu(), () => scale(x, 37)), prepare(gpu(), () => scale(x, 38))];
    x.dispose();
    await Promise.all(profiling);
    gpu().submit();
    expect(lender.told()).toBe(1);
  });

  test('is told if the calls fail, and if the device refuses the buffer', async () => {
    await withGpu({}, async (own) => {
      const lender = lenderOf(own, 1, 2);
      const x = own.wrap(lender.buffer, [2], { keepAlive: lender });
      using y = broken(x, 'a mistake');
      x.dispose();
      await rejectionOf(y.read());
      expect(lender.told()).toBe(1);
      const device = await newDevice();
      const foreign = vi.fn();
      const z = own.wrap(device.createBuffer({ size: 8, usage: USAGE }), [2], { keepAlive: foreign });
      using sum = scale(z, 1);
      z.dispose();
      await rejectionOf(sum.read());
      expect(foreign).toHaveBeenCalledTimes(1);
      device.destroy();
    });
  });

  test.for(['gpu.destroy()', 'the loss of the device'])('is told at %s, once', async (end) => {
    const device = await newDevice();
    const own = await openGpu({ device, onError: () => {} });
    const [held, queued] = [lenderOf(own, 1), lenderOf(own, 2)];
    const x = own.wrap(held.buffer, [1], { keepAlive: held });
    const y = own.wrap(queued.buffer, [1], { keepAlive: queued });
    scale(y, 1);
    y.dispose();
    expect([held.told(), queued.told()]).toEqual([0, 0]);
    if (end === 'gpu.destroy()') own.destroy();
    else device.destroy();
    await vi.waitFor(() => expect(held.told()).toBe(1));
    x.dispose();
    expect([held.told(), queued.told()]).toEqual([1, 1]);
    device.destroy();
  });

  test('may throw, or call this library: nobody else notices', async () => {
    await withGpu({}, async (own, errors) => {
      const first = lenderOf(own, 1);
      const second = lenderOf(own, 2);
      let inner: Tensor | undefined;
      const x = own.wrap(first.buffer, [1], {
        keepAlive() {
          throw new Error('no such tensor');
        },
      });
      const y = own.wrap(second.buffer, [1], {
        keepAlive() {
          inner = scale(z, 3);
          own.submit();
        },
      });
      using z = add(x, y);
      x.dispose();
      y.dispose();
      expect(await valuesOf(z)).toEqual([3]);
      expect(await valuesOf(inner!)).toEqual([9]);
      inner!.dispose();
      expect(errors.map(({ message }) => message)).toMatchInlineSnapshot(`
        [
          "gpu.wrap: keepAlive has thrown: no such tensor",
        ]
      `);
    });
  });

  test('is not taken over by a call that throws', () => {
    const dispose = vi.fn();
    const { buffer } = lenderOf(gpu(), 1);
    expect(() => gpu().wrap(buffer, [2], { keepAlive: dispose })).toThrow('needs 8 bytes but the buffer has 4');
    const wrong = (keepAlive: unknown) =>
      messageOf(() => gpu().wrap(buffer, [1], { keepAlive: keepAlive as () => void }));
    expect(wrong({})).toMatchInlineSnapshot(
      `"gpu.wrap: keepAlive is [object Object]; give what owns the buffer, with a method dispose(), or a function to be called when the buffer is no longer needed"`,
    );
    for (const each of [null, 7, '', { dispose: 1 }])
      expect(wrong(each)).toMatch(/^gpu\.wrap: keepAlive is .*; give what owns/);
    expect(dispose).not.toHaveBeenCalled();
    buffer.destroy();
  });

  test('a thousand times: each is told, and nothing is left', async () => {
    let told = 0;
    const read: number[][] = [];
    const { buffersInUse } = gpu().memory();
    for (let i = 0; i < 1000; i++) {
      const lender = lenderOf(gpu(), i, 1);
      const x = gpu().wrap(lender.buffer, [2], {
        keepAlive() {
          told++;
          lender.dispose();
        },
      });
      const y = scale(x, 2);
      x.dispose();
      if (i % 100 === 0) read.push(await valuesOf(y));
      y.dispose();
    }
    gpu().submit();
    expect(told).toBe(1000);
    expect(read).toEqual(Array.from({ length: 10 }, (_, i) => [200 * i, 2]));
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
  });

  test('is told when tensor and views are garbage-collected', async () => {
    if (!collectsGarbage) vi.stubGlobal('FinalizationRegistry', PretendedRegistry);
    const collect = async (held: readonly Tensor[]): Promise<void> => {
      if (collectsGarbage) await collectGarbage();
      else for (const registry of PretendedRegistry.all) registry.collect(held);
      await new Promise((resolve) => setTimeout(resolve, 0, held));
    };
    await withGpu({}, async (own, errors) => {
      // The leak detector must not give the buffer back a second time.
      const stop = warnOfLeaks(own, { tell: () => {} });
      const [dropped, lent] = [lenderOf(own, 1, 2), lenderOf(own, 3)];
      let view: Tensor | undefined;
      const make = (): void => {
        view = reshape(own.wrap(dropped.buffer, [2], { keepAlive: dropped }), [1, 2]);
        // Whoever got the buffer may still use it.
        own.wrap(lent.buffer, [1], { keepAlive: lent }).gpuBuffer();
      };
      make();
      await collect([view!]);
      expect(dropped.told()).toBe(0);
      expect(await valuesOf(view!)).toEqual([1, 2]);
      view = undefined;
      await collect([]);
      await vi.waitFor(() => expect(dropped.told()).toBe(1));
      expect(lent.told()).toBe(0);
      stop();
      expect(errors).toEqual([]);
    });
    vi.unstubAllGlobals();
  });
});
