/** A network with its numbers, as every library gets it. The numbers are seeded, so that all libraries have the same. */
import { randomValues } from '../../test/support/random';
import { outputShape, sizeOf, type Convolution } from '../convolution';
import type { Problem } from '../problem';
import type { ConvLayer, LayerActivation, Network, NetworkLayer } from './network';

export interface Model {
  readonly network: Network;
  readonly x: Float32Array;
  /** By the layers' places; undefined for those that have none. */
  readonly weights: readonly (Weights | undefined)[];
}

/** Of a convolution; of a norm the scale and the offset. */
export interface Weights {
  readonly filter: Float32Array;
  readonly bias?: Float32Array;
}

/**
 * A uniform number in [-1, 1) has a mean square of 1/3. These factors keep the values of later layers of the order of 1, however
 * deep the network is (He initialization).
 *
 * @see https://arxiv.org/abs/1502.01852
 */
const GAINS: Readonly<Record<LayerActivation, number>> = {
  linear: 1,
  // Half of the numbers become 0.
  relu: 2,
  relu6: 2,
  hardSwish: 2.2,
  gelu: 2.2,
  hardSigmoid: 1,
};

/** The mean square of the output for an input of mean square 1: means are small, factors are about a half, maxima are large. */
const MEAN_SQUARES: Readonly<Record<NetworkLayer['kind'], number>> = {
  input: 1,
  conv: 1,
  layerNorm: 1,
  maxPool: 4,
  mean: 0.32,
  scale: 0.28,
};

/** A branch must not outgrow the value that it is added to. */
const BRANCH = 0.25;

/** The network with random numbers. */
export function modelOf(network: Network): Model {
  const { layers } = network;
  const weights = layers.map((layer, i): Weights | undefined => {
    const seed = 1 + 2 * i;
    if (layer.kind === 'conv') {
      const scale = Math.sqrt((3 * gainOf(layer, layers)) / termsWithin(layer.conv));
      const filter = randomValues(sizeOf(layer.conv.filter), seed).map((w) => w * scale);
      return { filter, bias: randomValues(layer.shape[3], seed + 1).map((b) => b / 10) };
    }
    if (layer.kind !== 'layerNorm') return undefined;
    const [, , , channels] = layer.shape;
    const filter = randomValues(channels, seed).map((w) => 1 + w / 10);
    return { filter, bias: randomValues(channels, seed + 1).map((b) => b / 10) };
  });
  const x = randomValues(sizeOf(layers[0].shape), 0).map((v) => v * Math.sqrt(3));
  return { network, x, weights };
}

/** A layer of the benchmark as a network of one convolution, or of two. */
export function modelOfLayer({ layer, x, stages }: Problem): Model {
  const layers: NetworkLayer[] = [{ kind: 'input', shape: layer.input }];
  for (const { conv, activation } of stages) {
    layers.push({ kind: 'conv', x: layers.length - 1, conv, activation, shape: outputShape(conv) });
  }
  return { network: { name: layer.name, layers }, x, weights: [undefined, ...stages] };
}

/** The products of an output that are not on padding, where the image is smaller than the filter. */
function termsWithin({ input: [, height, width], filter }: Convolution): number {
  return Math.min(filter[0], height) * Math.min(filter[1], width) * filter[2];
}

function gainOf({ activation, x, residual }: ConvLayer, layers: readonly NetworkLayer[]): number {
  return (residual === undefined ? GAINS[activation] : BRANCH) / MEAN_SQUARES[layers[x].kind];
}
