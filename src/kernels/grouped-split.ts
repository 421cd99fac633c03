/**
 * Twin of shaders/grouped-split.wgsl: a convolution of a small map, the members of each group split among invocations.
 *
 * @module
 */
import shader from '../../shaders/grouped-split.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { readsVectors } from './grouped';
import { bodySize, tileInvocations, tileKnobs, tileUniforms } from './image-tile';
import type { Kernel, Target } from './kernel';

/** The largest `bodySize` of a tile. */
const BODY_LIMIT = 150;

/** Pixels of one row, so that no taps are kept for another row. */
const SIZE = { TILE_WIDTH: 4, TILE_HEIGHT: 1 } as const;

/** Divides the maps of most networks, which are 7 times a power of two. RDNA2 is a fifth faster with it, RDNA3 as fast. */
const WIDE = { TILE_WIDTH: 7, TILE_HEIGHT: 1 } as const;

/** With more splits, too few neighbouring invocations want neighbouring weights (RDNA2 in the model: half as fast). */
const SPLITS = [4, 2, 8] as const;

/** The fewest products of an output that are worth sharing. */
const MIN_PRODUCTS = 128;

/** What waiting for the others costs, in loads. */
const BARRIER = 8;

/** Ordinary convolution. */
export const conv2dSplit: Kernel = kernel('conv2d/split', (p) => p.groups === 1);

/** Groups of any width, filter in either form. */
export const groupedSplit: Kernel = kernel('grouped/split', () => true);

function kernel(name: string, takes: (p: ConvProblem) => boolean): Kernel {
  return {
    name,
    wgsl: shader.code,
    why: 'the map has too few pixels to fill the GPU, so the sum over the input channels is shared',
    supports: (p) =>
      takes(p) &&
      readsVectors(p) &&
      membersOf(p) >= 8 &&
      p.dilationHeight * p.dilationWidth === 1 &&
      bodySize(p, SIZE) <= BODY_LIMIT,
    suits: (p, { profile }) =>
      !profile.cpu &&
      profile.largest >= SIZE.TILE_WIDTH &&
      p.filterHeight * p.filterWidth * membersOf(p) >= MIN_PRODUCTS &&
      tilesOfMap(p) < profile.invocations,
    tiles(p, target) {
      const sizes = bodySize(p, WIDE) <= BODY_LIMIT && isRoomy(target) ? [SIZE, WIDE] : [SIZE];
      return SPLITS.filter((splits) => 4 * splits <= membersOf(p))
        .flatMap((splits) => sizes.map((size) => ({ ...size, SPLITS: splits })))
        .toSorted((a, b) => cost(p, a, target) - cost(p, b, target));
    },
    step: (p, tile, epilogue, target) =>
      convStep(p, epilogue, target, {
        kernel: name,
        shader,
        tile,
        knobs: { ...tileKnobs(p, tile), DEPTHWISE_FORM: p.filterForm === 'depthwise' && p.groups > 1 },
        uniforms: tileUniforms(p, tile),
        invocations: tilesOfMap(p, tile) * tile.SPLITS,
      }),
  };
}

/** Input channels of a group. */
function membersOf(p: ConvProblem): number {
  return p.inChannels / p.groups;
}

/** Tiles of four output channels. */
function tilesOfMap(p: ConvProblem, { TILE_WIDTH, TILE_HEIGHT }: Tile = SIZE): number {
  return tileInvocations(p, { TILE_WIDTH, TILE_HEIGHT, LANES: 4 });
}

/** Whether a wide tile with its pixels and taps, some 30 vectors, fits the registers. */
function isRoomy({ profile }: Target): boolean {
  return profile.largest === Infinity;
}

/** The loads of all invocations, plus the cost of adding up their shares; idle cores count as if they loaded, too. */
function cost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  const taps = p.filterHeight * p.filterWidth;
  const inputs = bodySize(p, tile) - taps * tile.TILE_WIDTH;
  const rounds = Math.ceil(membersOf(p) / 4 / tile.SPLITS);
  const count = Math.max(tilesOfMap(p, tile) * tile.SPLITS, profile.invocations);
  return ((inputs + 4 * taps) * rounds + 2 * tile.TILE_WIDTH + BARRIER) * count;
}
