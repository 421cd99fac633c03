/**
 * The layers of Keras models.
 *
 * @module
 * @see https://keras.io/api/layers/
 */
import type { Dialect, OpDefinition } from '../dialect';
import { ACTIVATION_LAYERS } from './gpu-activation';
import { ARRAY_LAYERS } from './gpu-arrays';
import { CONV_LAYERS } from './gpu-conv';
import { IMAGE_LAYERS } from './gpu-image';

/** Inputs of layers that take more or fewer than one: weights are inputs, too, and a bias may be left out. */
const INPUTS: readonly (readonly [least: number, most: number, kinds: string])[] = [
  [2, Infinity, 'Add Subtract Multiply Maximum Minimum Average'],
  [1, Infinity, 'Concatenate'],
  [1, 3, 'LayerNormalization'],
  [2, 2, 'PReLU'],
  [2, 3, 'Conv1D Conv2D Conv2DTranspose Dense DepthwiseConv1D DepthwiseConv2D'],
  [3, 3, 'Rescaling Normalization'],
  [3, 4, 'SeparableConv1D SeparableConv2D'],
  [3, 5, 'BatchNormalization'],
];

const BY_KIND: ReadonlyMap<string, readonly [number, number]> = new Map(
  INPUTS.flatMap(([least, most, kinds]) => kinds.split(' ').map((kind) => [kind, [least, most]] as const)),
);

/** Keras' layers by class. */
export const LAYERS: Dialect = {
  name: 'Keras layers model',
  ops: new Map(
    Object.entries({ ...ACTIVATION_LAYERS, ...ARRAY_LAYERS, ...CONV_LAYERS, ...IMAGE_LAYERS }).map(
      ([kind, gpu]): [string, OpDefinition] => [
        kind,
        { inputs: BY_KIND.get(kind) ?? [1, 1], gpu, dtype: () => 'float32' },
      ],
    ),
  ),
};
