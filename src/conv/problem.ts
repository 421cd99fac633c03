/**
 * A convolution as numbers. Every member of the family is the same kind of problem: `groups` independent convolutions
 * over disjoint sets of input channels. An ordinary convolution has one group, a depthwise one has a group per input
 * channel, a pointwise one has a 1x1 filter.
 *
 * Convolution is cross-correlation, as in TensorFlow; padding is zero; 'same' pads like TensorFlow, with the odd row and column
 * at the bottom and right.
 *
 * @module
 */
import { check, describe, isCount, show } from './check';
import { checkFilterRank, checkGrouping, inputOf, type FilterForm, type Grouping } from './layout';
import { windowOf, type ConvGeometry, type WindowProblem } from './window';

/** The sizes of a convolution, forward or transposed. */
export interface ConvSizes extends WindowProblem {
  readonly groups: number;
  readonly filterForm: FilterForm;
}

/** All numbers of a convolution. Made by the functions below, which throw or give a valid one. */
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
  const input = inputOf(op, x, options);
  const { inChannels, dataFormat } = input;
  checkFilterRank(op, filter, '[height, width, channels, multiplier]');
  check(
    filter[2] === inChannels,
    () =>
      `${op}: filter ${describe(filter)} is for ${filter[2]} channels but the input ${describe(x)} (${dataFormat}) has ` +
      `${inChannels}; give one filter per input channel as [height, width, ${inChannels}, multiplier], or use conv2d ` +
      'or groupedConv2d to mix channels',
  );
  const window = windowOf(op, input, filter, options, inChannels * filter[3]);
  return { ...window, groups: inChannels, grouping: 'contiguous', filterForm: 'depthwise' };
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
  const input = inputOf(op, x, options);
  const { inChannels } = input;
  const { groups, grouping = 'contiguous' } = options;
  checkGroups(op, groups, inChannels);
  checkGrouping(op, grouping);
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
  return { ...windowOf(op, input, filter, options, outChannels), groups, grouping, filterForm };
}

/** Throws unless the groups are a number that divides the input's channels. */
export function checkGroups(op: string, groups: number, inChannels: number): void {
  check(
    isCount(groups),
    () =>
      `${op}: groups is ${show(groups)} but must be a whole number of at least 1; the input has ${inChannels} channels`,
  );
  check(
    inChannels % groups === 0,
    () =>
      `${op}: groups ${groups} does not divide the input's ${inChannels} channels; choose a divisor of ${inChannels}`,
  );
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
