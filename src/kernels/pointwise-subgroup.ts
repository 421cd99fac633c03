/**
 * Twin of shaders/pointwise-subgroup.wgsl: a 1x1 convolution whose invocations broadcast what they load.
 *
 * @module
 */
import shader from '../../shaders/pointwise-subgroup.wgsl';
import { convStep } from './conv-step';
import { WORKGROUP } from './flat-step';
import type { Kernel } from './kernel';
import { skipsPixels } from './pointwise';
import { inBlocks, workgroups } from './pointwise-shared';

export const pointwiseSubgroup: Kernel = {
  name: 'pointwise/subgroup',
  wgsl: shader.code,
  why: 'the invocations of a subgroup broadcast their pixels to each other',
  feature: 'subgroups',
  supports: (p) => inBlocks(p),
  suits: () => false,
  tiles: () => [{ TILE_PIXELS: 4 }],
  step: (p, tile, epilogue, target) => {
    // Half a workgroup where the other half would have no columns.
    const workgroup = p.outChannels / 4 <= WORKGROUP / 2 ? WORKGROUP / 2 : WORKGROUP;
    return convStep(p, epilogue, target, {
      kernel: 'pointwise/subgroup',
      shader,
      tile,
      knobs: { SKIPS_PIXELS: skipsPixels(p) },
      invocations: workgroup * workgroups(p, tile.TILE_PIXELS, workgroup),
      workgroup,
    });
  },
};
