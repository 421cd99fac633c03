/**
 * Twin of shaders/conv2d-transpose-tile.wgsl: transposed convolution by register tiles that have all phases of the stride.
 *
 * @module
 */
import shader from '../../shaders/conv2d-transpose-tile.wgsl';
import type { TransposeProblem } from '../conv/transpose-problem';
import type { Tile } from '../step';
import { vectorType } from './axes';
import { addOneByOne, convStep } from './conv-step';
import { CROWDED_LOADS, CROWDED_OUTPUTS } from './image-tile';
import type { Kernel, Target } from './kernel';
import type { Slot } from './specialize';

/** The largest `bodySize` of a tile. 4x4 filters in matrices by 4x4 tiles have 272: hardly faster, 3x the compile time. */
const BODY_LIMIT = 160;

/** Larger strides have too many phases for one invocation. */
const STRIDE_LIMIT = 4;

/** Width and height of tiles, in strides. */
const TILES = [
  [4, 2],
  [2, 2],
  [2, 1],
  [1, 1],
] as const;

/** The smallest tile of all; if even this is too much, the filter is too large to unroll. */
const SMALLEST = [1, 1] as const;

/** Outputs of a tile. */
const MOST_OUTPUTS = 16;

/** What starting an invocation costs a CPU adapter, in loaded words, as in image-tile.ts. */
const STARTING = 12;

/** A register tile of outputs. */
export const conv2dTransposeTile: Kernel<TransposeProblem> = {
  name: 'conv2dTranspose/tile',
  why: 'a register tile of all phases of the stride shares every loaded pixel and weight, and skips taps that meet no input',
  wgsl: shader.code,
  supports: (p) =>
    p.dilationHeight === 1 &&
    p.dilationWidth === 1 &&
    Math.max(p.strideHeight, p.strideWidth) <= STRIDE_LIMIT &&
    bodySize(p, tileOf(p, SMALLEST, formsOf(p)[0])) <= BODY_LIMIT,
  tiles: (p, target) => {
    const tiles = formsOf(p).map((form) => rankedTiles(p, target, form));
    // A GPU loads four members as fast as one. A CPU adapter gains nothing from matrices, and compiles them longer.
    return (target.profile.cpu ? tiles : tiles.toReversed()).flat();
  },
  step: (p, tile, epilogue, target) => {
    const { W, Taps, slots } = loadsOf(p, tile);
    const [columns, rows] = [tilesAlong(p.outWidth, tile.TILE_WIDTH), tilesAlong(p.outHeight, tile.TILE_HEIGHT)];
    return convStep(p, epilogue, target, {
      kernel: 'conv2dTranspose/tile',
      shader,
      tile,
      knobs: {
        CHANNELS_LAST: p.dataFormat === 'NHWC',
        DEPTHWISE_FORM: isDepthwiseForm(p),
        FILTER_HEIGHT: p.filterHeight,
        FILTER_WIDTH: p.filterWidth,
        STRIDE_HEIGHT: p.strideHeight,
        STRIDE_WIDTH: p.strideWidth,
        FIRST_TAP_Y: firstTap(p.filterHeight, p.strideHeight, p.padTop),
        FIRST_TAP_X: firstTap(p.filterWidth, p.strideWidth, p.padLeft),
      },
      aliases: { V: vectorType(tile.LANES), X: vectorType(tile.MEMBERS), W, Taps },
      slots,
      uniforms: { tiles_x: columns, tiles_y: rows },
      invocations: p.batch * rows * columns * (p.outChannels / tile.LANES),
    });
  },
};

/** LANES and MEMBERS. */
type Form = readonly [lanes: 1 | 4, members: 1 | 4];

/** How channels can be taken together, the shortest program first. */
function formsOf(p: TransposeProblem): readonly Form[] {
  const [ins, outs] = [p.inChannels / p.groups, p.outChannels / p.groups];
  if (p.dataFormat === 'NCHW') return [[1, 1]];
  if (ins === 1 && outs === 1) return p.outChannels % 4 === 0 ? [[4, 4]] : [[1, 1]];
  if (outs % 4 !== 0) return ins % 4 === 0 ? [[1, 4]] : [[1, 1]];
  return ins % 4 === 0 ? [[4, 1], [4, 4]] : [[4, 1]]; // prettier-ignore
}

/** With one output per group the two forms are the same; then it counts as the depthwise form. */
function isDepthwiseForm(p: TransposeProblem): boolean {
  return p.filterForm === 'depthwise' || (p.groups === p.inChannels && p.groups === p.outChannels);
}

/** How the weights are loaded and multiplied. */
interface Loads {
  readonly W: string;
  readonly Taps: string;
  readonly slots: Readonly<Record<string, Slot>>;
}

function loadsOf(p: TransposeProblem, { LANES, MEMBERS }: Tile): Loads {
  const vector = 'vec4<f32>';
  const load = { body: `return Taps(weights[weight_index(tap, c, o) / 4u]);` };
  // The four weights of four groups, or of the outputs of one input channel, are neighbours.
  if (LANES === 4 && isDepthwiseForm(p)) return { W: vector, Taps: vector, slots: { load_taps: load } };
  if (LANES === 4 && MEMBERS === 4) {
    const columns = [0, 1, 2, 3].map((lane) => `Sum(weights[(row + ${lane}u * p.in_channels) / 4u])`);
    // The columns of the matrix are the output channels.
    return {
      W: vector,
      Taps: 'mat4x4<f32>',
      slots: {
        load_taps: { body: `let row = weight_index(tap, c, o); return Taps(${columns.join(', ')});` },
        add_products: addOneByOne(
          (i) => `pixel[${i}] * vec4(taps[0][${i}], taps[1][${i}], taps[2][${i}], taps[3][${i}])`,
        ),
      },
    };
  }
  if (LANES === 4) return { W: 'f32', Taps: vector, slots: {} };
  if (MEMBERS === 4) {
    return {
      W: vector,
      Taps: vector,
      slots: { load_taps: load, add_products: addOneByOne((i) => `pixel[${i}] * taps[${i}]`) },
    };
  }
  return { W: 'f32', Taps: 'f32', slots: { load_taps: { body: 'return Taps(weights[weight_index(tap, c, o)]);' } } };
}

function tileOf(p: TransposeProblem, [width, height]: readonly [number, number], [LANES, MEMBERS]: Form): Tile {
  return { TILE_WIDTH: width * p.strideWidth, TILE_HEIGHT: height * p.strideHeight, LANES, MEMBERS };
}

/** The tiles of one form whose body is within the limit, best first. */
function rankedTiles(p: TransposeProblem, target: Target, form: Form): Tile[] {
  return TILES.map((size) => tileOf(p, size, form))
    .filter((tile) => tile.TILE_WIDTH * tile.TILE_HEIGHT <= MOST_OUTPUTS && bodySize(p, tile) <= BODY_LIMIT)
    .toSorted((a, b) => tileCost(p, a, target) - tileCost(p, b, target));
}

/** What a tile costs, to rank tiles by: the words (on a GPU, the loads) that all tiles together take. */
function tileCost(p: TransposeProblem, tile: Tile, { profile }: Target): number {
  const { TILE_WIDTH, TILE_HEIGHT, LANES, MEMBERS } = tile;
  const count =
    p.batch * tilesAlong(p.outHeight, TILE_HEIGHT) * tilesAlong(p.outWidth, TILE_WIDTH) * (p.outChannels / LANES);
  const perChannel = pixelsOf(p, tile) + p.filterHeight * p.filterWidth * LANES;
  const words = perChannel * (p.inChannels / p.groups);
  if (profile.cpu) return (words + STARTING) * count;
  const outputs = TILE_WIDTH * TILE_HEIGHT;
  if (outputs > Math.max(profile.largest, p.strideHeight * p.strideWidth)) return Infinity;
  const isCrowded = outputs > CROWDED_OUTPUTS;
  // Sixteen sums beside a matrix spill on RDNA3 (28 KB of scratch, ten times slower by the model), and gain 15 % on RDNA2.
  const spilt = isCrowded && MEMBERS === 4 ? 2 : 1;
  return (words / MEMBERS + (isCrowded ? CROWDED_LOADS : 0)) * Math.max(count, profile.invocations) * spilt;
}

/** Loads and vector multiply-adds of the unrolled body; compile time grows faster than linearly with it. */
function bodySize(p: TransposeProblem, tile: Tile): number {
  const cells = (tile.TILE_WIDTH / p.strideWidth) * (tile.TILE_HEIGHT / p.strideHeight);
  const perProduct = tile.LANES === 4 && tile.MEMBERS === 4 && !isDepthwiseForm(p) ? 4 : 1;
  return cells * p.filterHeight * p.filterWidth * perProduct + pixelsOf(p, tile);
}

/** Inputs that reach a tile. */
function pixelsOf(p: TransposeProblem, { TILE_WIDTH, TILE_HEIGHT }: Tile): number {
  const along = (filter: number, stride: number, pad: number, tile: number): number =>
    Math.floor((firstTap(filter, stride, pad) + tile - 1) / stride) + 1;
  return (
    along(p.filterHeight, p.strideHeight, p.padTop, TILE_HEIGHT) *
    along(p.filterWidth, p.strideWidth, p.padLeft, TILE_WIDTH)
  );
}

function tilesAlong(size: number, tile: number): number {
  return Math.ceil(size / tile);
}

/** The last tap that reaches the first output of a tile, from the tile's first input; the output's phase if no tap reaches it. */
function firstTap(filter: number, stride: number, pad: number): number {
  const phase = pad % stride;
  return phase + Math.floor(Math.max(filter - 1 - phase, 0) / stride) * stride;
}
