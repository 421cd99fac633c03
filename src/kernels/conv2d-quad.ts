/**
 * Twin of shaders/conv2d-quad.wgsl: convolution whose invocations share loads, for CPU adapters. One program under three names.
 *
 * @module
 */
import shader from '../../shaders/conv2d-quad.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Tile } from '../step';
import { convStep } from './conv-step';
import { packs } from './half';
import type { Kernel, Target } from './kernel';
import { isUnpadded, pointwiseTile, skipsPixels } from './pointwise';

/** Of the rest of the columns, 40 say, wider and narrower tiles waste less. */
const TILES = [
  [14, 4],
  [14, 5],
  [14, 3],
  [14, 2],
  [14, 1],
  [4, 4],
  [1, 4],
] as const;

/** The program of a tile of more outputs does not fit the cache of instructions, and takes so many times as long. */
const CROWDED = { outputs: 56, times: 1.1 } as const;

/** Fewer than in a GPU's wave, so that small maps have work for every thread. */
const WORKGROUP = 16;

/** What a CPU adapter's load takes, in multiply-adds (SwiftShader: 95 instructions). */
const LOAD = 9;

/**
 * Of fewer input channels in a run, output channels or pixels a quad has too much for nothing: conv2d/tile is faster then. That
 * shares less itself where the taps of neighbouring outputs fall on no common pixel.
 */
const WORTH = { run: 16, ownRun: 8, outChannels: 8, pixels: 10 } as const;

/** What is hardly better than the first tile is not worth a program of its own. */
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
    why: 'a CPU adapter loads for each invocation alone, so four of them load a quarter each and share it',
    feature: 'subgroups',
    supports: (p) => p.dataFormat === 'NHWC' && takes(p),
    suits: (p, target) => target.profile.cpu && suits(p, target),
    tiles: (p) =>
      TILES.map(([TILE_PIXELS, TILE_COLUMNS]) => ({ TILE_PIXELS, TILE_COLUMNS }))
        .filter((tile) => isFilled(p, tile))
        .toSorted((a, b) => cost(p, a) - cost(p, b)),
    step(p, tile, epilogue, target) {
      const isAlone = isPointwise(p);
      const runLength = runLengthOf(p);
      return convStep(p, epilogue, target, {
        kernel: name,
        shader,
        tile,
        knobs: { SKIPS_PIXELS: !isAlone || skipsPixels(p), MASKED: !isAlone, RAGGED: runLength % 4 !== 0 },
        uniforms: { runs: (p.filterWidth * membersOf(p)) / runLength, run_length: runLength },
        invocations: invocations(p, tile),
        workgroup: WORKGROUP,
      });
    },
  };
}

function isPointwise(p: ConvProblem): boolean {
  return p.filterHeight * p.filterWidth === 1 && isUnpadded(p);
}

function isWorth(p: ConvProblem): boolean {
  const run = hasOwnPixels(p) ? WORTH.ownRun : WORTH.run;
  return runLengthOf(p) >= run && columnsOf(p) >= WORTH.outChannels && pixelsOf(p) >= WORTH.pixels;
}

/** Packed halves want vectors of channels, which others have. */
function wantsVectors(p: ConvProblem, target: Target): boolean {
  return packs(target) && columnsOf(p) % 4 === 0;
}

/** Input channels that are neighbours in memory under a row of taps, or where they are dilated, or of a group only, under one. */
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

/** Whether the problem has as many pixels, and more columns than a narrower tile; the smallest tile serves all. */
function isFilled(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS }: Tile): boolean {
  const isNarrow = TILE_COLUMNS > 1 && columnsOf(p) <= 2 * TILE_COLUMNS;
  return TILE_PIXELS === 1 || (TILE_PIXELS <= pixelsOf(p) && !isNarrow);
}

function invocations(p: ConvProblem, { TILE_PIXELS, TILE_COLUMNS }: Tile): number {
  return Math.ceil(pixelsOf(p) / TILE_PIXELS) * p.groups * Math.ceil(columnsOf(p) / (4 * TILE_COLUMNS)) * 4;
}

/** Per four input channels. Ragged tiles cost as whole ones. */
function cost(p: ConvProblem, tile: Tile): number {
  const { TILE_PIXELS, TILE_COLUMNS } = tile;
  const own = TILE_PIXELS === TILES[0][0] && TILE_COLUMNS === TILES[0][1] ? 1 : OTHER;
  const crowded = TILE_PIXELS * TILE_COLUMNS > CROWDED.outputs ? CROWDED.times : 1;
  const perTile = 4 * TILE_PIXELS * TILE_COLUMNS + LOAD * (TILE_PIXELS + 4 * TILE_COLUMNS);
  return own * crowded * invocations(p, tile) * perTile;
}
