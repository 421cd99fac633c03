/**
 * Twin of shaders/pointwise-split.wgsl: a 1x1 convolution of a small map, its input channels split among invocations.
 *
 * @module
 */
import shader from '../../shaders/pointwise-split.wgsl';
import { convStep } from './conv-step';
import type { Kernel } from './kernel';
import { pointwiseInvocations, pointwiseTile, skipsPixels } from './pointwise';

/** Best first for 256 input channels and more; with fewer channels, eight invocations would each have too little to sum. */
const TILES = [
  { TILE_PIXELS: 8, SPLITS: 8 },
  { TILE_PIXELS: 4, SPLITS: 4 },
  { TILE_PIXELS: 4, SPLITS: 8 },
] as const;

export const pointwiseSplit: Kernel = {
  name: 'pointwise/split',
  wgsl: shader.code,
  why: 'the map has too few pixels to fill the GPU, so the sum over the input channels is shared',
  supports: (p) => pointwiseTile.supports(p),
  suits: (p, { profile }) =>
    !profile.cpu && p.inChannels >= 128 && pointwiseInvocations(p, TILES[1]) < profile.invocations,
  tiles: (p, { profile }) =>
    (p.inChannels >= 256 ? TILES : [TILES[1], TILES[0], TILES[2]]).toSorted(
      (a, b) => Number(a.TILE_PIXELS > profile.sums) - Number(b.TILE_PIXELS > profile.sums),
    ),
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'pointwise/split',
      shader,
      tile,
      knobs: { SKIPS_PIXELS: skipsPixels(p) },
      invocations: pointwiseInvocations(p, tile) * tile.SPLITS,
    }),
};
