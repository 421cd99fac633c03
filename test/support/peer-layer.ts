/**
 * One small layer that other libraries compute between ours: 'same', stride 1, relu, channels last. No number of channels is a
 * multiple of four, because some libraries pad to that.
 */
import { sizeOf, type Convolution } from '../../demo/convolution';
import { modelOf, type Model } from '../../demo/networks/model';
import { conv2d, type Gpu, type Tensor } from '../../src/index';

export const LAYER_SHAPE = [1, 6, 5, 3] as const;

export const LAYER_SIZE: number = sizeOf(LAYER_SHAPE);

const conv: Convolution = {
  input: LAYER_SHAPE,
  filter: [3, 3, 3, 5],
  strides: 1,
  dilations: 1,
  padding: 'same',
  groups: 1,
};

/** The layer as a network, from which the benchmark's writers make files. */
export const layerModel: Model = modelOf({
  name: 'a layer',
  layers: [
    { kind: 'input', shape: LAYER_SHAPE },
    { kind: 'conv', x: 0, conv, activation: 'relu', shape: [1, 6, 5, 5] },
  ],
});

/** The layer by our own op. */
export function ownLayer(gpu: Gpu, x: Tensor): Tensor {
  const { filter, bias = [] } = layerModel.weights[1]!;
  using weights = gpu.tensor(filter, conv.filter);
  using offsets = gpu.tensor(bias, [5]);
  return conv2d(x, weights, { padding: 'same', bias: offsets, activation: 'relu' });
}

/**
 * The largest difference, in units of the allowed difference between two orders of the same sum: 28 terms, each of them and each
 * partial sum rounded to 24 bits, and none larger than the sum of magnitudes, which is under 32 here.
 */
export function excess(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const bound = 2 * 28 * 32 * 2 ** -24;
  return Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]) / bound));
}
