/**
 * Depthwise convolution.
 *
 * @module
 */
import { depthwiseProblem } from '../conv/problem';
import { depthwise } from '../kernels/convolutions';
import type { Tensor } from '../tensor/tensor';
import { checkArguments, convolve, type ConvOptions } from './convolve';

/**
 * Depthwise 2-D convolution: every input channel is convolved with its own filters. Output channel c * multiplier + q is
 * input channel c with filter[:, :, c, q].
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param filter [height, width, channels, multiplier]
 * @param options strides, padding, dilations (or rate), dataFormat; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, channels * multiplier] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const x = gpu.tensor(pixels, [1, 224, 224, 3]);
 * const filter = gpu.tensor(weights, [3, 3, 3, 1]);
 * const y = depthwiseConv2d(x, filter, { strides: 2, padding: 'same', activation: 'relu6' }); // [1, 112, 112, 3]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/depthwise_conv2d
 */
export function depthwiseConv2d(x: Tensor, filter: Tensor, options: ConvOptions = {}): Tensor {
  return depthwiseConv2dOf('depthwiseConv2d', x, filter, options);
}

/** @internal The same for another public function, which errors then name. */
export function depthwiseConv2dOf(op: string, x: Tensor, filter: Tensor, options: ConvOptions): Tensor {
  checkArguments(op, { x, filter }, options);
  const problem = depthwiseProblem(op, x.shape, filter.shape, options);
  return convolve(depthwise, problem, x, filter, options);
}
