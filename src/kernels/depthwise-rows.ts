/**
 * Twin of shaders/depthwise-rows.wgsl: depthwise convolution with filters too large to unroll.
 *
 * @module
 */
import shader from '../../shaders/depthwise-rows.wgsl';
import { convStep } from './conv-step';
import { depthwiseLanes, lanesOf } from './depthwise-lanes';
import { packs } from './half';
import { tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel } from './kernel';

const TILE_WIDTHS = [7, 4, 1];

/** Taps at a time: with seven outputs, 56 multiply-adds for 22 loads. */
const CHUNK = 8;

/** Input columns that a strip may load at a time; a wide stride leaves most of them unused. */
const COLUMNS_LIMIT = 40;

export const depthwiseRows: Kernel = {
  name: 'depthwise/rows',
  wgsl: shader.code,
  why: 'a strip of outputs shares its rows',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise',
  tiles: (p, target) => {
    const { profile } = target;
    const chunk = Math.min(CHUNK, p.filterWidth);
    const sizes = TILE_WIDTHS.filter((width) => width === 1 || (width - 1) * p.strideWidth + chunk <= COLUMNS_LIMIT);
    // A CPU adapter puts neighbouring invocations into a vector register anyway, and compiles single lanes in a third of the time.
    const variants = profile.cpu && !packs(target) && lanesOf(p) > 1 ? [1, lanesOf(p)] : [lanesOf(p)];
    const tiles = variants.flatMap((LANES) => sizes.map((TILE_WIDTH) => ({ TILE_WIDTH, CHUNK: chunk, LANES })));
    // On a GPU a strip that leaves cores idle gains nothing, even if it loads few words.
    const fills = tiles.findIndex(
      (tile) => profile.cpu || tileInvocations(p, { ...tile, TILE_HEIGHT: 1 }) >= profile.invocations,
    );
    return fills > 0 ? [...tiles.slice(fills), ...tiles.slice(0, fills)] : tiles;
  },
  standsIn: (p, { profile }) =>
    profile.cpu ? undefined : { tile: { TILE_WIDTH: 4, CHUNK: 3, LANES: lanesOf(p) }, pace: 0.1 },
  step: (p, tile, epilogue, target) => {
    const { knobs, aliases, slots } = depthwiseLanes(p, tile.LANES);
    const strip = { ...tile, TILE_HEIGHT: 1 };
    const { HOP_WIDTH } = tileKnobs(p, strip);
    // The rows of a strip are not a tile: nothing is shared along y, so nothing lies a step apart.
    const rows = { ...p, strideHeight: 1, dilationHeight: 1 };
    return convStep(p, epilogue, target, {
      kernel: 'depthwise/rows',
      shader,
      tile,
      knobs: { ...knobs, HOP_WIDTH },
      aliases,
      slots,
      uniforms: tileUniforms(p, strip),
      invocations: tileInvocations(rows, strip),
    });
  },
};
