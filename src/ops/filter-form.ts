/**
 * The two forms of a grouped filter, and the ways between them.
 *
 * With w = cin / groups channels per group and m = cout / groups outputs per group, the grouped form [kh, kw, w, cout]
 * and the depthwise form [kh, kw, cin, m] hold the same weights. In contiguous groups input channel g*w + j is member j of
 * group g, so the forms differ by an exchange of the axes g and j. In strided groups it is channel j*groups + g, and the
 * forms are the same elements in the same order.
 *
 * @module
 */
import { check, checkOptions, describe, isCount, show } from '../conv/check';
import { checkGrouping, type Grouping } from '../conv/layout';
import type { Tensor } from '../tensor/tensor';
import { checkTensor } from './arguments';
import { compose, contextOf } from './call';
import { reshape } from './reshape';
import { transpose } from './transpose';

/** Options of {@link groupedToDepthwiseFilter} and {@link depthwiseToGroupedFilter}. */
export interface FilterFormOptions {
  /** How many groups the filter's convolution has. */
  readonly groups: number;
  /** Default `'contiguous'`. */
  readonly grouping?: Grouping;
}

/**
 * A grouped filter in the form that tf.nn.depthwise_conv2d takes, for the construction depthwise -> reshape -> reduceSum.
 *
 * @param filter [height, width, in / groups, out]
 * @param options groups, and grouping
 * @returns [height, width, in, out / groups]
 * @throws if the filter has another rank, or groups does not divide its output channels
 * @example
 * ```ts
 * const w = groupedToDepthwiseFilter(filter, { groups: 32 }); // [3, 3, 4, 128] -> [3, 3, 128, 4]
 * ```
 * @see https://stackoverflow.com/questions/48994369 (the transform, and a wrong one)
 */
export function groupedToDepthwiseFilter(filter: Tensor, options: FilterFormOptions): Tensor {
  const op = 'groupedToDepthwiseFilter';
  const { groups, grouping } = checkForm(op, filter, options);
  const [height, width, members, out] = filter.shape;
  check(
    out % groups === 0,
    () =>
      `${op}: groups ${groups} does not divide the ${out} output channels of filter ${describe(filter.shape)}; choose a divisor of ${out}`,
  );
  const form = [height, width, members * groups, out / groups];
  if (grouping === 'strided') return reshape(filter, form);
  return exchange(filter, [height * width, members, groups, out / groups], form);
}

/**
 * The reverse of {@link groupedToDepthwiseFilter}.
 *
 * @param filter [height, width, in, out / groups]
 * @param options groups, and grouping
 * @returns [height, width, in / groups, out]
 * @throws if the filter has another rank, or groups does not divide its input channels
 * @example
 * ```ts
 * const filter = depthwiseToGroupedFilter(w, { groups: 32 }); // [3, 3, 128, 4] -> [3, 3, 4, 128]
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/nn/depthwise_conv2d (the form it takes)
 */
export function depthwiseToGroupedFilter(filter: Tensor, options: FilterFormOptions): Tensor {
  const op = 'depthwiseToGroupedFilter';
  const { groups, grouping } = checkForm(op, filter, options);
  const [height, width, channels, multiplier] = filter.shape;
  check(
    channels % groups === 0,
    () =>
      `${op}: groups ${groups} does not divide the ${channels} input channels of filter ${describe(filter.shape)}; choose a divisor of ${channels}`,
  );
  const form = [height, width, channels / groups, multiplier * groups];
  if (grouping === 'strided') return reshape(filter, form);
  return exchange(filter, [height * width, groups, channels / groups, multiplier], form);
}

function checkForm(op: string, filter: Tensor, options: FilterFormOptions): Required<FilterFormOptions> {
  checkTensor(op, 'filter', filter);
  checkOptions(op, options, ['groups', 'grouping']);
  contextOf(op, { filter });
  const { groups, grouping = 'contiguous' } = options;
  check(
    filter.shape.length === 4,
    () => `${op}: the filter has rank ${filter.shape.length} (${describe(filter.shape)}) but needs rank 4`,
  );
  check(isCount(groups), () => `${op}: groups is ${show(groups)} but must be a whole number of at least 1`);
  checkGrouping(op, grouping);
  return { groups, grouping };
}

/** Exchanges axes 1 and 2 of the filter seen as `split`, and gives it the shape `form`. */
function exchange(filter: Tensor, split: readonly number[], form: readonly number[]): Tensor {
  return compose(filter.context, 'the two forms differ by an exchange of two axes', () => {
    using apart = reshape(filter, split);
    using exchanged = transpose(apart, [0, 2, 1, 3]);
    return reshape(exchanged, form);
  });
}
