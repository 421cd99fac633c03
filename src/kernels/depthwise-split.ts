/**
 * Twin of shaders/depthwise-split.wgsl: depthwise convolution with filters too large to unroll, whose rows are split among
 * invocations.
 *
 * @module
 */
import shader from '../../shaders/depthwise-split.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { lanesOf } from './depthwise-lanes';
import type { Kernel, Target } from './kernel';
import { stripCode, stripCount, strips } from './large-filter';

/** In how many shares the rows are summed. It must not depend on the map's height: bands of a large map give the same bits as the whole. */
const SPLITS = [8, 4] as const;

/** How many times the filter's rows eight invocations may take, counting idle ones; beyond that, four leave fewer idle. */
const IDLE = 1.25;

/** The fewest rows of a filter that are worth sharing. */
const MIN_ROWS = 4;

/** A loop of loads hides their latency by twice the invocations that fill the device (RDNA2 and RDNA3 in the model). */
const WAITING = 2;

export const depthwiseSplit: Kernel = {
  name: 'depthwise/split',
  wgsl: shader.code,
  why: 'the filter is too large to unroll, so several invocations share its rows',
  supports: (p) => p.groups === p.inChannels && p.filterForm === 'depthwise' && p.filterHeight >= MIN_ROWS,
  suits: (_, { profile }) => profile.workgroupMemory && !profile.cpu,
  tiles: (p, target) => {
    const choice = widths(p, target);
    return splitsOf(p).flatMap((splits) =>
      choice
        .map((strip): Tile => ({ ...strip, LANES: lanesOf(p), SPLITS: splits }))
        .toSorted((a, b) => cost(p, a, target) - cost(p, b, target)),
    );
  },
  step: (p, tile, epilogue, target) =>
    convStep(p, epilogue, target, {
      kernel: 'depthwise/split',
      shader,
      tile,
      ...stripCode(p, tile),
      invocations: stripCount(p, tile) * tile.SPLITS,
    }),
};

/** The better number of shares first. */
function splitsOf({ filterHeight }: ConvProblem): readonly number[] {
  const [many, few] = SPLITS;
  return Math.ceil(filterHeight / many) * many <= IDLE * filterHeight ? [many, few] : [few, many];
}

/** Strips of several outputs, if the stride allows these, and if the device has registers for them. */
function widths(p: ConvProblem, { profile }: Target): readonly Tile[] {
  const all = strips(p);
  const fit = all.filter(({ TILE_WIDTH }) => TILE_WIDTH > 1 && TILE_WIDTH <= profile.largest);
  return fit.length > 0 ? fit : all.slice(-1);
}

/** The loads of all invocations; idle ones count as if they loaded, too. */
function cost(p: ConvProblem, tile: Tile, { profile }: Target): number {
  const { TILE_WIDTH, CHUNK, COLUMNS, SPLITS: splits } = tile;
  const [steps, columns] =
    COLUMNS === undefined
      ? [p.filterWidth / CHUNK, (TILE_WIDTH - 1) * p.strideWidth + CHUNK]
      : [p.inWidth / COLUMNS, COLUMNS];
  return Math.ceil(steps) * (CHUNK + columns) * Math.max(stripCount(p, tile) * splits, WAITING * profile.invocations);
}
