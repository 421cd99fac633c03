/**
 * Depthwise-separable convolution: depthwise, then pointwise.
 *
 * @module
 */
import type { Tensor } from '../tensor/tensor';
import { checkOptions, checkTensor } from './arguments';
import { compose } from './call';
import { CONV_OPTIONS, type ConvOptions } from './convolve';
import { depthwiseConv2dOf } from './depthwise-conv2d';
import { EPILOGUE_OPTIONS, type EpilogueOptions } from './epilogue';
import { pointwiseConv2dOf } from './pointwise-conv2d';

/** Options of {@link separableConv2d}. */
export interface SeparableConv2dOptions extends ConvOptions {
  /** What is done between the two steps: MobileNet has batch norm and relu6 there, tf.nn.separable_conv2d nothing. */
  readonly between?: EpilogueOptions;
}

/**
 * Separable 2-D convolution, as tf.nn.separable_conv2d. Strides, padding and dilations are the depthwise step's; bias,
 * batchNorm, residual and activation follow the pointwise step, and `between` the depthwise one.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param depthwiseFilter [height, width, in, multiplier]
 * @param pointwiseFilter [1, 1, in * multiplier, out] or [in * multiplier, out]
 * @param options strides, padding, dilations, dataFormat; `between`; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = separableConv2d(x, depthwiseFilter, pointwiseFilter, {
 *   strides: 2, padding: 'same', between: { batchNorm, activation: 'relu6' }, activation: 'relu6',
 * });
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/separable_conv2d
 */
export function separableConv2d(
  x: Tensor,
  depthwiseFilter: Tensor,
  pointwiseFilter: Tensor,
  options: SeparableConv2dOptions = {},
): Tensor {
  const op = 'separableConv2d';
  checkTensor(op, 'x', x);
  checkOptions(op, options, ['between', ...CONV_OPTIONS]);
  const { strides, padding, dilations, rate, dataFormat, between = {}, ...epilogue } = options;
  checkOptions(`${op} (between)`, between, EPILOGUE_OPTIONS);
  return compose(x.context, 'two dispatches: fusing them costs more in shared memory than the round trip saves', () => {
    using middle = depthwiseConv2dOf(`${op} (depthwise step)`, x, depthwiseFilter, {
      ...between,
      strides,
      padding,
      dilations,
      rate,
      dataFormat,
    });
    return pointwiseConv2dOf(`${op} (pointwise step)`, middle, pointwiseFilter, { ...epilogue, dataFormat });
  });
}
