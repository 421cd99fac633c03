/**
 * Twin of shaders/depthwise-tile.wgsl: depthwise convolution by register tiles.
 *
 * @module
 */
import wgsl from '../../shaders/depthwise-tile.wgsl?raw';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { depthwiseLanes, lanesOf } from './depthwise-lanes';
import { bodySize, rankedTiles, tileInvocations, tileKnobs } from './image-tile';
import type { Kernel } from './kernel';

/** The largest `bodySize` of a tile on a GPU: a 7x7 filter with eight outputs, a 5x5 one with sixteen. */
const BODY_LIMIT = 480;

/**
 * On a CPU adapter, which turns a lane into four instructions and compiles them for as long: a body of vectors counts
 * five times. One lane at a time then runs as fast and is there sooner, but for 3x3 filters of stride 1.
 */
const CPU_BODY_LIMIT = { 1: 900, 4: 180 } as const;

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
  tiles: (p, target) => {
    const lanes = lanesOf(p);
    if (!target.cpu) return rankedTiles(p, target, TILES, [{ LANES: lanes }], BODY_LIMIT);
    const isShort = (tile: Tile): boolean => bodySize(p, tile) <= CPU_BODY_LIMIT[tile.LANES as 1 | 4];
    return rankedTiles(
      p,
      target,
      TILES,
      lanes === 4 ? [{ LANES: 4 }, { LANES: 1 }] : [{ LANES: 1 }],
      CPU_BODY_LIMIT[1],
    ).filter(isShort);
  },
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
