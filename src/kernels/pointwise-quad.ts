/**
 * Twin of shaders/pointwise-quad.wgsl: a 1x1 convolution whose invocations share loads, for CPU adapters.
 *
 * @module
 */
import shader from '../../shaders/pointwise-quad.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { packs } from './half';
import type { Kernel } from './kernel';
import { isUnpadded, pointwiseTile, skipsPixels } from './pointwise';

/** More sums than 32 spill: what is gained in loads is lost in moves. */
const TILES = [
  [7, 4],
  [8, 4],
  [6, 4],
  [8, 3],
  [8, 2],
  [8, 1],
] as const;

export const pointwiseQuad: Kernel = {
  name: 'pointwise/quad',
  wgsl: shader.code,
  why: 'a CPU adapter loads for each invocation alone, so four of them load a quarter each and share it',
  feature: 'subgroups',
  supports: (p) =>
    p.filterHeight * p.filterWidth === 1 &&
    p.groups === 1 &&
    p.dataFormat === 'NHWC' &&
    p.inChannels % 4 === 0 &&
    isUnpadded(p),
  suits: (p, target) => target.profile.cpu && !(packs(target) && pointwiseTile.supports(p)),
  tiles: (p) =>
    TILES.map(([TILE_PIXELS, TILE_COLUMNS]) => ({ TILE_PIXELS, TILE_COLUMNS })).toSorted(
      (a, b) => cost(p, a) - cost(p, b),
    ),
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'pointwise/quad',
      shader,
      tile,
      knobs: { SKIPS_PIXELS: skipsPixels(p) },
      invocations: invocations(p, tile),
    }),
};

function invocations(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS }: Tile): number {
  const pixels = p.batch * p.outHeight * p.outWidth;
  return Math.ceil(pixels / TILE_PIXELS) * Math.ceil(p.outChannels / (4 * TILE_COLUMNS)) * 4;
}

/**
 * Per input channel: a loaded word takes about as long as four multiply-adds. Ragged tiles cost as whole ones. What is
 * hardly better than the first tile is not worth a program of its own.
 */
function cost(p: ConvProblem, tile: Tile): number {
  const { TILE_PIXELS, TILE_COLUMNS } = tile;
  const own = TILE_PIXELS === TILES[0][0] && TILE_COLUMNS === TILES[0][1] ? 1 : 1.1;
  return own * invocations(p, tile) * (TILE_PIXELS * TILE_COLUMNS + 4 * (TILE_PIXELS / 4 + TILE_COLUMNS));
}
