/**
 * How many weights each kind of convolution has: the reason that separable convolutions exist.
 *
 * @module
 */
import { check, checkOptions, isCount, show } from '../conv/check';
import { perAxis } from '../conv/padding';

/** A convolution from `inChannels` to `outChannels` with a filter of `filterSize`. */
export interface FilterGeometry {
  /** Taps per side, or [height, width]. */
  readonly filterSize: number | readonly [height: number, width: number];
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output. */
  readonly outChannels: number;
  /** Depthwise outputs per input channel; default 1. */
  readonly multiplier?: number;
}

/** Weights without biases. */
export interface ParameterCount {
  /** height * width * in * out */
  readonly standard: number;
  /** height * width * in * multiplier */
  readonly depthwise: number;
  /** in * multiplier * out */
  readonly pointwise: number;
  /** depthwise + pointwise */
  readonly separable: number;
}

/**
 * Weights of the standard, depthwise, pointwise and separable convolution between the same channels.
 *
 * @throws if a size is not a whole number of at least 1
 * @example
 * ```ts
 * parameterCount({ filterSize: 3, inChannels: 3, outChannels: 4 });
 * // { standard: 108, depthwise: 27, pointwise: 12, separable: 39 }
 * ```
 * @see https://arxiv.org/abs/1704.04861 section 3.1
 */
export function parameterCount(geometry: FilterGeometry): ParameterCount {
  const op = 'parameterCount';
  checkOptions(op, geometry, ['filterSize', 'inChannels', 'outChannels', 'multiplier']);
  const { filterSize, inChannels, outChannels, multiplier = 1 } = geometry;
  const [height, width] = perAxis(op, 'filterSize', filterSize);
  for (const [name, value] of Object.entries({ inChannels, outChannels, multiplier })) {
    check(isCount(value), () => `${op}: ${name} is ${show(value)} but must be a whole number of at least 1`);
  }
  const depthwise = height * width * inChannels * multiplier;
  const pointwise = inChannels * multiplier * outChannels;
  return {
    standard: height * width * inChannels * outChannels,
    depthwise,
    pointwise,
    separable: depthwise + pointwise,
  };
}
