/**
 * What a convolution means, as numbers. Every member of the family is one problem: `groups` independent convolutions
 * over disjoint sets of input channels. An ordinary convolution has one group, a depthwise one has a group per input
 * channel, a pointwise one has a 1x1 filter.
 *
 * Convolution is cross-correlation, as in TensorFlow; padding is zero; 'same' pads like TensorFlow, the odd one at the
 * bottom and right.
 *
 * @module
 */
import { check, checkEither, checkShape, describe, fail, isCount, show } from './check';

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

/** Zero padding: by rule, the same on all four sides, or [[top, bottom], [left, right]]. */
export type Padding =
  | 'same'
  | 'valid'
  | 'SAME'
  | 'VALID'
  | number
  | readonly [readonly [top: number, bottom: number], readonly [left: number, right: number]];

/** A number for both axes, or [height, width]. */
export type PerAxis = number | readonly [height: number, width: number];

/** The geometry that every convolution of this library takes, in the words of TensorFlow and WebNN. */
export interface ConvGeometry {
  /** Step of the filter over the input; default 1. */
  readonly strides?: PerAxis;
  /** Zero padding; default `'valid'`, as in TensorFlow.js and WebNN. */
  readonly padding?: Padding;
  /** Distance between the taps of the filter; default 1. */
  readonly dilations?: PerAxis;
  /** Alias of `dilations`, the name tf.nn.depthwise_conv2d once had for it. */
  readonly rate?: PerAxis;
  /** Layout of input and output; default `'NHWC'`. Filters keep their layout. */
  readonly dataFormat?: DataFormat;
}

/** A window that goes over an image, sizes in elements: what convolutions and pools have in common. */
export interface WindowProblem {
  /** The public function that was called; errors and labels start with it. */
  readonly op: string;
  readonly dataFormat: DataFormat;
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** The sizes of a convolution, whichever way it goes. */
export interface ConvSizes extends WindowProblem {
  readonly groups: number;
  readonly filterForm: FilterForm;
}

/** A convolution in full. Made by the functions below, which throw or give a valid one. */
export interface ConvProblem extends ConvSizes {
  readonly grouping: Grouping;
}

/**
 * `conv2d`: filter [kh, kw, cin / groups, cout], contiguous groups.
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function conv2dProblem(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry & { readonly groups?: number } = {},
): ConvProblem {
  const { groups = 1 } = options;
  const problem = groupedProblem(op, x, filter, { ...options, groups });
  check(
    problem.filterForm === 'grouped',
    () =>
      `${op}: filter ${describe(filter)} takes ${filter[2]} input channels but each of the ${groups} groups has ` +
      `${problem.inChannels / groups}; give [${filter[0]}, ${filter[1]}, ${problem.inChannels / groups}, out], or use ` +
      'groupedConv2d, which takes the depthwise form, too',
  );
  return problem;
}

/**
 * `depthwiseConv2d`: filter [kh, kw, cin, multiplier]; output channel c * multiplier + q is input channel c convolved
 * with filter[:, :, c, q].
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function depthwiseProblem(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry = {},
): ConvProblem {
  const { inChannels, dataFormat } = inputOf(op, x, options);
  checkFilterRank(op, filter, '[height, width, channels, multiplier]');
  check(
    filter[2] === inChannels,
    () =>
      `${op}: filter ${describe(filter)} is for ${filter[2]} channels but the input ${describe(x)} (${dataFormat}) has ` +
      `${inChannels}; give one filter per input channel as [height, width, ${inChannels}, multiplier], or use conv2d ` +
      'or groupedConv2d to mix channels',
  );
  return problemOf(op, x, filter, options, {
    groups: inChannels,
    grouping: 'contiguous',
    filterForm: 'depthwise',
    outChannels: inChannels * filter[3],
  });
}

/**
 * `pointwiseConv2d`: filter [1, 1, cin, cout] or [cin, cout].
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function pointwiseProblem(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry = {},
): ConvProblem {
  const square = filter.length === 2 ? [1, 1, ...filter] : filter;
  checkFilterRank(op, square, '[1, 1, in, out] or [in, out]');
  check(
    square[0] === 1 && square[1] === 1,
    () =>
      `${op}: filter ${describe(filter)} is ${square[0]}x${square[1]} but a pointwise filter is 1x1; use conv2d for larger filters`,
  );
  return conv2dProblem(op, x, square, options);
}

/**
 * `groupedConv2d`: `groups` convolutions side by side. The filter's third axis says which form it has: cin / groups is
 * the grouped form, cin the depthwise form (with one group the two are the same).
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function groupedProblem(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry & { readonly groups: number; readonly grouping?: Grouping },
): ConvProblem {
  const { inChannels } = inputOf(op, x, options);
  const { groups, grouping = 'contiguous' } = options;
  check(
    isCount(groups),
    () =>
      `${op}: groups is ${show(groups)} but must be a whole number of at least 1; the input has ${inChannels} channels`,
  );
  checkGrouping(op, grouping);
  check(
    inChannels % groups === 0,
    () =>
      `${op}: groups ${groups} does not divide the input's ${inChannels} channels; choose a divisor of ${inChannels}`,
  );
  const width = inChannels / groups;
  checkFilterRank(op, filter, '[height, width, in / groups, out]');
  const [, , third, fourth] = filter;
  check(
    third === width || third === inChannels,
    () =>
      `${op}: filter ${describe(filter)} takes ${third} input channels but the input ${describe(x)} has ${inChannels} in ` +
      `${groups} group${groups === 1 ? '' : 's'} of ${width}; give [height, width, ${width}, out]` +
      (groups === 1 ? '' : ` or the depthwise form [height, width, ${inChannels}, out / ${groups}]`),
  );
  const filterForm = third === width ? 'grouped' : 'depthwise';
  const outChannels = filterForm === 'grouped' ? fourth : fourth * groups;
  check(
    outChannels % groups === 0,
    () =>
      `${op}: groups ${groups} does not divide the filter's ${outChannels} output channels; choose a multiple of ${groups}`,
  );
  return problemOf(op, x, filter, options, { groups, grouping, filterForm, outChannels });
}

/**
 * The windows of a pool, whose outputs have the channels of its input.
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function poolProblem(
  op: string,
  x: readonly number[],
  window: readonly [height: number, width: number],
  options: ConvGeometry,
): WindowProblem {
  return windowOf(op, x, window, options, inputOf(op, x, options).inChannels);
}

/** The output's shape in the problem's data format. */
export function outputShape(p: WindowProblem): readonly number[] {
  return p.dataFormat === 'NHWC'
    ? [p.batch, p.outHeight, p.outWidth, p.outChannels]
    : [p.batch, p.outChannels, p.outHeight, p.outWidth];
}

/** One line for labels: `1x112x112x32 k3x3 s2x2 g32`. */
export function summary(p: WindowProblem & Partial<ConvSizes>): string {
  const parts = [
    `${p.batch}x${p.inHeight}x${p.inWidth}x${p.inChannels}->${p.outChannels}`,
    `k${p.filterHeight}x${p.filterWidth}`,
  ];
  if (p.strideHeight * p.strideWidth > 1) parts.push(`s${p.strideHeight}x${p.strideWidth}`);
  if (p.dilationHeight * p.dilationWidth > 1) parts.push(`d${p.dilationHeight}x${p.dilationWidth}`);
  const { groups = 1 } = p;
  if (groups > 1 && groups < p.inChannels) parts.push(`g${groups}`);
  if (p.dataFormat === 'NCHW') parts.push('NCHW');
  return parts.join(' ');
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

type Channels = Pick<ConvProblem, 'groups' | 'grouping' | 'filterForm' | 'outChannels'>;

function problemOf(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry,
  { outChannels, ...channels }: Channels,
): ConvProblem {
  return { ...windowOf(op, x, filter, options, outChannels), ...channels };
}

function windowOf(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: ConvGeometry,
  outChannels: number,
): WindowProblem {
  const input = inputOf(op, x, options);
  check(
    options.rate === undefined || options.dilations === undefined,
    () =>
      `${op}: rate ${show(options.rate)} and dilations ${show(options.dilations)} are two names of one option; give one`,
  );
  const { strides = 1, rate = 1, dilations = rate, padding = 'valid' } = options;
  const [filterHeight, filterWidth] = filter;
  const [strideHeight, strideWidth] = perAxis(op, 'strides', strides);
  const [dilationHeight, dilationWidth] = perAxis(op, options.rate === undefined ? 'dilations' : 'rate', dilations);
  const rows = axis(op, 'height', input.inHeight, filterHeight, strideHeight, dilationHeight, padding, 0);
  const columns = axis(op, 'width', input.inWidth, filterWidth, strideWidth, dilationWidth, padding, 1);
  return {
    op,
    ...input,
    outHeight: rows.out,
    outWidth: columns.out,
    filterHeight,
    filterWidth,
    // What makes no difference is 1: no kernel has to cope with it, and more problems share a program.
    strideHeight: rows.out === 1 ? 1 : strideHeight,
    strideWidth: columns.out === 1 ? 1 : strideWidth,
    dilationHeight: filterHeight === 1 ? 1 : dilationHeight,
    dilationWidth: filterWidth === 1 ? 1 : dilationWidth,
    padTop: rows.before,
    padLeft: columns.before,
    outChannels,
  };
}

type Input = Pick<ConvProblem, 'dataFormat' | 'batch' | 'inHeight' | 'inWidth' | 'inChannels'>;

/**
 * The sizes of an input.
 *
 * @throws unless it has rank 4 and its sizes are whole numbers of at least 1
 */
export function inputOf(op: string, x: readonly number[], options: ConvGeometry): Input {
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

/**
 * The two numbers of an option.
 *
 * @throws unless both are whole numbers of at least 1
 */
export function perAxis(op: string, name: string, value: PerAxis): readonly [number, number] {
  const pair = typeof value === 'number' ? [value, value] : value;
  check(
    isPair(pair, isCount),
    () => `${op}: ${name} is ${show(value)} but must be a whole number of at least 1, or [height, width] of such`,
  );
  return pair;
}

/** Whether both parts of a pair are such. Not `every`, which skips the holes of an array. */
export function isPair<T>(value: unknown, isPart: (part: unknown) => part is T): value is readonly [T, T] {
  return Array.isArray(value) && value.length === 2 && isPart(value[0]) && isPart(value[1]);
}

/** Output size and leading padding along one axis. */
function axis(
  op: string,
  name: 'height' | 'width',
  size: number,
  filter: number,
  stride: number,
  dilation: number,
  padding: Padding,
  index: 0 | 1,
): { readonly out: number; readonly before: number } {
  const extent = (filter - 1) * dilation + 1;
  const rule = typeof padding === 'string' ? padding.toLowerCase() : '';
  if (rule === 'same') {
    const out = Math.ceil(size / stride);
    const total = Math.max((out - 1) * stride + extent - size, 0);
    checkReach(op, name, Math.max(stride, size + total));
    return { out, before: Math.floor(total / 2) };
  }
  const [before, after] = rule === 'valid' ? [0, 0] : explicitPadding(op, padding, index);
  const padded = size + before + after;
  const out = Math.floor((padded - extent) / stride) + 1;
  check(
    out >= 1,
    () =>
      `${op}: the output would be empty: along ${name} ${filter} taps (dilation ${dilation}) span ${extent} but the padded ` +
      `input only ${padded}; use padding 'same', fewer taps or a larger input`,
  );
  checkReach(op, name, Math.max(stride, padded));
  return { out, before };
}

/** Shaders count pixels, padding included, in 32 bits, and take what is beyond half of that for left of the image. */
export function checkReach(op: string, name: string, reach: number): void {
  check(
    reach < 2 ** 31,
    () =>
      `${op}: along ${name} strides, dilations and padding reach over ${reach} pixels but the most is ${2 ** 31 - 1}; choose smaller ones`,
  );
}

/**
 * The padding before and after along an axis, as numbers.
 *
 * @throws unless they are whole numbers of at least 0
 */
export function explicitPadding(op: string, padding: Padding, index: 0 | 1): readonly [number, number] {
  const isPad = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  const isSide = (side: unknown): side is readonly [number, number] => isPair(side, isPad);
  if (isPad(padding)) return [padding, padding];
  if (isPair(padding, isSide)) return padding[index];
  return fail(
    `${op}: padding is ${show(padding)}; it is 'same', 'valid', a whole number of at least 0, or [[top, bottom], [left, right]] of such`,
  );
}
