/** A layer as data, and as plain numbers. */
import type { GroupedMethod, SeparableMethod } from '../src/index';
import { minimumBytes, multiplyAdds, outputShape, type Convolution, type Shape } from './convolution';
import type { Work } from './peaks/peaks';

export type Op = 'conv2d' | 'depthwiseConv2d' | 'pointwiseConv2d' | 'groupedConv2d' | 'separableConv2d';

/** The methods that `groupedConv2d` and `separableConv2d` can be told to use; 'default' lets the op choose. */
export type Method = 'default' | Exclude<GroupedMethod | SeparableMethod, 'auto'>;

export interface Layer {
  readonly name: string;
  readonly family: string;
  /** The family of networks that it was drawn from, if it was. */
  readonly network?: string;
  readonly op: Op;
  readonly input: Shape;
  /** As the op takes it. */
  readonly filter: Shape;
  /** The second filter of `separableConv2d`. */
  readonly pointwise?: Shape;
  readonly strides: number;
  readonly dilations: number;
  readonly groups: number;
  readonly methods: readonly Method[];
  /** How often the network has this layer. */
  readonly count: number;
  /** Whether `?quick` measures it too. */
  readonly quick: boolean;
}

/** What most layers have in common. */
export const PLAIN = { strides: 1, dilations: 1, groups: 1, methods: ['default'], count: 1, quick: true } as const;

/** The layer's only convolution, or the depthwise one of a separable pair. */
export function convolutionOf(layer: Layer): Convolution {
  const { op, input, strides, dilations } = layer;
  const [height, width, channels, last] = layer.filter;
  const isDepthwise = op === 'depthwiseConv2d' || op === 'separableConv2d';
  return {
    input,
    filter: isDepthwise ? [height, width, 1, channels * last] : layer.filter,
    groups: isDepthwise ? channels : layer.groups,
    strides,
    dilations,
    padding: 'same',
  };
}

/** The layer's convolutions, each on the one before. */
export function convolutionsOf(layer: Layer): readonly Convolution[] {
  const first = convolutionOf(layer);
  if (layer.pointwise === undefined) return [first];
  const plain = { strides: 1, dilations: 1, groups: 1, padding: 'same' } as const;
  return [first, { ...plain, input: outputShape(first), filter: layer.pointwise }];
}

/** The least work that any method must do for the layer, in float32. */
export function workOf(layer: Layer): Work {
  const convolutions = convolutionsOf(layer);
  return {
    bytes: minimumBytes(convolutions),
    multiplyAdds: convolutions.reduce((sum, conv) => sum + multiplyAdds(conv), 0),
  };
}
