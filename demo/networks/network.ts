/**
 * A network as plain data, described once for all libraries. Batch norms are folded into filters and biases, as in exported
 * models.
 */
import { multiplyAdds, type Convolution, type Shape } from '../convolution';

export interface Network {
  readonly name: string;
  /** In an order in which they can be computed: the input first, the result last. */
  readonly layers: readonly NetworkLayer[];
}

/** What a layer reads is named by its place in the list. */
export type NetworkLayer = InputLayer | ConvLayer | PoolLayer | MeanLayer | ScaleLayer | NormLayer;

/** Applied after a convolution. hardSigmoid is relu6(x + 3) / 6, as in MobileNetV3, and gelu is the exact one. */
export type LayerActivation = 'linear' | 'relu' | 'relu6' | 'hardSwish' | 'hardSigmoid' | 'gelu';

interface Common {
  /** The shape of the output: [batch, height, width, channels]. */
  readonly shape: Shape;
}

interface InputLayer extends Common {
  readonly kind: 'input';
}

/** A convolution, its bias, the residual that is added, and the activation of the sum. */
export interface ConvLayer extends Common {
  readonly kind: 'conv';
  readonly x: number;
  readonly conv: Convolution;
  readonly residual?: number;
  readonly activation: LayerActivation;
}

/** The largest value under each window; padding is left out. */
interface PoolLayer extends Common {
  readonly kind: 'maxPool';
  readonly x: number;
  /** In the form that a depthwise convolution takes. */
  readonly window: Convolution;
}

/** The mean of each channel over height and width, which stay with size 1. */
interface MeanLayer extends Common {
  readonly kind: 'mean';
  readonly x: number;
}

/** Each channel times a factor of its own: the end of squeeze and excite. */
interface ScaleLayer extends Common {
  readonly kind: 'scale';
  readonly x: number;
  readonly factors: number;
}

/** Each pixel's channels, normalized to mean 0 and variance 1, then times a scale and plus an offset per channel. */
interface NormLayer extends Common {
  readonly kind: 'layerNorm';
  readonly x: number;
}

/** What keeps the norm of a constant pixel finite. */
export const NORM_EPSILON = 1e-6;

/** The places that a layer reads. */
export function readBy(layer: NetworkLayer): readonly number[] {
  switch (layer.kind) {
    case 'input':
      return [];
    case 'conv':
      return layer.residual === undefined ? [layer.x] : [layer.x, layer.residual];
    case 'scale':
      return [layer.x, layer.factors];
    default:
      return [layer.x];
  }
}

/** One filter per channel. */
export function isDepthwise({ groups, filter }: Convolution): boolean {
  return groups > 1 && filter[2] === 1;
}

/** Several channels to a group, and more than one group. */
export function isGrouped({ groups, filter }: Convolution): boolean {
  return groups > 1 && filter[2] > 1;
}

/** Multiply-adds of its convolutions. */
export function multiplyAddsOf({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + (layer.kind === 'conv' ? multiplyAdds(layer.conv) : 0), 0);
}
