/**
 * Twin of shaders/pointwise.wgsl: a 1x1 convolution as a matrix product by register tiles.
 *
 * @module
 */
import shader from '../../shaders/pointwise.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import type { Kernel, Target } from './kernel';

const TILES = [
  [8, 4],
  [8, 3],
  [8, 2],
  [7, 2],
  [8, 1],
  [4, 2],
  [4, 1],
  [2, 1],
  [1, 1],
] as const;

export const pointwiseTile: Kernel = {
  name: 'pointwise/tile',
  why: 'a register tile of pixels and channels shares every loaded vec4 of both matrices',
  wgsl: shader.code,
  supports: (p) =>
    p.filterHeight * p.filterWidth === 1 &&
    p.groups === 1 &&
    p.dataFormat === 'NHWC' &&
    p.inChannels % 4 === 0 &&
    p.outChannels % 4 === 0 &&
    isUnpadded(p),
  tiles: (p, target) =>
    TILES.map(([TILE_PIXELS, TILE_COLUMNS]) => ({ TILE_PIXELS, TILE_COLUMNS }))
      .filter(({ TILE_COLUMNS }) => TILE_COLUMNS < 3 || (p.outChannels / 4) % TILE_COLUMNS === 0)
      .filter(({ TILE_COLUMNS }) => TILE_COLUMNS * 4 <= p.outChannels)
      .toSorted((a, b) => cost(p, a, target) - cost(p, b, target)),
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'pointwise/tile',
      shader,
      tile,
      knobs: { SKIPS_PIXELS: skipsPixels(p) },
      invocations: pointwiseInvocations(p, tile),
    }),
};

/** Whether some input pixels have no output. A stride of 1 does not rule it out: of two columns, only one may be left. */
export function skipsPixels(p: ConvProblem): boolean {
  return p.outHeight !== p.inHeight || p.outWidth !== p.inWidth;
}

/**
 * Whether the first output lies over the first input pixel, and the last output over an input pixel, too. A 1x1 filter is
 * rarely padded, so the kernel has no masks, and a band has no negative padding.
 */
export function isUnpadded(p: ConvProblem): boolean {
  const above = (p.outHeight - 1) * p.strideHeight < p.inHeight;
  const left = (p.outWidth - 1) * p.strideWidth < p.inWidth;
  return p.padTop === 0 && p.padLeft === 0 && above && left;
}

/** Tiles of the problem; TILE_COLUMNS is 1 where it is not given. */
export function pointwiseInvocations(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS = 1 }: Tile): number {
  const pixels = p.batch * p.outHeight * p.outWidth;
  return Math.ceil(pixels / TILE_PIXELS) * Math.ceil(p.outChannels / 4 / TILE_COLUMNS);
}

/**
 * A matrix product waits for its loads: with this many times the invocations, others work meanwhile, on RDNA2 and RDNA3 in
 * the model.
 */
const BUSY = 3;

/**
 * Words loaded in all; a GPU is also charged for the cores that too few invocations leave idle. Only the tuner tries the
 * widest tile: it gains a quarter at most, and a CPU adapter compiles it several times as long.
 */
function cost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  if (tile.TILE_COLUMNS === 4 || tile.TILE_PIXELS * tile.TILE_COLUMNS > profile.sums) return Infinity;
  const loads = tile.TILE_PIXELS + 4 * tile.TILE_COLUMNS;
  const count = pointwiseInvocations(p, tile);
  return loads * (profile.cpu ? count : Math.max(count, BUSY * profile.invocations));
}
