/**
 * The blocks of the networks that made these convolutions known. Each is its convolutions in order, with everything
 * that follows a convolution fused into it.
 *
 * @module
 */
import { checkEither, checkOptions, describe } from '../conv/check';
import type { DataFormat, Grouping } from '../conv/layout';
import type { PerAxis } from '../conv/padding';
import type { Activation } from '../kernels/activation';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import type { BatchNorm } from './batch-norm';
import { compose } from './call';
import { depthwiseConv2dOf } from './depthwise-conv2d';
import { groupedConv2dOf, type GroupedMethod } from './grouped-conv2d';
import { pointwiseConv2dOf } from './pointwise-conv2d';

/** A convolution's weights, and the batch norm that follows it. */
export interface ConvWeights {
  /** In the form that the convolution takes. */
  readonly filter: Tensor;
  /** [out], added before the norm. */
  readonly bias?: Tensor;
  /** Every tensor [out]. */
  readonly batchNorm?: BatchNorm;
}

/** Weights of {@link resnextBottleneck}. */
export interface ResnextBottleneckWeights {
  /** [1, 1, in, width] or [in, width]. */
  readonly reduce: ConvWeights;
  /** [kh, kw, width / groups, width], or the depthwise form [kh, kw, width, width / groups]. */
  readonly grouped: ConvWeights;
  /** [1, 1, width, out] or [width, out]. */
  readonly expand: ConvWeights;
  /** What is added before the last ReLU: the input, or a 1x1 convolution of it. The documents' block adds nothing. */
  readonly shortcut?: 'identity' | ConvWeights;
}

/** Options of {@link resnextBottleneck}. */
export interface ResnextBottleneckOptions {
  /** Groups of the middle convolution: the paper's cardinality, usually 32. */
  readonly groups: number;
  /** Default `'contiguous'`. */
  readonly grouping?: Grouping;
  /** Default `'auto'`. */
  readonly method?: GroupedMethod;
  /** Default 1. */
  readonly strides?: PerAxis;
  /** Which convolution strides: the middle one (the default, as the paper's code) or the first. */
  readonly stridesAt?: 'grouped' | 'reduce';
  /** Default `'NHWC'`. */
  readonly dataFormat?: DataFormat;
}

/**
 * The ResNeXt block of figure 3c: 1x1, grouped k x k, 1x1, each with batch norm and ReLU; a shortcut, if there is one, is
 * added before the last ReLU.
 *
 * @param x [batch, height, width, in], or channels second with dataFormat 'NCHW'
 * @param weights filters, biases and batch norms of its convolutions
 * @param options see the type
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = resnextBottleneck(x, { reduce, grouped, expand, shortcut: 'identity' }, { groups: 32 });
 * ```
 * @see https://arxiv.org/abs/1611.05431
 */
export function resnextBottleneck(
  x: Tensor,
  weights: ResnextBottleneckWeights,
  options: ResnextBottleneckOptions,
): Tensor {
  const op = 'resnextBottleneck';
  checkTensor(op, 'x', x);
  checkOptions(op, options, ['groups', 'grouping', 'method', 'strides', 'stridesAt', 'dataFormat']);
  checkWeights(op, weights, ['reduce', 'grouped', 'expand'], ['shortcut']);
  const { strides = 1, stridesAt = 'grouped', dataFormat, ...grouped } = options;
  checkEither(op, 'stridesAt', stridesAt, ['grouped', 'reduce']);
  const { shortcut } = weights;
  return compose(x.context, 'figure 3c: three convolutions with their epilogues fused', () => {
    using reduced = pointwiseConv2dOf(`${op} (reduce)`, x, weights.reduce.filter, {
      ...normOf(weights.reduce, 'relu'),
      strides: stridesAt === 'reduce' ? strides : 1,
      dataFormat,
    });
    using middle = groupedConv2dOf(`${op} (grouped)`, reduced, weights.grouped.filter, {
      ...grouped,
      ...normOf(weights.grouped, 'relu'),
      strides: stridesAt === 'grouped' ? strides : 1,
      padding: 'same',
      dataFormat,
    });
    using projected =
      shortcut === undefined || shortcut === 'identity'
        ? undefined
        : pointwiseConv2dOf(`${op} (shortcut)`, x, shortcut.filter, {
            ...normOf(shortcut),
            strides,
            padding: 'same',
            dataFormat,
          });
    const residual = shortcut === 'identity' ? x : projected;
    return pointwiseConv2dOf(`${op} (expand)`, middle, weights.expand.filter, {
      ...normOf(weights.expand, 'relu'),
      residual,
      dataFormat,
    });
  });
}

/** Weights of {@link separableBlock}. */
export interface SeparableBlockWeights {
  /** [kh, kw, in, multiplier]. */
  readonly depthwise: ConvWeights;
  /** [1, 1, in * multiplier, out] or [in * multiplier, out]. */
  readonly pointwise: ConvWeights;
}

/** Options of {@link separableBlock} and {@link invertedResidual}. */
export interface BlockOptions {
  /** Of the depthwise convolution; default 1. */
  readonly strides?: PerAxis;
  /** Of the depthwise convolution; default 1. */
  readonly dilations?: PerAxis;
  /** After each convolution that has one; default `'relu6'`. */
  readonly activation?: Activation;
  /** Default `'NHWC'`. */
  readonly dataFormat?: DataFormat;
}

/** The names of BlockOptions. */
const BLOCK_OPTIONS = ['strides', 'dilations', 'activation', 'dataFormat'];

/**
 * The MobileNetV1 block: depthwise, then pointwise, each with batch norm and activation; padding 'same'.
 *
 * @param x [batch, height, width, in], or channels second with dataFormat 'NCHW'
 * @param weights filters, biases and batch norms of its convolutions
 * @param options see the type
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = separableBlock(x, { depthwise, pointwise }, { strides: 2 }); // [1, 112, 112, 64] -> [1, 56, 56, 128]
 * ```
 * @see https://arxiv.org/abs/1704.04861
 */
export function separableBlock(x: Tensor, weights: SeparableBlockWeights, options: BlockOptions = {}): Tensor {
  const op = 'separableBlock';
  checkTensor(op, 'x', x);
  checkOptions(op, options, BLOCK_OPTIONS);
  checkWeights(op, weights, ['depthwise', 'pointwise']);
  const { strides, dilations, activation = 'relu6', dataFormat } = options;
  return compose(x.context, 'depthwise and pointwise with their epilogues fused', () => {
    using middle = depthwiseConv2dOf(`${op} (depthwise)`, x, weights.depthwise.filter, {
      ...normOf(weights.depthwise, activation),
      strides,
      dilations,
      padding: 'same',
      dataFormat,
    });
    return pointwiseConv2dOf(`${op} (pointwise)`, middle, weights.pointwise.filter, {
      ...normOf(weights.pointwise, activation),
      dataFormat,
    });
  });
}

/** Weights of {@link invertedResidual}. */
export interface InvertedResidualWeights {
  /** [1, 1, in, in * expansion]; left out where the expansion is 1. */
  readonly expand?: ConvWeights;
  /** [kh, kw, in * expansion, 1]. */
  readonly depthwise: ConvWeights;
  /** [1, 1, in * expansion, out]. */
  readonly project: ConvWeights;
}

/**
 * The MobileNetV2 block: expand, depthwise, project without an activation; padding 'same'. The input is added where the
 * output has its shape, as in the paper.
 *
 * @param x [batch, height, width, in], or channels second with dataFormat 'NCHW'
 * @param weights filters, biases and batch norms of its convolutions
 * @param options see the type
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = invertedResidual(x, { expand, depthwise, project }); // [1, 56, 56, 24] -> x + [1, 56, 56, 24]
 * ```
 * @see https://arxiv.org/abs/1801.04381
 */
export function invertedResidual(x: Tensor, weights: InvertedResidualWeights, options: BlockOptions = {}): Tensor {
  const op = 'invertedResidual';
  checkTensor(op, 'x', x);
  checkOptions(op, options, BLOCK_OPTIONS);
  checkWeights(op, weights, ['depthwise', 'project'], ['expand']);
  const { strides, dilations, activation = 'relu6', dataFormat } = options;
  return compose(x.context, 'three convolutions with their epilogues fused', () => {
    using expanded =
      weights.expand === undefined
        ? undefined
        : pointwiseConv2dOf(`${op} (expand)`, x, weights.expand.filter, {
            ...normOf(weights.expand, activation),
            dataFormat,
          });
    using middle = depthwiseConv2dOf(`${op} (depthwise)`, expanded ?? x, weights.depthwise.filter, {
      ...normOf(weights.depthwise, activation),
      strides,
      dilations,
      padding: 'same',
      dataFormat,
    });
    const { filter } = weights.project;
    const channel = dataFormat === 'NCHW' ? 1 : 3;
    const shape = middle.shape.map((n, axis) => (axis === channel ? filter.shape[filter.shape.length - 1] : n));
    return pointwiseConv2dOf(`${op} (project)`, middle, filter, {
      ...normOf(weights.project),
      residual: describe(shape) === describe(x.shape) ? x : undefined,
      dataFormat,
    });
  });
}

/**
 * Throws unless a block has a filter for each of its convolutions, and no weights that it does not know.
 *
 * @param required the convolutions that it always has
 * @param optional those that may be left out, or be the identity
 */
function checkWeights(
  op: string,
  weights: object,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  checkOptions(op, weights, [...required, ...optional], 'weight');
  const parts = weights as Readonly<Record<string, ConvWeights | 'identity' | undefined>>;
  const given = optional.filter((name) => parts[name] !== undefined && parts[name] !== 'identity');
  for (const name of [...required, ...given]) {
    const part = parts[name] as ConvWeights;
    checkOptions(`${op} (${name})`, part, ['filter', 'bias', 'batchNorm'], 'weight');
    checkTensor(`${op} (${name})`, 'filter', part.filter);
  }
}

function normOf(
  { bias, batchNorm }: ConvWeights,
  activation?: Activation,
): Omit<ConvWeights, 'filter'> & { readonly activation?: Activation } {
  return { bias, batchNorm, activation };
}
