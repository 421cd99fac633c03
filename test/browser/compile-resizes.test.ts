/** Resized images in programs: what is fused with a resize, what is moved before it, and what must stay after it. */
import { expect, test } from 'vitest';
import { sizeOf } from '../../src/conv/check';
import {
  activate,
  add,
  averagePool2d,
  compile,
  conv2d,
  groupedConv2d,
  multiply,
  openGpu,
  pointwiseConv2d,
  reshape,
  resizeBicubic,
  resizeBilinear,
  resizeNearestNeighbor,
  type Tensor,
} from '../../src/index';
import { expectClose, roundingsBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { cap } from '../support/limits';
import { testNetworks, type NetworkCase } from '../support/network-cases';
import { randomValues } from '../support/random';

const gpu = useGpu();
const middles = { halfPixelCenters: true } as const;

const cases: Readonly<Record<string, NetworkCase>> = {
  'maps behind a resize': {
    input: [2, 3, 4, 8],
    build(w) {
      const [scale, other] = [w(8), w(2, 5, 9, 8)];
      return (x) => activate(add(multiply(resizeBilinear(x, [5, 9], middles), scale), other), 'relu');
    },
    dispatches: [4, 1],
  },
  'maps behind resized planes': {
    input: [1, 3, 4, 5],
    build(w) {
      const [scale, other] = [w(3, 1, 1), w(1, 3, 7, 6)];
      return (x) => {
        const y = activate(add(resizeNearestNeighbor(x, [7, 6], { dataFormat: 'NCHW' }), other), 'elu');
        return multiply(y, scale);
      };
    },
    dispatches: [4, 2],
  },
  'a pyramid: what is enlarged is added to what is beside it': {
    input: [1, 6, 6, 4],
    build(w) {
      const [down, side, deep] = [w(3, 3, 4, 8), w(4, 12), w(8, 12)];
      return (x) => {
        const low = conv2d(x, down, { strides: 2, padding: 'same' });
        return add(pointwiseConv2d(x, side), resizeNearestNeighbor(pointwiseConv2d(low, deep), [6, 6]));
      };
    },
    dispatches: [5, 4],
  },
  'a pointwise convolution of an enlarged image, with all that it ends in': {
    input: [2, 4, 3, 12],
    build(w) {
      const [filter, bias, other] = [w(12, 5), w(5), w(2, 9, 6, 5)];
      return (x) => {
        const y = resizeBilinear(x, [9, 6], middles);
        return multiply(pointwiseConv2d(y, filter, { bias, residual: other, activation: 'relu' }), 0.5);
      };
    },
    dispatches: [3, 2],
  },
  'groups of an image enlarged by copies': {
    input: [1, 3, 4, 8],
    build(w) {
      const filter = w(1, 1, 4, 12);
      return (x) => activate(groupedConv2d(resizeNearestNeighbor(x, [7, 8]), filter, { groups: 2 }), 'sigmoid');
    },
    dispatches: [3, 2],
  },
  'a pointwise convolution of an image enlarged by a curve': {
    input: [1, 4, 4, 4],
    build(w) {
      const [filter, bias] = [w(1, 1, 4, 4), w(4)];
      return (x) => conv2d(resizeBicubic(x, [7, 7], { alignCorners: true }), filter, { bias });
    },
    dispatches: [2, 2],
  },
  'a smaller image, which stays before': {
    input: [1, 8, 8, 4],
    build(w) {
      const filter = w(4, 4);
      return (x) => pointwiseConv2d(resizeBilinear(x, [4, 5], middles), filter);
    },
    dispatches: [2, 2],
  },
};

testNetworks(gpu, cases);

/** Convolutions of an enlarged image y that must stay after the resize. */
const later: Readonly<Record<string, (y: Tensor, w: (...shape: number[]) => Tensor) => Tensor[]>> = {
  'one that takes neighbours': (y, w) => [conv2d(y, w(3, 3, 8, 4), { padding: 'same' })],
  'one that leaves pixels out': (y, w) => [conv2d(y, w(1, 1, 8, 4), { strides: 2 })],
  'one that pads': (y, w) => [conv2d(y, w(1, 1, 8, 4), { padding: [[1, 0], [0, 1]] })], // prettier-ignore
  'one that makes so many channels that more would be written': (y, w) => [pointwiseConv2d(y, w(8, 40))],
  'one beside another reader': (y, w) => [pointwiseConv2d(y, w(8, 4)), averagePool2d(y, { windowSize: 2 })],
  'one beside the image itself': (y, w) => [pointwiseConv2d(y, w(8, 4)), y],
  'one of another image of as many elements': (y, w) => [pointwiseConv2d(reshape(y, [1, 8, 6, 8]), w(8, 4))],
  'one of what is done to the image first': (y, w) => [pointwiseConv2d(activate(y, 'tanh'), w(8, 4))],
};

test.for(Object.entries(later))('a convolution that cannot be moved before a resize: %s', async ([, network]) => {
  const made: Tensor[] = [];
  const enlarged = (x: Tensor): Tensor[] =>
    network(resizeBilinear(x, [6, 8], middles), (...shape) => {
      const tensor = gpu().tensor(randomValues(sizeOf(shape), shape.length), shape);
      made.push(tensor);
      return tensor;
    });
  const input = { x: [1, 3, 4, 8] };
  using calls = await compile(gpu(), input, ({ x }) => enlarged(x), { fuse: false });
  using program = await compile(gpu(), input, ({ x }) => enlarged(x));
  for (const tensor of made) tensor.dispose();
  expect(program.explain()[0].kernel).toBe('resize/bilinear');
  const x = randomValues(96, 1);
  const results = [calls.run({ x }), program.run({ x })];
  for (const [i, y] of results[0].entries()) {
    const expected = await y.read();
    expectClose(await results[1][i].read(), expected, y.shape, roundingsBound(expected));
  }
  for (const tensor of results.flat()) tensor.dispose();
});

test('explain says that a convolution was moved before a resize', async () => {
  using w = gpu().tensor(randomValues(32, 1), [8, 4]);
  const network = (x: Tensor): Tensor => pointwiseConv2d(resizeBilinear(x, [6, 8]), w, { activation: 'relu' });
  using program = await compile(gpu(), { x: [1, 3, 4, 8] }, ({ x }) => network(x));
  const [convolution, resize] = program.explain();
  expect(convolution.why).toMatch('moved before the resize, which gives the same result from fewer pixels');
  expect(convolution.flops).toBe(2 * 12 * 8 * 4);
  expect(resize.kernel).toBe('resize/bilinear');
  // In float16, one pixel's sum may be infinite although the mean of the pixels is not, so the convolution stays after the
  // resize.
  using halves = await compile(gpu(), { x: { shape: [1, 3, 4, 8], dtype: 'f16' } }, ({ x }) => network(x));
  expect(halves.explain()[0].kernel).toBe('resize/bilinear');
});

test('infinities and NaN reach the same outputs when the convolution comes first', async () => {
  using w = gpu().tensor([1, 0.5, 0, -1, 1, 2, 1, -1], [4, 2]);
  const network = (x: Tensor): Tensor[] => [
    pointwiseConv2d(resizeBilinear(x, [6, 8], middles), w),
    pointwiseConv2d(resizeNearestNeighbor(x, [7, 5]), w, { activation: 'relu' }),
    pointwiseConv2d(resizeBicubic(x, [3, 5], { alignCorners: true }), w),
  ];
  const values = randomValues(48, 3);
  values.set([Infinity, NaN, -Infinity], 20);
  values[3] = Infinity;
  values[40] = NaN;
  using calls = await compile(gpu(), { x: [1, 3, 4, 4] }, ({ x }) => network(x), { fuse: false });
  using program = await compile(gpu(), { x: [1, 3, 4, 4] }, ({ x }) => network(x));
  const results = [calls, program].map((one) => one.run({ x: values }));
  const [expected, actual] = await Promise.all(results.map((ys) => Promise.all(ys.map((y) => y.read()))));
  for (const y of results.flat()) y.dispose();
  const special = (numbers: ArrayLike<number>): string =>
    Array.from(numbers, (v) => (Number.isFinite(v) ? 'finite' : String(v))).join(' ');
  for (const [i, numbers] of expected.entries()) {
    expect(special(numbers)).toMatch('NaN');
    expect(special(actual[i])).toBe(special(numbers));
  }
});

test('bands of a resized image have their own parts of what is added', async () => {
  const own = await openGpu({ quickStart: false });
  try {
    using w = own.tensor(randomValues(64, 1), [8, 8]);
    using other = own.tensor(randomValues(16 * 16 * 8, 2), [1, 16, 16, 8]);
    const network = (x: Tensor): Tensor =>
      activate(add(pointwiseConv2d(resizeBilinear(x, [16, 16], middles), w), other), 'relu');
    const x = randomValues(8 * 8 * 8, 3);
    using whole = network(own.tensor(x, [1, 8, 8, 8]));
    const expected = await whole.read();
    cap(own, { maxStorageBufferBindingSize: 2048 });
    using program = await compile(own, { x: [1, 8, 8, 8] }, (inputs) => network(inputs.x));
    expect(program.dispatches.run).toBeGreaterThan(4);
    using result = program.run({ x });
    expectClose(await result.read(), expected, whole.shape, roundingsBound(expected));
  } finally {
    own.destroy();
  }
});
