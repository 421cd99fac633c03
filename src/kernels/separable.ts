/**
 * Twin of shaders/separable.wgsl: a depthwise convolution and the pointwise one after it, in one dispatch; and the same in two.
 *
 * @module
 */
import shader from '../../shaders/separable.wgsl';
import { summary, type ConvProblem } from '../conv/problem';
import type { Chain } from './chain';
import { problemUniforms } from './conv-step';
import { flatStep, WORKGROUP } from './flat-step';
import type { Kernel } from './kernel';
import type { Operation } from './operation';
import { inTwo, isSimple, pairOperation, type ConvPair, type Order } from './pair';

const ORDER: Order = ['depthwise', 'pointwise'];

/** Pixels of a workgroup, and of the strips that they are convolved in. */
const TILE = { WIDTH: 8, HEIGHT: 4, STRIP: 4 } as const;

/** Output channels of the 16 invocations that mix one row of the tile, four each. */
const MIXED = 64;

/** Registers hold no more than two columns of eight pixels. */
const COLUMNS_LIMIT = 2;

export const separableFused: Kernel<ConvPair> = {
  name: 'separable/fused',
  why: 'the map is large and the outputs are few, so the intermediate stays in workgroup memory instead of going to DRAM and back',
  wgsl: shader.code,
  supports: (pair) => isSimple(pair) && columnsOf(pair.pointwise) <= COLUMNS_LIMIT && pair.depthwise.strideWidth <= 2,
  suits: ({ depthwise: d }, { profile }) =>
    profile.workgroupMemory && !profile.cpu && workgroupsOf(d) * WORKGROUP >= profile.invocations,
  tiles: () => [{}],
  step(pair, _tile, end, target) {
    const { depthwise: d, pointwise: w } = pair;
    return flatStep(target, {
      kernel: 'separable/fused',
      shader,
      sizes: summaryOf(pair),
      knobs: {
        ...TILE,
        FILTER_HEIGHT: d.filterHeight,
        FILTER_WIDTH: d.filterWidth,
        STRIDE_HEIGHT: d.strideHeight,
        STRIDE_WIDTH: d.strideWidth,
        COLUMNS: columnsOf(w),
      },
      between: pair.between,
      epilogue: end,
      uniforms: { ...problemUniforms(d), out_channels: w.outChannels },
      invocations: workgroupsOf(d) * WORKGROUP,
    });
  },
};

/** The two convolutions one after the other, each by its own kernels. */
export const separableInTwo: Chain<ConvPair> = /* @__PURE__ */ inTwo(
  'separable/two-dispatches',
  'two dispatches: the intermediate is small, or fusing would cost more in workgroup memory than its way saves',
  ORDER,
);

/** The kind of both. */
export const SEPARABLE = 'separable';

function separableBy(name: string, kernels: Operation<ConvPair>['kernels']): Operation<ConvPair> {
  return pairOperation({ kind: SEPARABLE, name, summary: summaryOf }, ORDER, kernels);
}

export const separable: Operation<ConvPair> = /* @__PURE__ */ separableBy('separable', [
  separableFused,
  separableInTwo,
]);

/** By the method `'fused'`. */
export const separableByFused: Operation<ConvPair> = /* @__PURE__ */ separableBy('separable/fused', [separableFused]);

function summaryOf({ depthwise: d, pointwise: w }: ConvPair): string {
  return `${summary(d)} ->${w.outChannels}`;
}

function columnsOf(w: ConvProblem): number {
  return Math.ceil(w.outChannels / MIXED);
}

function workgroupsOf(d: ConvProblem): number {
  return d.batch * Math.ceil(d.outHeight / TILE.HEIGHT) * Math.ceil(d.outWidth / TILE.WIDTH);
}
