/**
 * Devices that offer little: the smallest limits of the specification, and no memory.
 */
import { describe, expect, inject, test, vi } from 'vitest';
import {
  activate,
  add,
  depthwiseConv2d,
  explain,
  matMul,
  openGpu,
  reduceSum,
  reshape,
  selfTest,
  separableConv2d,
  slice,
  softmax,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { newDevice, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { randomValues } from '../support/random';
import { lists, scale, valuesOf } from '../support/scale';

function random(own: Gpu, shape: readonly number[], seed = 1): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return own.tensor(randomValues(size, seed), shape);
}

const STORAGE = 0x80; // GPUBufferUsage.STORAGE

/** A device with the smallest limits that the browser gives. */
async function smallestDevice(featureLevel: string): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter({ featureLevel });
  return adapter!.requestDevice();
}

describe.for(['core', 'compatibility'])('a device with the default limits of %s', (level) => {
  test('computes with every kernel', async () => {
    const device = await smallestDevice(level);
    const { limits } = device;
    expect(limits.maxStorageBufferBindingSize).toBe(2 ** 27);
    // A browser without a compatibility mode gives the default limits of core.
    expect(limits.maxComputeInvocationsPerWorkgroup).toBeLessThanOrEqual(256);
    await withGpu({ device }, async (own, errors) => {
      const { kernels } = await selfTest(own);
      expect(kernels.flatMap(({ failures }) => failures)).toEqual([]);
      expect(kernels.filter(({ checked }) => checked > 0).length).toBeGreaterThan(7);
      expect(errors).toEqual([]);
    });
    device.destroy();
  });

  test('computes ops that the self-test does not cover, with as many operands as possible', async () => {
    const all = async (own: Gpu): Promise<Float32Array[]> => {
      const x = random(own, [1, 12, 12, 32]);
      const c = own.tensor(new Float32Array(32).fill(1), [32]);
      const norm = { mean: c, variance: c, scale: c, offset: c };
      const filter = random(own, [3, 3, 32, 1]);
      const mix = random(own, [32, 32]);
      const whole = { bias: c, batchNorm: norm, residual: x, activation: { name: 'prelu', alpha: c } } as const;
      const results = [
        depthwiseConv2d(x, filter, { ...whole, padding: 'same' }),
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
      return Promise.all(results.map((result) => result.read()));
    };
    // The expected results come from a device with everything that the adapter has. It may use other kernels, which add in
    // another order.
    const expected = await withGpu({}, all);
    const device = await smallestDevice(level);
    await withGpu({ device }, async (own, errors) => {
      for (const [i, values] of (await all(own)).entries())
        expectClose(values, expected[i], [values.length], roundingsBound(expected[i]));
      expect(errors).toEqual([]);
    });
    device.destroy();
  });
});

describe('more than the 128 MiB that every device binds', () => {
  /** 160 MiB, with a number in the first row, in a middle row, and in one of the last rows. */
  function largeImage(own: Gpu): Tensor {
    const values = new Float32Array(4096 * 2560 * 4);
    for (const row of [0, 2048, 4080]) values[row * 2560 * 4] = row + 1;
    return own.tensor(values, [1, 4096, 2560, 4]);
  }

  test('is computed in bands, in parts and as a list', async () => {
    const device = await newDevice();
    expect(device.limits.maxStorageBufferBindingSize).toBe(2 ** 27);
    await withGpu({ device }, async (own, errors) => {
      using image = largeImage(own);
      const filter = own.tensor([1, 1, 1, 1], [1, 1, 4, 1]);
      for (const images of [1, 2]) {
        using x = reshape(image, [images, 4096 / images, 2560, 4]);
        using y = depthwiseConv2d(x, filter, { strides: 16 });
        expect(explain(y).steps).toHaveLength(2);
        const read = await y.read();
        const row = (2560 / 16) * 4;
        expect([0, 128, 255].map((at) => read[at * row])).toEqual([1, 2049, 4081]);
        expect(read.reduce((a, b) => a + b)).toBe(1 + 2049 + 4081);
      }
      using y = activate(image, 'relu');
      expect(explain(y).steps).toHaveLength(2);
      for (const row of [0, 2048, 4080]) {
        using cut = slice(y, [0, row, 0, 0], [1, 1, 1, 1]);
        expect(await valuesOf(cut)).toEqual([row + 1]);
      }
      expect(errors).toEqual([]);
    });
    device.destroy();
  });
});

describe('no memory', () => {
  /** Makes the next buffer fail as if the device had no memory for it. */
  function exhaust({ device }: Gpu): void {
    const create = device.createBuffer.bind(device);
    vi.spyOn(device, 'createBuffer').mockImplementationOnce((descriptor) =>
      // No buffer may have both MAP_READ and STORAGE. Every device refuses that in the same way as a buffer without memory.
      create({ ...descriptor, usage: descriptor.usage | 0x81 }),
    );
  }

  /** Runs on a gpu without uncaptured errors, which would reach the console. */
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

  test('for an output rejects its reads with the sizes, and other tensors go on working', async () => {
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

  test('for an upload rejects the reads that depend on it', async () => {
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

  test('for a buffer that is idle by then rejects the reads of the call that gets it next', async () => {
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

  test('for a buffer that is idle by then rejects the reads of the upload that gets it next', async () => {
    await quietly(async (own) => {
      exhaust(own);
      own.tensor([1, 2], [2]).dispose();
      // It gets the same buffer, because the failure is not known yet.
      const next = own.tensor([3, 4], [2]);
      expect(own.memory()).toMatchObject({ buffersInUse: 1, buffersIdle: 0 });
      const message = await rejectionOf(next.read());
      expect(message).toMatch(/^gpu\.tensor: the device has no memory for the 256 bytes of the tensor \[2\]/);
      expect(await rejectionOf(scale(next, 2).read())).toBe(message);
      next.dispose();
      const last = own.tensor([5, 6], [2]);
      expect(await valuesOf(last)).toEqual([5, 6]);
      last.dispose();
      own.context.pool.destroy();
    });
  });

  test('to read into rejects that read, and the tensor stays valid', async () => {
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

  test('is reported for the largest buffer if the browser has to refuse it', async () => {
    await quietly(async ({ device }) => {
      device.pushErrorScope('out-of-memory');
      // Nothing is written, so the system does not take any memory.
      device.createBuffer({ size: device.limits.maxBufferSize, usage: STORAGE }).destroy();
      expect((await device.popErrorScope()) !== null).toBe(inject('refusesLargest'));
    });
  });

  // This needs a device that really runs out of memory. vite.config.ts says where there must be one.
  describe.for(inject('refusesLargest') ? ['that a device really lacks'] : [])('%s', () => {
    test('for an output rejects its reads, and the next call works', async () => {
      await quietly(async (own, errors) => {
        const side = Math.sqrt(own.device.limits.maxBufferSize / 4);
        const column = own.tensor(new Float32Array(side), [side, 1]);
        const row = own.tensor(new Float32Array(side).fill(2), [1, side]);
        const large = add(column, row);
        const message = await rejectionOf(large.read());
        expect(message).toBe(
          `add: the device has no memory for the ${side * side * 4} bytes of the output [${side}, ${side}] (binary/broadcast), ` +
            `with ${side * 8} bytes in use and 0 idle; dispose tensors that are done with, take a smaller batch, or give openGpu a memoryBudget`,
        );
        expect(await rejectionOf(reduceSum(large, 1).read())).toBe(message);
        expect(errors.map((error) => error.message)).toEqual([message]);
        const sum = reduceSum(row);
        expect(await valuesOf(sum)).toEqual([2 * side]);
        own.context.pool.destroy();
      });
    });

    test('for an upload rejects the reads that depend on it, and the next upload works', async () => {
      await quietly(async (own) => {
        const { device } = own;
        const create = device.createBuffer.bind(device);
        // The buffer is as large as it would be for that many numbers. The numbers themselves would fill the memory of the
        // page.
        vi.spyOn(device, 'createBuffer').mockImplementationOnce((descriptor) =>
          create({ ...descriptor, size: device.limits.maxBufferSize }),
        );
        const x = own.tensor([1, 2], [2]);
        expect(await rejectionOf(x.read())).toMatch(/^gpu\.tensor: the device has no memory for the \d+ bytes/);
        x.dispose();
        const again = own.tensor([1, 2], [2]);
        expect(await valuesOf(again)).toEqual([1, 2]);
        again.dispose();
        own.context.pool.destroy();
      });
    });
  });
});
