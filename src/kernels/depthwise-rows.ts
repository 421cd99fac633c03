/**
 * Twin of shaders/depthwise-rows.wgsl: depthwise convolution with filters too large to unroll.
 *
 * @module
 */
import shader from '../../shaders/depthwise-rows.wgsl';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { lanesOf } from './depthwise-lanes';
import { packs } from './half';
import type { Kernel } from './kernel';
import { stripCode, stripCount, strips } from './large-filter';

export const depthwiseRows: Kernel = {
  name: 'depthwise/rows',
  wgsl: shader.code,
  why: 'a strip of outputs shares its rows',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise',
  tiles: (p, target) => {
    const { profile } = target;
    // A CPU adapter puts neighbouring invocations into a vector register anyway, and compiles single lanes in a third of the time.
    const variants = profile.cpu && !packs(target) && lanesOf(p) > 1 ? [1, lanesOf(p)] : [lanesOf(p)];
    const tiles = variants.flatMap((LANES) => strips(p).map((strip) => ({ ...strip, LANES })));
    if (profile.cpu) return tiles;
    // On a GPU a strip that leaves cores idle gains nothing, even if it loads few words.
    const fills = (tile: Tile): boolean =>
      tile.TILE_WIDTH <= profile.largest && stripCount(p, tile) >= profile.invocations;
    return [...tiles.filter(fills), ...tiles.filter((tile) => !fills(tile)).toReversed()];
  },
  standsIn: (p, { profile }) =>
    profile.cpu ? undefined : { tile: { TILE_WIDTH: 4, CHUNK: 3, LANES: lanesOf(p) }, pace: 0.1 },
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/rows',
      shader,
      tile,
      ...stripCode(p, tile),
      invocations: stripCount(p, tile),
    }),
};
