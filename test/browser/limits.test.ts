/**
 * What a device has least of: devices with the specification's own limits, batches in parts, and no memory at all.
 */
import { describe, expect, test, vi } from 'vitest';
import type { Dispatch } from '../../src/gpu/encode';
import {
  activate,
  conv2d,
  depthwiseConv2d,
  explain,
  groupedConv2d,
  matMul,
  openGpu,
  pointwiseConv2d,
  record,
  reduceSum,
  selfTest,
  separableConv2d,
  softmax,
  type Gpu,
  type Tensor,
} from '../../src/index';
import type { Limits } from '../../src/kernels/kernel';
import { newDevice, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { randomValues } from '../support/random';
import { lists, scale, valuesOf } from '../support/scale';

/** Lets the library believe in smaller limits from now on. */
function cap(own: Gpu, limits: Partial<Limits>): void {
  const { target } = own.context;
  Object.assign(own.context, { target: { ...target, limits: { ...target.limits, ...limits } } });
}

function random(own: Gpu, shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return own.tensor(randomValues(size, seed), shape);
}

/** A device with the smallest limits that the browser gives. */
async function smallestDevice(featureLevel: string): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter({ featureLevel });
  return adapter!.requestDevice();
}

describe.for(['core', 'compatibility'])('a device with the default limits of %s', (level) => {
  test('computes with every kernel', { timeout: 120_000 }, async () => {
    const device = await smallestDevice(level);
    const { limits } = device;
    expect(limits.maxStorageBufferBindingSize).toBe(2 ** 27);
    // A browser that knows no compatibility mode gives the default limits of core.
    expect(limits.maxComputeInvocationsPerWorkgroup).toBeLessThanOrEqual(256);
    await withGpu({ device }, async (own, errors) => {
      const { kernels } = await selfTest(own);
      expect(kernels.flatMap(({ failures }) => failures)).toEqual([]);
      expect(kernels.filter(({ checked }) => checked > 0).length).toBeGreaterThan(7);
      expect(errors).toEqual([]);
    });
    device.destroy();
  });

  test('computes what is no kernel of the self-test, with as many operands as there can be', async () => {
    const device = await smallestDevice(level);
    await withGpu({ device }, async (own, errors) => {
      const x = random(own, [1, 12, 12, 32]);
      const c = own.tensor(new Float32Array(32).fill(1), [32]);
      const norm = { mean: c, variance: c, scale: c, offset: c };
      const filter = random(own, [3, 3, 32, 1]);
      const mix = random(own, [32, 32]);
      const all = { bias: c, batchNorm: norm, residual: x, activation: { name: 'prelu', alpha: c } } as const;
      const results = [
        depthwiseConv2d(x, filter, { ...all, padding: 'same' }),
        separableConv2d(x, filter, mix, {
          between: { bias: c, batchNorm: norm },
          bias: c,
          padding: 'same',
          method: 'fused',
        }),
        softmax(x),
        reduceSum(x),
        matMul(x, x, { transposeB: true }),
      ];
      for (const result of results) expect((await result.read()).every(Number.isFinite)).toBe(true);
      expect(errors).toEqual([]);
    });
    device.destroy();
  });
});

describe('a batch larger than a binding', () => {
  const depthwise = (own: Gpu): Tensor =>
    depthwiseConv2d(random(own, [5, 8, 8, 4]), random(own, [3, 3, 4, 1], 2), { padding: 'same' });

  /** Calls, with the bytes that a binding may have and the images of each part. */
  const cases: readonly (readonly [
    name: string,
    limit: number,
    parts: readonly number[],
    call: (own: Gpu) => Tensor,
  ])[] = [
    ['the last part is smaller', 2560, [2, 2, 1], depthwise],
    [
      'the output is larger than its input',
      4096,
      [1, 1, 1, 1],
      (own) => conv2d(random(own, [4, 8, 8, 4]), random(own, [1, 1, 4, 16], 2), { bias: random(own, [16], 3) }),
    ],
    [
      'only every fourth image begins where a binding may',
      1280,
      [8, 4],
      (own) => pointwiseConv2d(random(own, [12, 2, 2, 4]), random(own, [4, 8], 2)),
    ],
    [
      'a residual',
      2560,
      [2, 2, 2],
      (own) =>
        depthwiseConv2d(random(own, [6, 8, 8, 4]), random(own, [3, 3, 4, 1], 2), {
          padding: 'same',
          residual: random(own, [6, 8, 8, 4], 3),
          activation: 'relu6',
        }),
    ],
    [
      'NCHW',
      3072,
      [3, 3],
      (own) =>
        groupedConv2d(random(own, [6, 4, 8, 8]), random(own, [3, 3, 2, 4], 2), {
          groups: 2,
          dataFormat: 'NCHW',
          padding: 'same',
        }),
    ],
  ];

  test.for(cases)('is computed in parts: %s', async ([, limit, parts, call]) => {
    await withGpu({}, async (own, errors) => {
      const whole = call(own);
      expect(explain(whole).steps).toHaveLength(1);
      cap(own, { maxStorageBufferBindingSize: limit });
      const steps: Dispatch[] = [];
      const dispatch = own.context.dispatch.bind(own.context);
      own.context.dispatch = (made) => {
        steps.push(made);
        dispatch(made);
      };
      const inParts = call(own);
      const image = inParts.size / parts.reduce((a, b) => a + b);
      expect(steps.map(({ operands }) => operands.output.byteLength / 4 / image)).toEqual(parts);
      for (const { operands } of steps) {
        for (const { byteLength, offset } of Object.values(operands)) {
          expect(byteLength).toBeLessThanOrEqual(limit);
          expect(offset % own.device.limits.minStorageBufferOffsetAlignment).toBe(0);
        }
      }
      expect(explain(inParts).why).toContain(`in ${parts.length} parts, which the device can bind`);
      expect(await inParts.read()).toEqual(await whole.read());
      expect(errors).toEqual([]);
    });
  });

  test('is recorded in parts, whose buffers are kept until the recording is disposed', async () => {
    await withGpu({}, async (own) => {
      const whole = depthwise(own);
      const expected = await whole.read();
      whole.dispose();
      cap(own, { maxStorageBufferBindingSize: 2048 });
      const x = random(own, [5, 8, 8, 4]);
      const filter = random(own, [3, 3, 4, 1], 2);
      const before = own.memory().buffersInUse;
      const encoder = own.device.createCommandEncoder();
      const recording = record(own, encoder, () => depthwiseConv2d(x, filter, { padding: 'same' }));
      x.dispose();
      expect(own.memory().buffersInUse).toBe(before + 1);
      own.device.queue.submit([encoder.finish()]);
      recording.dispose();
      expect(own.memory().buffersInUse).toBe(before);
      expect(await recording.result.read()).toEqual(expected);
    });
  });

  test('is computed on a device that binds 128 MiB', { timeout: 60_000 }, async () => {
    const device = await newDevice();
    expect(device.limits.maxStorageBufferBindingSize).toBe(2 ** 27);
    await withGpu({ device }, async (own, errors) => {
      const shape = [2, 2048, 2560, 4];
      const values = new Float32Array(2 * 2048 * 2560 * 4);
      values[0] = 1;
      values[values.length / 2] = 2;
      const x = own.tensor(values, shape);
      const y = depthwiseConv2d(x, own.tensor([1, 1, 1, 1], [1, 1, 4, 1]), { strides: 16 });
      expect(explain(y).steps).toHaveLength(2);
      const read = await y.read();
      expect([read[0], read[read.length / 2], read.reduce((a, b) => a + b)]).toEqual([1, 2, 3]);
      expect(() => activate(x, 'relu')).toThrowErrorMatchingInlineSnapshot(
        `[Error: activate: the output [2, 2048, 2560, 4] needs 167772160 bytes but the device's maxStorageBufferBindingSize is 134217728; split the batch or the rows into several calls]`,
      );
      expect(errors).toEqual([]);
    });
    device.destroy();
  });

  test('is refused where not even one image can be bound, or none that begins where a binding may', async () => {
    await withGpu({}, async (own) => {
      cap(own, { maxStorageBufferBindingSize: 512 });
      const filter = own.tensor([1, 1, 1, 1], [1, 1, 4, 1]);
      const { recorded } = own.context.queue;
      expect(() => depthwiseConv2d(random(own, [2, 8, 8, 4]), filter)).toThrowErrorMatchingInlineSnapshot(
        `[Error: depthwiseConv2d: x [2, 8, 8, 4] needs 2048 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls]`,
      );
      expect(() => depthwiseConv2d(random(own, [16, 1, 9, 4]), filter)).toThrowErrorMatchingInlineSnapshot(
        `[Error: depthwiseConv2d: x [16, 1, 9, 4] needs 2304 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls]`,
      );
      expect(() => conv2d(random(own, [2, 1, 4, 4]), random(own, [1, 1, 4, 64]))).toThrowErrorMatchingInlineSnapshot(
        `[Error: conv2d: the output [2, 1, 4, 64] needs 2048 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls]`,
      );
      expect(own.context.queue.recorded).toBe(recorded);
      expect(own.memory().buffersInUse).toBe(5);
    });
  });

  test('whose output is larger than a buffer is refused', async () => {
    await withGpu({}, async (own) => {
      cap(own, { maxStorageBufferBindingSize: 2048, maxBufferSize: 4096 });
      const x = random(own, [4, 4, 4, 4]);
      expect(() => conv2d(x, random(own, [1, 1, 4, 32]))).toThrowErrorMatchingInlineSnapshot(
        `[Error: conv2d: the output [4, 4, 4, 32] needs 8192 bytes but the device's maxBufferSize is 4096; split the batch or the rows into several calls]`,
      );
    });
  });
});

describe('no memory', () => {
  /** The next buffer is one that the device has no memory for. */
  function exhaust({ device }: Gpu): void {
    const create = device.createBuffer.bind(device);
    vi.spyOn(device, 'createBuffer').mockImplementationOnce((descriptor) =>
      // MAP_READ and STORAGE, which no buffer may have: refused as one without memory is, but by every device.
      create({ ...descriptor, usage: descriptor.usage | 0x81 }),
    );
  }

  /** Runs on a gpu whose console stays empty. */
  async function quietly(fn: (own: Gpu, errors: readonly Error[]) => Promise<void>): Promise<void> {
    const uncaptured: string[] = [];
    const errors: Error[] = [];
    const own = await openGpu({ onError: (error) => errors.push(error) });
    own.device.addEventListener('uncapturederror', ({ error }) => uncaptured.push(error.message));
    await fn(own, errors);
    await own.finished();
    expect(uncaptured).toEqual([]);
    expect(own.memory().buffersInUse).toBe(0);
    own.destroy();
  }

  test('for an output is told to its readers with the sizes, and others work on', async () => {
    await quietly(async (own, errors) => {
      const x = lists(() => own)(1, 2, 3);
      const other = scale(x, 2);
      await other.read();
      exhaust(own);
      const bad = scale(x, 2);
      const heir = scale(bad, 2);
      const message = await rejectionOf(bad.read());
      expect(message).toMatchInlineSnapshot(
        `"scale: the device has no memory for the 256 bytes of the output [3] (test/scale), with 512 bytes in use and 0 idle; dispose tensors that are done with, take a smaller batch, or give openGpu a memoryBudget"`,
      );
      expect(await rejectionOf(heir.read())).toBe(message);
      expect(await rejectionOf(scale(bad, 2).read())).toBe(message);
      expect(errors.map((error) => error.message)).toEqual([message]);
      const good = scale(x, 3);
      expect(await valuesOf(good)).toEqual([3, 6, 9]);
      expect(await valuesOf(other)).toEqual([2, 4, 6]);
      own.context.pool.destroy();
    });
  });

  test('for an upload is told to those who use it', async () => {
    await quietly(async (own) => {
      exhaust(own);
      const x = own.tensor([1, 2], [2]);
      expect(await rejectionOf(x.read())).toMatch(
        /^gpu\.tensor: the device has no memory for the 256 bytes of the tensor \[2\]/,
      );
      const y = scale(x, 2);
      expect(await rejectionOf(y.read())).toContain('no memory for the 256 bytes');
      for (const tensor of [x, y]) tensor.dispose();
      expect(own.memory()).toMatchObject({ buffersInUse: 0, buffersIdle: 1 });
      const again = own.tensor([1, 2], [2]);
      expect(await valuesOf(again)).toEqual([1, 2]);
      again.dispose();
    });
  });

  test('for a buffer that is idle by then is told to those who have it next', async () => {
    await quietly(async (own) => {
      const x = own.tensor([1, 2], [2]);
      exhaust(own);
      scale(x, 2).dispose();
      const next = scale(x, 3);
      expect(await rejectionOf(next.read())).toContain('no memory');
      for (const tensor of [x, next]) tensor.dispose();
      expect(own.memory()).toMatchObject({ buffersIdle: 1 });
      const last = own.tensor([5, 6], [2]);
      expect(await valuesOf(last)).toEqual([5, 6]);
      last.dispose();
      own.context.pool.destroy();
    });
  });

  test('to read into is told to the reader, and the tensor is as good as before', async () => {
    await quietly(async (own) => {
      const x = own.tensor([1, 2], [2]);
      exhaust(own);
      expect(await rejectionOf(x.read())).toMatchInlineSnapshot(
        `"tensor.read: the device has no memory for a copy of the 8 bytes to be read; dispose tensors that are done with, or read parts of it (slice)"`,
      );
      expect(await valuesOf(x)).toEqual([1, 2]);
      x.dispose();
    });
  });
});
