/**
 * Grouped convolution in both groupings, by every way that TensorFlow users know to do it.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Grouping } from '../conv/layout';
import { groupedProblem, type ConvProblem } from '../conv/problem';
import { depthwise, grouped, groupedByDirect, groupedByFusedSum } from '../kernels/convolutions';
import type { Tensor } from '../tensor/tensor';
import { compose } from './call';
import { asDepthwise } from './conv2d';
import { checkArguments, convolve, type ConvOptions } from './convolve';
import { checkEpilogue } from './epilogue';
import { depthwiseToGroupedFilter, groupedToDepthwiseFilter } from './filter-form';
import { reshapeSum, splitConcat } from './grouped-composed';

/**
 * How a grouped convolution is computed. All methods give the same numbers, except that `'reshape-sum'` and
 * `'split-concat'` round float16 once more, because they store an intermediate. `'direct'`: one dispatch.
 * `'reshape-sum'`: depthwise, reshape, reduceSum, with the intermediate tensor of cin / groups times the output.
 * `'fused-reshape-sum'`: the same sums in registers. `'split-concat'`: a conv2d per group. `'auto'`: one dispatch, the
 * one that takes the filter in the form it has.
 */
export type GroupedMethod = 'auto' | 'direct' | 'reshape-sum' | 'fused-reshape-sum' | 'split-concat';

/** Options of {@link groupedConv2d}. */
export interface GroupedConv2dOptions extends ConvOptions {
  /** How many groups the channels are cut into; divides the input's and the output's. */
  readonly groups: number;
  /** Which channels form a group; default `'contiguous'`. */
  readonly grouping?: Grouping;
  /** Default `'auto'`. */
  readonly method?: GroupedMethod;
}

const METHODS: readonly GroupedMethod[] = ['auto', 'direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'];

/**
 * Grouped 2-D convolution: the channels are cut into groups, and each group of outputs sees its own group of inputs.
 *
 * The filter has the grouped form [height, width, in / groups, out] or the depthwise form [height, width, in,
 * out / groups]; its third axis says which. Each method takes both, and converts where it needs the other.
 *
 * @param x [batch, height, width, in], or [batch, in, height, width] with dataFormat 'NCHW'
 * @param filter in either form
 * @param options groups, grouping and method; strides, padding, dilations, dataFormat; bias, batchNorm, residual, activation
 * @returns [batch, outHeight, outWidth, out] in the data format of x
 * @throws at once, before anything is queued, if a shape or option is wrong
 * @example
 * ```ts
 * const y = groupedConv2d(x, filter, { groups: 32, padding: 'same' }); // ResNeXt: x [1, 56, 56, 128], filter [3, 3, 4, 128]
 * const z = groupedConv2d(x, w, { groups: 32, grouping: 'strided' });  // LayerCardinalConv: w [3, 3, 128, 4]
 * ```
 * @see https://arxiv.org/abs/1611.05431 (ResNeXt, figure 3)
 */
export function groupedConv2d(x: Tensor, filter: Tensor, options: GroupedConv2dOptions): Tensor {
  return groupedConv2dOf('groupedConv2d', x, filter, options);
}

/** @internal The same for another public function, which errors then name. */
export function groupedConv2dOf(op: string, x: Tensor, filter: Tensor, options: GroupedConv2dOptions): Tensor {
  checkArguments(op, { x, filter }, options, ['groups', 'grouping', 'method']);
  const { method = 'auto' } = options;
  check(METHODS.includes(method), () => `${op}: method is ${show(method)}; it is one of ${METHODS.join(', ')}`);
  const problem = groupedProblem(op, x.shape, filter.shape, options);
  if (method === 'auto') {
    const fast = asDepthwise(problem);
    return convolve(fast === problem ? grouped : depthwise, fast, x, filter, options);
  }
  const form = method === 'direct' || method === 'split-concat' ? 'grouped' : 'depthwise';
  if (problem.filterForm === form || problem.groups === 1) return byMethod(method, problem, x, filter, options);
  // Checked before the other form of the filter takes memory.
  checkEpilogue(problem, options);
  return compose(x.context, `method '${method}' was asked for, and takes the filter in its ${form} form`, () => {
    const convert = form === 'grouped' ? depthwiseToGroupedFilter : groupedToDepthwiseFilter;
    const { groups, grouping } = problem;
    using converted = convert(filter, { groups, grouping });
    return byMethod(method, { ...problem, filterForm: form }, x, converted, options);
  });
}

/** The filter is in the form that the method takes. */
function byMethod(
  method: Exclude<GroupedMethod, 'auto'>,
  problem: ConvProblem,
  x: Tensor,
  filter: Tensor,
  options: GroupedConv2dOptions,
): Tensor {
  switch (method) {
    case 'direct':
      return convolve(groupedByDirect, problem, x, filter, options);
    case 'fused-reshape-sum':
      return convolve(groupedByFusedSum, problem, x, filter, options);
    case 'reshape-sum':
      return reshapeSum(problem, x, filter, options);
    case 'split-concat':
      return splitConcat(problem, x, filter, options);
  }
}
