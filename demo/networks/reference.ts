/** The expected output of a network: plain float64 loops, layer after layer. */
import { activationReferences, poolReference } from '../../test/support/array-reference';
import { sizeOf } from '../convolution';
import { outputsOf } from '../reference';
import type { Model, Weights } from './model';
import { NORM_EPSILON, type LayerActivation, type NetworkLayer } from './network';

/** The output of each layer, by its place. */
export function networkReference({ network, x, weights }: Model): readonly Float64Array[] {
  const values: Float64Array[] = [];
  for (const [i, layer] of network.layers.entries()) {
    values.push(layer.kind === 'input' ? Float64Array.from(x) : layerReference(layer, values, weights[i]));
  }
  return values;
}

function layerReference(
  layer: Exclude<NetworkLayer, { kind: 'input' }>,
  values: readonly Float64Array[],
  weights?: Weights,
): Float64Array {
  const { filter, bias = new Float32Array(layer.shape[3]) } = weights ?? { filter: new Float32Array() };
  const x = values[layer.x];
  const [, , , channels] = layer.shape;
  switch (layer.kind) {
    case 'conv': {
      const activation = ACTIVATIONS[layer.activation];
      const residual = layer.residual === undefined ? undefined : values[layer.residual];
      return outputsOf(layer.conv, x, filter).map((sum, i) =>
        activation(sum + bias[i % channels] + (residual?.[i] ?? 0)),
      );
    }
    case 'maxPool': {
      const { input, filter: taps, strides, dilations, padding } = layer.window;
      const pair = (n: number): readonly [number, number] => [n, n];
      const geometry = { window: [taps[0], taps[1]], strides: pair(strides), dilations: pair(dilations) } as const;
      const pool = { ...geometry, padding: padding as 'same', dataFormat: 'NHWC' } as const;
      return poolReference({ shape: input, values: x }, pool, (inputs) => Math.max(...inputs)).values;
    }
    case 'mean': {
      const pixels = x.length / sizeOf(layer.shape);
      const sums = new Float64Array(channels);
      for (const [i, value] of x.entries()) sums[i % channels] += value;
      return sums.map((sum) => sum / pixels);
    }
    case 'scale':
      return x.map((value, i) => value * values[layer.factors][i % channels]);
    case 'layerNorm':
      return x.map((value, i) => {
        const pixel = x.subarray(i - (i % channels), i - (i % channels) + channels);
        const mean = average(pixel);
        const variance = average(pixel.map((v) => (v - mean) ** 2));
        return ((value - mean) / Math.sqrt(variance + NORM_EPSILON)) * filter[i % channels] + bias[i % channels];
      });
  }
}

const ACTIVATIONS: Readonly<Record<LayerActivation, (v: number) => number>> = {
  ...(activationReferences as Record<LayerActivation, (v: number) => number>),
  hardSigmoid: (v) => Math.min(Math.max(v + 3, 0), 6) / 6,
};

function average(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
