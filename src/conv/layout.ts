/**
 * Layouts and sizes of images and filters.
 *
 * @module
 */
import { check, checkEither, checkShape, describe, show } from './check';

/** Order of a tensor's axes: batch, height, width, channels, or batch, channels, height, width. */
export type DataFormat = 'NHWC' | 'NCHW';

/**
 * Which input channels a group holds. `'contiguous'`: group g holds channels g*w .. g*w + w-1, as `groups` of WebNN,
 * PyTorch and ONNX. `'strided'`: group g holds g, g + groups, g + 2*groups, ..., as the TensorFlow construction
 * depthwise -> reshape [.., w, C] -> reduce_sum(axis 3).
 */
export type Grouping = 'contiguous' | 'strided';

/**
 * How a filter is laid out. `'grouped'`: [kh, kw, cin / groups, cout]. `'depthwise'`: [kh, kw, cin, cout / groups], one
 * row of `cout / groups` multipliers per input channel, as tf.nn.depthwise_conv2d has it.
 */
export type FilterForm = 'grouped' | 'depthwise';

/** The sizes of an image. */
export interface Input {
  readonly dataFormat: DataFormat;
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
}

/** Throws unless the data format is one. */
export function checkDataFormat(op: string, dataFormat: DataFormat): void {
  checkEither(op, 'dataFormat', dataFormat, ['NHWC', 'NCHW']);
}

/** Throws unless the grouping is one. */
export function checkGrouping(op: string, grouping: Grouping): void {
  check(
    grouping === 'contiguous' || grouping === 'strided',
    () =>
      `${op}: grouping is ${show(grouping)}; it is 'contiguous' (group g holds neighbouring channels) or 'strided' (g, g + groups, ...)`,
  );
}

/**
 * The sizes of an input.
 *
 * @throws unless it has rank 4 and its sizes are whole numbers of at least 1
 */
export function inputOf(op: string, x: readonly number[], options: { readonly dataFormat?: DataFormat }): Input {
  const { dataFormat = 'NHWC' } = options;
  checkDataFormat(op, dataFormat);
  check(
    x.length === 4,
    () =>
      `${op}: the input has rank ${x.length} (${describe(x)}) but ${dataFormat} needs rank 4; reshape it, for one image ` +
      `to ${dataFormat === 'NHWC' ? '[1, height, width, channels]' : '[1, channels, height, width]'}`,
  );
  checkShape(`${op}: the input`, x);
  return dataFormat === 'NHWC'
    ? { dataFormat, batch: x[0], inHeight: x[1], inWidth: x[2], inChannels: x[3] }
    : { dataFormat, batch: x[0], inHeight: x[2], inWidth: x[3], inChannels: x[1] };
}

/** Throws unless the filter has four sizes of at least 1. */
export function checkFilterRank(op: string, filter: readonly number[], form: string): void {
  check(
    filter.length === 4,
    () => `${op}: the filter has rank ${filter.length} (${describe(filter)}) but needs rank 4: ${form}`,
  );
  checkShape(`${op}: the filter`, filter);
}
