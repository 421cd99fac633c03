/**
 * Local response normalization.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';
import type { DataFormat } from '../conv/layout';
import { localResponse as operation } from '../kernels/local-response';
import type { Tensor } from '../tensor/tensor';
import { channelsOf } from './arguments';
import { contextOf, run } from './call';

/** Options of {@link localResponseNormalization}; the defaults are TensorFlow's. */
export interface LocalResponseOptions {
  /** How many channels to each side are neighbours; default 5. */
  readonly depthRadius?: number;
  /** Default 1. */
  readonly bias?: number;
  /** Default 1. ONNX and Caffe divide theirs by the number of neighbours, 2 * depthRadius + 1. */
  readonly alpha?: number;
  /** Default 0.5. */
  readonly beta?: number;
  /** `'NHWC'`, the default: the last axis is the channel, for any rank. `'NCHW'`: axis 1 of four. */
  readonly dataFormat?: DataFormat;
}

/**
 * Divides each element by its neighbours among the channels, as in AlexNet and GoogLeNet: x / (bias + alpha * sum of
 * squares) ^ beta, where the sum includes the element itself.
 *
 * @param x any shape, channels last, or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param options depthRadius, bias, alpha, beta, dataFormat
 * @returns a tensor of x's shape
 * @throws at once if an option is wrong
 * @example
 * ```ts
 * const y = localResponseNormalization(x, { depthRadius: 2, alpha: 1e-4 / 5, beta: 0.75 });
 * ```
 * @see https://js.tensorflow.org/api/latest/#localResponseNormalization
 */
export function localResponseNormalization(x: Tensor, options: LocalResponseOptions = {}): Tensor {
  const op = 'localResponseNormalization';
  checkOptions(op, options, ['depthRadius', 'bias', 'alpha', 'beta', 'dataFormat']);
  const { depthRadius: radius = 5, bias = 1, alpha = 1, beta = 0.5, dataFormat = 'NHWC' } = options;
  const context = contextOf(op, { x });
  check(
    Number.isSafeInteger(radius) && radius >= 0 && radius < 2 ** 31,
    () => `${op}: depthRadius is ${show(radius)}; give a whole number of at least 0`,
  );
  for (const [name, value] of Object.entries({ bias, alpha, beta })) {
    check(
      typeof value === 'number' && Number.isFinite(Math.fround(value)),
      () => `${op}: ${name} is ${show(value)}; give a number that float32 holds`,
    );
  }
  const channels = channelsOf(op, x.shape, dataFormat);
  return run(op, context, { operation, problem: { channels, radius, bias, alpha, beta }, inputs: { x } }, x);
}
