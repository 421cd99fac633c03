/**
 * Twin of shaders/pointwise-shared.wgsl: a 1x1 convolution whose filter is staged in workgroup memory.
 *
 * @module
 */
import shader from '../../shaders/pointwise-shared.wgsl';
import type { ConvProblem } from '../conv/problem';
import { convStep } from './conv-step';
import { WORKGROUP } from './flat-step';
import type { Kernel } from './kernel';
import { pointwiseTile, skipsPixels } from './pointwise';

/** As in the shader. */
const COLUMNS = 16;
const ROWS = WORKGROUP / COLUMNS;

export const pointwiseShared: Kernel = {
  name: 'pointwise/shared',
  wgsl: shader.code,
  why: 'the filter is loaded once for all pixels of a workgroup',
  supports: (p) => inBlocks(p),
  suits: () => false,
  tiles: () => [{ TILE_PIXELS: 4 }, { TILE_PIXELS: 2 }],
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'pointwise/shared',
      shader,
      tile,
      knobs: { SKIPS_PIXELS: skipsPixels(p) },
      invocations: WORKGROUP * workgroups(p, ROWS * tile.TILE_PIXELS, COLUMNS),
    }),
};

/** Whether the input channels are whole blocks of 16: the loops have no masks. */
export function inBlocks(p: ConvProblem): boolean {
  return pointwiseTile.supports(p) && p.inChannels % 16 === 0;
}

/** Workgroups that compute blocks of so many pixels and columns of four channels. */
export function workgroups(p: ConvProblem, pixels: number, columns: number): number {
  return Math.ceil((p.batch * p.outHeight * p.outWidth) / pixels) * Math.ceil(p.outChannels / 4 / columns);
}
