/** The named problems of transposed convolution, nasty ones first. */
import { transposeProblem, type TransposeGeometry, type TransposeProblem } from '../../src/conv/transpose-problem';

export interface NamedTranspose {
  readonly name: string;
  readonly problem: TransposeProblem;
}

const lopsided = [
  [2, 0],
  [0, 3],
] as const;

export const transposeProblems: readonly NamedTranspose[] = [
  named('one channel, one pixel', [1, 1, 1, 1], [3, 2, 1, 1]),
  named('one channel, odd sizes', [1, 5, 7, 1], [3, 3, 1, 1], { strides: 2, padding: 'same' }),
  named('gaps: stride 3, 2x1 taps', [1, 4, 3, 4], [2, 1, 4, 4], { strides: 3 }),
  named('gaps that come first: stride 4, padding 3', [2, 3, 4, 3], [2, 2, 5, 3], {
    strides: 4,
    padding: [
      [0, 3],
      [0, 1],
    ],
    outputPadding: 3,
  }),
  named('gaps before the first tap', [1, 3, 3, 4], [1, 2, 8, 4], {
    strides: [4, 3],
    padding: [
      [3, 0],
      [2, 1],
    ],
    outputPadding: [3, 1],
  }),
  named('stride 7, beyond the tiles', [1, 3, 4, 3], [3, 2, 2, 3], { strides: 7, outputShape: [17, 28] }),
  named('lopsided padding, stride 2', [1, 5, 6, 8], [4, 5, 12, 8], { strides: 2, padding: lopsided }),
  named('padding larger than the filter', [1, 8, 9, 4], [2, 3, 4, 4], { strides: 2, padding: [[5, 3], [4, 6]] }), // prettier-ignore
  named('outputPadding on one axis', [2, 4, 5, 4], [3, 3, 8, 4], { strides: 2, padding: 1, outputPadding: [1, 0] }),
  named('outputPadding under dilation', [1, 4, 5, 4], [3, 3, 4, 4], { dilations: 3, padding: 1, outputPadding: 2 }),
  named('outputShape, the smaller of two', [1, 4, 5, 4], [3, 3, 4, 4], {
    strides: 2,
    padding: 'same',
    outputShape: [7, 9],
  }),
  named('dilation 2, stride 2', [1, 5, 4, 3], [3, 3, 5, 3], { strides: 2, dilations: 2, padding: 'same' }),
  named('dilation 2, stride 3', [2, 4, 5, 2], [3, 3, 3, 2], { strides: 3, dilations: 2 }),
  named('dilation 3, stride 2, lopsided', [1, 5, 5, 4], [2, 3, 4, 4], { strides: 2, dilations: 3, padding: lopsided }),
  named('dilation larger than the map', [1, 4, 3, 2], [3, 2, 2, 2], {
    strides: 2,
    dilations: [500, 1],
    padding: 'same',
  }),
  named('stride and tap a million apart', [1, 2, 2, 1], [2, 1, 1, 1], {
    strides: [2 ** 20, 1],
    dilations: [2 ** 22, 1],
    padding: [
      [2 ** 20 - 2, 2 ** 22 - 2],
      [0, 0],
    ],
  }),
  named('strides differ per axis', [1, 4, 5, 8], [3, 3, 8, 8], { strides: [2, 3], padding: 'same' }),
  named('stride 1, even filter', [1, 5, 6, 4], [4, 2, 4, 4], { padding: 'same' }),
  named('stride 2, 2x2', [1, 5, 3, 8], [2, 2, 12, 8], { strides: 2, padding: 'same' }),
  named('stride 2, 3x3, 5 to 4 channels', [2, 4, 5, 5], [3, 3, 4, 5], { strides: 2, padding: 'same' }),
  named('stride 2, 4x4, 8 to 3 channels', [1, 4, 5, 8], [4, 4, 3, 8], { strides: 2, padding: 'same' }),
  named('stride 2, 5x5', [1, 4, 3, 4], [5, 5, 4, 4], { strides: 2, padding: 'same' }),
  named('stride 4, 8x8', [1, 3, 2, 2], [8, 8, 4, 2], { strides: 4, padding: 'same' }),
  named('one row, one-dimensional filter', [1, 1, 9, 4], [1, 4, 4, 4], { strides: [1, 2], padding: 'same' }),
  named('a filter too large to unroll', [1, 2, 3, 4], [19, 17, 4, 4], { strides: 2, padding: 'same' }),
  named('two groups of 4 to 4', [1, 4, 5, 8], [3, 3, 4, 8], { strides: 2, padding: 'same', groups: 2 }),
  named('three groups of 2 to 3', [2, 4, 3, 6], [3, 2, 3, 6], { strides: 2, padding: lopsided, groups: 3 }),
  named('three groups of 4 to 1, dilated', [1, 5, 4, 12], [3, 3, 1, 12], { strides: 2, dilations: 2, groups: 3 }),
  named('a group per channel, four outputs each', [1, 4, 3, 3], [3, 3, 4, 3], { strides: 2, groups: 3 }),
  named('a group per channel, one output each', [1, 4, 3, 8], [3, 3, 1, 8], { strides: 2, groups: 8, padding: 'same' }),
  named('depthwise form', [2, 4, 5, 8], [4, 4, 8, 1], { strides: 2, groups: 8, padding: 'same' }),
  named('depthwise form, odd channels', [1, 4, 5, 3], [3, 3, 3, 1], { strides: 2, groups: 3, padding: 'same' }),
  named('depthwise form, multiplier 2', [2, 4, 5, 6], [3, 3, 6, 2], { strides: 2, groups: 6, padding: lopsided }),
  named('depthwise form, multiplier 4', [1, 4, 5, 3], [3, 3, 3, 4], { strides: 2, groups: 3, padding: 'same' }),
  named('depthwise form, multiplier 2, dilated', [1, 4, 5, 4], [3, 3, 4, 2], { strides: 3, dilations: 2, groups: 4 }),
  named('NCHW', [2, 3, 4, 5], [3, 3, 4, 3], { strides: 2, padding: 'same', dataFormat: 'NCHW' }),
  named('NCHW, 4x4, lopsided', [1, 4, 5, 6], [4, 4, 4, 4], { strides: 2, padding: lopsided, dataFormat: 'NCHW' }),
  named('NCHW, dilation 2, stride 3, two groups', [2, 4, 3, 4], [3, 2, 3, 4], {
    strides: 3,
    dilations: 2,
    groups: 2,
    dataFormat: 'NCHW',
  }),
  named('NCHW, depthwise form, multiplier 2', [1, 3, 4, 5], [3, 3, 3, 2], {
    strides: 2,
    groups: 3,
    padding: 'same',
    dataFormat: 'NCHW',
  }),
];

function named(name: string, x: number[], filter: number[], options: TransposeGeometry = {}): NamedTranspose {
  return { name, problem: transposeProblem('conv2dTranspose', x, filter, options) };
}
