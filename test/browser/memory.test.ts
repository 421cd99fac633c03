/**
 * The pool holds the same amount of memory whatever is called and disposed, and accounts for every byte.
 */
import { describe, expect, test } from 'vitest';
import { sizeClass } from '../../src/gpu/buffers';
import {
  activate,
  add,
  batchNorm,
  concat,
  depthwiseConv2d,
  globalAveragePool,
  matMul,
  multiply,
  pad,
  record,
  reduceSum,
  reshape,
  slice,
  softmax,
  split,
  transpose,
  type Tensor,
} from '../../src/index';
import { randomArray, uploads } from '../support/arrays';
import { useGpu, withGpu } from '../support/gpu';
import { lists, newFactor, scale, valuesOf } from '../support/scale';

// Programs that are compiled behind first calls would change what is counted, at any time.
const gpu = useGpu();
const of = lists(gpu);
const upload = uploads(gpu);

describe('memory', () => {
  test('a hundred calls and as many disposals leave the pool as it was', async () => {
    const round = async (): Promise<void> => {
      using x = of(1, 2, 3, 4);
      using filter = gpu().tensor([1, 2], [1, 1, 2, 1]);
      using image = gpu().tensor([1, 2, 3, 4], [1, 2, 1, 2]);
      using a = scale(x, 1);
      using b = depthwiseConv2d(image, filter, { activation: 'relu' });
      await Promise.all([a.read(), b.read()]);
    };
    await round();
    const before = gpu().memory();
    for (let i = 0; i < 50; i++) await round();
    expect(gpu().memory()).toEqual(before);
  });

  test('calls whose tensors are never read leave it as it was, too', async () => {
    using x = of(1, 2, 3, 4);
    const before = gpu().memory().buffersInUse;
    for (let i = 0; i < 200; i++) scale(x, 1).dispose();
    expect(gpu().memory().buffersInUse).toBe(before);
    await gpu().finished();
    expect(gpu().memory().buffersIdle).toBeLessThan(10);
  });

  test('a buffer serves the next tensor of its size class, and no other', async () => {
    const first = gpu().tensor(new Float32Array(70), [70]);
    const { bufferBeforeSubmit: buffer } = first;
    first.dispose();
    using other = gpu().tensor(new Float32Array(200), [200]);
    expect(other.bufferBeforeSubmit).not.toBe(buffer);
    using same = gpu().tensor(new Float32Array(80), [80]);
    expect(same.bufferBeforeSubmit).toBe(buffer);
  });

  test("what a failed call made, and somebody held, frees nobody else's buffer", async () => {
    using x = of(1, 2);
    let held: Tensor | undefined;
    const fails = (): void => {
      held = scale(x, 2);
      throw new Error('half way');
    };
    expect(() => record(gpu(), gpu().device.createCommandEncoder(), fails)).toThrow('half way');
    using y = scale(x, 3);
    const { buffersInUse } = gpu().memory();
    reshape(held!, [1, 2]).dispose();
    held!.dispose();
    expect(gpu().memory().buffersInUse).toBe(buffersInUse);
    using z = scale(x, 5);
    expect([await valuesOf(y), await valuesOf(z)]).toEqual([[3, 6], [5, 10]]); // prettier-ignore
  });

  test('size classes waste at most a fifth', () => {
    expect([1, 256, 257, 320, 321, 511, 513, 1025].map(sizeClass)).toEqual([256, 256, 320, 320, 384, 512, 640, 1280]);
    for (let bytes = 256; bytes < 1e6; bytes = Math.ceil(bytes * 1.01)) {
      expect(sizeClass(bytes)).toBeGreaterThanOrEqual(bytes);
      expect((sizeClass(bytes) - bytes) / sizeClass(bytes)).toBeLessThan(0.2);
      expect(sizeClass(bytes) % 4).toBe(0);
    }
  });

  test('trim frees what is idle, down to what is to be kept', async () => {
    gpu().trim();
    const tensors = [1, 2, 3].map((n) => gpu().tensor(new Float32Array(64).fill(n), [64]));
    for (const tensor of tensors) tensor.dispose();
    expect(gpu().memory()).toMatchObject({ bytesIdle: 768, buffersIdle: 3 });
    expect(gpu().trim(512)).toBe(256);
    expect(gpu().memory()).toMatchObject({ bytesIdle: 512, buffersIdle: 2 });
    expect(gpu().trim()).toBe(512);
    expect(gpu().memory()).toMatchObject({ bytesIdle: 0, buffersIdle: 0 });
  });

  test('trim leaves what a pending command names', async () => {
    const x = of(1, 2, 3);
    const factor = newFactor();
    using y = scale(x, factor);
    x.dispose();
    expect(gpu().trim()).toBe(0);
    expect(await valuesOf(y)).toEqual([1, 2, 3].map((n) => n * factor));
    expect(gpu().trim()).toBe(256);
  });

  test('the peak is the most that was ever held', async () => {
    await withGpu({}, async (own) => {
      const tensors = [1, 2, 3, 4].map((n) => own.tensor([n], [1]));
      for (const tensor of tensors) tensor.dispose();
      own.trim();
      own.tensor([1], [1]).dispose();
      expect(own.memory()).toMatchObject({ bytesInUse: 0, bytesPeak: 1024, buffersInUse: 0 });
    });
  });
});

test('many calls and as many disposals leave the memory as it was', async () => {
  using x = upload(randomArray([1, 4, 4, 8]));
  using c = upload(randomArray([8]));
  const calls = (): void => {
    const made = [
      reshape(x, [16, 8]),
      ...split(x, 2, -1),
      concat([x, x], 1),
      slice(x, [0, 1, 1, 0], [1, 2, 2, 8]),
      transpose(x),
      pad(
        x,
        [0, 1, 1, 0].map((n): [number, number] => [n, n]),
      ),
      add(x, c),
      multiply(x, 2),
      reduceSum(x),
      globalAveragePool(x),
      softmax(x),
      activate(x, { name: 'prelu', alpha: c }),
      batchNorm(x, { mean: c, variance: c, scale: c, offset: c }),
      matMul(x, x, { transposeB: true }),
    ];
    for (const tensor of made) tensor.dispose();
  };
  calls();
  await gpu().finished();
  const before = gpu().memory();
  for (let i = 0; i < 20; i++) calls();
  await gpu().finished();
  // The pool returns buffers in another order, so more combinations of them have bind groups.
  expect({ ...gpu().memory(), bindGroups: before.bindGroups }).toEqual(before);
});
