/**
 * Tensors larger than a binding: batches, lists and matrices in parts. All parts together give the same bits as the whole.
 */
import { describe, expect, test, vi } from 'vitest';
import {
  activate,
  add,
  batchNorm,
  broadcastTo,
  cast,
  concat,
  conv2d,
  depthToSpace,
  depthwiseConv2d,
  explain,
  globalAveragePool,
  greater,
  groupedConv2d,
  matMul,
  maxPool2d,
  multiply,
  pad,
  pointwiseConv2d,
  prepare,
  record,
  reduceMean,
  reduceSum,
  reshape,
  reverse,
  resizeBilinear,
  slice,
  softmax,
  split,
  stridedSlice,
  tile,
  where,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { withGpu } from '../support/gpu';
import { bindingAtMost, boundBy, cap } from '../support/limits';
import { randomValues } from '../support/random';

type DType = Tensor['dtype'];

function random(own: Gpu, shape: readonly number[], seed = 1, dtype: DType = 'f32'): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return own.tensor(randomValues(size, seed), shape, { dtype });
}

/** A call, with the most bytes that a binding may have and the number of elements in each part. */
type Case = readonly [name: string, limit: number, parts: readonly number[], call: (own: Gpu) => Tensor];

/** Runs the call whole and in parts, and compares the results. */
async function checkParts([, limit, parts, call]: Case): Promise<void> {
  await withGpu({}, async (own, errors) => {
    const whole = call(own);
    const { result, dispatches } = bindingAtMost(own, limit, () => call(own));
    const bytes = result.dtype === 'f32' ? 4 : 2;
    // Dispatches for intermediate tensors come first.
    const last = dispatches.slice(-parts.length);
    expect(last.map((dispatch) => boundBy(dispatch).output.byteLength / bytes)).toEqual(parts);
    expect(explain(whole).steps.length).toBeLessThan(dispatches.length);
    expect(await result.read()).toEqual(await whole.read());
    expect(errors).toEqual([]);
  });
}

describe('a batch is computed in parts', () => {
  const depthwise = (own: Gpu): Tensor =>
    depthwiseConv2d(random(own, [5, 8, 8, 4]), random(own, [3, 3, 4, 1], 2), { padding: 'same' });

  test.for<Case>([
    ['the last part is smaller', 2560, [512, 512, 256], depthwise],
    [
      'the output is larger than its input',
      4096,
      [1024, 1024, 1024, 1024],
      (own) => conv2d(random(own, [4, 8, 8, 4]), random(own, [1, 1, 4, 16], 2), { bias: random(own, [16], 3) }),
    ],
    [
      'only every fourth image begins where a binding may',
      1280,
      [256, 128],
      (own) => pointwiseConv2d(random(own, [12, 2, 2, 4]), random(own, [4, 8], 2)),
    ],
    [
      'a residual',
      2560,
      [512, 512, 512],
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
      [768, 768],
      (own) =>
        groupedConv2d(random(own, [6, 4, 8, 8]), random(own, [3, 3, 2, 4], 2), {
          groups: 2,
          dataFormat: 'NCHW',
          padding: 'same',
        }),
    ],
    [
      'float16, with a residual in float32',
      2560,
      [512, 512, 256],
      (own) =>
        depthwiseConv2d(random(own, [5, 8, 8, 4], 1, 'f16'), random(own, [3, 3, 4, 1], 2), {
          padding: 'same',
          residual: random(own, [5, 8, 8, 4], 3),
        }),
    ],
  ])('%s', checkParts);

  test('and recorded in parts, whose buffers are kept until the recording is disposed', async () => {
    await withGpu({}, async (own) => {
      const whole = depthwise(own);
      const expected = await whole.read();
      whole.dispose();
      cap(own, { maxStorageBufferBindingSize: 2048 });
      const x = random(own, [5, 8, 8, 4]);
      const filter = random(own, [3, 3, 4, 1], 2);
      const before = own.memory().buffersInUse;
      const encoder = own.device.createCommandEncoder();
      const dispatched = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
      const recording = record(own, encoder, () => depthwiseConv2d(x, filter, { padding: 'same' }));
      expect(dispatched).toHaveBeenCalledTimes(3);
      dispatched.mockRestore();
      x.dispose();
      expect(own.memory().buffersInUse).toBe(before + 1);
      own.device.queue.submit([encoder.finish()]);
      recording.dispose();
      expect(own.memory().buffersInUse).toBe(before);
      expect(await recording.result.read()).toEqual(expected);
    });
  });

  test('explain states the parts', async () => {
    await withGpu({}, async (own) => {
      const { result } = bindingAtMost(own, 2560, () => depthwise(own));
      expect(explain(result).why).toMatch(/; in 3 parts$/);
    });
  });
});

describe('ops that compute every element, row or matrix alike are computed in parts', () => {
  const perChannel = (own: Gpu, channels: number): Tensor => random(own, [channels], 7);
  const norm = (own: Gpu, channels: number): Parameters<typeof batchNorm>[1] => ({
    mean: perChannel(own, channels),
    variance: own.tensor(new Float32Array(channels).fill(0.5), [channels]),
  });

  test.for<Case>([
    ['activate: a list', 256, [64, 41], (own) => activate(random(own, [5, 7, 3]), 'relu')],
    ['activate: float16', 256, [128, 82], (own) => activate(random(own, [10, 7, 3], 1, 'f16'), 'sigmoid')],
    [
      'activate: slopes of six channels, in steps of 32 pixels',
      1024,
      [192, 192, 48],
      (own) => activate(random(own, [9, 8, 6]), { name: 'prelu', alpha: perChannel(own, 6) }),
    ],
    [
      'activate: NCHW by images',
      1536,
      [320, 240],
      (own) =>
        activate(random(own, [7, 4, 4, 5]), { name: 'prelu', alpha: perChannel(own, 4) }, { dataFormat: 'NCHW' }),
    ],
    ['batchNorm: channels last', 1024, [192, 192, 48], (own) => batchNorm(random(own, [72, 6]), norm(own, 6))],
    ['add: equal shapes', 512, [128, 82], (own) => add(random(own, [2, 3, 35]), random(own, [2, 3, 35], 2))],
    ['add: a number', 512, [128, 82], (own) => add(random(own, [2, 3, 35]), 0.5)],
    ['add: to a number of float16', 256, [128, 82], (own) => add(random(own, [2, 3, 35], 1, 'f16'), 0.5)],
    ['add: a bias', 1024, [192, 192, 48], (own) => add(random(own, [1, 9, 8, 6]), random(own, [6], 2))],
    ['add: to a bias', 1024, [192, 192, 48], (own) => add(random(own, [1, 1, 6], 2), random(own, [1, 9, 8, 6]))],
    [
      'multiply: a gate per image and channel',
      1024,
      [256, 256, 128],
      (own) => multiply(random(own, [80, 2, 4]), random(own, [80, 1, 4], 2)),
    ],
    [
      'multiply: float16 by float32',
      1024,
      [256, 64],
      (own) => multiply(random(own, [320], 1, 'f16'), random(own, [320], 2)),
    ],
    ['greater: a number', 512, [128, 82], (own) => greater(random(own, [2, 3, 35]), 0.5)],
    [
      'where: a condition per row, and a number',
      1024,
      [256, 256, 128],
      (own) => where(random(own, [80, 1, 4]), random(own, [80, 2, 4], 2), 0.5),
    ],
    [
      'where: one condition for all, float16',
      1024,
      [512, 128],
      (own) => where(random(own, [4]), random(own, [80, 2, 4], 2, 'f16'), random(own, [80, 1, 4], 3, 'f16')),
    ],
    ['cast: to float16', 512, [128, 86], (own) => cast(random(own, [214]), 'f16')],
    ['cast: to float32', 512, [128, 86], (own) => cast(random(own, [214], 1, 'f16'), 'f32')],
    ['softmax: the last axis', 1792, [448, 28], (own) => softmax(random(own, [4, 17, 7]))],
    ['softmax: an inner axis', 2048, [512, 192], (own) => softmax(random(own, [11, 16, 4]), 1)],
    ['reduceSum: the last axis', 2048, [64, 64, 2], (own) => reduceSum(random(own, [10, 13, 8]), -1)],
    ['reduceMean: two inner axes', 4096, [64, 32], (own) => reduceMean(random(own, [6, 5, 3, 16]), [1, 2])],
    ['globalAveragePool: a batch', 8192, [64, 64, 64], (own) => globalAveragePool(random(own, [12, 7, 3, 16]))],
    ['matMul: a batch', 1024, [256, 256, 128], (own) => matMul(random(own, [10, 8, 8]), random(own, [10, 8, 8], 2))],
    [
      'matMul: one a for the whole batch',
      1536,
      [384, 96],
      (own) => matMul(random(own, [6, 5]), random(own, [10, 5, 8], 2)),
    ],
    [
      'matMul: rows of one a',
      1536,
      [256, 256, 256, 32],
      (own) => matMul(random(own, [100, 6]), random(own, [6, 8], 2)),
    ],
    [
      'matMul: rows of a batch',
      1536,
      [256, 256, 256, 32],
      (own) => matMul(random(own, [5, 20, 6]), random(own, [6, 8], 2)),
    ],
    [
      'matMul: one b for a batch of transposed matrices',
      2048,
      [512, 128],
      (own) => matMul(random(own, [5, 8, 16]), random(own, [8, 8], 2), { transposeA: true }),
    ],
    [
      'matMul: one a for several rows of a batch',
      2048,
      [512, 512, 512],
      (own) => matMul(random(own, [8, 8]), random(own, [24, 8, 8], 2)),
    ],
    [
      'matMul: a batch that repeats along its outer axis, and one that repeats within',
      3072,
      [768, 384],
      (own) => matMul(random(own, [3, 1, 8, 4]), random(own, [6, 4, 8], 2)),
    ],
    [
      'matMul: both walk the outer axis, one repeats within',
      1024,
      [256, 256, 256],
      (own) => matMul(random(own, [3, 2, 4, 8]), random(own, [3, 1, 16, 4], 2), { transposeA: true, transposeB: true }),
    ],
    [
      'groupedConv2d: depthwise, reshape and sum, with a residual',
      2560,
      [640, 128],
      (own) =>
        groupedConv2d(random(own, [6, 4, 4, 8]), random(own, [1, 1, 8, 4], 2), {
          groups: 2,
          method: 'reshape-sum',
          residual: random(own, [6, 4, 4, 8], 3),
          activation: 'relu',
        }),
    ],
  ])('%s', checkParts);

  test('in prepare, too', async () => {
    await withGpu({}, async (own) => {
      cap(own, { maxStorageBufferBindingSize: 1024 });
      const x = random(own, [9, 8, 6]);
      const call = (): Tensor[] => [activate(x, 'relu'), softmax(x)];
      let steps: number[] = [];
      await prepare(own, () => (steps = call().map((y) => explain(y).steps.length)));
      expect(steps).toEqual([2, 3]);
      const { pipelines } = own.memory();
      expect(pipelines).toBe(2);
      for (const y of call()) y.dispose();
      own.submit();
      expect(own.memory().pipelines).toBe(pipelines);
    });
  });
});

describe('a tensor that is too large to bind', () => {
  test('is cut by slice and split, and made by concat', async () => {
    await withGpu({}, async (own, errors) => {
      for (const dtype of ['f32', 'f16'] as const) {
        const x = random(own, [30, 5, 5], 1, dtype);
        const values = await x.read();
        const cut = (): Tensor[] => [slice(x, [7, 1, 0], [9, -1, -1]), ...split(x, [11, 8, -1])];
        const [box, ...pieces] = cut();
        const { result } = bindingAtMost(own, 1280, cut);
        expect(await result[0].read()).toEqual(await box.read());
        for (const [i, piece] of pieces.entries()) expect(await result[i + 1].read()).toEqual(await piece.read());
        const { result: joined } = bindingAtMost(own, 1536, () => concat(pieces));
        expect(await joined.read()).toEqual(values);
      }
      expect(errors).toEqual([]);
    });
  });

  test('is reversed, sliced by steps, and repeated, in boxes', async () => {
    await withGpu({}, async (own, errors) => {
      for (const dtype of ['f32', 'f16'] as const) {
        const x = random(own, [30, 5, 4], 1, dtype);
        const image = random(own, [1, 18, 8, 4], 2, dtype);
        const calls: readonly (() => Tensor)[] = [
          () => reverse(x),
          () => reverse(x, 0),
          () => stridedSlice(x, [-2, 4, 0], [0, null, 4], [-3, -2, 1]),
          () => tile(x, [2, 1, 3]),
          () => broadcastTo(x, [3, 30, 5, 4]),
          () => depthToSpace(image, 2),
          () => pad(reshape(image, [9, 64]), [[0, 0], [32, 32]], 'reflect'), // prettier-ignore
        ];
        for (const call of calls) {
          const whole = await call().read();
          const { result, dispatches } = bindingAtMost(own, dtype === 'f32' ? 1536 : 1024, call);
          expect(dispatches.length, String(call)).toBeGreaterThan(1);
          expect(await result.read(), String(call)).toEqual(whole);
        }
      }
      expect(errors).toEqual([]);
    });
  });

  test('is refused with both numbers if it cannot be computed in parts', async () => {
    await withGpu({}, async (own) => {
      const x = random(own, [16, 9, 4]);
      cap(own, { maxStorageBufferBindingSize: 1024 });
      const { recorded } = own.context.queue;
      const refused =
        /needs \d+ bytes but the device's maxStorageBufferBindingSize is 1024; split the batch or the rows/;
      const calls: readonly (() => unknown)[] = [
        () => reduceSum(x),
        () => softmax(x, 0),
        () => maxPool2d(reshape(x, [1, 1, 144, 4]), { windowSize: [1, 2] }),
        () => resizeBilinear(reshape(x, [1, 1, 144, 4]), [2, 144]),
        () => pad(reshape(x, [1, 576]), [[1, 1], [0, 0]]), // prettier-ignore
        () => pad(x, [[1, 1], [0, 0], [0, 0]], 'reflect'), // prettier-ignore
        () => conv2d(reshape(x, [1, 1, 144, 4]), own.tensor([1, 1, 1, 1], [1, 1, 4, 1])),
      ];
      for (const call of calls) expect(call).toThrow(refused);
      expect(own.context.queue.recorded).toBe(recorded);
    });
  });
});
