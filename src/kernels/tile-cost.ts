/**
 * The default rule for register tiles over the image: fewest words loaded in all, ragged edges included.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import type { Target } from './kernel';

/** Below so many invocations a GPU has idle cores (`16k`: four waves on each of 64 cores). */
const FULL = 16_384;

/** A tile of more outputs needs so many registers that half the waves fit; charged as so many more loads. */
const CROWDED = { outputs: 8, loads: 8 } as const;

/** Invocations of a kernel whose tiles are TILE_WIDTH x TILE_HEIGHT pixels of LANES channels. */
export function tileInvocations(p: ConvProblem, { TILE_WIDTH, TILE_HEIGHT, LANES }: Tile): number {
  return p.batch * Math.ceil(p.outHeight / TILE_HEIGHT) * Math.ceil(p.outWidth / TILE_WIDTH) * (p.outChannels / LANES);
}

/**
 * What a tile costs, to compare tiles by. A GPU is also short of invocations on small maps, and of registers with large
 * tiles; a CPU adapter runs few invocations at a time anyway.
 */
export function tileCost(p: ConvProblem, tile: Tile, target: Target): number {
  const { TILE_WIDTH, TILE_HEIGHT } = tile;
  const columns = (TILE_WIDTH - 1) * p.strideWidth + (p.filterWidth - 1) * p.dilationWidth + 1;
  const rows = (TILE_HEIGHT - 1) * p.strideHeight + (p.filterHeight - 1) * p.dilationHeight + 1;
  const loads = columns * rows + p.filterHeight * p.filterWidth;
  const count = tileInvocations(p, tile);
  if (target.cpu) return loads * count;
  const crowded = TILE_WIDTH * TILE_HEIGHT > CROWDED.outputs ? CROWDED.loads : 0;
  return (loads + crowded) * Math.max(count, FULL);
}
