/**
 * Twin of shaders/conv2d-quad.wgsl: convolution whose invocations share loads, for CPU adapters. One program under three names.
 *
 * @module
 */
import shader from '../../shaders/conv2d-quad.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Step, Tile } from '../step';
import { convStep } from './conv-step';
import type { Epilogue } from './epilogue';
import { packs } from './half';
import type { Kernel, Target } from './kernel';
import { isUnpadded, pointwiseTile, skipsPixels } from './pointwise';

/** For the remaining numbers of columns (40, for example), wider and narrower tiles waste less. */
const TILES = [
  [14, 4],
  [14, 5],
  [14, 3],
  [14, 2],
  [14, 1],
  [4, 4],
  [1, 4],
] as const;

/** The program of a tile with more outputs does not fit the instruction cache, and takes this many times as long. */
const CROWDED = { outputs: 56, times: 1.1 } as const;

/** Fewer than in a GPU's wave, so that small maps have work for every thread. */
const WORKGROUP = 16;

/** What a load costs a CPU adapter, in multiply-adds (SwiftShader: 95 instructions). */
const LOAD = 9;

/**
 * With fewer input channels in a run, output channels or pixels, a quad does too much work for nothing, and conv2d/tile is
 * faster. Where the taps of neighbouring outputs have no pixel in common, conv2d/tile itself shares less, so the limit is
 * lower.
 */
const WORTH = { run: 16, ownRun: 8, outChannels: 8, pixels: 10 } as const;

/**
 * Where the output channels of a group are no multiple of four, those kernels have single lanes, and a quad is worth it from so many
 * multiply-adds of a pixel on; with a stride, which leaves their tiles less to share, from half as many on (SwiftShader, 30
 * November 2026: 3->21 with stride 2 1.35 times as fast, ten groups of nine 1.4, 5->30 with stride 1 1.25).
 */
const WORTH_SINGLES = 800;

/** A tile that is hardly better than the first one is not worth a program of its own. */
const OTHER = 1.1;

/** A 1x1 filter over the image. */
export const pointwiseQuad: Kernel = kernel(
  'pointwise/quad',
  (p) => p.groups === 1 && isPointwise(p),
  (p, target) => !(packs(target) && pointwiseTile.supports(p)),
);

/** Any other filter. */
export const conv2dQuad: Kernel = kernel(
  'conv2d/quad',
  (p) => p.groups === 1 && !isPointwise(p),
  (p, target) => isWorth(p) && !wantsVectors(p, target),
);

/** Groups of neighbouring channels. */
export const groupedQuad: Kernel = kernel(
  'grouped/quad',
  (p) => p.groups > 1 && p.filterForm === 'grouped' && p.grouping === 'contiguous',
  (p, target) => (isPointwise(p) || isWorth(p)) && !wantsVectors(p, target),
);

/** @param suits what is asked of a problem on a CPU adapter */
function kernel(
  name: string,
  takes: (p: ConvProblem) => boolean,
  suits: (p: ConvProblem, target: Target) => boolean,
): Kernel {
  return {
    name,
    wgsl: shader.code,
    why: 'on a CPU adapter each invocation loads by itself, so four of them load a quarter each and share it',
    feature: 'subgroups',
    supports: (p) => p.dataFormat === 'NHWC' && takes(p),
    suits: (p, target) => target.profile.cpu && suits(p, target),
    tiles: (p) =>
      TILES.map(([TILE_PIXELS, TILE_COLUMNS]) => ({ TILE_PIXELS, TILE_COLUMNS }))
        .filter((tile) => isFilled(p, tile))
        .toSorted((a, b) => cost(p, a) - cost(p, b)),
    step(p, tile, epilogue, target) {
      const isAlone = isPointwise(p);
      const knobs = { SKIPS_PIXELS: !isAlone || skipsPixels(p), MASKED: !isAlone, RAGGED: runLengthOf(p) % 4 !== 0 };
      return quadStep(name, knobs, p, tile, epilogue, target);
    },
  };
}

function quadStep(
  name: string,
  knobs: Readonly<Record<string, boolean>>,
  p: ConvProblem,
  tile: Tile,
  epilogue: Epilogue,
  target: Target,
): Step {
  const runLength = runLengthOf(p);
  return convStep(p, epilogue, target, {
    kernel: name,
    shader,
    tile,
    knobs,
    uniforms: { runs: (p.filterWidth * membersOf(p)) / runLength, run_length: runLength },
    invocations: invocations(p, tile),
    workgroup: WORKGROUP,
  });
}

/** For first calls: few outputs, so that it is compiled fast, and all masks, so that one program serves all of the above. */
const QUICK = { TILE_PIXELS: 4, TILE_COLUMNS: 2 } as const;
const ANY = { SKIPS_PIXELS: true, MASKED: true, RAGGED: true } as const;

/** Any convolution of groups of neighbouring channels. */
export const conv2dQuick: Kernel = {
  name: 'conv2d/quick',
  wgsl: shader.code,
  why: 'one program of small tiles for all filters, which is compiled fast',
  feature: 'subgroups',
  supports: (p) =>
    p.dataFormat === 'NHWC' && (p.groups === 1 || (p.filterForm === 'grouped' && p.grouping === 'contiguous')),
  suits: () => false,
  tiles: () => [QUICK],
  // Short runs take time to begin: 2.5 ns of two cores for a multiply-add in runs of 240 channels, 13 ns in runs of 4.
  standsIn: (p, target) =>
    target.profile.cpu && !packs(target) ? { tile: QUICK, pace: 1.2 + 20 / runLengthOf(p) } : undefined,
  step: (p, tile, epilogue, target) => quadStep('conv2d/quick', ANY, p, tile, epilogue, target),
};

function isPointwise(p: ConvProblem): boolean {
  return p.filterHeight * p.filterWidth === 1 && isUnpadded(p);
}

function isWorth(p: ConvProblem): boolean {
  if (pixelsOf(p) < WORTH.pixels) return false;
  const run = hasOwnPixels(p) ? WORTH.ownRun : WORTH.run;
  return (runLengthOf(p) >= run && columnsOf(p) >= WORTH.outChannels) || isWorthForSingles(p);
}

function isWorthForSingles(p: ConvProblem): boolean {
  const products = p.filterHeight * p.filterWidth * membersOf(p) * columnsOf(p);
  if (columnsOf(p) % 4 === 0) return false;
  return p.strideWidth > 1 ? 2 * products >= WORTH_SINGLES : p.groups === 1 && products >= WORTH_SINGLES;
}

/** Packed halves need vectors of channels, which other kernels have. */
function wantsVectors(p: ConvProblem, target: Target): boolean {
  return packs(target) && columnsOf(p) % 4 === 0;
}

/**
 * Input channels that are neighbours in memory: those under a row of taps, or, with dilation or groups, those of a group
 * under one tap.
 */
function runLengthOf(p: ConvProblem): number {
  return p.dilationWidth === 1 && p.groups === 1 ? p.filterWidth * p.inChannels : membersOf(p);
}

function membersOf(p: ConvProblem): number {
  return p.inChannels / p.groups;
}

/** Output channels of a group. */
function columnsOf(p: ConvProblem): number {
  return p.outChannels / p.groups;
}

/** Whether each pixel is under one tap of one output only, as where an image is cut into patches. */
function hasOwnPixels(p: ConvProblem): boolean {
  return p.strideWidth >= p.filterWidth && p.strideHeight >= p.filterHeight;
}

function pixelsOf(p: ConvProblem): number {
  return p.batch * p.outHeight * p.outWidth;
}

/**
 * Whether the problem has as many pixels as the tile, and more columns than a tile of half the width; tiles of one pixel
 * serve every problem.
 */
function isFilled(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS }: Tile): boolean {
  const isNarrow = TILE_COLUMNS > 1 && columnsOf(p) <= 2 * TILE_COLUMNS;
  return TILE_PIXELS === 1 || (TILE_PIXELS <= pixelsOf(p) && !isNarrow);
}

function invocations(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS }: Tile): number {
  return Math.ceil(pixelsOf(p) / TILE_PIXELS) * p.groups * Math.ceil(columnsOf(p) / (4 * TILE_COLUMNS)) * 4;
}

/** Cost per four input channels. Ragged tiles cost as much as whole ones. */
function cost(p: ConvProblem, tile: Tile): number {
  const { TILE_PIXELS, TILE_COLUMNS } = tile;
  const own = TILE_PIXELS === TILES[0][0] && TILE_COLUMNS === TILES[0][1] ? 1 : OTHER;
  const crowded = TILE_PIXELS * TILE_COLUMNS > CROWDED.outputs ? CROWDED.times : 1;
  const perTile = 4 * TILE_PIXELS * TILE_COLUMNS + LOAD * (TILE_PIXELS + 4 * TILE_COLUMNS);
  return own * crowded * invocations(p, tile) * perTile;
}
