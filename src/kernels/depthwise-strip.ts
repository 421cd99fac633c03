/**
 * Twin of shaders/depthwise-strip.wgsl: depthwise convolution by strips that run down the image.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-strip.wgsl?raw';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { depthwiseLanes, lanesOf } from './depthwise-lanes';
import { inputColumns, loadsPerRow, rowsAStepApart, tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel } from './kernel';

/** Taps that are unrolled for each output of a strip. */
const TAPS_LIMIT = 64;

/** Input columns of a strip; a wide stride would unroll loads of columns that no tap falls on. */
const COLUMNS_LIMIT = 40;

/**
 * Widths for CPU adapters, which run four invocations in one vector register: strips of one lane are as fast as those of
 * four, which need four times the registers, and compile twice as fast.
 */
const WIDTHS = [7, 6, 4] as const;

/** For the tuner: every other width is a program of its own, and fits only some maps better. */
const MORE_WIDTHS = [8, 5, 3] as const;

/** Input columns that a CPU adapter keeps for each row of the filter without moving them in and out. */
const KEPT_COLUMNS = 11;

/** Rows of a strip. Longer ones start less often; the same for all maps, so that they share a program. */
const CPU_ROWS = 28;
const GPU_ROWS = 8;

/** Of fewer rows no strip is made by the default rule. */
const MIN_ROWS = 4;

export const depthwiseStrip: Kernel = {
  name: 'depthwise/strip',
  wgsl,
  why: 'a strip that runs down the image loads each input row once, and a CPU adapter needs few invocations',
  supports: (p) =>
    p.groups === p.inChannels &&
    p.filterForm === 'depthwise' &&
    p.filterHeight * p.filterWidth <= TAPS_LIMIT &&
    isNarrow(p, { TILE_WIDTH: 4, TILE_HEIGHT: 1 }),
  // A strip of few rows loads as many to begin with; a tile does better there.
  suits: (p, target) => target.cpu && rowsAStepApart(p) >= MIN_ROWS,
  tiles: (p, target) => {
    const four = { TILE_WIDTH: 4, TILE_HEIGHT: target.cpu ? CPU_ROWS : GPU_ROWS, LANES: lanesOf(p) };
    if (!target.cpu) return [four, { ...four, TILE_WIDTH: 2 }];
    const ranked = (widths: readonly number[]): Tile[] =>
      widths
        .map((TILE_WIDTH) => ({ ...four, TILE_WIDTH, LANES: 1 }))
        .filter((tile) => isNarrow(p, tile))
        .toSorted((a, b) => rowCost(p, a) - rowCost(p, b));
    const tiles = [...ranked(WIDTHS), ...ranked(MORE_WIDTHS)];
    return four.LANES === 1 ? tiles : [...tiles, four];
  },
  step: (p, tile, epilogue, target) => {
    const { knobs, aliases, slots } = depthwiseLanes(p, tile.LANES);
    return convStep(p, epilogue, target, {
      kernel: 'depthwise/strip',
      wgsl,
      tile,
      knobs: { ...tileKnobs(p, tile), ...knobs },
      aliases,
      slots,
      uniforms: tileUniforms(p, tile),
      invocations: tileInvocations(p, tile),
    });
  },
};

function isNarrow(p: ConvProblem, tile: Tile): boolean {
  return inputColumns(p, tile) <= COLUMNS_LIMIT;
}

/** Words that all strips side by side load for a row of outputs; too many columns are charged as so many more. */
function rowCost(p: ConvProblem, tile: Tile): number {
  const crowded = Math.max(inputColumns(p, tile) - KEPT_COLUMNS, 0);
  return (loadsPerRow(p, tile) + crowded * p.filterHeight) * tileInvocations(p, tile);
}
