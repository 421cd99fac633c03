/**
 * Twin of shaders/depthwise-rows.wgsl: depthwise convolution with filters too large to unroll.
 *
 * @module
 */
import shader from '../../shaders/depthwise-rows.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { lanesOf } from './depthwise-lanes';
import { packs } from './half';
import type { Kernel, Target } from './kernel';
import { stripCode, stripCount, stripLoads, strips } from './large-filter';

/** How many invocations may share a strip on a GPU, best first where they load as much. */
const SPLITS = [8, 4, 1] as const;

/** A loop of loads hides their latency by twice the invocations that fill the device (RDNA2 and RDNA3 in the model). */
const WAITING = 2;

export const depthwiseRows: Kernel = {
  name: 'depthwise/rows',
  wgsl: shader.code,
  why: 'the filter is too large to unroll, so a strip of outputs shares its rows',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise',
  tiles: (p, target) => {
    const { cpu } = target.profile;
    const lanes = lanesOf(p);
    // A CPU adapter puts neighbouring invocations into a vector register anyway, and compiles single lanes in a third of the time.
    const variants = cpu && !packs(target) && lanes > 1 ? [1, lanes] : [lanes];
    const tiles = variants.flatMap((LANES) => strips(p, cpu).map((strip): Tile => ({ ...strip, LANES })));
    if (cpu) return tiles;
    return SPLITS.filter((splits) => splits <= p.filterHeight)
      .flatMap((splits) => tiles.map((tile) => (splits === 1 ? tile : { ...tile, SPLITS: splits })))
      .toSorted((a, b) => cost(p, a, target) - cost(p, b, target));
  },
  standsIn: (p, { profile }) =>
    profile.cpu ? undefined : { tile: { TILE_WIDTH: 4, CHUNK: 3, LANES: lanesOf(p) }, pace: 0.1 },
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/rows',
      shader,
      tile,
      ...stripCode(p, tile),
      invocations: stripCount(p, tile) * (tile.SPLITS ?? 1),
    }),
};

/**
 * The loads of all invocations of a GPU, the idle ones among them. Where the strips alone keep it busy, sharing them gains nothing.
 * That is so for all bands of a map too large to bind, so that they give the same bits as the whole.
 */
function cost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  const { TILE_WIDTH, SPLITS: splits = 1 } = tile;
  if (TILE_WIDTH > profile.largest || (splits > 1 && !profile.workgroupMemory)) return Infinity;
  const count = Math.max(stripCount(p, tile) * splits, WAITING * profile.invocations);
  return Math.ceil(p.filterHeight / splits) * stripLoads(p, tile) * count;
}
