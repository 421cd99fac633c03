/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles of four channels.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-tile.wgsl?raw';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep, loopKnobs } from './conv-step';
import type { Kernel, Target } from './kernel';

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
    TILES.map(([TILE_WIDTH, TILE_HEIGHT]) => ({ TILE_WIDTH, TILE_HEIGHT }))
      .filter((tile) => bodySize(p, tile) <= BODY_LIMIT)
      .sort((a, b) => cost(p, a, target) - cost(p, b, target)),
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/tile',
      wgsl,
      tile,
      knobs: { ...loopKnobs(p), ...tile },
      invocations: invocations(p, tile),
    }),
};

function bodySize(p: ConvProblem, tile: Tile): number {
  return p.filterHeight * p.filterWidth * tile.TILE_WIDTH * tile.TILE_HEIGHT;
}

function invocations(p: ConvProblem, { TILE_WIDTH, TILE_HEIGHT }: Tile): number {
  return p.batch * Math.ceil(p.outHeight / TILE_HEIGHT) * Math.ceil(p.outWidth / TILE_WIDTH) * (p.outChannels / 4);
}

/**
 * The default rule: fewest words loaded in all, ragged edges included. A GPU is also short of invocations on small maps:
 * below about 16,000 it idles, so there a tile is charged for what it leaves idle, and a 4x4 tile, whose registers halve
 * the occupancy, for eight more loads.
 */
function cost(p: ConvProblem, tile: Tile, target: Target): number {
  const { TILE_WIDTH, TILE_HEIGHT } = tile;
  const columns = (TILE_WIDTH - 1) * p.strideWidth + (p.filterWidth - 1) * p.dilationWidth + 1;
  const rows = (TILE_HEIGHT - 1) * p.strideHeight + (p.filterHeight - 1) * p.dilationHeight + 1;
  const loads = columns * rows + p.filterHeight * p.filterWidth;
  const count = invocations(p, tile);
  if (target.cpu) return loads * count;
  const crowded = TILE_WIDTH * TILE_HEIGHT > 8 ? 8 : 0;
  return (loads + crowded) * Math.max(count, 16_384);
}
