/**
 * Windows that go over an image: the common part of forward and transposed convolutions and of pools.
 *
 * @module
 */
import { check, show } from './check';
import { inputOf, type DataFormat, type Input } from './layout';
import { checkReach, explicitPadding, perAxis, ruleOf, type Padding, type PerAxis } from './padding';

/** Geometry options of every convolution of this library, named as in TensorFlow and WebNN. */
export interface ConvGeometry {
  /** Step of the filter over the input; default 1. */
  readonly strides?: PerAxis;
  /** Zero padding; default `'valid'`, as in TensorFlow.js and WebNN. */
  readonly padding?: Padding;
  /** Distance between the taps of the filter; default 1. */
  readonly dilations?: PerAxis;
  /** Alias of `dilations`, which tf.nn.depthwise_conv2d once called `rate`. */
  readonly rate?: PerAxis;
  /** Layout of input and output; default `'NHWC'`. Filters keep their layout. */
  readonly dataFormat?: DataFormat;
}

/** A window that goes over an image, sizes in elements: the common part of convolutions and pools. */
export interface WindowProblem extends Input {
  /** The public function that was called; errors and labels start with it. */
  readonly op: string;
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
  const input = inputOf(op, x, options);
  return windowOf(op, input, window, options, input.inChannels);
}

/** The output's shape in the problem's data format. */
export function outputShape(p: WindowProblem): readonly number[] {
  return p.dataFormat === 'NHWC'
    ? [p.batch, p.outHeight, p.outWidth, p.outChannels]
    : [p.batch, p.outChannels, p.outHeight, p.outWidth];
}

/** How a window moves, checked; height before width. */
export interface Steps {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: Padding;
}

/** @throws if a stride or dilation is none, or dilations are given twice */
export function stepsOf(op: string, options: ConvGeometry): Steps {
  check(
    options.rate === undefined || options.dilations === undefined,
    () =>
      `${op}: rate ${show(options.rate)} and dilations ${show(options.dilations)} are two names of one option; give one`,
  );
  const { strides = 1, rate = 1, dilations = rate, padding = 'valid' } = options;
  return {
    strides: perAxis(op, 'strides', strides),
    dilations: perAxis(op, options.rate === undefined ? 'dilations' : 'rate', dilations),
    padding,
  };
}

/** The result for one axis. */
export interface Placed {
  /** Size of the output. */
  readonly out: number;
  /** Padding before the input. */
  readonly before: number;
}

/** A forward window, which goes from each output's taps to that output. */
export function windowOf(
  op: string,
  input: Input,
  filter: readonly number[],
  options: ConvGeometry,
  outChannels: number,
): WindowProblem {
  const steps = stepsOf(op, options);
  const rows = placedOn(op, 0, input.inHeight, filter, steps);
  const columns = placedOn(op, 1, input.inWidth, filter, steps);
  return assembled(op, input, filter, steps, [rows, columns], [rows.out, columns.out], outChannels);
}

/**
 * The fields of a problem.
 *
 * @param places how many places the window has along each axis
 */
export function assembled(
  op: string,
  input: Input,
  [filterHeight, filterWidth]: readonly number[],
  { strides, dilations }: Steps,
  [rows, columns]: readonly [Placed, Placed],
  places: readonly [number, number],
  outChannels: number,
): WindowProblem {
  return {
    op,
    ...input,
    outHeight: rows.out,
    outWidth: columns.out,
    filterHeight,
    filterWidth,
    // Set strides and dilations that make no difference to 1: no kernel has to handle them, and more problems share a program.
    strideHeight: places[0] === 1 ? 1 : strides[0],
    strideWidth: places[1] === 1 ? 1 : strides[1],
    dilationHeight: filterHeight === 1 ? 1 : dilations[0],
    dilationWidth: filterWidth === 1 ? 1 : dilations[1],
    padTop: rows.before,
    padLeft: columns.before,
    outChannels,
  };
}

/** The name of an axis in messages. */
export const AXES = ['height', 'width'] as const;

/** Output size and leading padding along one axis. */
function placedOn(op: string, axis: 0 | 1, size: number, filter: readonly number[], steps: Steps): Placed {
  const [taps, stride, dilation, name] = [filter[axis], steps.strides[axis], steps.dilations[axis], AXES[axis]];
  const { padding } = steps;
  const extent = (taps - 1) * dilation + 1;
  const rule = ruleOf(padding);
  if (rule === 'same') {
    const out = Math.ceil(size / stride);
    const total = Math.max((out - 1) * stride + extent - size, 0);
    checkReach(op, name, Math.max(stride, size + total));
    return { out, before: Math.floor(total / 2) };
  }
  const [before, after] = rule === 'valid' ? [0, 0] : explicitPadding(op, padding, axis);
  const padded = size + before + after;
  const out = Math.floor((padded - extent) / stride) + 1;
  check(
    out >= 1,
    () =>
      `${op}: the output would be empty: along ${name} ${taps} taps (dilation ${dilation}) span ${extent} but the padded ` +
      `input only ${padded}; use padding 'same', fewer taps or a larger input`,
  );
  checkReach(op, name, Math.max(stride, padded));
  return { out, before };
}
