/** Convolutions in the form of TensorFlow.js's kernel calls, with every attribute that its own functions pass, and more. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelAttributes, KernelName } from '../../src/interop/tfjs-request';
import { generator } from './random';

/** A kernel call by its shapes, in NHWC. `nchw` makes it with channels first. */
export interface KernelCase {
  readonly kernel: KernelName;
  readonly x: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly attributes: KernelAttributes;
  readonly nchw?: boolean;
  /** Shapes, per channel or of another size. */
  readonly bias?: readonly number[];
  readonly slopes?: readonly number[];
}

/** Small whole numbers, so that sums of their products are exact in float32 in any order. */
function wholeNumbers(size: number, seed: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: size }, () => Math.floor(next() * 9) - 4);
}

/** Runs the kernel on the current backend. */
export function runCase({ kernel, x, filter, attributes, nchw = false, bias, slopes }: KernelCase): tf.Tensor {
  return tf.tidy(() => {
    const made = (shape: readonly number[], seed: number, factor = 1): tf.Tensor =>
      tf.tensor(
        wholeNumbers(tf.util.sizeFromShape([...shape]), seed).map((v) => v * factor),
        [...shape],
        'float32',
      );
    const image = made(x, 1) as tf.Tensor4D;
    const isFirst = nchw && tf.getBackend() !== 'cpu';
    const dims = ([h, w, c]: readonly number[]): number[] => (isFirst ? [c, h, w] : [h, w, c]);
    const inputs = {
      x: isFirst ? tf.transpose(image, [0, 3, 1, 2]) : image,
      filter: made(filter, 2),
      ...(bias && { bias: made(bias, 3) }),
      // Powers of two, so that multiplying by a slope does not round.
      ...(slopes && { preluActivationWeights: made(slopes.length === 3 ? dims(slopes) : slopes, 4, 2 ** -3) }),
    };
    const { pad } = attributes;
    const attrs = {
      ...attributes,
      dilations: attributes.dilations === undefined ? 1 : attributes.dilations,
      dataFormat: isFirst ? 'NCHW' : 'NHWC',
      ...(typeof pad === 'object' && isFirst && { pad: [pad[0], pad[3], pad[1], pad[2]] }),
    };
    const y: tf.Tensor4D = tf.engine().runKernel(kernel, inputs, attrs as object as tf.NamedAttrMap);
    return isFirst ? tf.transpose(y, [0, 2, 3, 1]) : y;
  });
}

const KINDS: readonly KernelName[] = ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'];
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu', undefined];

/** A case that TensorFlow.js's own functions would accept. */
export function randomCase(seed: number): KernelCase {
  const next = generator(seed);
  const upTo = (most: number): number => 1 + Math.floor(next() * most);
  const of = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const kernel = of(KINDS);
  const isDepthwise = kernel.includes('Depthwise');
  const [channels, last] = [upTo(9), isDepthwise ? upTo(3) : upTo(9)];
  const filter = [upTo(4), upTo(4), channels, last] as const;
  const dilations: [number, number] = next() < 0.3 ? [upTo(3), upTo(3)] : [1, 1];
  const isDilated = dilations[0] * dilations[1] > 1;
  const strides: [number, number] = isDilated ? [1, 1] : [upTo(3), upTo(3)];
  const side = (): [number, number] => [Math.floor(next() * 3), Math.floor(next() * 3)];
  const pad = of<KernelAttributes['pad']>(['same', 'valid', 0, 1, 2, [[0, 0], side(), side(), [0, 0]]]);
  // The image is at least as large as 'valid' padding needs.
  const x = [
    upTo(2),
    (filter[0] - 1) * dilations[0] + upTo(8),
    (filter[1] - 1) * dilations[1] + upTo(8),
    channels,
  ] as const;
  const isFused = kernel.startsWith('Fused');
  const activation = isFused ? of(ACTIVATIONS) : undefined;
  const outputs = isDepthwise ? channels * last : last;
  return {
    kernel,
    x,
    filter,
    nchw: next() < 0.3,
    attributes: {
      strides,
      dilations,
      pad,
      dimRoundingMode: typeof pad === 'string' ? undefined : of([undefined, 'floor', 'round', 'ceil'] as const),
      activation,
      leakyreluAlpha: activation === 'leakyrelu' ? 0.25 : undefined,
    },
    bias: isFused && next() < 0.7 ? [outputs] : undefined,
    slopes: activation === 'prelu' ? of([[outputs], [1, 1, outputs]]) : undefined,
  };
}
