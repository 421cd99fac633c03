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
import { columnsAStepApart, tileInvocations, tileKnobs, tileUniforms } from './image-tile';

/**
 * The outputs of a strip, and the taps or columns that it walks at a time, at most: with seven and eight, 56 multiply-adds for 22
 * loads.
 */
const GPU = { widths: [7, 4, 1], part: 8 };

/**
 * A CPU adapter waits for no load, so few taps at a time are enough, and fewer multiply-adds fall beyond the row's end. With more
 * inputs at a time it has too few registers.
 *
 * Measured on SwiftShader, 30 November 2026, times as fast as with seven outputs and eight taps: 31x31 on 56x56 1.3, 13x13 on
 * 28x28 1.35 and on 10x10 1.45, 9x9 on 28x28 2.0, with stride 2 2.1, 11x11 with dilation 2 1.8. On lavapipe 1 to 2.
 */
const CPU = { widths: [14, 7, 1], part: 4 };

/** Input columns that a strip may load at a time; a wide stride leaves most of them unused. */
const COLUMNS_LIMIT = 40;

/**
 * The strips worth trying, without their lanes; for a CPU adapter the best first. They walk the columns of the image where these
 * are fewer than the taps of a row, and otherwise the taps. All parts of a row are equal, so that few fall beyond its end.
 */
export function strips(p: ConvProblem, cpu: boolean): readonly Tile[] {
  const { widths, part } = cpu ? CPU : GPU;
  const walksImage = p.strideWidth === 1 && p.dilationWidth === 1 && p.inWidth < p.filterWidth;
  const size = equalPart(walksImage ? p.inWidth : p.filterWidth, part);
  const most = widths.map((width) => equalPart(columnsAStepApart(p), cpu ? width / p.strideWidth : width));
  return [...new Set(most)]
    .filter((width) => width === 1 || (width - 1) * p.strideWidth + size <= COLUMNS_LIMIT)
    .map((TILE_WIDTH): Tile => {
      return walksImage ? { TILE_WIDTH, CHUNK: size + TILE_WIDTH - 1, COLUMNS: size } : { TILE_WIDTH, CHUNK: size };
    });
}

/** The largest of equal parts that are at most so large. */
function equalPart(whole: number, most: number): number {
  return Math.ceil(whole / Math.ceil(whole / most));
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
export function stripLoads(p: ConvProblem, { TILE_WIDTH, CHUNK, COLUMNS }: Tile): number {
  return COLUMNS > 0
    ? (p.inWidth / COLUMNS) * (CHUNK + COLUMNS)
    : Math.ceil(p.filterWidth / CHUNK) * (2 * CHUNK + (TILE_WIDTH - 1) * p.strideWidth);
}
