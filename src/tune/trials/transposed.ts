/**
 * Trials of transposed convolutions.
 *
 * @module
 */
import { transposeProblem, type TransposeProblem } from '../../conv/transpose-problem';
import { transposeReference } from '../../conv/transpose-reference';
import { outputShape } from '../../conv/window';
import { conv2dTranspose } from '../../kernels/conv2d-transpose';
import { INPUT, unitOf, weightsOf, type Trial } from '../trial';
import { LOPSIDED } from './convolution';

/** The most products of one sum: where strides are larger than 1, an output meets a part of the taps. */
function termsOf(p: TransposeProblem): number {
  return p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
}

export const transposedTrial: Trial<TransposeProblem> = {
  operations: [conv2dTranspose],
  inputs: (p) => ({
    x: { shape: [p.batch, p.inHeight, p.inWidth, p.inChannels], among: [INPUT] },
    weights: {
      shape: [p.filterHeight * p.filterWidth, p.inChannels, p.outChannels / p.groups],
      among: [weightsOf(termsOf(p))],
    },
  }),
  output: outputShape,
  unit: (p) => unitOf(termsOf(p)),
  reference: (p, { x, weights }) => transposeReference(p, x, weights),
  problems: (op) => [
    transposeProblem(op, [1, 5, 4, 8], [3, 3, 4, 8], { strides: 2, padding: 'same' }),
    transposeProblem(op, [2, 3, 5, 4], [2, 3, 8, 4], { strides: [1, 3] }),
    transposeProblem(op, [1, 6, 5, 4], [3, 2, 4, 1], { groups: 4, strides: 2, padding: 'same' }),
    transposeProblem(op, [1, 6, 4, 5], [3, 2, 5, 6], { dilations: [2, 1], dataFormat: 'NCHW' }),
    transposeProblem(op, [2, 4, 3, 8], [4, 4, 3, 8], { groups: 2, strides: 2, padding: LOPSIDED }),
  ],
};
