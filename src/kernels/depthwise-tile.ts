/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles.
 *
 * @module
 */
import shader from '../../shaders/depthwise-tile.wgsl';
import { convStep } from './conv-step';
import { depthwiseLanes, lanesOf } from './depthwise-lanes';
import { bodySize, rankedTiles, tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile: a 7x7 filter with eight outputs, a 5x5 one with sixteen. */
const BODY_LIMIT = 480;

/** The limit on a CPU adapter, where compile time counts; strips and rows serve the larger filters there. */
const CPU_BODY_LIMIT = 250;

/** A filter for which even this tile is too much is too large to unroll. */
const SMALL = { TILE_WIDTH: 2, TILE_HEIGHT: 2 };

const TILES = [
  [4, 4],
  [3, 3],
  [4, 2],
  [4, 1],
  [2, 2],
  [1, 1],
] as const;

export const depthwiseTile: Kernel = {
  name: 'depthwise/tile',
  wgsl: shader.code,
  why: 'a tile of outputs shares its rows and weights',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise' && bodySize(p, SMALL) <= BODY_LIMIT,
  suits: (p, target) => !target.profile.cpu || bodySize(p, SMALL) <= CPU_BODY_LIMIT,
  tiles: (p, target) =>
    rankedTiles(p, target, TILES, [{ LANES: lanesOf(p) }], target.profile.cpu ? CPU_BODY_LIMIT : BODY_LIMIT),
  step: (p, tile, epilogue, target) => {
    const { knobs, aliases, slots } = depthwiseLanes(p, tile.LANES);
    return convStep(p, epilogue, target, {
      kernel: 'depthwise/tile',
      shader,
      tile,
      knobs: { ...tileKnobs(p, tile), ...knobs },
      aliases,
      slots,
      uniforms: tileUniforms(p, tile),
      invocations: tileInvocations(p, tile),
    });
  },
};
