/**
 * `openGpu({ memoryBudget })`: idle buffers are freed first, and what does not fit is refused before anything is queued.
 */
import { describe, expect, test } from 'vitest';
import { conv2d, openGpu, split } from '../../src/index';
import { withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { newFactor, scale, valuesOf } from '../support/scale';

const KIB = new Float32Array(256).fill(3);

describe('a memory budget', () => {
  test('too small for a later piece of a split leaves no piece behind, and queues none', async () => {
    await withGpu({ memoryBudget: 4096 }, async (own) => {
      const x = own.tensor(new Float32Array(512), [512]);
      own.tensor(KIB, [256]);
      const { recorded } = own.context.queue;
      const before = own.memory();
      expect(() => split(x, 2)).toThrow(
        /^split: the output \[256\] .* of the memoryBudget of 4096 bytes 4096 are in use/,
      );
      expect(own.memory()).toMatchObject({ bytesInUse: before.bytesInUse, buffersInUse: before.buffersInUse });
      expect(own.context.queue.recorded).toBe(recorded);
    });
  });

  test('is kept by destroying idle buffers', async () => {
    await withGpu({ memoryBudget: 4096 }, async (own, errors) => {
      for (const size of [256, 320, 384, 448, 512, 640, 768]) {
        own.tensor(new Float32Array(size), [size]).dispose();
        await own.finished();
      }
      const { bytesPeak, bytesIdle } = own.memory();
      expect(bytesPeak).toBeLessThanOrEqual(4096);
      expect(bytesIdle).toBeGreaterThan(0);
      expect(errors).toEqual([]);
    });
  });

  test('refuses what does not fit beside what is in use, with the sizes and what to do', async () => {
    await withGpu({ memoryBudget: 4096 }, async (own) => {
      const tensors = [1, 2, 3].map(() => own.tensor(KIB, [256]));
      const big = (): unknown => own.tensor(new Float32Array(512), [512]);
      expect(big).toThrowErrorMatchingInlineSnapshot(
        `[Error: gpu.tensor: the tensor [512] takes 2048 bytes but of the memoryBudget of 4096 bytes 3072 are in use; dispose tensors that are done with, take a smaller batch, or give openGpu a larger memoryBudget]`,
      );
      const y = scale(tensors[0], 2);
      const { recorded } = own.context.queue;
      expect(() => scale(y, 2)).toThrowErrorMatchingInlineSnapshot(
        `[Error: scale: the output [256] (test/scale) takes 1024 bytes but of the memoryBudget of 4096 bytes 4096 are in use; dispose tensors that are done with, take a smaller batch, or give openGpu a larger memoryBudget]`,
      );
      expect(own.context.queue.recorded).toBe(recorded);
      tensors[1].dispose();
      tensors[2].dispose();
      await own.finished();
      expect(big).not.toThrow();
      expect(own.memory().bytesPeak).toBe(4096);
      expect(await valuesOf(y)).toEqual(Array.from(KIB, (v) => 2 * v));
    });
  });

  test('holds also for buffers that pending commands name', async () => {
    await withGpu({ memoryBudget: 3072 }, async (own) => {
      const x = own.tensor(
        KIB.map((_, i) => i),
        [256],
      );
      const factor = newFactor();
      const y = scale(x, factor);
      x.dispose();
      // The buffer of x is idle, but an upload may use it only after the submit. The new buffer also has another size.
      const z = own.tensor(new Float32Array(512).fill(1), [512]);
      expect(own.memory()).toMatchObject({ bytesInUse: 3072, bytesIdle: 0, bytesPeak: 3072 });
      expect(await valuesOf(y)).toEqual(Array.from(KIB, (_, i) => i * factor));
      expect(await valuesOf(z)).toEqual(Array.from({ length: 512 }, () => 1));
    });
  });

  test('that stops an op of several steps leaves nothing of it behind', async () => {
    await withGpu({ memoryBudget: 4000 }, async (own) => {
      const c = own.tensor([1, 1, 1, 1], [4]);
      const x = own.tensor(KIB, [1, 8, 8, 4]);
      const filter = own.tensor(new Float32Array(64), [1, 1, 4, 16]);
      const before = own.memory().buffersInUse;
      const { recorded } = own.context.queue;
      expect(() => conv2d(x, filter)).toThrow('conv2d: the output [1, 8, 8, 16]');
      expect([own.memory().buffersInUse, own.context.queue.recorded]).toEqual([before, recorded]);
      // Bias, batch norm, residual and slopes are more operands than a shader may bind, so the batch norm is folded first.
      const wide = own.tensor(new Float32Array(16), [1, 1, 4, 4]);
      const fold = (): unknown =>
        conv2d(x, wide, {
          bias: c,
          batchNorm: { mean: c, variance: c, scale: c, offset: c },
          residual: x,
          activation: { name: 'prelu', alpha: c },
        });
      own.tensor(KIB, [256]);
      const full = own.memory().buffersInUse;
      expect(fold).toThrow('conv2d: the output [1, 8, 8, 4] (');
      expect(own.memory().buffersInUse).toBe(full);
    });
  });

  test('that is no positive number is refused', async () => {
    for (const memoryBudget of [0, -1, Number.NaN, '1 GB' as never]) {
      expect(await rejectionOf(openGpu({ memoryBudget }))).toMatch(
        /^openGpu: memoryBudget is .+; give the bytes that tensors may take, more than 0$/,
      );
    }
  });

  test('stays when the device is replaced', async () => {
    await withGpu({ memoryBudget: 1024 }, async (own) => {
      own.device.destroy();
      await own.lost;
      await own.ready();
      expect(() => own.tensor(new Float32Array(257), [257])).toThrow('of the memoryBudget of 1024 bytes 0 are in use');
    });
  });
});
