/**
 * Grouped convolution built from other ops, as TensorFlow users build it without a grouped kernel. It is slow on
 * purpose: it follows the documents that describe it to the letter, and the direct kernel is measured against it.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import { outputShape } from '../conv/window';
import type { Tensor } from '../tensor/tensor';
import { compose } from './call';
import { concat } from './concat';
import { conv2dOf } from './conv2d';
import type { ConvOptions } from './convolve';
import { depthwiseConv2dOf } from './depthwise-conv2d';
import { applyEndings } from './elementwise';
import { checkEpilogue, type EpilogueOptions } from './epilogue';
import { reduceSum } from './reduce';
import { reshape } from './reshape';
import { split } from './slice';
import { transpose } from './transpose';

/**
 * depthwise -> reshape -> reduceSum. Depthwise channel d = c * m + q is product q of input channel c. In contiguous
 * groups the channels of one group are neighbours: [groups, w, m]. In strided groups they are `out` channels apart: [w,
 * out]. Either way the axis w is summed.
 *
 * @param filter [kh, kw, cin, cout / groups]
 */
export function reshapeSum(p: ConvProblem, x: Tensor, filter: Tensor, options: ConvOptions): Tensor {
  const width = p.inChannels / p.groups;
  const contiguous = p.grouping === 'contiguous';
  const parts = contiguous ? [p.groups, width, p.outChannels / p.groups] : [width, p.outChannels];
  const finish = checkedEpilogue(p, options);
  return compose(x.context, "method 'reshape-sum' was asked for: depthwise, reshape, reduceSum", () => {
    using products = depthwiseConv2dOf(p.op, x, filter, geometry(options));
    const [batch, second, third, fourth] = products.shape;
    const last = p.dataFormat === 'NHWC';
    using apart = reshape(products, last ? [batch, second, third, ...parts] : [batch, ...parts, third, fourth]);
    using sums = reduceSum(apart, (last ? 3 : 1) + (contiguous ? 1 : 0));
    return finish(reshape(sums, outputShape(p)));
  });
}

/**
 * split -> a conv2d per group -> concat.
 *
 * @param filter [kh, kw, cin / groups, cout]
 */
export function splitConcat(p: ConvProblem, x: Tensor, filter: Tensor, options: ConvOptions): Tensor {
  const axis = p.dataFormat === 'NHWC' ? 3 : 1;
  const finish = checkedEpilogue(p, options);
  return compose(x.context, "method 'split-concat' was asked for: a conv2d per group", () => {
    using neighbours = p.grouping === 'contiguous' ? reshape(x, x.shape) : gatherGroups(p, x);
    const inputs = split(neighbours, p.groups, axis);
    const filters = split(filter, p.groups, 3);
    const outputs = inputs.map((input, g) => conv2dOf(p.op, input, filters[g], geometry(options)));
    const joined = concat(outputs, axis);
    for (const tensor of [...inputs, ...filters, ...outputs]) tensor.dispose();
    return finish(joined);
  });
}

/** Strided groups as contiguous ones: channel j * groups + g moves to g * w + j. */
function gatherGroups(p: ConvProblem, x: Tensor): Tensor {
  const width = p.inChannels / p.groups;
  const [a, b, c, d] = x.shape;
  const last = p.dataFormat === 'NHWC';
  using apart = reshape(x, last ? [a, b, c, width, p.groups] : [a, width, p.groups, c, d]);
  using exchanged = transpose(apart, last ? [0, 1, 2, 4, 3] : [0, 2, 1, 3, 4]);
  return reshape(exchanged, x.shape);
}

/**
 * Checks the epilogue, and gives the pass that applies it to the finished sums and disposes them, because there is no
 * single kernel here that could fuse it.
 */
function checkedEpilogue(p: ConvProblem, options: EpilogueOptions): (sums: Tensor) => Tensor {
  const bind = checkEpilogue(p, options);
  return (sums) => {
    const { endings, release } = bind();
    if (endings.length === 0) return sums;
    const inner = p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth;
    const channels = { size: sums.size, channels: p.outChannels, inner };
    const output = applyEndings(p.op, sums, channels, endings, 'no kernel to fuse the epilogue into');
    release();
    sums.dispose();
    return output;
  };
}

function geometry({ strides, padding, dilations, rate, dataFormat, accumulate }: ConvOptions): ConvOptions {
  return { strides, padding, dilations, rate, dataFormat, accumulate };
}
