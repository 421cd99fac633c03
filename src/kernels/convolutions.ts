/**
 * The convolutions as operations: one kind of problem, and for each function the kernels that compute it, in order of
 * The convolutions as operations: one kind of problem, and for each function the kernels that compute it, in order of
 * preference. An app that imports one function carries only that function's kernels, and those for CPU adapters
 * (for-cpu.ts) only if it finds such an adapter.
 *
 * @module
 */
import { summary, type ConvProblem } from '../conv/problem';
import { convPieces } from './conv-pieces';
import { multiplyAdds, outputs } from './conv-step';
import { conv2dGeneral } from './conv2d';
import { depthwiseRows } from './depthwise-rows';
import { depthwiseTile } from './depthwise-tile';
import { conv2dTile, fusedReshapeSum, groupedDirect } from './grouped';
import { conv2dSplit, groupedSplit } from './grouped-split';
import type { Kernel } from './kernel';
import { kernelsFor } from './late';
import type { Operation } from './operation';
import { pointwiseTile } from './pointwise';
import { pointwiseSplit } from './pointwise-split';

/** The kind of all convolutions. Their inputs are `x` and `weights`. */
export const CONVOLUTION = 'convolution';

/** A convolution takes one dispatch. */
export interface Convolution extends Operation<ConvProblem> {
  readonly kernels: readonly Kernel[];
}

function convolution(name: string, kernels: readonly Kernel[], isMethod = false): Convolution {
  return {
    kind: CONVOLUTION,
    name,
    isMethod,
    get kernels() {
      return [...kernelsFor(name), ...kernels];
    },
    summary,
    multiplyAdds,
    pieces: convPieces,
    channels: (p) => ({
      size: outputs(p),
      channels: p.outChannels,
      inner: p.dataFormat === 'NHWC' ? 1 : p.outHeight * p.outWidth,
    }),
  };
}

export const depthwise: Convolution = /* @__PURE__ */ convolution('depthwise', [depthwiseTile, depthwiseRows]);

export const pointwise: Convolution = /* @__PURE__ */ convolution('pointwise', [
  pointwiseSplit,
  pointwiseTile,
  conv2dTile,
  conv2dGeneral,
]);

/** With any number of groups except one per channel, which is depthwise. */
export const conv2d: Convolution = /* @__PURE__ */ convolution('conv2d', [
  pointwiseSplit,
  pointwiseTile,
  conv2dSplit,
  conv2dTile,
  groupedSplit,
  groupedDirect,
  conv2dGeneral,
]);

/** With the filter in either form. */
export const grouped: Convolution = /* @__PURE__ */ convolution('grouped', [
  groupedSplit,
  groupedDirect,
  fusedReshapeSum,
  conv2dGeneral,
]);

/** By the method `'direct'`. */
export const groupedByDirect: Convolution = /* @__PURE__ */ convolution(
  'grouped/direct',
  [groupedDirect, conv2dGeneral],
  true,
);

/** By the method `'fused-reshape-sum'`. */
export const groupedByFusedSum: Convolution = /* @__PURE__ */ convolution(
  'grouped/fused-reshape-sum',
  [fusedReshapeSum, conv2dGeneral],
  true,
);
