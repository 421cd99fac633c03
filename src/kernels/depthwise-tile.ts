/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles of four channels.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-tile.wgsl?raw';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep, loopKnobs } from './conv-step';
import type { Kernel } from './kernel';
import { tileCost, tileInvocations } from './tile-cost';

/** Multiply-adds of vec4 in the unrolled body; compile time grows faster than linearly with it. */
const BODY_LIMIT = 200;

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
      knobs: { ...loopKnobs(p), ...tile },
      invocations: tileInvocations(p, tile),
    }),
};

function bodySize(p: ConvProblem, tile: Tile): number {
  return p.filterHeight * p.filterWidth * tile.TILE_WIDTH * tile.TILE_HEIGHT;
}
