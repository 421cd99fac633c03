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

/** Pixels of a tile, all of one row, so that no taps are kept for another. Seven are for the tuner: they gain on RDNA2, spill on RDNA3. */
const WIDTHS = [4, 7] as const;

/** Of more, too few of a load's neighbours want neighbouring weights (RDNA2 in the model: half as fast). */
const SPLITS = [4, 2, 8] as const;

/** What grouped.wgsl takes of such maps. */
const UNSPLIT = { TILE_WIDTH: 4, TILE_HEIGHT: 1, LANES: 4 } as const;

/** Products of an output of which there are enough to share. */
const MIN_PRODUCTS = 128;

/** What waiting for the others costs, in loads. */
const BARRIER = 8;

/** Four channels a tile, and four members a load. */
const VECTORS = { LANES: 4, MEMBERS: 4 } as const;

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
      p.inChannels / p.groups >= 4 * SPLITS[1] &&
      p.dilationHeight * p.dilationWidth === 1 &&
      bodySize(p, UNSPLIT) <= BODY_LIMIT,
    suits: (p, { profile }) =>
      !profile.cpu &&
      profile.largest >= UNSPLIT.TILE_WIDTH &&
      (p.filterHeight * p.filterWidth * p.inChannels) / p.groups >= MIN_PRODUCTS &&
      tileInvocations(p, UNSPLIT) < profile.invocations,
    tiles: tilesOf,
    step: (p, tile, epilogue, target) =>
      convStep(p, epilogue, target, {
        kernel: name,
        shader,
        tile,
        knobs: { ...tileKnobs(p, tile), DEPTHWISE_FORM: p.filterForm === 'depthwise' && p.groups > 1 },
        uniforms: tileUniforms(p, tile),
        invocations: tileInvocations(p, { ...tile, ...VECTORS }) * tile.SPLITS,
      }),
  };
}

/** Those of which every invocation has members to sum; of each width the best first. */
function tilesOf(p: ConvProblem, target: Target): readonly Tile[] {
  return WIDTHS.flatMap((TILE_WIDTH) =>
    SPLITS.map((splits): Tile => ({ TILE_WIDTH, TILE_HEIGHT: 1, SPLITS: splits }))
      .filter((tile) => bodySize(p, tile) <= BODY_LIMIT && 4 * tile.SPLITS <= p.inChannels / p.groups)
      .toSorted((a, b) => cost(p, a, target) - cost(p, b, target)),
  );
}

/** The loads of all invocations, with what it takes to add up their shares; cores that are left idle load, too. */
function cost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  const taps = p.filterHeight * p.filterWidth;
  const inputs = bodySize(p, tile) - taps * tile.TILE_WIDTH;
  const rounds = Math.ceil(p.inChannels / p.groups / 4 / tile.SPLITS);
  const count = tileInvocations(p, { ...tile, ...VECTORS }) * tile.SPLITS;
  return ((inputs + 4 * taps) * rounds + 2 * tile.TILE_WIDTH + BARRIER) * Math.max(count, profile.invocations);
}
