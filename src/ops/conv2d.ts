/**
 * Ordinary convolution, with `groups` as WebNN, PyTorch and ONNX have it.
 *
 * @module
 */
import { conv2dProblem, type ConvProblem } from '../conv/problem';
import { conv2d as operation, depthwise } from '../kernels/convolutions';
import type { Tensor } from '../tensor/tensor';
import { checkArguments, convolve, type ConvOptions } from './convolve';

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends ConvOptions {
  /** How many groups the channels are cut into; default 1. Group g maps its own inputs to its own outputs. */
  readonly groups?: number;
}

/**
 * 2-D convolution, as tf.nn.conv2d; with `groups`, neighbouring channels form a group.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param filter [height, width, in / groups, out]
 * @param options groups, strides, padding, dilations, dataFormat; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = conv2d(x, gpu.tensor(weights, [3, 3, 3, 32]), { strides: 2, padding: 'same', activation: 'relu6' });
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/conv2d
 */
export function conv2d(x: Tensor, filter: Tensor, options: Conv2dOptions = {}): Tensor {
  return conv2dOf('conv2d', x, filter, options);
}

/** @internal The same for another public function, which errors then name. */
export function conv2dOf(op: string, x: Tensor, filter: Tensor, options: Conv2dOptions): Tensor {
  checkArguments(op, { x, filter }, options, ['groups']);
  const problem = asDepthwise(conv2dProblem(op, x.shape, filter.shape, options));
  return convolve(problem.filterForm === 'depthwise' ? depthwise : operation, problem, x, filter, options);
}

/**
 * With as many groups as channels the convolution is depthwise, and the filter [kh, kw, 1, channels * multiplier] has
 * the elements of [kh, kw, channels, multiplier] in the same order.
 */
export function asDepthwise(p: ConvProblem): ConvProblem {
  return p.groups === p.inChannels && p.groups > 1 ? { ...p, grouping: 'contiguous', filterForm: 'depthwise' } : p;
}
