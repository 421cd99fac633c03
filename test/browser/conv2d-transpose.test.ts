/**
 * Compares the public transposed convolution with the float64 reference and TensorFlow.js: geometry, layouts, groups,
 * everything that can be fused, and float16.
 */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { conv2dTranspose, explain, type Conv2dTransposeOptions, type Tensor } from '../../src/index';
import { EPSILON, expectClose, halfBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { hasHalves, inBothFormats } from '../support/halves';
import { numbersFor, sumsOf, tensorOf, type Sums, type TransposeCall } from '../support/transpose-call';

const gpu = useGpu();

/** Runs a call with options beyond its geometry. */
function run({ x, filter, geometry }: TransposeCall, more: Conv2dTransposeOptions = {}): Tensor {
  using input = tensorOf(gpu(), x, 1);
  using weights = tensorOf(gpu(), filter, 2);
  return conv2dTranspose(input, weights, { ...geometry, ...more });
}

const same2 = { strides: 2, padding: 'same' } as const;

const calls: Readonly<Record<string, TransposeCall>> = {
  'the defaults: stride 1, no padding': { x: [1, 4, 3, 5], filter: [3, 2, 4, 5] },
  "stride 2, 'same', 3x3, as Keras has it": { x: [2, 5, 4, 8], filter: [3, 3, 12, 8], geometry: same2 },
  "stride 2, 'valid', 2x2": { x: [1, 3, 5, 4], filter: [2, 2, 8, 4], geometry: { strides: 2 } },
  'strides per axis': { x: [1, 4, 3, 4], filter: [4, 5, 6, 4], geometry: { strides: [2, 3], padding: 'same' } },
  'padding in numbers, with outputPadding': {
    x: [1, 4, 5, 4],
    filter: [3, 3, 4, 4],
    geometry: { strides: 2, padding: [[1, 0], [2, 1]], outputPadding: [1, 0] }, // prettier-ignore
  },
  'the smaller outputShape': { x: [1, 4, 5, 4], filter: [3, 3, 4, 4], geometry: { ...same2, outputShape: [7, 9] } },
  'an outputShape of four sizes': {
    x: [2, 4, 5, 3],
    filter: [3, 3, 4, 3],
    geometry: { strides: 2, outputShape: [2, 10, 12, 4] },
  },
  dilations: { x: [1, 5, 4, 3], filter: [3, 3, 5, 3], geometry: { strides: 2, dilations: [2, 1], padding: 'same' } },
  'dilations by their other name': { x: [1, 5, 4, 3], filter: [2, 3, 5, 3], geometry: { rate: 3 } },
  groups: { x: [1, 4, 5, 8], filter: [3, 3, 4, 8], geometry: { ...same2, groups: 2 } },
  'the depthwise form': { x: [1, 4, 5, 8], filter: [4, 4, 8, 2], geometry: { ...same2, groups: 8 } },
  NCHW: { x: [2, 3, 4, 5], filter: [3, 3, 4, 3], geometry: { ...same2, dataFormat: 'NCHW' } },
  'NCHW with groups and an outputShape of four sizes': {
    x: [1, 4, 3, 2],
    filter: [3, 3, 3, 4],
    geometry: { ...same2, groups: 2, dataFormat: 'NCHW', outputShape: [1, 6, 5, 4] },
  },
};

describe('is what the reference computes', () => {
  test.for(Object.entries(calls))('%s', async ([, call]) => {
    const { values, bound, shape } = sumsOf(call);
    using y = run(call);
    expect(y.shape).toEqual(shape);
    expectClose(await y.read(), values, shape, bound);
  });

  test('explain says by which kernel, and why', () => {
    const steps = (name: string): string => {
      using y = run(calls[name]);
      const { steps: made, why } = explain(y);
      return `${made.map(({ kernel }) => kernel).join()}: ${why}`;
    };
    expect(steps('groups')).toMatchInlineSnapshot(
      `"conv2dTranspose/tile: default rule for cpu: a register tile of all phases of the stride shares every loaded pixel and weight, and skips taps that meet no input"`,
    );
    expect(steps('dilations')).toMatchInlineSnapshot(
      `"conv2dTranspose/general: default rule for cpu: it serves every shape, stride, dilation, layout and filter form"`,
    );
  });
});

describe('is what TensorFlow.js computes', () => {
  test.for<[number, number, 'same' | 'valid']>([
    [1, 3, 'same'],
    [2, 2, 'valid'],
    [2, 3, 'same'],
    [2, 4, 'same'],
    [3, 2, 'valid'],
    [3, 5, 'valid'],
  ])('stride %d, %d taps, %s', async ([strides, taps, padding]) => {
    // Importing its version registers the backend.
    expect(await tf.setBackend('cpu'), version_cpu).toBe(true);
    const call: TransposeCall = { x: [2, 4, 3, 4], filter: [taps, taps, 8, 4], geometry: { strides, padding } };
    const { shape, bound } = sumsOf(call);
    const [x, filter] = [tf.tensor4d(numbersFor(call.x, 1), [2, 4, 3, 4]), tf.tensor4d(numbersFor(call.filter, 2), [taps, taps, 8, 4])]; // prettier-ignore
    const expected = tf.conv2dTranspose(x, filter, [...shape] as [number, number, number, number], strides, padding);
    using y = run(call);
    // Both results are rounded, so the bound counts twice.
    expectClose(await y.read(), await expected.data(), shape, bound.map((b) => 2 * b)); // prettier-ignore
    tf.dispose([x, filter, expected]);
  });
});

/** The options after the sum, and the formula for their result. All numbers of the operands are in [-1, 1). */
interface Ending {
  readonly options: (t: Operands) => Conv2dTransposeOptions;
  readonly formula: (v: number, n: Readonly<Record<Name, number>>) => number;
  /** The number of dispatches. A batch norm is folded first if it would need too many bindings. */
  readonly dispatches?: number;
}

type Name = 'bias' | 'mean' | 'variance' | 'scale' | 'offset' | 'alpha' | 'residual';
type Operands = Readonly<Record<Name, Tensor>>;
const NAMES: readonly Name[] = ['bias', 'mean', 'variance', 'scale', 'offset', 'alpha', 'residual'];

const relu = (v: number): number => Math.max(v, 0);
/** `epsilon` is 2, so that the factor is at most 1. */
const norm = (v: number, { mean, variance, scale, offset }: Readonly<Record<Name, number>>): number =>
  ((v - mean) / Math.sqrt(variance + 2)) * scale + offset;

const endings: Readonly<Record<string, Ending>> = {
  'bias, then relu6': {
    options: ({ bias }) => ({ bias, activation: 'relu6' }),
    formula: (v, { bias }) => Math.min(relu(v + bias), 6),
  },
  'batch norm, then prelu': {
    options: ({ mean, variance, scale, offset, alpha }) => ({
      batchNorm: { mean, variance, scale, offset, epsilon: 2 },
      activation: { name: 'prelu', alpha },
    }),
    formula: (v, n) => (norm(v, n) > 0 ? norm(v, n) : norm(v, n) * n.alpha),
  },
  'all there is, which folds the batch norm': {
    options: ({ bias, mean, variance, scale, offset, residual, alpha }) => ({
      bias,
      batchNorm: { mean, variance, scale, offset, epsilon: 2 },
      residual,
      activation: { name: 'prelu', alpha },
    }),
    formula(v, n) {
      const sum = norm(v + n.bias, n) + n.residual;
      return sum > 0 ? sum : sum * n.alpha;
    },
    dispatches: 2,
  },
  'residual after silu': {
    options: ({ residual }) => ({ residual, residualOrder: 'after-activation', activation: 'silu' }),
    formula: (v, { residual }) => v / (1 + Math.exp(-v)) + residual,
  },
  'residual before relu': {
    options: ({ bias, residual }) => ({ bias, residual, activation: 'relu' }),
    formula: (v, { bias, residual }) => relu(v + bias + residual),
  },
};

/** Applies an ending, and computes its error bound. Each stage rounds once more and enlarges errors by at most 1.1. */
function ended({ problem, values, bound, shape }: Sums, { formula }: Ending): Pick<Sums, 'values' | 'bound'> {
  const inner = problem.dataFormat === 'NHWC' ? 1 : problem.outHeight * problem.outWidth;
  const perChannel = NAMES.map((name, i) => [name, numbersFor([problem.outChannels], 3 + i)] as const);
  const residual = numbersFor(shape, 3 + NAMES.indexOf('residual'));
  const result = values.map((v, i) => {
    const at = Math.floor(i / inner) % problem.outChannels;
    const of = Object.fromEntries(perChannel.map(([name, numbers]) => [name, numbers[at]]));
    return formula(v, { ...(of as Record<Name, number>), residual: residual[i] });
  });
  return { values: result, bound: bound.map((b, i) => 1.2 * b + 16 * EPSILON * (2 + Math.abs(values[i]))) };
}

function operandsFor({ problem, shape }: Sums): Operands {
  const sizes = (name: Name): readonly number[] => (name === 'residual' ? shape : [problem.outChannels]);
  return Object.fromEntries(NAMES.map((name, i) => [name, tensorOf(gpu(), sizes(name), 3 + i)])) as Record<
    Name,
    Tensor
  >;
}

describe.for(['groups', 'the depthwise form', 'dilations', 'NCHW'])('fuses what follows it: %s', (name) => {
  test.for(Object.entries(endings))('%s', async ([, ending]) => {
    const sums = sumsOf(calls[name]);
    const { values, bound } = ended(sums, ending);
    const operands = operandsFor(sums);
    const { recorded } = gpu().context.queue;
    using y = run(calls[name], ending.options(operands));
    expect(gpu().context.queue.recorded - recorded).toBe(ending.dispatches ?? 1);
    expectClose(await y.read(), values, sums.shape, bound);
    for (const tensor of Object.values(operands)) tensor.dispose();
  });
});

describe('outputs that no input reaches', () => {
  test('are the epilogue applied to 0', async () => {
    const call = { x: [1, 2, 2, 4], filter: [1, 1, 4, 4], geometry: { strides: 3 } } as const;
    using bias = gpu().tensor([1, -2, 3, 4], [4]);
    using y = run(call, { bias, activation: 'relu' });
    expect(y.shape).toEqual([1, 6, 6, 4]);
    const values = await y.read();
    expect(values.slice(4, 8)).toEqual(Float32Array.of(1, 0, 3, 4));
    expect(values.slice(-4)).toEqual(Float32Array.of(1, 0, 3, 4));
  });
});

inBothFormats((own) => {
  const halves = ['groups', 'the depthwise form', 'dilations', 'NCHW', "stride 2, 'valid', 2x2"];
  test.for(halves)('halves: %s', async (name) => {
    const call = calls[name];
    const { values, bound, shape } = sumsOf(call, 'f16');
    using x = tensorOf(own(), call.x, 1, 'f16');
    using filter = tensorOf(own(), call.filter, 2, 'f16');
    using y = conv2dTranspose(x, filter, call.geometry);
    expect(y.dtype).toBe('f16');
    expectClose(await y.read(), values, shape, bound);
    // The residual is float32, although all other tensors are float16.
    using residual = tensorOf(own(), shape, 3);
    using z = conv2dTranspose(x, filter, { ...call.geometry, residual });
    const sum = values.map((v, i) => v + numbersFor(shape, 3)[i]);
    expectClose(await z.read(), sum, shape, halfBound(bound, sum));
  });
});

describe.for(hasHalves ? ["accumulate: 'f16'"] : [])('%s', () => {
  test.for(['groups', 'dilations', 'NCHW'])('sums in halves: %s', async (name) => {
    const call = calls[name];
    const { values, bound, shape } = sumsOf(call, 'f16', 2 ** -11);
    using x = tensorOf(gpu(), call.x, 1, 'f16');
    using filter = tensorOf(gpu(), call.filter, 2, 'f16');
    using y = conv2dTranspose(x, filter, { ...call.geometry, accumulate: 'f16' });
    expectClose(await y.read(), values, shape, bound);
    using exact = conv2dTranspose(x, filter, call.geometry);
    expect(await y.read()).not.toEqual(await exact.read());
  });
});
