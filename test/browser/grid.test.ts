/**
 * A grid may need more workgroups than one of its sides can have. Every shader numbers them correctly when the grid is
 * folded.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { outputShape, poolProblem } from '../../src/conv/window';
import { argMaxStep } from '../../src/kernels/arg-max';
import { binaryStep } from '../../src/kernels/binary';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { copyStep } from '../../src/kernels/copy';
import { elementwiseStep } from '../../src/kernels/elementwise';
import type { Target } from '../../src/kernels/kernel';
import { matMulStep } from '../../src/kernels/mat-mul';
import { padStep } from '../../src/kernels/pad';
import { poolStep } from '../../src/kernels/pool';
import { reduceStep } from '../../src/kernels/reduce';
import { resizeStep } from '../../src/kernels/resize';
import { softmaxStep } from '../../src/kernels/softmax';
import type { Step } from '../../src/step';
import { argMaxReference, softmaxReference, sumReference, type NdArray } from '../support/array-reference';
import { expectTensor, randomArray, uploads } from '../support/arrays';
import { EPSILON } from '../support/close';
import { useGpu } from '../support/gpu';
import { runStep } from '../support/run-step';
import { valuesOf } from '../support/scale';

const gpu = useGpu();
const upload = uploads(gpu);

describe('a grid of more workgroups than one side may have', () => {
  test('is folded, by a limit of twenty', async () => {
    const small = {
      ...gpu().context.target,
      limits: { ...gpu().context.target.limits, maxComputeWorkgroupsPerDimension: 20 },
    };
    const p = depthwiseProblem('depthwiseConv2d', [1, 40, 41, 4], [1, 1, 4, 1]);
    const step = conv2dGeneral.step(p, {}, [], small);
    expect(step.grid).toEqual([11, 10, 1]);
    using x = gpu().tensor(
      Float32Array.from({ length: 40 * 41 * 4 }, (_, i) => i),
      [40 * 41 * 4],
    );
    using weights = gpu().tensor([1, 2, 3, 4], [4]);
    using y = runStep(gpu().context, step, { x, weights }, outputShape(p));
    expect(await valuesOf(y)).toEqual(Array.from({ length: 40 * 41 * 4 }, (_, i) => i * ((i % 4) + 1)));
  });

  test('is folded, by the limit of the device', async () => {
    const size = 65_536 * 64 + 3;
    const p = depthwiseProblem('depthwiseConv2d', [1, 1, size, 1], [1, 1, 1, 1]);
    const step = conv2dGeneral.step(p, {}, [], gpu().context.target);
    expect(step.grid[1]).toBeGreaterThan(1);
    using x = gpu().tensor(
      Float32Array.from({ length: size }, (_, i) => i),
      [size],
    );
    using weights = gpu().tensor([2], [1]);
    using y = runStep(gpu().context, step, { x, weights }, outputShape(p));
    const result = await y.read();
    expect(result.findIndex((n, i) => n !== 2 * i)).toBe(-1);
  });
});

describe('a grid that is split because one side is too short', () => {
  // A limit of 15 workgroups per side stands for 65,535. The 151 workgroups form a grid that is nearly square and has some to
  // spare.
  const narrow = (): Target => {
    const { target } = gpu().context;
    return { ...target, limits: { ...target.limits, maxComputeWorkgroupsPerDimension: 15 } };
  };
  const size = 64 * 150 + 1;
  const elements = { size, channels: 1, inner: 1 };
  const code = { name: 'double', body: 'return 2.0 * v;' };
  const twice = (values: Float64Array): Float64Array => values.map((v) => 2 * v);
  const cases: Record<string, [shape: number[], step: (t: Target) => Step, expected: (x: NdArray) => Float64Array]> = {
    copy: [[size], (t) => copyStep([size], { strides: [1] }, { strides: [1] }, t), (x) => x.values],
    pad: [
      [size - 2],
      (t) => padStep([{ size: size - 2, before: 1, after: 1 }], 0, t),
      (x) => Float64Array.of(0, ...x.values, 0),
    ],
    elementwise: [[size], (t) => elementwiseStep(elements, [{ kind: 'activation', code }], t), (x) => twice(x.values)],
    reduce: [
      [size, 2],
      (t) => reduceStep({ reduction: 'sum', shape: [size, 2], axes: [1] }, t),
      (x) => sumReference(x, [1]).values,
    ],
    'reduce, long': [
      [199, 1025],
      (t) => reduceStep({ reduction: 'sum', shape: [199, 1025], axes: [1] }, t),
      (x) => sumReference(x, [1]).values,
    ],
    'arg-max': [[size, 2], (t) => argMaxStep([size, 2], 1, t), (x) => argMaxReference(x, 1).values],
    'arg-max, long': [[199, 65], (t) => argMaxStep([199, 65], 1, t), (x) => argMaxReference(x, 1).values],
    pool: [
      [1, size, 1, 1],
      (t) => poolStep({ pooling: 'max', windows: poolProblem('maxPool2d', [1, size, 1, 1], [1, 1], {}) }, t),
      (x) => x.values,
    ],
    resize: [
      [1, 1, 1, 1],
      (t) =>
        resizeStep(
          {
            resampling: 'nearest',
            shape: [1, 1, 1, 1],
            size: [size, 1],
            grids: { mode: 'asymmetric', nearest: 'floor' },
          },
          [],
          t,
        ),
      (x) => new Float64Array(size).fill(x.values[0]),
    ],
    softmax: [[size, 2], (t) => softmaxStep([size, 2], 1, t), (x) => softmaxReference(x, 1).values],
    'softmax, long': [[199, 65], (t) => softmaxStep([199, 65], 1, t), (x) => softmaxReference(x, 1).values],
  };
  test.each(Object.entries(cases))('%s', async (_name, [shape, step, expected]) => {
    const array = randomArray(shape);
    using x = upload(array);
    const values = expected(array);
    const made = step(narrow());
    expect(made.grid[1], 'rows of workgroups').toBeGreaterThan(1);
    await expectTensor(
      runStep(gpu().context, made, { x }, [values.length]),
      { shape: [values.length], values },
      200 * EPSILON,
    );
  });

  test('binary and matMul', async () => {
    const array = randomArray([size]);
    using a = upload(array);
    using one = gpu().tensor([1], [1, 1]);
    const shape = [size];
    const sum = binaryStep('add', shape, shape, shape, narrow());
    await expectTensor(
      runStep(gpu().context, sum, { a, b: a }, shape),
      { shape, values: twice(array.values) },
      2 * EPSILON,
    );
    const flags = { transposeA: false, transposeB: false, aBatch: [size], bBatch: [] };
    const product = matMulStep({ batch: [size], rows: 1, columns: 1, depth: 1, ...flags }, [], narrow());
    await expectTensor(runStep(gpu().context, product, { a, b: one }, shape), { shape, values: array.values });
    expect([sum.grid[1], product.grid[1]]).toEqual([12, 12]);
  });
});
