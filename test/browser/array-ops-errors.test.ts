/**
 * The errors of the array ops for wrong arguments. A refused call queues nothing and keeps nothing.
 */
import { describe, expect, test } from 'vitest';
import { add, divide, maximum, minimum, multiply, power, squaredDifference, subtract } from '../../src/ops/binary';
import { concat } from '../../src/ops/concat';
import { activate, batchNorm } from '../../src/ops/elementwise';
import { matMul } from '../../src/ops/mat-mul';
import { pad } from '../../src/ops/pad';
import { argMax, globalAveragePool, reduceMax, reduceMean, reduceMin, reduceSum } from '../../src/ops/reduce';
import { reshape } from '../../src/ops/reshape';
import { slice, split } from '../../src/ops/slice';
import { softmax } from '../../src/ops/softmax';
import { transpose } from '../../src/ops/transpose';
import { exp } from '../../src/ops/unary';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../support/gpu';
import { messageOf } from '../support/message';

const gpu = useGpu();

describe('errors name the function, the argument, both numbers and the remedy', () => {
  type Case = [name: string, call: (x: Tensor, v: Tensor) => unknown, ...words: string[]];
  // x is [2, 3, 4], v is [3].
  const cases: Case[] = [
    ['reshape to another size', (x) => reshape(x, [5, 5]), 'reshape:', '[5, 5] has 25', '[2, 3, 4] has 24', '-1'],
    ['reshape with two unknowns', (x) => reshape(x, [-1, -1]), 'reshape:', '2 sizes of -1', 'only one'],
    ['reshape to no divisor', (x) => reshape(x, [-1, 5]), 'reshape:', '5 elements', 'do not divide the 24'],
    ['reshape to size 0', (x) => reshape(x, [0, 24]), 'reshape: shape', 'size 0 on axis 0', 'at least 1'],
    ['reshape to no list', (x) => reshape(x, 24 as never), 'reshape: shape', '24', 'array of sizes'],
    ['sum over no axis of x', (x) => reduceSum(x, 3), 'reduceSum:', 'axis is 3', '[2, 3, 4] has 3 axes', '-3 to 2'],
    ['sum over an axis twice', (x) => reduceSum(x, [1, -2]), 'reduceSum:', 'axis 1', 'twice', 'once'],
    ['mean over half an axis', (x) => reduceMean(x, 0.5), 'reduceMean:', '0.5', 'whole number'],
    [
      'sum over an axis of a scalar',
      () => withShape([], (scalar) => reduceSum(scalar, 0)),
      'reduceSum:',
      'scalar',
      '[1]',
    ],
    ['pool of three axes', (x) => globalAveragePool(x), 'globalAveragePool:', '[2, 3, 4] has 3', '4', 'reshape'],
    [
      'pool of another format',
      (x) => globalAveragePool(x, { dataFormat: 'CHW' as never }),
      "dataFormat is 'CHW'",
      "'NHWC' or 'NCHW'",
    ],
    ['slice from beyond the end', (x) => slice(x, [0, 3, 0], [1, 1, 1]), 'slice: begin', '3 on axis 1', 'only 3'],
    ['slice over the end', (x) => slice(x, [0, 2, 0], [1, 2, 1]), 'slice: size', '2 on axis 1', 'has 1', '-1'],
    ['slice of size 0', (x) => slice(x, [0, 0, 0], [1, 0, 1]), 'slice: size', 'size 0 on axis 1', 'at least 1'],
    ['slice of too few axes', (x) => slice(x, [0, 0], [1, 1, 1]), 'slice: begin', '[0, 0]', '3 axes', 'a list of 3'],
    [
      'slice from a negative place',
      (x) => slice(x, [0, -1, 0], [1, 1, 1]),
      'slice: begin',
      '-1 on axis 1',
      'at least 0',
    ],
    ['slice of size -2', (x) => slice(x, [0, 0, 0], [1, -2, 1]), 'slice: size', '-2 on axis 1', 'at least -1'],
    ['split in unequal pieces', (x) => split(x, 2, 1), 'split:', '2 equal pieces', 'the 3 of axis 1', 'divisor of 3'],
    ['split in sizes that do not add up', (x) => split(x, [1, 1], 1), 'split:', '[1, 1]', 'add up to 2', 'has 3', '-1'],
    ['split with nothing left', (x) => split(x, [3, -1], 1), 'split:', 'add up to 3', 'nothing of the 3', 'smaller'],
    ['split in no pieces', (x) => split(x, 0), 'split: numOrSizes is 0', 'at least 1'],
    ['split with two unknowns', (x) => split(x, [-1, -1]), 'split: numOrSizes is [-1, -1]', 'at most one'],
    ['concat of nothing', () => concat([]), 'concat: tensors is []', 'at least one'],
    ['concat of a number', (x) => concat([x, 3 as never]), 'concat: tensors[1] is 3', 'gpu.tensor'],
    ['concat of other shapes', (x, v) => concat([x, v]), 'concat: tensors[1] is [3]', '[2, 3, 4]', 'axis 0 only'],
    [
      'transpose by no permutation',
      (x) => transpose(x, [0, 1, 1]),
      'transpose: permutation is [0, 1, 1]',
      '3 axes',
      '0 to 2',
    ],
    ['transpose by too many', (x) => transpose(x, [0, 1, 2, 3]), 'transpose: permutation', '0 to 2'],
    ['pad of too few axes', (x) => pad(x, [[1, 1]]), 'pad: paddings is [[1, 1]]', '3 axes', '3 pairs'],
    [
      'pad by a negative number',
      (x) =>
        pad(x, [
          [0, 0],
          [0, -1],
          [0, 0],
        ]),
      'pad: paddings has [0, -1] on axis 1',
      'at least 0',
    ],
    [
      'pad by half an element',
      (v) =>
        pad(v, [
          [0, 0],
          [0.5, 0],
          [0, 0],
        ]),
      'pad: paddings has [0.5, 0]',
      'whole',
    ],
    [
      'pad with what float32 lacks',
      (x) =>
        pad(
          x,
          [
            [0, 0],
            [0, 0],
            [0, 0],
          ],
          -1e39,
        ),
      'pad: constantValue is -1e+39',
      'float32',
    ],
    [
      'add of shapes that do not fit',
      (x, v) => add(x, v),
      'add: a [2, 3, 4] and b [3]',
      '4 and 3 on axis -1',
      'one of them 1',
    ],
    ['multiply by nothing', (x) => multiply(x, undefined as never), 'multiply: b is undefined', 'tensor or a number'],
    ['add of what float32 lacks', (x) => add(x, 1e39), 'add: b is 1e+39', 'float32'],
    ['matMul of a vector', (x, v) => matMul(x, v), 'matMul: b [3] has 1 axes', 'at least 2', '[3, 1]'],
    ['matMul of other depths', (x) => matMul(x, x), 'matMul: a [2, 3, 4] has 4 columns', 'has 3 rows', 'transposeB'],
    [
      'matMul of other batches',
      (x) => withShape([3, 4, 2], (b) => matMul(x, b)),
      'matMul:',
      'batch [2]',
      '[3]',
      'whole batch',
    ],
    ['matMul with nothing', (x) => matMul(x, undefined as never), 'matMul: b is undefined', 'gpu.tensor'],
    ['softmax over no axis of x', (x) => softmax(x, -4), 'softmax: axis is -4', '3 axes', '-3 to 2'],
    [
      'batchNorm of other channels',
      (x, v) => batchNorm(x, { mean: v, variance: v }),
      'batchNorm: batchNorm.mean is [3]',
      '4 channels',
      '[4]',
    ],
    [
      'batchNorm without variance',
      (_x, v) => withShape([8, 3], (y) => batchNorm(y, { mean: v } as never)),
      'batchNorm.variance is missing',
      '[3]',
    ],
    [
      'batchNorm without statistics',
      (x) => batchNorm(x, undefined as never),
      'batchNorm: norm fields are undefined',
      'mean',
    ],
    [
      'batchNorm of another format',
      (x, v) => batchNorm(x, { mean: v, variance: v }, { dataFormat: 'NCHW' }),
      'batchNorm: x [2, 3, 4] has 3',
      'needs 4',
    ],
    ['activate by no name', (x) => activate(x, 'swoosh' as never), "activate: activation is 'swoosh'", 'relu6'],
    ['prelu by name', (x) => activate(x, 'prelu' as never), "activate: activation 'prelu' needs its slopes", 'alpha'],
    [
      'prelu without slopes',
      (x) => activate(x, { name: 'prelu' } as never),
      'activate: activation.alpha is undefined',
      'gpu.tensor',
    ],
    [
      'prelu of other channels',
      (x, v) => activate(x, { name: 'prelu', alpha: v }),
      'activate: activation.alpha is [3]',
      '4 channels',
    ],
    [
      'more than 8 axes',
      () => withShape([2, 3, 4, 1, 1, 1, 1, 1, 1], (x) => transpose(x)),
      'transpose: x',
      '9 axes',
      'at most 8',
      'reshape',
    ],
    [
      'sum by no option',
      (x) => reduceSum(x, 0, { keepdims: true } as never),
      'reduceSum: there is no option keepdims',
      'keepDims',
    ],
    [
      'pool without options',
      (x) => globalAveragePool(x, null as never),
      'globalAveragePool: options are null',
      'dataFormat',
    ],
    [
      'matMul by no option',
      (x) => matMul(x, x, { transpose: true } as never),
      'matMul: there is no option transpose',
      'transposeA',
    ],
    [
      'batchNorm by another name',
      (x, v) => batchNorm(x, { mean: v, variance: v, gamma: v } as never),
      'no norm field gamma',
      'scale',
    ],
    [
      'activate by no option',
      (x) => activate(x, 'relu', { axis: 1 } as never),
      'activate: there is no option axis',
      'dataFormat',
    ],
    ['add to nothing', (_x, v) => add(undefined as never, v), 'add: a is undefined', 'tensor or a number'],
    [
      'batchNorm of nothing',
      (_x, v) => batchNorm(undefined as never, { mean: v, variance: v }),
      'batchNorm: x is undefined',
    ],
    ['activate nothing', () => activate(undefined as never, 'relu'), 'activate: x is undefined', 'gpu.tensor'],
    ['no tensor', () => softmax(undefined as never), 'softmax: x is undefined', 'gpu.tensor'],
  ];

  test.each(cases)('%s', (_name, call, ...words) => {
    using x = zeros([2, 3, 4]);
    using v = zeros([3]);
    const state = (): unknown => [gpu().memory().buffersInUse, gpu().context.queue.recorded];
    const before = state();
    const message = messageOf(() => call(x, v));
    for (const word of words) expect(message).toContain(word);
    expect(state(), 'buffers in use and commands').toEqual(before);
  });

  test('in full', () => {
    using x = zeros([2, 3, 4]);
    const said = (call: () => unknown): string => messageOf(call);
    expect(said(() => subtract(1, 2))).toMatchInlineSnapshot(
      `"subtract: a is 1 and b is 2; give a tensor as one of them"`,
    );
    expect(said(() => divide(1e39, x))).toMatchInlineSnapshot(
      `"divide: a is 1e+39; give a number that float32 holds, at most 3.4e38, or Infinity, or a tensor"`,
    );
    expect(said(() => power(x, 'two' as never))).toMatchInlineSnapshot(
      `"power: b is 'two'; give a tensor or a number"`,
    );
    expect(said(() => withShape([3], (b) => squaredDifference(x, b)))).toMatchInlineSnapshot(
      `"squaredDifference: a [2, 3, 4] and b [3] have 4 and 3 on axis -1; make them equal, or one of them 1"`,
    );
    expect(said(() => minimum(undefined as never, 1))).toMatchInlineSnapshot(
      `"minimum: a is undefined; give a tensor or a number"`,
    );
    expect(said(() => withShape([2, 1, 1, 1, 1, 1, 1, 1, 1], (b) => maximum(1, b)))).toMatchInlineSnapshot(
      `"maximum: b [2, 1, 1, 1, 1, 1, 1, 1, 1] has 9 axes but at most 8 are supported; merge neighbouring axes with reshape"`,
    );
    expect(said(() => exp(3 as never))).toMatchInlineSnapshot(
      `"exp: x is 3; give a tensor, made by gpu.tensor(data, shape)"`,
    );
    expect(said(() => reduceMax(x, [0, 3]))).toMatchInlineSnapshot(
      `"reduceMax: axis is 3 but [2, 3, 4] has 3 axes; give a whole number from -3 to 2"`,
    );
    expect(said(() => reduceMin(x, [0, 0]))).toMatchInlineSnapshot(
      `"reduceMin: axes [0, 0] name axis 0 of [2, 3, 4] twice; name each axis once"`,
    );
    expect(said(() => reduceMin(x, 0, { keepdims: true } as never))).toMatchInlineSnapshot(
      `"reduceMin: there is no option keepdims; the options are keepDims"`,
    );
    expect(said(() => argMax(x, 3))).toMatchInlineSnapshot(
      `"argMax: axis is 3 but [2, 3, 4] has 3 axes; give a whole number from -3 to 2"`,
    );
    expect(said(() => withShape([], (scalar) => argMax(scalar)))).toMatchInlineSnapshot(
      `"argMax: axis is 0 but a scalar has no axes; reshape it to [1]"`,
    );
    expect(said(() => withShape([2 ** 24 + 1], (long) => argMax(long)))).toMatchInlineSnapshot(
      `"argMax: x [16777217] has 16777217 elements along axis 0 but float32 counts to 16777216; split x along that axis"`,
    );
    expect(
      said(() =>
        withShape([1, 4, 2, 3], (y) =>
          withShape([3], (alpha) => activate(y, { name: 'prelu', alpha }, { dataFormat: 'NCHW' })),
        ),
      ),
    ).toMatchInlineSnapshot(
      `"activate: activation.alpha is [3] but x is [1, 4, 2, 3] with 4 channels; give [4], or a shape that repeats to x's"`,
    );
    expect(
      said(() => withShape([2, 3, 4], (alpha) => activate(x, { name: 'prelu', alpha, beta: 1 } as never))),
    ).toMatchInlineSnapshot(`"activate: activation prelu has no attribute beta; it has alpha"`);
    expect(said(() => withShape([2, 2, 4], (alpha) => activate(x, { name: 'prelu', alpha })))).toMatchInlineSnapshot(
      `"activate: activation.alpha is [2, 2, 4] but x is [2, 3, 4] with 4 channels; give [4], or a shape that repeats to x's"`,
    );
    expect(said(() => withShape([3, 5, 4], (alpha) => activate(x, { name: 'prelu', alpha })))).toMatchInlineSnapshot(
      `"activate: activation.alpha is [3, 5, 4] but x is [2, 3, 4] with 4 channels; give [4], or a shape that repeats to x's"`,
    );
  });

  test('of a disposed tensor', () => {
    const x = zeros([2, 3]);
    using y = gpu().tensor([1], [1]);
    x.dispose();
    for (const call of [
      () => reshape(x, [6]),
      () => softmax(x),
      () => add(y, x),
      () => subtract(1, x),
      () => exp(x),
      () => argMax(x),
      () => concat([y, x]),
      () => split(x, 2),
    ]) {
      expect(messageOf(call)).toMatch(/\[2, 3\] was disposed; use it before dispose/);
    }
  });
});

function zeros(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return gpu().tensor(new Float32Array(size), shape);
}

/** Makes a tensor that lives only as long as the call. */
function withShape<T>(shape: readonly number[], call: (tensor: Tensor) => T): T {
  using tensor = zeros(shape);
  return call(tensor);
}
