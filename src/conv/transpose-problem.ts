/**
 * A transposed convolution as numbers. It is the gradient of a convolution with respect to that convolution's input: strides,
 * dilations and padding are those of the FORWARD convolution, which goes from this output's size to this input's.
 * Every input, times each tap of the filter, is added to the output that the forward convolution would have read:
 *
 *     output y = input y * stride + tap * dilation - padTop
 *
 * @module
 */
import { check, checkFilled, describe, isCount, show } from './check';
import { checkFilterRank, inputOf, type Input } from './layout';
import { checkReach, explicitPadding, isPair, ruleOf, type Padding, type PerAxis } from './padding';
import { checkGroups, type ConvSizes } from './problem';
import { assembled, AXES, stepsOf, type ConvGeometry, type Placed } from './window';

/** Options of a transposed convolution, beside the geometry of the forward convolution whose gradient it is. */
export interface TransposeGeometry extends ConvGeometry {
  /** Independent parts of neighbouring channels: group g takes its own inputs to its own outputs; default 1. */
  readonly groups?: number;
  /** Size of the output, [height, width], or all four sizes in the data format's order, as TensorFlow has them. */
  readonly outputShape?: readonly number[];
  /** More rows and columns at the bottom and right, with explicit padding; fewer than the stride or the dilation. */
  readonly outputPadding?: number | readonly [height: number, width: number];
}

/**
 * All numbers of a transposed convolution, sizes in elements; made by {@link transposeProblem}. `filterForm` is `'grouped'` for
 * [kh, kw, out / groups, in] and `'depthwise'` for [kh, kw, in, out / groups].
 */
export interface TransposeProblem extends ConvSizes {}

/**
 * `conv2dTranspose`: filter [kh, kw, out / groups, in], as TensorFlow has it, with contiguous groups. With a group per
 * input channel it may also have the depthwise form [kh, kw, in, multiplier]: output channel c * multiplier + q is input
 * channel c by filter[:, :, c, q]. A filter that fits both forms has the first.
 *
 * The output's size is `outputShape`, or else the size that Keras gives: with 'same' padding the input times the stride; with
 * 'valid' enough for every tap, and at least the input times the stride; with explicit padding the range that the taps reach,
 * minus the padding, plus `outputPadding`.
 *
 * @throws if a shape or option is wrong; the message names the argument, both numbers and the remedy
 */
export function transposeProblem(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  options: TransposeGeometry = {},
): TransposeProblem {
  const input = inputOf(op, x, options);
  const channels = channelsOf(op, x, filter, input.inChannels, options.groups);
  check(
    options.outputShape === undefined || options.outputPadding === undefined,
    () =>
      `${op}: outputShape ${show(options.outputShape)} and outputPadding ${show(options.outputPadding)} both say how large ` +
      'the output is; give one',
  );
  const steps = stepsOf(op, options);
  const { padding } = steps;
  const { outputShape } = options;
  const size = outputShape === undefined ? undefined : sizeAsked(op, outputShape, input, channels.outChannels);
  const extra = options.outputPadding === undefined ? undefined : extraOf(op, options.outputPadding, padding);
  const rule = ruleOf(padding);
  const axis = (index: 0 | 1): Placed =>
    axisOf(op, {
      name: AXES[index],
      size: index === 0 ? input.inHeight : input.inWidth,
      taps: filter[index],
      stride: steps.strides[index],
      dilation: steps.dilations[index],
      padding,
      rule,
      sides: rule === undefined ? explicitPadding(op, padding, index) : [0, 0],
      asked: size?.[index],
      extra: extra?.[index],
    });
  const { outChannels, ...grouped } = channels;
  const places = [input.inHeight, input.inWidth] as const;
  return { ...assembled(op, input, filter, steps, [axis(0), axis(1)], places, outChannels), ...grouped };
}

function channelsOf(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  inChannels: number,
  groups = 1,
): Pick<TransposeProblem, 'groups' | 'filterForm' | 'outChannels'> {
  checkGroups(op, groups, inChannels);
  checkFilterRank(op, filter, '[height, width, out / groups, in]');
  const [, , third, fourth] = filter;
  const isDepthwise = groups === inChannels && third === inChannels && fourth !== inChannels;
  check(
    fourth === inChannels || isDepthwise,
    () =>
      `${op}: filter ${describe(filter)} takes ${fourth} input channels but the input ${describe(x)} has ${inChannels}; give ` +
      `[height, width, ${groups === 1 ? 'out' : `out / ${groups}`}, ${inChannels}]` +
      (groups === inChannels ? ` or the depthwise form [height, width, ${inChannels}, multiplier]` : ''),
  );
  return isDepthwise
    ? { groups, filterForm: 'depthwise', outChannels: inChannels * fourth }
    : { groups, filterForm: 'grouped', outChannels: third * groups };
}

/** Height and width of the option `outputShape`. */
function sizeAsked(op: string, shape: readonly number[], input: Input, outChannels: number): readonly number[] {
  const { dataFormat, batch } = input;
  if (Array.isArray(shape)) checkFilled(`${op}: outputShape`, shape);
  check(
    Array.isArray(shape) && (shape.length === 2 || shape.length === 4) && Array.from(shape).every(isCount),
    () =>
      `${op}: outputShape is ${show(shape)} but must be [height, width] or all four sizes, whole numbers of at least 1`,
  );
  if (shape.length === 2) return shape;
  const channelAxis = dataFormat === 'NHWC' ? 3 : 1;
  check(
    shape[0] === batch,
    () => `${op}: outputShape ${describe(shape)} has a batch of ${shape[0]} but the input has ${batch}; give ${batch}`,
  );
  check(
    shape[channelAxis] === outChannels,
    () =>
      `${op}: outputShape ${describe(shape)} (${dataFormat}) has ${shape[channelAxis]} channels but the filter gives ` +
      `${outChannels}; give ${outChannels}, or a filter for ${shape[channelAxis]}`,
  );
  return dataFormat === 'NHWC' ? [shape[1], shape[2]] : [shape[2], shape[3]];
}

/** The two numbers of the option `outputPadding`. */
function extraOf(op: string, value: PerAxis, padding: Padding): readonly [number, number] {
  const isExtra = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  const pair = typeof value === 'number' ? [value, value] : value;
  check(
    isPair(pair, isExtra),
    () => `${op}: outputPadding is ${show(value)} but must be a whole number of at least 0, or [height, width] of such`,
  );
  check(
    typeof padding !== 'string',
    () =>
      `${op}: outputPadding ${show(value)} adds to explicit padding but padding is ${show(padding)}; give numbers as ` +
      'padding, or the size itself as outputShape',
  );
  return pair;
}

/** One axis of a problem. */
interface Axis {
  readonly name: 'height' | 'width';
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  readonly rule: ReturnType<typeof ruleOf>;
  /** The explicit padding. */
  readonly sides: readonly [before: number, after: number];
  /** The output's size, if the app gave it. */
  readonly asked: number | undefined;
  readonly extra: number | undefined;
}

/** Output size and leading padding along one axis. */
function axisOf(op: string, axis: Axis): Placed {
  const { name, size, taps, stride, dilation, rule, asked, extra = 0 } = axis;
  const extent = (taps - 1) * dilation + 1;
  /** The size of the range that the taps of all inputs reach. */
  const reach = (size - 1) * stride + extent;
  check(
    extra === 0 || extra < Math.max(stride, dilation),
    () =>
      `${op}: outputPadding is ${extra} along ${name} but must be less than the stride ${stride} or the dilation ${dilation}`,
  );
  if (rule === 'same') {
    const out = asked ?? size * stride;
    checkForward(op, axis, Math.ceil(out / stride), [(size - 1) * stride + 1, size * stride]);
    const total = Math.max(reach - out, 0);
    checkReach(op, name, Math.max(stride, reach, out + total));
    return { out, before: Math.floor(total / 2) };
  }
  const [before, after] = axis.sides;
  const standard = rule === 'valid' ? size * stride + Math.max(extent - stride, 0) : reach - before - after + extra;
  const out = asked ?? standard;
  check(
    out >= 1,
    () =>
      `${op}: the output would be empty: along ${name} the taps reach ${reach} but padding ${before} + ${after} takes as ` +
      'much away; use less padding, more taps or a larger input',
  );
  const forward = Math.floor((out + before + after - extent) / stride) + 1;
  const least = reach - before - after;
  checkForward(op, axis, Math.max(forward, 0), [Math.max(least, 1), least + stride - 1]);
  checkReach(op, name, Math.max(stride, reach, out + before + after));
  return { out, before };
}

/** Throws unless the forward convolution of the requested output size gives the input's size. */
function checkForward(
  op: string,
  { name, size, taps, stride, dilation, padding, asked }: Axis,
  forward: number,
  [least, most]: readonly [number, number],
): void {
  check(
    asked === undefined || forward === size,
    () =>
      `${op}: outputShape has ${name} ${asked}, which a convolution of ${taps} taps (stride ${stride}, dilation ${dilation}, ` +
      `padding ${show(padding)}) takes to ${forward}, but the input has ${size}; choose ${least}` +
      (least === most ? '' : ` to ${most}`),
  );
}
