/**
 * Pointwise (1x1) convolution.
 *
 * @module
 */
import { pointwiseProblem } from '../conv/problem';
import { pointwise } from '../kernels/convolutions';
import type { Tensor } from '../tensor/tensor';
import { checkArguments, convolve, type ConvOptions } from './convolve';

/**
 * Pointwise 2-D convolution: every output channel is a weighted sum of the input channels at one pixel.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param filter [1, 1, in, out] or [in, out]
 * @param options strides, padding, dataFormat; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = pointwiseConv2d(x, gpu.tensor(weights, [128, 256]), { bias, activation: 'relu' });
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/separable_conv2d (its second step)
 */
export function pointwiseConv2d(x: Tensor, filter: Tensor, options: ConvOptions = {}): Tensor {
  return pointwiseConv2dOf('pointwiseConv2d', x, filter, options);
}

/** @internal The same for another public function, which errors then name. */
export function pointwiseConv2dOf(op: string, x: Tensor, filter: Tensor, options: ConvOptions): Tensor {
  checkArguments(op, { x, filter }, options);
  const problem = pointwiseProblem(op, x.shape, filter.shape, options);
  return convolve(pointwise, problem, x, filter, options);
}
