/**
 * Separable convolution in one dispatch and in two gives the same as two float64 convolutions one after the other.
 */
import { describe, expect, test } from 'vitest';
import { depthwiseProblem, pointwiseProblem } from '../../src/conv/problem';
import { outputShape } from '../../src/conv/window';
import {
  depthwiseConv2d,
  explain,
  pointwiseConv2d,
  prepare,
  separableConv2d,
  type SeparableConv2dOptions,
  type Tensor,
} from '../../src/index';
import { profileOf } from '../../src/kernels/profile';
import { separableFused } from '../../src/kernels/separable';
import { expectClose } from '../support/close';
import { expectPair, type PairCase } from '../support/conv-pair';
import { useGpu } from '../support/gpu';
import { randomValues } from '../support/random';
import { AMD, SWIFTSHADER } from '../support/target';

const gpu = useGpu();

const same = { padding: 'same' } as const;
const cases: readonly PairCase[] = [
  { name: 'less than one tile', input: [1, 3, 5, 4], filter: [3, 3], out: 4, geometry: same },
  {
    name: 'ragged tiles, a turn and a half of channels',
    input: [1, 5, 19, 48],
    filter: [3, 3],
    out: 20,
    geometry: same,
  },
  { name: 'stride 2, batch 3', input: [3, 9, 18, 8], filter: [3, 3], out: 64, geometry: { ...same, strides: 2 } },
  { name: 'strides differ, valid', input: [1, 9, 20, 8], filter: [5, 5], out: 8, geometry: { strides: [2, 1] } },
  { name: 'two columns, the second ragged', input: [1, 8, 8, 12], filter: [3, 3], out: 68, geometry: same },
  { name: '128 outputs', input: [1, 4, 9, 36], filter: [1, 3], out: 128, geometry: same },
  {
    name: 'lopsided padding',
    input: [2, 4, 6, 4],
    filter: [2, 3],
    out: 12,
    geometry: {
      padding: [
        [0, 3],
        [2, 0],
      ],
    },
  },
  { name: 'a tall stride', input: [1, 23, 9, 4], filter: [3, 2], out: 8, geometry: { strides: [7, 2] } },
];

/** The problems, the numbers and the tensors of a case. */
function setUp({ input, filter, out, geometry }: PairCase) {
  const channels = input[3];
  const shapes = { depthwise: [...filter, channels, 1], pointwise: [1, 1, channels, out] };
  const depthwise = depthwiseProblem('test', input, shapes.depthwise, geometry);
  const pointwise = pointwiseProblem('test', outputShape(depthwise), shapes.pointwise, {});
  const numbers = {
    x: randomValues(
      input.reduce((a, b) => a * b, 1),
      1,
    ),
    depthwise: randomValues(filter[0] * filter[1] * channels, 2),
    pointwise: randomValues(channels * out, 3),
    middleBias: randomValues(channels, 4),
    bias: randomValues(out, 5),
  };
  const tensors = {
    x: gpu().tensor(numbers.x, input),
    depthwise: gpu().tensor(numbers.depthwise, shapes.depthwise),
    pointwise: gpu().tensor(numbers.pointwise, shapes.pointwise),
    middleBias: gpu().tensor(numbers.middleBias, [channels]),
    bias: gpu().tensor(numbers.bias, [out]),
    [Symbol.dispose](): void {
      for (const tensor of Object.values(this)) if (typeof tensor !== 'function') tensor.dispose();
    },
  };
  return { depthwise, pointwise, numbers, tensors };
}

describe.for(['fused', 'two-dispatches'] as const)('%s', (method) => {
  test.for(cases)('$name', async (c) => {
    const { depthwise, pointwise, numbers, tensors } = setUp(c);
    using t = tensors;
    using y = separableConv2d(t.x, t.depthwise, t.pointwise, {
      ...c.geometry,
      method,
      between: { bias: t.middleBias, activation: 'relu6' },
      bias: t.bias,
    });
    expect(explain(y).steps.map(({ kernel }) => kernel)).toHaveLength(method === 'fused' ? 1 : 2);

    await expectPair(
      [y],
      numbers.x,
      { problem: depthwise, filter: numbers.depthwise, bias: numbers.middleBias },
      { problem: pointwise, filter: numbers.pointwise, bias: numbers.bias },
    );
  });
});

describe('separable/fused', () => {
  test('has every epilogue in both places', async () => {
    const { tensors } = setUp(cases[1]);
    using t = tensors;
    const values = (length: number, seed: number, least = 0): Tensor =>
      gpu().tensor(
        randomValues(length, seed).map((v) => Math.abs(v) + least),
        [length],
      );
    using mean = values(48, 6);
    using variance = values(48, 7, 0.5);
    using alpha = values(48, 8);
    using residual = gpu().tensor(randomValues(5 * 19 * 20, 9), [1, 5, 19, 20]);
    const options: SeparableConv2dOptions = {
      ...same,
      between: { batchNorm: { mean, variance }, activation: { name: 'prelu', alpha } },
      bias: t.bias,
      residual,
      activation: 'silu',
    };
    using one = separableConv2d(t.x, t.depthwise, t.pointwise, { ...options, method: 'fused' });
    using two = separableConv2d(t.x, t.depthwise, t.pointwise, { ...options, method: 'two-dispatches' });
    const [a, b] = await Promise.all([one.read(), two.read()]);
    // The second sum has 48 terms up to 9, and each of them is a sum of 9 terms up to 1.
    expectClose(a, b, one.shape, 2 * (48 + 9) * 2 ** -24 * 48 * 9);

    // This call has nine buffers, and not every device can bind that many.
    const more = { ...options, between: { ...options.between, residual: t.x } };
    expect(() => separableConv2d(t.x, t.depthwise, t.pointwise, { ...more, method: 'fused' })).toThrow('operands');
    using three = separableConv2d(t.x, t.depthwise, t.pointwise, more);
    expect(explain(three).steps.map(({ kernel }) => kernel.split('/')[0])).toEqual(['depthwise', 'pointwise']);
    using middle = depthwiseConv2d(t.x, t.depthwise, { ...same, ...more.between });
    using end = pointwiseConv2d(middle, t.pointwise, { bias: t.bias, residual, activation: 'silu' });
    expect(await three.read()).toEqual(await end.read());
  });

  test('is refused for shapes that it does not compute, with what to do', () => {
    const { tensors } = setUp(cases[0]);
    using t = tensors;
    const before = gpu().context.queue.recorded;
    const attempt = (options: SeparableConv2dOptions) => () => separableConv2d(t.x, t.depthwise, t.pointwise, options);
    expect(attempt({ ...same, dilations: 2, method: 'fused' })).toThrowErrorMatchingInlineSnapshot(
      `[Error: separableConv2d: method 'fused' does not compute NCHW, a multiplier, dilation, more than 128 outputs, channels that are no multiple of four, or so many operands; use 'auto', which takes two dispatches there]`,
    );
    expect(attempt({ method: 'one' as never })).toThrowErrorMatchingInlineSnapshot(
      `[Error: separableConv2d: method is 'one'; it is one of auto, fused, two-dispatches]`,
    );
    expect(gpu().context.queue.recorded).toBe(before);
  });

  test('is for large maps on GPUs', async () => {
    const pair = (size: number) => ({
      depthwise: depthwiseProblem('test', [1, size, size, 32], [3, 3, 32, 1], same),
      pointwise: pointwiseProblem('test', [1, size, size, 32], [32, 64], {}),
      between: [],
    });
    const { target } = gpu().context;
    expect([112, 56].map((size) => separableFused.suits?.(pair(size), { ...target, profile: profileOf(AMD) }))).toEqual(
      [true, false],
    );
    expect(separableFused.suits?.(pair(112), { ...target, profile: profileOf(SWIFTSHADER) })).toBe(false);
    using x = gpu().tensor(new Float32Array(128 * 64 * 4), [1, 128, 64, 4]);
    const { tensors } = setUp(cases[0]);
    using t = tensors;
    await prepare(gpu(), () => {
      using y = separableConv2d(x, t.depthwise, t.pointwise, same);
      expect(explain(y).steps).toHaveLength(target.profile.cpu ? 2 : 1);
      expect(explain(y).why).toContain(target.profile.cpu ? 'two dispatches' : 'separable');
    });
  });
});
