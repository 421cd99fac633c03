/**
 * Transposed convolution, also called deconvolution: the gradient of a convolution, by which decoders make images larger.
 *
 * @module
 */
import { transposeProblem, type TransposeGeometry } from '../conv/transpose-problem';
import { conv2dTranspose as operation } from '../kernels/conv2d-transpose';
import type { Tensor } from '../tensor/tensor';
import { checkArguments, convolve, type ConvOptions } from './convolve';

/** Options of {@link conv2dTranspose}. */
export interface Conv2dTransposeOptions
  extends ConvOptions, Pick<TransposeGeometry, 'groups' | 'outputShape' | 'outputPadding'> {}

/**
 * Transposed 2-D convolution, as tf.nn.conv2d_transpose: every input, times each tap of the filter, is added to the output
 * that a convolution with these strides, padding and dilations would have read there.
 *
 * Without `outputShape` the output has the size that Keras gives it: with 'same' padding the input times the stride, with
 * 'valid' enough for every tap.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param filter [height, width, out / groups, in], or with a group per input channel the depthwise form
 *   [height, width, in, multiplier]
 * @param options strides, padding, dilations, dataFormat, groups; outputShape, [height, width] or all four sizes, or
 *   outputPadding; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong, or the convolution of an output of `outputShape`
 *   does not have the input's size
 * @example
 * ```ts
 * const x = gpu.tensor(features, [1, 14, 14, 64]);
 * const filter = gpu.tensor(weights, [3, 3, 32, 64]);
 * const y = conv2dTranspose(x, filter, { strides: 2, padding: 'same', bias, activation: 'relu' }); // -> [1, 28, 28, 32]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/conv2d_transpose
 */
export function conv2dTranspose(x: Tensor, filter: Tensor, options: Conv2dTransposeOptions = {}): Tensor {
  const op = 'conv2dTranspose';
  checkArguments(op, { x, filter }, options, ['groups', 'outputShape', 'outputPadding']);
  return convolve(operation, transposeProblem(op, x.shape, filter.shape, options), x, filter, options);
}
