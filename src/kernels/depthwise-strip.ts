/**
 * Twin of shaders/depthwise-strip.wgsl: depthwise convolution by strips that run down the image.
 *
 * @module
 */
import shader from '../../shaders/depthwise-strip.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { lanesOf as depthwiseLanesOf } from './depthwise-lanes';
import { packs } from './half';
import { inputColumns, loadsPerRow, rowsAStepApart, tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel } from './kernel';

/** Taps that are unrolled for each output of a strip. */
const TAPS_LIMIT = 64;

/** Input columns of a strip; a wide stride would unroll loads of columns that no tap falls on. */
const COLUMNS_LIMIT = 40;

/** Widths for CPU adapters: one of them suits nearly every map, so that networks share programs. */
const WIDTHS = [7, 6, 4] as const;

/** For the tuner: each other width is a program of its own, and fits only some maps better. */
const MORE_WIDTHS = [8, 5, 3] as const;

/** Input columns that a CPU adapter keeps for each row of the filter without moving them in and out. */
const KEPT_COLUMNS = 11;

/** Rows of a strip. Longer strips start less often. The number is the same for all maps, so that they share a program. */
const CPU_ROWS = 28;
const GPU_ROWS = [4, 8] as const;

/** The default rule makes no strips with fewer rows. */
const MIN_ROWS = 4;

export const depthwiseStrip: Kernel = {
  name: 'depthwise/strip',
  wgsl: shader.code,
  why: 'a strip that runs down the image loads each input row once, and a CPU adapter needs few invocations',
  supports: (p) =>
    p.groups === p.inChannels &&
    p.filterForm === 'depthwise' &&
    p.filterHeight * p.filterWidth <= TAPS_LIMIT &&
    isNarrow(p, { TILE_WIDTH: 4, TILE_HEIGHT: 1 }),
  // A strip of few rows loads as many rows just to begin: a tile is better there. So is a tile with vectors where halves
  // are packed.
  suits: (p, target) =>
    target.profile.cpu && rowsAStepApart(p) >= MIN_ROWS && !(packs(target) && depthwiseLanesOf(p) === 4),
  tiles: (p, target) => {
    if (!target.profile.cpu) return GPU_ROWS.map((TILE_HEIGHT) => ({ TILE_WIDTH: 4, TILE_HEIGHT }));
    const ranked = (widths: readonly number[]): Tile[] =>
      widths
        .map((TILE_WIDTH) => ({ TILE_WIDTH, TILE_HEIGHT: CPU_ROWS }))
        .filter((tile) => isNarrow(p, tile))
        .toSorted((a, b) => rowCost(p, a) - rowCost(p, b));
    return [...ranked(WIDTHS), ...ranked(MORE_WIDTHS)];
  },
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/strip',
      shader,
      tile,
      knobs: { ...tileKnobs(p, tile), CHANNELS_LAST: p.dataFormat === 'NHWC' },
      uniforms: tileUniforms(p, tile),
      invocations: tileInvocations(p, tile),
    }),
};

function isNarrow(p: ConvProblem, tile: Tile): boolean {
  return inputColumns(p, tile) <= COLUMNS_LIMIT;
}

/** Words that all strips side by side load for a row of outputs; each column beyond the kept ones is charged as further loads. */
function rowCost(p: ConvProblem, tile: Tile): number {
  const crowded = Math.max(inputColumns(p, tile) - KEPT_COLUMNS, 0);
  return (loadsPerRow(p, tile) + crowded * p.filterHeight) * tileInvocations(p, tile);
}
