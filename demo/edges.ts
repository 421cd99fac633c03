/**
 * A photograph's edges as a chain of convolutions, written once as data. The GPU runs it through the library and the
 * float64 loops run it again, so both draw the same picture.
 *
 * Sobel's two differences per colour are a vector. Eight directions look along it, each through a relu, since a negative
 * edge is the opposite direction's; their sum is the vector's length whatever way it points. The last filter gives every
 * direction a hue, so that an edge's colour says where it faces.
 */
import type { Convolution, Shape } from './convolution';

export interface Stage {
  readonly name: string;
  readonly op: 'depthwiseConv2d' | 'pointwiseConv2d';
  /** In the form that the op takes. */
  readonly filterShape: Shape;
  readonly filter: Float32Array;
  readonly bias: Float32Array;
  readonly activation: 'linear' | 'relu' | { readonly name: 'clip'; readonly min: number; readonly max: number };
}

const COLOURS = 3;
const DIRECTIONS = 8;
/** How bright an edge is; a step from black to white is 8 by Sobel. */
const GAIN = 0.85;

export const stages: readonly Stage[] = [
  {
    name: 'Gaussian blur: depthwise 5x5',
    op: 'depthwiseConv2d',
    filterShape: [5, 5, COLOURS, 1],
    filter: perColour(outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]).map((w) => [w / 256])),
    bias: new Float32Array(COLOURS),
    activation: 'linear',
  },
  {
    name: 'Sobel: depthwise 3x3, multiplier 2',
    op: 'depthwiseConv2d',
    filterShape: [3, 3, COLOURS, 2],
    filter: perColour(zip(outer([1, 2, 1], [-1, 0, 1]), outer([-1, 0, 1], [1, 2, 1]))),
    bias: new Float32Array(COLOURS * 2),
    activation: 'linear',
  },
  {
    name: 'eight directions: pointwise 6 -> 8, relu',
    op: 'pointwiseConv2d',
    filterShape: [1, 1, COLOURS * 2, DIRECTIONS],
    filter: Float32Array.from(
      Array.from({ length: COLOURS }, () => [angles().map(Math.cos), angles().map(Math.sin)]).flat(2),
      (w) => w / COLOURS,
    ),
    bias: new Float32Array(DIRECTIONS),
    activation: 'relu',
  },
  {
    name: 'a hue per direction: pointwise 8 -> 3, clip',
    op: 'pointwiseConv2d',
    filterShape: [1, 1, DIRECTIONS, COLOURS],
    filter: Float32Array.from(angles().flatMap((angle) => hue(angle).map((c) => c * GAIN))),
    bias: Float32Array.of(0.02, 0.02, 0.05),
    activation: { name: 'clip', min: 0, max: 1 },
  },
];

/** A stage as plain numbers. The padding is 'valid', because zeros around the picture would show as a frame of edges. */
export function convolutionOf({ op, filterShape }: Stage, input: Shape): Convolution {
  const [height, width, channels, last] = filterShape;
  const isDepthwise = op === 'depthwiseConv2d';
  return {
    input,
    filter: isDepthwise ? [height, width, 1, channels * last] : filterShape,
    groups: isDepthwise ? channels : 1,
    strides: 1,
    dilations: 1,
    padding: 'valid',
  };
}

/** The stage's activation for the float64 loops. */
export function activationOf({ activation }: Stage): (v: number) => number {
  if (activation === 'linear') return (v) => v;
  if (activation === 'relu') return (v) => Math.max(v, 0);
  return (v) => Math.min(Math.max(v, activation.min), activation.max);
}

function angles(): number[] {
  return Array.from({ length: DIRECTIONS }, (_, i) => (i * 2 * Math.PI) / DIRECTIONS);
}

/** Red, green and blue of a hue, never dark. */
function hue(angle: number): number[] {
  return [0, 1, 2].map((c) => 0.55 + 0.45 * Math.cos(angle - (c * 2 * Math.PI) / 3));
}

/** A separable filter, row by row. */
function outer(column: readonly number[], row: readonly number[]): number[] {
  return column.flatMap((c) => row.map((r) => c * r));
}

function zip(a: readonly number[], b: readonly number[]): number[][] {
  return a.map((w, tap) => [w, b[tap]]);
}

/** [tap][multiplier] for each colour: a depthwise filter [kh, kw, 3, multiplier]. */
function perColour(taps: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(taps.flatMap((multipliers) => Array.from({ length: COLOURS }, () => multipliers).flat()));
}
