/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-tile.wgsl?raw';
import { convStep } from './conv-step';
import { depthwiseLanes, lanesOf } from './depthwise-lanes';
import { bodySize, rankedTiles, tileInvocations, tileKnobs } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile: a 7x7 filter with eight outputs, a 5x5 one with sixteen. */
const BODY_LIMIT = 480;

const TILES = [
  [4, 4],
  [7, 2],
  [4, 2],
  [4, 1],
  [2, 2],
  [1, 1],
] as const;

export const depthwiseTile: Kernel = {
  name: 'depthwise/tile',
  wgsl,
  why: 'a register tile loads each input row and each weight once for all the outputs that need it',
  supports: (p) =>
    p.groups === p.inChannels &&
    p.filterForm === 'depthwise' &&
    bodySize(p, { TILE_WIDTH: 2, TILE_HEIGHT: 2 }) <= BODY_LIMIT,
  // A CPU adapter turns a lane into four instructions and compiles them for as long: one at a time there.
  tiles: (p, target) => rankedTiles(p, target, TILES, [{ LANES: target.cpu ? 1 : lanesOf(p) }], BODY_LIMIT),
  step: (p, tile, epilogue, target) => {
    const { knobs, aliases, slots } = depthwiseLanes(p, tile.LANES);
    return convStep(p, epilogue, target, {
      kernel: 'depthwise/tile',
      wgsl,
      tile,
      knobs: { ...tileKnobs(p, tile), ...knobs },
      aliases,
      slots,
      invocations: tileInvocations(p, tile),
    });
  },
};
