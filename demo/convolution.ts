/**
 * A convolution of this page as plain numbers, and what follows from them: the output's shape, the padding, the work.
 * Everything is NHWC with square strides and dilations. A depthwise filter [kh, kw, c, m] is in memory the filter
 * [kh, kw, 1, c * m] of c groups, so one description serves every op.
 */

export type Shape = readonly [number, number, number, number];

export interface Convolution {
  /** [batch, height, width, channels] */
  readonly input: Shape;
  /** [height, width, channels per group, outputs] */
  readonly filter: Shape;
  readonly strides: number;
  readonly dilations: number;
  readonly padding: 'same' | 'valid';
  readonly groups: number;
}

/** The size of one axis of the output, and how many zeros precede the input ('same' puts an odd zero after it). */
export interface Axis {
  readonly size: number;
  readonly before: number;
}

/** Height (1) or width (2) of the output. */
export function outputAxis(conv: Convolution, axis: 1 | 2): Axis {
  const input = conv.input[axis];
  const extent = (conv.filter[axis - 1] - 1) * conv.dilations + 1;
  if (conv.padding === 'valid') return { size: Math.floor((input - extent) / conv.strides) + 1, before: 0 };
  const size = Math.ceil(input / conv.strides);
  const zeros = Math.max((size - 1) * conv.strides + extent - input, 0);
  return { size, before: Math.floor(zeros / 2) };
}

/** Zeros before and after the input, along height (1) or width (2). */
export function zerosAround(conv: Convolution, axis: 1 | 2): [before: number, after: number] {
  const { size, before } = outputAxis(conv, axis);
  const extent = (conv.filter[axis - 1] - 1) * conv.dilations + 1;
  return [before, Math.max((size - 1) * conv.strides + extent - conv.input[axis] - before, 0)];
}

export function outputShape(conv: Convolution): Shape {
  return [conv.input[0], outputAxis(conv, 1).size, outputAxis(conv, 2).size, conv.filter[3]];
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Products summed for one output. */
export function termsOf({ filter: [height, width, channels] }: Convolution): number {
  return height * width * channels;
}

/** Multiply-adds, padding taps included, as papers count them. */
export function multiplyAdds(conv: Convolution): number {
  return sizeOf(outputShape(conv)) * termsOf(conv);
}

/**
 * The least that any method must move for a chain of convolutions, in float32: the input of the first, all weights and the bias
 * are read once, and the output of the last is written once.
 */
export function minimumBytes(convolutions: readonly Convolution[]): number {
  const [first] = convolutions;
  const last = convolutions[convolutions.length - 1];
  const weights = convolutions.reduce((sum, { filter }) => sum + sizeOf(filter), 0);
  return 4 * (sizeOf(first.input) + weights + last.filter[3] + sizeOf(outputShape(last)));
}
