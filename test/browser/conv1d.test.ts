/** Compares convolution along one axis with plain loops, and checks what is fused into it. */
import { describe, expect, test } from 'vitest';
import {
  add,
  compile,
  conv1d,
  depthwiseConv1d,
  explain,
  type GroupedConv1dOptions,
  type Tensor,
} from '../../src/index';
import type { NdArray } from '../support/array-reference';
import { randomArray, uploads } from '../support/arrays';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { messageOf } from '../support/message';

const gpu = useGpu();
const upload = uploads(gpu);

interface Along {
  readonly strides?: number;
  readonly dilations?: number;
  readonly before?: number;
  readonly out: number;
  readonly groups?: number;
}

/** Convolves [batch, width, in] with [taps, in / groups, out]. Returns the sums, and the sums of the magnitudes. */
function loops(
  x: NdArray,
  filter: NdArray,
  { strides = 1, dilations = 1, before = 0, out, groups = 1 }: Along,
): Float64Array[] {
  const [batch, width, inputs] = x.shape;
  const [taps, members, outputs] = filter.shape;
  const sums = new Float64Array(batch * out * outputs);
  const magnitudes = new Float64Array(sums.length);
  for (let i = 0; i < sums.length; i++) {
    const channel = i % outputs;
    const place = Math.floor(i / outputs) % out;
    const image = Math.floor(i / outputs / out);
    const group = Math.floor(channel / (outputs / groups));
    for (let tap = 0; tap < taps; tap++) {
      const from = place * strides + tap * dilations - before;
      if (from < 0 || from >= width) continue;
      for (let member = 0; member < members; member++) {
        const v = x.values[(image * width + from) * inputs + group * members + member];
        const w = filter.values[(tap * members + member) * outputs + channel];
        sums[i] += v * w;
        magnitudes[i] += Math.abs(v * w);
      }
    }
  }
  return [sums, magnitudes];
}

describe('conv1d', () => {
  test.for<readonly [string, readonly number[], readonly number[], GroupedConv1dOptions, Along]>([
    ['valid', [2, 9, 3], [4, 3, 5], {}, { out: 6 }],
    ['same, with strides', [1, 10, 4], [5, 4, 8], { strides: 2, padding: 'same' }, { strides: 2, before: 1, out: 5 }],
    [
      'dilations and lopsided padding',
      [2, 12, 4],
      [3, 4, 4],
      { dilations: 3, padding: [4, 1] },
      { dilations: 3, before: 4, out: 11 },
    ],
    ['padding by a number', [1, 7, 2], [3, 2, 3], { padding: 2 }, { before: 2, out: 9 }],
    ['groups', [1, 8, 6], [3, 2, 9], { groups: 3, padding: 'same' }, { groups: 3, before: 1, out: 8 }],
    ['a group for each channel', [1, 8, 4], [3, 1, 8], { groups: 4 }, { groups: 4, out: 6 }],
    ['one tap', [2, 50, 8], [1, 8, 4], {}, { out: 50 }],
  ])('%s', async ([, shape, filterShape, options, along]) => {
    const [x, filter] = [randomArray(shape), randomArray(filterShape, 2)];
    const [sums, magnitudes] = loops(x, filter, along);
    using input = upload(x);
    using weights = upload(filter);
    using y = conv1d(input, weights, options);
    expect(y.shape).toEqual([shape[0], along.out, filterShape[2]]);
    expectClose(await y.read(), sums, y.shape, sumBound(filterShape[0] * filterShape[1], magnitudes));
  });

  test('NCW', async () => {
    const [x, filter] = [randomArray([2, 9, 4]), randomArray([3, 4, 5], 2)];
    const channelsFirst = (values: Float64Array, [n, w, c]: readonly number[]): Float64Array =>
      values
        .map((_, i) => values[(Math.floor(i / w / c) * w + (i % w)) * c + (Math.floor(i / w) % c)])
        .subarray(0, n * w * c);
    const [sums, magnitudes] = loops(x, filter, { out: 7 });
    using input = upload({ shape: [2, 4, 9], values: channelsFirst(x.values, x.shape) });
    using weights = upload(filter);
    using y = conv1d(input, weights, { dataFormat: 'NCW' });
    const shape = [2, 7, 5];
    expect(y.shape).toEqual([2, 5, 7]);
    expectClose(await y.read(), channelsFirst(sums, shape), y.shape, sumBound(12, channelsFirst(magnitudes, shape)));
  });

  test('bias, residual and activation are fused: one dispatch, as a call and in a program', async () => {
    const tensors = [[1, 6, 4], [3, 4, 8], [8], [1, 6, 8]].map((shape, i) => upload(randomArray(shape, i + 1)));
    const [x, filter, bias, residual] = tensors;
    using y = conv1d(x, filter, { padding: 'same', bias, residual, activation: 'relu' });
    expect(explain(y).steps).toHaveLength(1);
    using program = await compile(gpu(), { x: [1, 6, 4] }, ({ x: of }) =>
      add(conv1d(of, filter, { padding: 'same', bias }), residual),
    );
    expect(program.dispatches.run).toBe(1);
    using sum = program.run({ x });
    const values = await sum.read();
    expectClose(await y.read(), values.map((v) => Math.max(v, 0)), y.shape, 1e-6); // prettier-ignore
    for (const tensor of tensors) tensor.dispose();
  });
});

describe('depthwiseConv1d', () => {
  test.for([1, 2])('with a multiplier of %i', async (multiplier) => {
    const x = randomArray([2, 11, 4]);
    const filter = randomArray([3, 4, multiplier], 2);
    // A convolution with one group per channel has the same numbers in the same order.
    const grouped = { shape: [3, 1, 4 * multiplier], values: filter.values };
    const [sums, magnitudes] = loops(x, grouped, { strides: 2, before: 1, out: 6, groups: 4 });
    using input = upload(x);
    using weights = upload(filter);
    using y = depthwiseConv1d(input, weights, { strides: 2, padding: 'same' });
    expectClose(await y.read(), sums, [2, 6, 4 * multiplier], sumBound(3, magnitudes));
  });
});

test.for<readonly [string, (x: Tensor, filter: Tensor) => unknown]>([
  ['conv1d: x [3, 4, 5, 1] has 4 axes but 3 are needed, [batch, width, channels]; reshape it', (x, w) => conv1d(x, w)],
  [
    'depthwiseConv1d: filter [3, 4, 5, 1] has 4 axes but 3 are needed, [width, channels, multiplier]; reshape it',
    (x, w) => depthwiseConv1d(w, x),
  ],
  ["conv1d: dataFormat is 'NHWC'; it is 'NWC' or 'NCW'", (_, w) => conv1d(w, w, { dataFormat: 'NHWC' as never })],
  [
    'conv1d: strides is [1, 2]; give a whole number of at least 1',
    (_, w) => conv1d(w, w, { strides: [1, 2] as never }),
  ],
  [
    "conv1d: padding is [1]; it is 'same', 'valid', a whole number of at least 0, or [before, after]",
    (_, w) => conv1d(w, w, { padding: [1] as never }),
  ],
])('%s', ([message, call]) => {
  using x = gpu().tensor(new Float32Array(60), [3, 4, 5, 1]);
  using filter = gpu().tensor(new Float32Array(60), [3, 4, 5]);
  expect(messageOf(() => call(x, filter))).toBe(message);
});
