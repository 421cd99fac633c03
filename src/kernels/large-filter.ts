/**
 * Strips of outputs under a filter too large to unroll, for shaders/depthwise-rows.wgsl: which there are, how many, and what they
 * load.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { depthwiseLanes } from './depthwise-lanes';
import type { FlatStep } from './flat-step';
import { tileInvocations, tileKnobs, tileUniforms } from './image-tile';

const TILE_WIDTHS = [7, 4, 1];

/** Taps at a time: with seven outputs, 56 multiply-adds for 22 loads. */
const CHUNK = 8;

/** Most columns of the image at a time: with seven outputs, 49 multiply-adds for 20 loads. */
const COLUMNS = 7;

/** Input columns that a strip may load at a time; a wide stride leaves most of them unused. */
const COLUMNS_LIMIT = 40;

/**
 * The strips worth trying, without their lanes. They walk the columns of the image where these are fewer than the taps of a
 * row, and otherwise the taps.
 */
export function strips(p: ConvProblem): readonly Tile[] {
  const columns = columnsOf(p);
  const chunk = Math.min(CHUNK, p.filterWidth);
  if (columns > 0) {
    return TILE_WIDTHS.map((TILE_WIDTH) => ({ TILE_WIDTH, CHUNK: columns + TILE_WIDTH - 1, COLUMNS: columns }));
  }
  return TILE_WIDTHS.filter((width) => width === 1 || (width - 1) * p.strideWidth + chunk <= COLUMNS_LIMIT).map(
    (TILE_WIDTH) => ({ TILE_WIDTH, CHUNK: chunk }),
  );
}

/** What a strip's shader is told. */
export function stripCode(p: ConvProblem, tile: Tile): Pick<FlatStep, 'knobs' | 'aliases' | 'slots' | 'uniforms'> {
  const strip = { ...tile, TILE_HEIGHT: 1 };
  const { knobs, aliases, slots } = depthwiseLanes(p, tile.LANES);
  const { HOP_WIDTH } = tileKnobs(p, strip);
  const skew = tile.COLUMNS > 0 && { SKEW: tile.TILE_WIDTH - 1 };
  return { knobs: { ...knobs, HOP_WIDTH, ...skew }, aliases, slots, uniforms: tileUniforms(p, strip) };
}

/** Strips of the whole output. The rows of a strip are not a tile: nothing is shared along y, so nothing lies a step apart. */
export function stripCount(p: ConvProblem, tile: Tile): number {
  return tileInvocations({ ...p, strideHeight: 1, dilationHeight: 1 }, { ...tile, TILE_HEIGHT: 1 });
}

/** What a strip loads for a row of the filter: weights, and the pixels under them. */
export function stripLoads(p: ConvProblem, tile: Tile): number {
  return tile.COLUMNS > 0
    ? (p.inWidth / tile.COLUMNS) * (tile.CHUNK + tile.COLUMNS)
    : Math.ceil(p.filterWidth / tile.CHUNK) * (2 * tile.CHUNK + (tile.TILE_WIDTH - 1) * p.strideWidth);
}

/** Columns of the image at a time, if a row of the filter is wider than the image; otherwise 0. */
function columnsOf({ inWidth, filterWidth, strideWidth, dilationWidth }: ConvProblem): number {
  const count = Math.ceil(inWidth / COLUMNS);
  const columns = Math.ceil(inWidth / count);
  return strideWidth === 1 && dilationWidth === 1 && columns * count < filterWidth ? columns : 0;
}
