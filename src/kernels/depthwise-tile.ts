/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles of four channels.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-tile.wgsl?raw';
import { convStep } from './conv-step';
import { bodySize, tileCost, tileInvocations, tileKnobs } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile. */
const BODY_LIMIT = 250;

const TILES = [
  [4, 4],
  [4, 2],
  [4, 1],
  [2, 2],
  [1, 1],
] as const;

export const depthwiseTile: Kernel = {
  name: 'depthwise/tile',
  why: 'a register tile loads each input row once for all the outputs that need it',
  supports: (p) =>
    p.groups === p.inChannels &&
    p.outChannels === p.inChannels &&
    p.filterForm === 'depthwise' &&
    p.dataFormat === 'NHWC' &&
    p.inChannels % 4 === 0 &&
    bodySize(p, { TILE_WIDTH: 1, TILE_HEIGHT: 1 }) <= BODY_LIMIT,
  tiles: (p, target) =>
    TILES.map(([TILE_WIDTH, TILE_HEIGHT]) => ({ TILE_WIDTH, TILE_HEIGHT, LANES: 4 }))
      .filter((tile) => bodySize(p, tile) <= BODY_LIMIT)
      .toSorted((a, b) => tileCost(p, a, target) - tileCost(p, b, target)),
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/tile',
      wgsl,
      tile,
      knobs: tileKnobs(p, tile),
      invocations: tileInvocations(p, tile),
    }),
};
