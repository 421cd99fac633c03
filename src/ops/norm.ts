/**
 * Norms by the statistics of the input itself: layer norm and instance norm.
 *
 * @module
 */
import { check, checkOptions, describe, show, sizeOf } from '../conv/check';
import { checkDataFormat, type DataFormat } from '../conv/layout';
import type { Channels } from '../kernels/elementwise';
import { norm as operation } from '../kernels/norm';
import { operatorBody } from '../kernels/operators';
import type { Tensor } from '../tensor/tensor';
import { axesOf, checkRank } from './arguments';
import { contextOf, run, type TensorEnding } from './call';

/** What {@link layerNorm} and {@link instanceNorm} do after they have normalized. */
interface NormOptions {
  /** Gamma, which is multiplied by; default 1. */
  readonly scale?: Tensor;
  /** Beta, which is added; default 0. */
  readonly offset?: Tensor;
  /** Added to the variance; default 1e-5, as in WebNN, ONNX and PyTorch. Keras has 0.001. */
  readonly epsilon?: number;
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions extends NormOptions {
  /** The axes that are normalized together, negative ones counted from the end; default the last. */
  readonly axes?: number | readonly number[];
}

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions extends NormOptions {
  /** `'NHWC'`, the default: the last axis is the channel, `'NCHW'`: axis 1. */
  readonly dataFormat?: DataFormat;
}

/**
 * Layer norm: (x - mean) / sqrt(variance + epsilon) * scale + offset, with mean and variance over axes of x, in one
 * dispatch. A mean that is large compared with the deviation costs no digits.
 *
 * `compile` finds the same computation written out in operators and replaces it by this.
 *
 * @param x up to 8 axes
 * @param options axes; scale and offset, each of x's sizes along the axes; epsilon
 * @returns a tensor of x's shape
 * @throws at once if x has no such axis, a scale has another shape, or is given for axes that are not neighbours
 * @example
 * ```ts
 * const y = layerNorm(x, { scale: gamma, offset: beta, epsilon: 1e-6 }); // [1, 56, 56, 96], gamma [96]
 * ```
 * @see https://www.w3.org/TR/webnn/#api-mlgraphbuilder-layernorm
 * @see https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  const op = 'layerNorm';
  checkOptions(op, options, ['axes', 'scale', 'offset', 'epsilon']);
  const { scale, offset, axes: given = -1 } = options;
  contextOf(op, { x, scale, offset });
  checkRank(op, 'x', x.shape);
  const axes = [...axesOf(op, given, x.shape)].toSorted((i, j) => i - j);
  check(axes.length > 0, () => `${op}: axes is ${show(given)}; name at least one of x ${describe(x.shape)}`);
  const [first, last] = [axes[0], axes[axes.length - 1]];
  check(
    last - first + 1 === axes.length || (scale ?? offset) === undefined,
    () =>
      `${op}: axes ${show(given)} of ${describe(x.shape)} are not adjacent, but ${scale === undefined ? 'offset' : 'scale'} needs adjacent axes, because it has a number for each of their elements; transpose x, or multiply and add afterwards`,
  );
  const sizes = axes.map((axis) => x.shape[axis]);
  const channels = { channels: sizeOf(sizes), inner: sizeOf(x.shape.slice(last + 1)) };
  return normalized(op, x, axes, sizes, channels, options);
}

/**
 * Instance norm: (x - mean) / sqrt(variance + epsilon) * scale + offset, with mean and variance of each channel of each image, in
 * one dispatch.
 *
 * @param x [batch, height, width, channels], or [batch, channels, height, width] with dataFormat 'NCHW'; any number of axes from 3
 *   to 8, of which the first is the batch
 * @param options scale and offset, each [channels]; epsilon; dataFormat
 * @returns a tensor of x's shape
 * @throws at once if x has too few axes, or a scale is not [channels]
 * @example
 * ```ts
 * const y = instanceNorm(x, { scale: gamma, offset: beta }); // [1, 256, 256, 32], gamma [32]
 * ```
 * @see https://www.w3.org/TR/webnn/#api-mlgraphbuilder-instancenorm
 * @see https://arxiv.org/abs/1607.08022
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  const op = 'instanceNorm';
  checkOptions(op, options, ['scale', 'offset', 'epsilon', 'dataFormat']);
  const { scale, offset, dataFormat = 'NHWC' } = options;
  contextOf(op, { x, scale, offset });
  checkDataFormat(op, dataFormat);
  checkRank(op, 'x', x.shape);
  const rank = x.shape.length;
  check(
    rank >= 3,
    () =>
      `${op}: x ${describe(x.shape)} has ${rank} axes but at least 3 are needed, [batch, height, width, channels] or NCHW; reshape x`,
  );
  const channel = dataFormat === 'NHWC' ? rank - 1 : 1;
  const axes = [...x.shape.keys()].slice(1).filter((axis) => axis !== channel);
  const channels = { channels: x.shape[channel], inner: sizeOf(x.shape.slice(channel + 1)) };
  return normalized(op, x, axes, [x.shape[channel]], channels, options);
}

/** @param sizes of scale and offset */
function normalized(
  op: string,
  x: Tensor,
  axes: readonly number[],
  sizes: readonly number[],
  channels: Omit<Channels, 'size'>,
  { scale, offset, epsilon = 1e-5 }: NormOptions,
): Tensor {
  check(
    typeof epsilon === 'number' && Number.isFinite(Math.fround(epsilon)) && epsilon >= 0,
    () => `${op}: epsilon is ${show(epsilon)}; it must be a number of at least 0, by default 0.00001`,
  );
  for (const [name, tensor] of Object.entries({ scale, offset })) {
    const missing = (tensor?.shape.length ?? 0) - sizes.length;
    check(
      tensor === undefined ||
        (missing >= 0 && tensor.shape.every((n, axis) => n === (axis < missing ? 1 : sizes[axis - missing]))),
      () => `${op}: ${name} is ${describe(tensor!.shape)} but x is ${describe(x.shape)}; give ${describe(sizes)}`,
    );
  }
  const endings: TensorEnding[] = [];
  if (scale !== undefined) {
    const other = { perChannel: true };
    const stage = { kind: 'operator', operator: 'multiply', body: operatorBody('multiply'), other } as const;
    endings.push({ stage, operands: [scale] });
  }
  if (offset !== undefined) endings.push({ stage: { kind: 'bias' }, operands: [offset] });
  const problem = { shape: x.shape, axes, epsilon, channels };
  return run(op, x.context, { operation, problem, inputs: { x }, endings }, x);
}
