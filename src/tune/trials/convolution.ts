/**
 * Trials of convolutions.
 *
 * @module
 */
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../conv/problem';
import { convReference } from '../../conv/reference';
import { outputShape } from '../../conv/window';
import { conv2d, depthwise, grouped, pointwise, type Convolution } from '../../kernels/convolutions';
import { addKernelsForCpu } from '../../kernels/for-cpu';
import { addKernelsForTuner } from '../../kernels/for-tuner';
import { INPUT, unitOf, weightsOf, type Trial } from '../trial';

/** Together they have all kernels. */
export const CONVOLUTIONS: readonly Convolution[] = /* @__PURE__ */ complete([depthwise, pointwise, conv2d, grouped]);

/** With the kernels that are loaded late: what was measured is filed under all that there are. */
function complete(operations: readonly Convolution[]): readonly Convolution[] {
  addKernelsForCpu();
  addKernelsForTuner();
  return operations;
}

/** On one side only. */
export const LOPSIDED = [
  [2, 0],
  [0, 3],
] as const;

/** Products of one sum. */
export function termsOf(p: Pick<ConvProblem, 'filterHeight' | 'filterWidth' | 'inChannels' | 'groups'>): number {
  return p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
}

export const convolutionTrial: Trial<ConvProblem> = {
  operations: CONVOLUTIONS,
  inputs: (p) => ({
    x: { shape: [p.batch, p.inHeight, p.inWidth, p.inChannels], among: [INPUT] },
    weights: { shape: [termsOf(p), p.outChannels], among: [weightsOf(termsOf(p))] },
  }),
  output: outputShape,
  unit: (p) => unitOf(termsOf(p)),
  reference: (p, { x, weights }) => convReference(p, x, weights),
  // Odd sizes, strides, dilations, padding on one side, few and many channels, both layouts, both kinds of groups.
  problems: (op) => [
    depthwiseProblem(op, [1, 9, 8, 4], [2, 2, 4, 1], { strides: 2, padding: LOPSIDED }),
    depthwiseProblem(op, [2, 11, 9, 8], [3, 2, 8, 1], { dilations: [2, 3], padding: 'same' }),
    depthwiseProblem(op, [1, 5, 6, 7], [4, 3, 5, 2], { padding: 'same', dataFormat: 'NCHW' }),
    depthwiseProblem(op, [1, 6, 5, 4], [5, 9, 4, 1], { padding: 'same' }),
    conv2dProblem(op, [1, 9, 7, 3], [2, 2, 3, 8], { strides: 2, padding: 'same' }),
    conv2dProblem(op, [2, 8, 6, 7], [3, 2, 4, 6], { padding: LOPSIDED, dataFormat: 'NCHW', groups: 2 }),
    conv2dProblem(op, [1, 6, 5, 12], [3, 2, 12, 8], { strides: [2, 1], padding: LOPSIDED }),
    conv2dProblem(op, [1, 4, 9, 8], [2, 3, 8, 12], { padding: 'same' }),
    pointwiseProblem(op, [1, 7, 7, 16], [16, 20]),
    pointwiseProblem(op, [2, 5, 9, 8], [8, 12], { strides: [1, 2] }),
    pointwiseProblem(op, [2, 5, 9, 48], [48, 72], { strides: [1, 2] }),
    groupedProblem(op, [1, 5, 6, 12], [3, 2, 4, 12], { groups: 3, grouping: 'strided', padding: 'same' }),
    groupedProblem(op, [1, 5, 6, 16], [2, 3, 8, 8], { groups: 2, padding: 'same' }),
    groupedProblem(op, [2, 4, 7, 24], [3, 1, 12, 16], { groups: 2, strides: [1, 2] }),
    groupedProblem(op, [2, 5, 4, 8], [2, 2, 8, 3], { groups: 4, strides: 2, padding: LOPSIDED }),
  ],
};
