/**
 * Register tiles over the image: TILE_WIDTH x TILE_HEIGHT outputs of one invocation, whose taps share the inputs that
 * they fall on. This file has what the shaders with such tiles have in common: knobs, counts, and the rule that ranks tiles.
 *
 * With dilation, neighbouring outputs share no input. So the outputs of a tile lie `step` apart, the smallest distance at
 * which their taps meet. They are then `hop` inputs apart, counted in dilations, and all else is as without dilation.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import type { Target } from './kernel';
import type { UniformValues } from './uniforms';

/**
 * The cost, in loads, of a tile with more outputs than this, or more registers than the device likes: RDNA2 and RDNA3 in
 * the model.
 */
export const CROWDED_OUTPUTS = 8;
export const CROWDED_LOADS = 8;

/** What starting an invocation costs a CPU adapter, in loaded words (measured on SwiftShader: 35 to 50 ns each). */
const STARTING = 12;

/** One axis of a tile. */
interface Span {
  /** Distance from one output of the tile to the next. */
  readonly step: number;
  /** Inputs from the first tap of one output to that of the next, counted in dilations. */
  readonly hop: number;
  /** Inputs that the tile's taps fall on. */
  readonly inputs: number;
  /** Tiles along the axis. */
  readonly tiles: number;
}

/** The values that shape a shader's loop nest, as its knobs. */
export function tileKnobs(p: ConvProblem, tile: Tile): Record<string, number> {
  const { rows, columns } = spans(p, tile);
  return {
    FILTER_HEIGHT: p.filterHeight,
    FILTER_WIDTH: p.filterWidth,
    HOP_HEIGHT: rows.hop,
    HOP_WIDTH: columns.hop,
  };
}

/** Where the tiles lie, as a shader's uniforms. */
export function tileUniforms(p: ConvProblem, tile: Tile): UniformValues {
  const { rows, columns } = spans(p, tile);
  return { step_height: rows.step, step_width: columns.step, tiles_y: rows.tiles, tiles_x: columns.tiles };
}

/** Invocations of a kernel whose tiles have LANES channels, or one. */
export function tileInvocations(p: ConvProblem, tile: Tile): number {
  const { rows, columns } = spans(p, tile);
  return p.batch * rows.tiles * columns.tiles * (p.outChannels / (tile.LANES ?? 1));
}

/** Inputs that come under the tile's taps from one row of outputs to the next. */
export function loadsPerRow(p: ConvProblem, tile: Tile): number {
  const { rows, columns } = spans(p, tile);
  return Math.min(rows.hop, p.filterHeight) * columns.inputs;
}

/** Outputs of the map that lie `step` apart in a column: the longest tile that has something to do. */
export function rowsAStepApart(p: ConvProblem): number {
  return Math.ceil(p.outHeight / stepOf(p.strideHeight, p.dilationHeight));
}

/** The same in a row: the widest tile. */
export function columnsAStepApart(p: ConvProblem): number {
  return Math.ceil(p.outWidth / stepOf(p.strideWidth, p.dilationWidth));
}

/** Input columns that a row of the tile's taps falls on. */
export function inputColumns(p: ConvProblem, tile: Tile): number {
  return spans(p, tile).columns.inputs;
}

/** Loads and multiply-adds of the unrolled body; compile time grows faster than linearly with it. */
export function bodySize(p: ConvProblem, tile: Tile): number {
  const { rows, columns } = spans(p, tile);
  return p.filterHeight * p.filterWidth * tile.TILE_WIDTH * tile.TILE_HEIGHT + rows.inputs * columns.inputs;
}

/**
 * The tiles whose body is within the limit, best first by {@link tileCost}.
 *
 * @param sizes width and height of the tiles to choose from
 * @param variants the other knobs: LANES, the channels of a tile, and MEMBERS, the input channels of a load, if not 1
 */
export function rankedTiles(
  p: ConvProblem,
  target: Target,
  sizes: readonly (readonly [width: number, height: number])[],
  variants: readonly Tile[],
  bodyLimit: number,
): Tile[] {
  return variants
    .flatMap((variant) => sizes.map(([TILE_WIDTH, TILE_HEIGHT]): Tile => ({ TILE_WIDTH, TILE_HEIGHT, ...variant })))
    .filter((tile) => bodySize(p, tile) <= bodyLimit)
    .toSorted((a, b) => tileCost(p, a, target) - tileCost(p, b, target));
}

/**
 * What a tile costs, to rank tiles by: the words that it loads in all, ragged edges included. A GPU is also short of
 * invocations on small maps, and of registers with large tiles; a CPU adapter pays for each invocation.
 */
function tileCost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  const { rows, columns } = spans(p, tile);
  const { TILE_WIDTH, TILE_HEIGHT, LANES, MEMBERS = 1 } = tile;
  const loads = rows.inputs * columns.inputs + p.filterHeight * p.filterWidth * MEMBERS;
  const count = tileInvocations(p, tile);
  if (profile.cpu) return (loads * LANES + STARTING) * count;
  const outputs = TILE_WIDTH * TILE_HEIGHT;
  const registers = outputs + columns.inputs + p.filterWidth * TILE_HEIGHT * MEMBERS;
  if (outputs > profile.largest) return Infinity;
  const isCrowded = outputs > CROWDED_OUTPUTS || registers > profile.registers;
  return (loads + (isCrowded ? CROWDED_LOADS * MEMBERS : 0)) * Math.max(count, profile.invocations);
}

function spans(p: ConvProblem, { TILE_HEIGHT, TILE_WIDTH }: Tile): { readonly rows: Span; readonly columns: Span } {
  return {
    rows: span(p.outHeight, p.filterHeight, p.strideHeight, p.dilationHeight, TILE_HEIGHT),
    columns: span(p.outWidth, p.filterWidth, p.strideWidth, p.dilationWidth, TILE_WIDTH),
  };
}

function span(size: number, filter: number, stride: number, dilation: number, tile: number): Span {
  const step = stepOf(stride, dilation);
  const hop = (step * stride) / dilation;
  const tiles = Math.floor(size / (step * tile)) * step + Math.min(size % (step * tile), step);
  return { step, hop, inputs: (tile - 1) * hop + filter, tiles };
}

function stepOf(stride: number, dilation: number): number {
  return dilation / greatestCommonDivisor(stride, dilation);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
