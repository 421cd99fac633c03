/**
 * The named problems, nasty ones first. Every kernel that supports one is checked on it.
 */
import type { Grouping } from '../../src/conv/layout';
import {
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  conv2dProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import type { ConvGeometry } from '../../src/conv/window';

export interface NamedProblem {
  readonly name: string;
  readonly problem: ConvProblem;
}

const lopsided = [
  [2, 0],
  [0, 3],
] as const;

/** Depthwise problems: x [n, h, w, c], filter [kh, kw, c, m]. */
export const depthwiseProblems: readonly NamedProblem[] = [
  depthwise('one channel', [1, 5, 5, 1], [3, 3, 1], { padding: 'same' }),
  depthwise('three channels, odd sizes', [2, 7, 5, 3], [3, 3, 1], { padding: 'same' }),
  depthwise('stride 2, lopsided padding', [1, 9, 8, 4], [3, 3, 1], { strides: 2, padding: lopsided }),
  depthwise('strides differ per axis', [1, 9, 11, 8], [3, 3, 1], { strides: [2, 3], padding: 'same' }),
  depthwise('dilations differ per axis', [1, 11, 9, 8], [3, 3, 1], { dilations: [2, 3], padding: 'same' }),
  depthwise('stride and dilation together', [1, 13, 13, 4], [3, 3, 1], { strides: 2, dilations: 2, padding: 'same' }),
  depthwise('dilation 3, stride 2: outputs of a tile 3 apart', [1, 17, 19, 4], [3, 3, 1], { strides: 2, dilations: 3 }),
  depthwise('dilation 4, stride 2: outputs of a tile 2 apart', [1, 15, 16, 4], [3, 2, 1], {
    strides: 2,
    dilations: 4,
    padding: 'same',
  }),
  depthwise('dilation larger than the map', [1, 6, 5, 4], [3, 3, 1], { dilations: 700, padding: 'same' }),
  depthwise('dilation a million times the map', [1, 6, 5, 4], [3, 3, 1], { dilations: 2 ** 22, padding: 'same' }),
  depthwise('stride larger than the filter', [1, 17, 13, 4], [2, 2, 1], { strides: [5, 3] }),
  depthwise('taller than a strip', [1, 61, 9, 2], [3, 3, 1], { padding: 'same' }),
  depthwise('taller than a strip, stride 2, dilation 3', [1, 120, 7, 4], [4, 3, 1], { strides: 2, dilations: 3 }),
  depthwise('stride 10', [1, 61, 61, 4], [3, 3, 1], { strides: 10 }),
  depthwise('stride 300, more than any loop may unroll', [1, 1801, 303, 1], [3, 3, 1], { strides: 300 }),
  depthwise('multiplier 2, odd channels', [1, 6, 6, 5], [3, 3, 2], { padding: 'same' }),
  depthwise('multiplier 2 in vectors of two channels', [2, 6, 5, 6], [3, 3, 2], { padding: 'same' }),
  depthwise('multiplier 3', [2, 5, 4, 4], [2, 3, 3], { padding: 'valid' }),
  depthwise('multiplier 4, a vector of one channel', [1, 7, 6, 3], [3, 3, 4], { padding: 'same', strides: 2 }),
  depthwise('multiplier 8 by rows', [1, 6, 9, 2], [2, 9, 8], { padding: 'same' }),
  depthwise('map of one pixel', [1, 1, 1, 8], [3, 3, 1], { padding: 'same' }),
  depthwise('filter larger than the input', [1, 3, 2, 4], [5, 5, 1], { padding: 'same' }),
  depthwise('padding larger than the filter', [1, 3, 3, 4], [2, 2, 1], { padding: 4 }),
  depthwise('one row, one-dimensional filter', [1, 1, 17, 4], [1, 5, 1], { padding: 'same' }),
  depthwise('one column, even filter', [1, 12, 1, 4], [4, 1, 1], { padding: 'same' }),
  depthwise('one tap', [1, 4, 4, 4], [1, 1, 1], { strides: 2 }),
  depthwise('5x5, stride 2', [1, 14, 14, 8], [5, 5, 1], { strides: 2, padding: 'same' }),
  depthwise('7x7', [1, 10, 10, 4], [7, 7, 1], { padding: 'same' }),
  depthwise('large filter 11x9', [1, 12, 12, 4], [11, 9, 1], { padding: 'same' }),
  depthwise('a row of 9 taps on 5 columns', [2, 4, 5, 8], [3, 9, 1], { padding: 'same' }),
  depthwise('13x13 on 9x8, two strips, lopsided padding', [1, 9, 8, 4], [13, 13, 1], { padding: [[8, 3], [2, 10]] }), // prettier-ignore
  depthwise('NCHW, multiplier 2, 12 taps on 7 columns', [1, 3, 5, 7], [2, 12, 2], {
    padding: 'same',
    dataFormat: 'NCHW',
  }),
  depthwise('batch 3, ragged tiles', [3, 6, 10, 12], [3, 3, 1], { padding: 'valid' }),
  depthwise('NCHW, stride 2', [2, 4, 9, 7], [3, 3, 1], { strides: 2, padding: 'same', dataFormat: 'NCHW' }),
  depthwise('NCHW, multiplier 2, dilation 2', [1, 3, 9, 9], [3, 3, 2], {
    dilations: 2,
    padding: lopsided,
    dataFormat: 'NCHW',
  }),
];

/** Dense problems: filter [kh, kw, c, o]. */
export const conv2dProblems: readonly NamedProblem[] = [
  dense('one channel in and out', [1, 5, 5, 1], [3, 3, 1, 1], { padding: 'same' }),
  dense('odd channels', [2, 6, 5, 3], [3, 3, 3, 5], { padding: 'same' }),
  dense('stem: stride 2, 3 to 8 channels', [1, 9, 9, 3], [3, 3, 3, 8], { strides: 2, padding: 'same' }),
  dense('lopsided padding, strides differ', [1, 8, 9, 4], [3, 2, 4, 8], { strides: [1, 2], padding: lopsided }),
  dense('dilations differ', [1, 9, 9, 4], [3, 3, 4, 4], { dilations: [1, 2], padding: 'same' }),
  dense('dilation 3, stride 2', [1, 13, 16, 3], [3, 3, 3, 4], { strides: 2, dilations: 3, padding: 'same' }),
  dense('dilation a million times the map', [1, 5, 6, 4], [3, 3, 4, 4], { dilations: 2 ** 22, padding: 'same' }),
  dense('dilation 3, the last tiles with less room', [1, 13, 19, 3], [2, 2, 3, 4], { dilations: 3 }),
  dense('filter covers the input', [1, 4, 4, 8], [4, 4, 8, 12], {}),
  dense('5x5, 6 to 7 channels', [1, 7, 7, 6], [5, 5, 6, 7], { padding: 'same' }),
  dense('batch 2, map of one pixel', [2, 1, 1, 16], [3, 3, 16, 4], { padding: 'same' }),
  dense('NCHW', [2, 3, 6, 7], [3, 3, 3, 4], { strides: 2, padding: 'same', dataFormat: 'NCHW' }),
  dense('NCHW, odd channels, ragged tiles', [1, 5, 7, 9], [2, 3, 5, 7], { padding: 'same', dataFormat: 'NCHW' }),
  dense('NCHW, two groups', [1, 8, 5, 5], [3, 3, 4, 4], { padding: 'same', dataFormat: 'NCHW' }, 2),
];

/** Pointwise problems: filter [1, 1, c, o]. */
export const pointwiseProblems: readonly NamedProblem[] = [
  pointwise('one channel in and out', [1, 3, 3, 1], 1),
  pointwise('odd channels', [2, 3, 5, 3], 5),
  pointwise('7 to 4 channels', [1, 5, 5, 7], 4),
  pointwise('4 to 6 channels', [1, 5, 5, 4], 6),
  pointwise('one pixel, 32 to 16', [1, 1, 1, 32], 16),
  pointwise('seven rows of tiles and one pixel', [1, 57, 1, 8], 12),
  pointwise('ragged tiles in both directions', [1, 7, 7, 16], 20),
  pointwise('wide: 8 to 72', [1, 4, 4, 8], 72),
  pointwise('several blocks in all directions', [2, 9, 7, 48], 276, { strides: [2, 1] }),
  pointwise('stride 2', [1, 7, 9, 8], 8, { strides: 2 }),
  pointwise('one column of two', [2, 2, 2, 4], 4, { strides: [1, 3] }),
  pointwise('strides differ, padding', [2, 5, 6, 4], 8, {
    strides: [1, 2],
    padding: [
      [1, 0],
      [0, 2],
    ],
  }),
  pointwise('batch 3', [3, 4, 4, 12], 8),
  pointwise('NCHW', [2, 6, 4, 5], 8, { dataFormat: 'NCHW' }),
];

/** Grouped problems in both groupings and both filter forms. */
export const groupedProblems: readonly NamedProblem[] = [
  [1, 3],
  [2, 4],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 2],
  [7, 3],
  [8, 2],
  [9, 2],
].flatMap(([width, groups]) => [
  ...grouped(`${groups} groups of ${width}`, [1, 5, 6, width * groups], 3, groups, width, { padding: 'same' }),
  ...grouped(
    `${groups} groups of ${width}, ${width + 1} out each, stride 2`,
    [2, 5, 4, width * groups],
    2,
    groups,
    width + 1,
    {
      strides: 2,
      padding: lopsided,
    },
  ),
]);

function depthwise(name: string, x: number[], [kh, kw, m]: number[], options: ConvGeometry): NamedProblem {
  const channels = options.dataFormat === 'NCHW' ? x[1] : x[3];
  return { name, problem: depthwiseProblem('depthwiseConv2d', x, [kh, kw, channels, m], options) };
}

function dense(name: string, x: number[], filter: number[], options: ConvGeometry, groups = 1): NamedProblem {
  return { name, problem: conv2dProblem('conv2d', x, filter, { ...options, groups }) };
}

function pointwise(name: string, x: number[], out: number, options: ConvGeometry = {}): NamedProblem {
  const channels = options.dataFormat === 'NCHW' ? x[1] : x[3];
  return { name, problem: pointwiseProblem('pointwiseConv2d', x, [channels, out], options) };
}

/** One problem per grouping and filter form; `outs` outputs per group. */
function grouped(
  name: string,
  x: number[],
  k: number,
  groups: number,
  outs: number,
  options: ConvGeometry,
): NamedProblem[] {
  const channels = x[3];
  const forms = { grouped: [k, k, channels / groups, groups * outs], depthwise: [k, k, channels, outs] };
  return (['contiguous', 'strided'] as const).flatMap((grouping: Grouping) =>
    Object.entries(forms).map(([form, filter]) => ({
      name: `${name}, ${grouping}, ${form} form`,
      problem: groupedProblem('groupedConv2d', x, filter, { ...options, groups, grouping }),
    })),
  );
}
