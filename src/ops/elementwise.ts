/**
 * Batch norm and activations on their own. As options of a convolution they cost no pass of their own: see its `batchNorm`
 * and `activation`.
 *
 * @module
 */
import { check, checkOptions, describe } from '../conv/check';
import type { DataFormat } from '../conv/layout';
import { activationCode, type Activation, type ActivationCode } from '../kernels/activation';
import { binary } from '../kernels/binary';
import { elementwise, type Channels } from '../kernels/elementwise';
import type { Tensor } from '../tensor/tensor';
import { channelsOf, checkRank, checkTensor } from './arguments';
import { BATCH_NORM, checkBatchNorm, normEnding, type BatchNorm } from './batch-norm';
import { contextOf, run, type TensorEnding } from './call';
import { checkActivation, slopesOf, type Prelu } from './epilogue';

/** Where the channels are. */
export interface ChannelOptions {
  /** `'NHWC'`, the default: the last axis is the channel, for any rank. `'NCHW'`: axis 1 of four. */
  readonly dataFormat?: DataFormat;
}

/**
 * Inference batch norm: (x - mean) / sqrt(variance + epsilon) * scale + offset, per channel.
 *
 * @param x any shape, channels last, or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param norm mean and variance, scale (default 1) and offset (default 0), each [channels]; epsilon (default 0.001)
 * @param options dataFormat
 * @returns a tensor of x's shape
 * @throws at once if a statistic is missing or is not [channels]
 * @example
 * ```ts
 * const y = batchNorm(x, { mean, variance, scale: gamma, offset: beta, epsilon: 1e-5 });
 * ```
 * @see https://js.tensorflow.org/api/latest/#batchNorm
 */
export function batchNorm(x: Tensor, norm: BatchNorm, options: ChannelOptions = {}): Tensor {
  const op = 'batchNorm';
  checkOptions(op, norm, BATCH_NORM, 'norm field');
  checkTensor(op, 'x', x);
  const { mean, variance, scale, offset } = norm;
  contextOf(op, { x, mean, variance, scale, offset });
  const channels = channelsOf(op, x.shape, formatOf(op, options));
  checkBatchNorm(op, norm, channels.channels);
  return applyEndings(op, x, channels, [normEnding(norm)]);
}

/**
 * An activation of every element.
 *
 * @param x any shape, channels last, or [batch, channels, height, width] with dataFormat 'NCHW'
 * @param activation a name, a name with attributes, or { name: 'prelu', alpha } with alpha [channels], or of a shape that
 *   broadcasts to x's, such as [height, width, channels]
 * @param options dataFormat, which only prelu needs
 * @returns a tensor of x's shape
 * @throws at once if the name or an attribute is wrong
 * @example
 * ```ts
 * const y = activate(x, 'hardSwish');
 * const z = activate(x, { name: 'leakyRelu', alpha: 0.1 });
 * ```
 * @see https://js.tensorflow.org/api/latest/#relu
 */
export function activate(x: Tensor, activation: Activation | Prelu, options: ChannelOptions = {}): Tensor {
  const op = 'activate';
  checkTensor(op, 'x', x);
  const alpha = slopesOf(activation);
  const context = contextOf(op, { x, 'activation.alpha': alpha });
  const channels = channelsOf(op, x.shape, formatOf(op, options));
  if (alpha !== undefined && !isPerChannel(alpha, channels.channels)) {
    activationCode(op, activation);
    checkRank(op, 'x', x.shape);
    checkSlopes(op, alpha, x, channels.channels);
    const problem = { operator: 'prelu', shape: x.shape, a: x.shape, b: alpha.shape } as const;
    const why = 'slopes that are not those of channels are an operand';
    return run(op, context, { operation: binary, problem, inputs: { a: x, b: alpha }, why }, x);
  }
  const code = checkActivation(op, activation, channels.channels);
  const operands = alpha === undefined ? [] : [alpha];
  return applyEndings(op, x, channels, [{ stage: { kind: 'activation', code }, operands }]);
}

function isPerChannel({ shape, size }: Tensor, channels: number): boolean {
  return size === channels && shape.at(-1) === channels;
}

/** @throws unless the slopes broadcast to x's shape as in NumPy */
function checkSlopes(op: string, { shape, size }: Tensor, x: Tensor, channels: number): void {
  const missing = x.shape.length - shape.length;
  // A single axis means the channels, wherever they are.
  const isMeant = shape.length !== 1 || size === 1;
  check(
    isMeant && missing >= 0 && shape.every((n, i) => n === 1 || n === x.shape[i + missing]),
    () =>
      `${op}: activation.alpha is ${describe(shape)} but x is ${describe(x.shape)} with ${channels} channels; give [${channels}], or a shape that repeats to x's`,
  );
}

/** Applies a list of stages to every element of x, as a call of its own. */
export function applyEndings(
  op: string,
  x: Tensor,
  channels: Channels,
  endings: readonly TensorEnding[],
  why?: string,
): Tensor {
  return run(op, x.context, { operation: elementwise, problem: channels, inputs: { x }, endings, why }, x);
}

/** A function of every element, as the public function of that name. */
export function mapBy(code: ActivationCode, x: Tensor): Tensor {
  const { name } = code;
  contextOf(name, { x });
  return applyEndings(name, x, channelsOf(name, x.shape, 'NHWC'), [
    { stage: { kind: 'activation', code }, operands: [] },
  ]);
}

function formatOf(op: string, options: ChannelOptions): DataFormat {
  checkOptions(op, options, ['dataFormat']);
  const { dataFormat = 'NHWC' } = options;
  return dataFormat;
}
