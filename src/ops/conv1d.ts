/**
 * Convolution along one axis, computed as a 2-D convolution of images with one row. The reshape costs nothing, and
 * neither does a filter of height 1.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import type { DataFormat } from '../conv/layout';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import { compose, contextOf } from './call';
import { conv2dOf } from './conv2d';
import { checkArguments, type ConvOptions } from './convolve';
import { depthwiseConv2dOf } from './depthwise-conv2d';
import { reshape } from './reshape';

/** Options of {@link depthwiseConv1d}: those of a 2-D convolution along its only axis. */
export interface Conv1dOptions extends Omit<ConvOptions, 'strides' | 'padding' | 'dilations' | 'rate' | 'dataFormat'> {
  /** Step of the filter over the input; default 1. */
  readonly strides?: number;
  /** Zero padding: `'valid'` (the default), `'same'`, a number for both ends, or [before, after]. */
  readonly padding?: 'same' | 'valid' | 'SAME' | 'VALID' | number | readonly [before: number, after: number];
  /** Distance between the taps of the filter; default 1. */
  readonly dilations?: number;
  /** `'NWC'`, the default: [batch, width, channels], or `'NCW'`: [batch, channels, width]. */
  readonly dataFormat?: 'NWC' | 'NCW';
}

/** Options of {@link conv1d}. */
export interface GroupedConv1dOptions extends Conv1dOptions {
  /** How many groups the channels are cut into; default 1. Group g maps its own inputs to its own outputs. */
  readonly groups?: number;
}

/**
 * 1-D convolution, as tf.nn.conv1d; with `groups`, neighbouring channels form a group.
 *
 * @param x [batch, width, in], or [batch, in, width] with dataFormat 'NCW'
 * @param filter [width, in / groups, out]
 * @param options groups, strides, padding, dilations, dataFormat; bias, batchNorm, residual (of the output's shape) and activation,
 *   fused
 * @returns [batch, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = conv1d(x, gpu.tensor(weights, [5, 80, 384]), { strides: 2, padding: 'same' }); // [1, 3000, 80] -> [1, 1500, 384]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/conv1d
 */
export function conv1d(x: Tensor, filter: Tensor, options: GroupedConv1dOptions = {}): Tensor {
  return along('conv1d', x, filter, options, '[width, in / groups, out]', conv2dOf, ['groups']);
}

/**
 * Depthwise 1-D convolution: every input channel is convolved with its own filters. Output channel c * multiplier + q is input
 * channel c with filter[:, c, q].
 *
 * @param x [batch, width, channels], or [batch, channels, width] with dataFormat 'NCW'
 * @param filter [width, channels, multiplier]
 * @param options strides, padding, dilations, dataFormat; bias, batchNorm, residual (of the output's shape) and activation, fused
 * @returns [batch, outWidth, channels * multiplier] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = depthwiseConv1d(x, gpu.tensor(weights, [15, 256, 1]), { padding: 'same' }); // [1, 400, 256] -> [1, 400, 256]
 * ```
 * @see https://js.tensorflow.org/api/latest/#conv1d
 */
export function depthwiseConv1d(x: Tensor, filter: Tensor, options: Conv1dOptions = {}): Tensor {
  return along('depthwiseConv1d', x, filter, options, '[width, channels, multiplier]', depthwiseConv2dOf);
}

type Convolve = (op: string, x: Tensor, filter: Tensor, options: ConvOptions) => Tensor;

function along(
  op: string,
  x: Tensor,
  filter: Tensor,
  options: GroupedConv1dOptions,
  form: string,
  convolve: Convolve,
  more: readonly string[] = [],
): Tensor {
  checkTensor(op, 'x', x);
  checkTensor(op, 'filter', filter);
  checkArguments(op, { x, filter }, options, more);
  const { strides = 1, padding = 'valid', dilations = 1, dataFormat = 'NWC', residual, ...rest } = options;
  check(
    dataFormat === 'NWC' || dataFormat === 'NCW',
    () => `${op}: dataFormat is ${show(dataFormat)}; it is 'NWC' or 'NCW'`,
  );
  checkAxes(op, 'x', x, dataFormat === 'NWC' ? '[batch, width, channels]' : '[batch, channels, width]');
  checkAxes(op, 'filter', filter, form);
  if (residual !== undefined) checkAxes(op, 'residual', residual, "the output's shape");
  for (const [name, value] of Object.entries({ strides, dilations })) {
    check(typeof value === 'number', () => `${op}: ${name} is ${show(value)}; give a whole number of at least 1`);
  }
  const isSides = Array.isArray(padding);
  check(
    !isSides || padding.length === 2,
    () => `${op}: padding is ${show(padding)}; it is 'same', 'valid', a whole number of at least 0, or [before, after]`,
  );
  const sides = isSides || typeof padding === 'number' ? (isSides ? padding : [padding, padding]) : undefined;
  const images: DataFormat = dataFormat === 'NWC' ? 'NHWC' : 'NCHW';
  const own: ConvOptions = {
    ...rest,
    strides: [1, strides],
    dilations: [1, dilations],
    padding: sides ? [[0, 0], sides as readonly [number, number]] : (padding as 'same'),
    dataFormat: images,
  };
  const context = contextOf(op, { x, filter, residual });
  // The axis with the one row goes in front of the width.
  const row = dataFormat === 'NWC' ? 1 : 2;
  return compose(context, 'a row of an image', () => {
    using image = reshape(x, x.shape.toSpliced(row, 0, 1));
    using taps = reshape(filter, [1, ...filter.shape]);
    using added = residual && reshape(residual, residual.shape.toSpliced(row, 0, 1));
    using y = convolve(op, image, taps, { ...own, residual: added });
    return reshape(y, y.shape.toSpliced(row, 1));
  });
}

function checkAxes(op: string, name: string, { shape }: Tensor, form: string): void {
  check(
    shape.length === 3,
    () => `${op}: ${name} ${describe(shape)} has ${shape.length} axes but 3 are needed, ${form}; reshape it`,
  );
}
