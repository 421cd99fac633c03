/**
 * Depthwise-separable convolution: depthwise, then pointwise.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';
import { depthwiseProblem, pointwiseProblem, type ConvProblem } from '../conv/problem';
import { outputShape } from '../conv/window';
import type { DType } from '../kernels/dtype';
import { inputsBetween } from '../kernels/epilogue';
import type { Operation } from '../kernels/operation';
import { pairFits, type ConvPair } from '../kernels/pair';
import { checkBytes, tooLarge } from '../kernels/pieces';
import { separable, separableByFused, separableFused, separableInTwo } from '../kernels/separable';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import { compose, run } from './call';
import { checkArguments, CONV_OPTIONS, type ConvOptions } from './convolve';
import { depthwiseConv2dOf } from './depthwise-conv2d';
import { checkEpilogue, EPILOGUE_OPTIONS, operandCount, type BoundEpilogue, type EpilogueOptions } from './epilogue';
import { pointwiseConv2dOf } from './pointwise-conv2d';

/**
 * How a separable convolution is computed. Both methods give the same numbers, except that two dispatches round float16
 * once more, because they store an intermediate. `'fused'`: one dispatch, for NHWC, multiplier 1, no dilation, channels
 * in multiples of four and at most 128 outputs, of tensors that the device binds at once. `'two-dispatches'`: the
 * depthwise step, then the pointwise one. `'auto'`: what `tune` has measured to be the faster way; by default fused on
 * a GPU where the map is large enough.
 */
export type SeparableMethod = 'auto' | 'fused' | 'two-dispatches';

/** Options of {@link separableConv2d}. */
export interface SeparableConv2dOptions extends ConvOptions {
  /** What is done between the two steps: MobileNet has batch norm and relu6 there, tf.nn.separable_conv2d nothing. */
  readonly between?: EpilogueOptions;
  /** Default `'auto'`. */
  readonly method?: SeparableMethod;
}

const METHODS: readonly SeparableMethod[] = ['auto', 'fused', 'two-dispatches'];

/**
 * Separable 2-D convolution, as tf.nn.separable_conv2d. Strides, padding and dilations are the depthwise step's; bias,
 * batchNorm, residual and activation follow the pointwise step, and `between` the depthwise one.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param depthwiseFilter [height, width, in, multiplier]
 * @param pointwiseFilter [1, 1, in * multiplier, out] or [in * multiplier, out]
 * @param options strides, padding, dilations, dataFormat; `between`; `method`; bias, batchNorm, residual and activation, fused
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong, or method 'fused' cannot compute it
 * @example
 * ```ts
 * const y = separableConv2d(x, depthwiseFilter, pointwiseFilter, {
 *   strides: 2, padding: 'same', between: { batchNorm: { mean, variance }, activation: 'relu6' }, activation: 'relu6',
 * });
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/separable_conv2d
 */
export function separableConv2d(
  x: Tensor,
  depthwiseFilter: Tensor,
  pointwiseFilter: Tensor,
  options: SeparableConv2dOptions = {},
): Tensor {
  const op = 'separableConv2d';
  checkTensor(op, 'x', x);
  checkOptions(op, options, ['between', 'method', ...CONV_OPTIONS]);
  const { strides, padding, dilations, rate, dataFormat, accumulate, between = {}, method = 'auto', ...end } = options;
  checkOptions(`${op} (between)`, between, EPILOGUE_OPTIONS);
  check(METHODS.includes(method), () => `${op}: method is ${show(method)}; it is one of ${METHODS.join(', ')}`);
  const geometry = { strides, padding, dilations, rate, dataFormat, accumulate };
  const first = `${op} (depthwise step)`;
  const second = `${op} (pointwise step)`;

  checkArguments(first, { x, filter: depthwiseFilter }, between);
  checkArguments(second, { x, filter: pointwiseFilter }, { ...end, accumulate });
  const depthwise = depthwiseProblem(first, x.shape, depthwiseFilter.shape, geometry);
  const pointwise = pointwiseProblem(second, outputShape(depthwise), pointwiseFilter.shape, { dataFormat });
  // One dispatch has no room for two batch norms of four tensors each, so they are folded.
  const [inner, outer] = [checkEpilogue(depthwise, between, 0), checkEpilogue(pointwise, end, 0)];
  const shapes: ConvPair = { depthwise, pointwise, between: [] };
  const fits = pairFits(separableFused, shapes, operandCount(between) + operandCount(end));
  check(
    fits || method !== 'fused',
    () => `${op}: method 'fused' does not compute ${LIMITS}; use 'auto', which takes two dispatches there`,
  );
  const { context } = x;
  const bound = {
    x,
    output: { shape: outputShape(pointwise), dtype: x.dtype },
    ...(between.residual && { 'between.residual': between.residual }),
    ...(end.residual && { residual: end.residual }),
  };
  const { limits } = context.target;
  // One dispatch cannot be cut into parts; two can.
  const isBound = tooLarge(bound, limits) === undefined;
  if (method === 'fused') {
    for (const [name, form] of Object.entries(bound))
      checkBytes(op, name === 'output' ? 'the output' : name, form, limits, true, 'auto');
  }
  // Folding a norm costs a dispatch, so it is folded only if one dispatch is likely to be chosen.
  const folds = between.batchNorm !== undefined || end.batchNorm !== undefined;
  const suits = separableFused.suits?.(shapes, context.target) !== false;
  if (method === 'fused' || (method === 'auto' && fits && isBound && (suits || !folds))) {
    const [operation, why] =
      method === 'fused' ? [separableByFused, "method 'fused' was asked for"] : [separable, undefined];
    const tensors = { x, weights: depthwiseFilter, mix: pointwiseFilter };
    return pair(operation, [depthwise, pointwise], tensors, [inner, outer], accumulate, why);
  }
  return compose(context, twoDispatches(fits, isBound), () => {
    using middle = depthwiseConv2dOf(first, x, depthwiseFilter, { ...between, ...geometry });
    return pointwiseConv2dOf(second, middle, pointwiseFilter, { ...end, accumulate, dataFormat });
  });
}

const LIMITS =
  'NCHW, a multiplier, dilation, more than 128 outputs, channels that are no multiple of four, or so many operands';

function twoDispatches(fits: boolean, isBound: boolean): string {
  if (!fits) return `two dispatches: one does not compute ${LIMITS}`;
  if (!isBound) return 'two dispatches: one binds whole tensors, and a tensor is larger than the device binds';
  return separableInTwo.why;
}

/** One call; everything is checked. */
function pair(
  operation: Operation<ConvPair>,
  [depthwise, pointwise]: readonly [ConvProblem, ConvProblem],
  tensors: Readonly<Record<'x' | 'weights' | 'mix', Tensor>>,
  binds: readonly (() => BoundEpilogue)[],
  sums: DType | undefined,
  why: string | undefined,
): Tensor {
  const [inner, outer] = binds.map((bind) => bind());
  const problem = { depthwise, pointwise, between: inner.endings.map(({ stage }) => stage) };
  const read = inner.endings.flatMap(({ operands }) => operands);
  const inputs = { ...tensors, ...inputsBetween(problem.between, read) };
  try {
    const invocation = { operation, problem, inputs, endings: outer.endings, sums, why };
    return run(pointwise.op, tensors.x.context, invocation, { shape: outputShape(pointwise) });
  } finally {
    for (const { release } of [inner, outer]) release();
  }
}
